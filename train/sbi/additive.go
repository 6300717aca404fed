package sbi

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
)

// additive are the columns of a regression on features: a constant, each feature, and smooth
// functions of some of them.
type additive struct {
	Features int           `json:"features"`
	Smooth   []smoothTerms `json:"smooth,omitempty"`
}

type smoothTerms struct {
	Feature   int     `json:"feature"`
	Functions *smooth `json:"functions"`
}

// mostColumns bounds the columns of a regression, but for those of the features themselves.
// A quarter of the rows does, too.
const mostColumns = 160

// newAdditive makes them for the rows of f. If there are too many features for each to have
// smooth functions, those have them of which y, n×d, is most a smooth function.
func newAdditive(f, y *mat.Dense) *additive {
	n, p := f.Dims()
	a := &additive{Features: p}
	type candidate struct {
		t    smoothTerms
		gain float64
	}
	var list []candidate
	v, most := make([]float64, n), min(mostColumns, n/4)
	for j := range p {
		mat.Col(v, j, f)
		s := newSmooth(v)
		if s == nil {
			continue
		}
		c := candidate{t: smoothTerms{j, s}}
		if p*(smoothKnots+1) > most {
			c.gain = s.gain(v, y)
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return -cmp.Compare(a.gain, b.gain) })
	columns := 0
	for _, c := range list {
		if columns += c.t.Functions.size(); columns > most {
			break
		}
		a.Smooth = append(a.Smooth, c.t)
	}
	return a
}

// gain is the sum over columns of y of the share of variance that the functions explain.
func (b *smooth) gain(v []float64, y *mat.Dense) float64 {
	n, d := y.Dims()
	k := b.size()
	row, s := make([]float64, len(b.Knots)+2), make([]float64, k)
	cov, square, mean := mat.NewDense(d, k, nil), make([]float64, d), make([]float64, d)
	for j := range d {
		mean[j], square[j] = moments(y, j)
	}
	for i, x := range v {
		b.values(s, row, x)
		for j, e := range y.RawRowView(i) {
			for q, f := range s {
				cov.Set(j, q, cov.At(j, q)+f*(e-mean[j])/float64(n))
			}
		}
	}
	gain := 0.0
	for j := range d {
		for q := range k {
			c := cov.At(j, q)
			gain += c * c / max(square[j]*square[j], 1e-300)
		}
	}
	return gain
}

// linearOnly is a without smooth functions.
func (a *additive) linearOnly() *additive { return &additive{Features: a.Features} }

// columns is their number.
func (a *additive) columns() int {
	c := 1 + a.Features
	for _, s := range a.Smooth {
		c += s.Functions.size()
	}
	return c
}

// groups are the columns whose coefficients share a prior: those of each feature, and of
// each family of functions.
func (a *additive) groups() []group {
	var g []group
	for j := range a.Features {
		g = append(g, group{1 + j, []float64{1}})
	}
	at := 1 + a.Features
	for _, s := range a.Smooth {
		g = append(g, group{at, s.Functions.Rough})
		at += s.Functions.size()
	}
	return g
}

// design stores the columns of each row of f.
func (a *additive) design(f *mat.Dense) *mat.Dense {
	n, _ := f.Dims()
	phi := mat.NewDense(n, a.columns(), nil)
	var buf []float64
	for i := range n {
		buf = a.row(phi.RawRowView(i), f.RawRowView(i), buf)
	}
	return phi
}

func (a *additive) row(dst, f, buf []float64) []float64 {
	dst[0] = 1
	copy(dst[1:], f[:a.Features])
	at := 1 + a.Features
	for _, s := range a.Smooth {
		k := s.Functions.size()
		if len(buf) < k+2 {
			buf = make([]float64, k+2)
		}
		s.Functions.values(dst[at:at+k], buf[:k+2], f[s.Feature])
		at += k
	}
	return buf
}

func (a *additive) check(features int) error {
	if a.Features != features || len(a.Smooth) > features {
		return errDamaged
	}
	for _, s := range a.Smooth {
		if s.Feature < 0 || s.Feature >= features || s.Functions == nil {
			return errDamaged
		}
		if err := s.Functions.check(); err != nil {
			return err
		}
	}
	return nil
}

// gram is Φᵀ Φ, of blocks of rows so that the product is one of matrices that fit the cache.
func gram(phi *mat.Dense) *mat.SymDense {
	n, p := phi.Dims()
	g := mat.NewSymDense(p, nil)
	var part mat.SymDense
	for lo := 0; lo < n; lo += 4096 {
		part.Reset()
		part.SymOuterK(1, phi.Slice(lo, min(lo+4096, n), 0, p).T())
		g.AddSym(g, &part)
	}
	return g
}

// regression is that of rows on columns.
type regression struct {
	terms   *additive
	phi     *mat.Dense    // n×P
	g       *mat.SymDense // Φᵀ Φ
	workers int
}

func (a *additive) regression(f *mat.Dense, workers int) *regression {
	phi := a.design(f)
	return &regression{a, phi, gram(phi), workers}
}

// fit finds the coefficients of each column of y, d×P, by evidence. noise is the variance of
// the noise of each column, nil if it is to be found; lambda the precisions to start from,
// nil for none, which are those to end with.
func (r *regression) fit(y *mat.Dense, noise []float64, lambda [][]float64) *mat.Dense {
	n, d := y.Dims()
	var right mat.Dense
	right.Mul(r.phi.T(), y)
	c := mat.NewDense(d, r.terms.columns(), nil)
	parallel.For(r.workers, d, func(j int) {
		e := &evidence{groups: r.terms.groups(), g: r.g, n: float64(n), r: mat.Col(nil, j, &right)}
		for i := range n {
			v := y.At(i, j)
			e.yy += v * v
		}
		if noise != nil {
			e.fixed = noise[j]
		}
		if lambda != nil {
			e.lambda = lambda[j]
		}
		c.SetRow(j, e.solve())
		if lambda != nil {
			lambda[j] = e.lambda
		}
	})
	return c
}

// values stores Φ cᵀ in dst.
func (r *regression) values(dst, c *mat.Dense) { dst.Mul(r.phi, c.T()) }

// logVariances fits log v_i(x) of residuals u of variance 1 over all, by Fisher scoring:
// regressions of log v + u²/v − 1, whose noise has the variance 2 if the residuals are
// normal, and more if they have heavier tails.
func (r *regression) logVariances(u *mat.Dense) *mat.Dense {
	n, d := u.Dims()
	var c *mat.Dense
	lambda := make([][]float64, d)
	eta, y, noise := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), make([]float64, d)
	for range varianceRounds {
		for j := range d {
			s, s2 := 0.0, 0.0
			for i := range n {
				l := eta.At(i, j)
				e := min(u.At(i, j)*u.At(i, j)*math.Exp(-l)-1, largestSquare)
				s, s2 = s+e/float64(n), s2+e*e/float64(n)
				y.Set(i, j, l+e)
			}
			noise[j] = max(2, s2-s*s)
		}
		c = r.fit(y, noise, lambda)
		r.values(eta, c)
		clip(eta, -logVarianceBound, logVarianceBound)
	}
	return c
}

// The rounds of the scoring, the largest u²/v − 1 that counts in a round, and the bound of
// log variances.
const (
	varianceRounds   = 6
	largestSquare    = 20
	logVarianceBound = 6
)

func clip(m *mat.Dense, lo, hi float64) {
	n, _ := m.Dims()
	for i := range n {
		row := m.RawRowView(i)
		for j, v := range row {
			row[j] = min(max(v, lo), hi)
		}
	}
}

// relevant are the features that the mean of z_j or the variance of w_j depends on.
func (k *base) relevant(j int) []int {
	used := make([]bool, k.terms.Features)
	mark := func(c *mat.Dense, i int) {
		for q := range used {
			used[q] = used[q] || c.At(i, 1+q) != 0
		}
		at := 1 + len(used)
		for _, s := range k.terms.Smooth {
			for range s.Functions.size() {
				used[s.Feature] = used[s.Feature] || c.At(i, at) != 0
				at++
			}
		}
	}
	mark(k.V, j)
	mark(k.C, j)
	list := []int{}
	for q, u := range used {
		if u {
			list = append(list, q)
		}
	}
	return list
}
