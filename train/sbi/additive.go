package sbi

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mat"
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
