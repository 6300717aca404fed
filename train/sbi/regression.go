package sbi

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
)

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
