package sbi

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// base is the normal law
//
//	w | x ~ N(m(x), diag v(x))
//
// of the latent coordinates w = L⁻¹ z. m, in coordinates z, and the logarithms of v are sums
// of linear and smooth functions of single features of the data, found by evidence, so that
// what a feature does not tell costs nothing.
type base struct {
	space *space
	terms *additive
	C     *mat.Dense // d×P, of the mean of z
	V     *mat.Dense // d×P, of the log variances of w; nil for v = 1
	// Low and High bound the log variances by those of the simulations, by coordinate.
	Low, High []float64
}

// newBase fits a base to whitened parameters z and features f.
func newBase(z, f *mat.Dense, s *space, terms *additive, variances bool) *base {
	n, d := z.Dims()
	phi := terms.design(f)
	g := gram(phi)
	k := &base{space: s, terms: terms, C: terms.regress(phi, g, z, nil)}
	if !variances {
		return k
	}
	e := mat.NewDense(n, d, nil)
	apply(e, phi, k.C)
	e.Sub(z, e)
	s.toLatent(e, e)
	k.V = terms.logVariances(phi, g, e)
	apply(e, phi, k.V)
	k.Low, k.High = make([]float64, d), make([]float64, d)
	for j := range d {
		k.Low[j], k.High[j] = math.Inf(1), math.Inf(-1)
		for i := range n {
			v := min(max(e.At(i, j), -logVarianceBound), logVarianceBound)
			k.Low[j], k.High[j] = min(k.Low[j], v), max(k.High[j], v)
		}
	}
	return k
}

// newSpace makes the coordinates in which the residuals of a regression of z on f have the
// covariance I.
func newSpace(z, f *mat.Dense, terms *additive) (*space, error) {
	phi := terms.design(f)
	n, d := z.Dims()
	e := mat.NewDense(n, d, nil)
	apply(e, phi, terms.regress(phi, gram(phi), z, nil))
	e.Sub(z, e)
	s := &space{}
	return s, s.factor(e)
}

// space is the change of coordinates w = L⁻¹ z.
type space struct{ L *mat.TriDense }

// leastVariance keeps parameters that the data determine from having none. The prior
// variance is 1.
const leastVariance = 1e-10

// factor sets L by the residuals e. Correlations are shrunk towards 0 by the factor of least
// expected error (Schäfer & Strimmer 2005, eq. 10).
func (k *space) factor(e *mat.Dense) error {
	n, d := e.Dims()
	s := mat.NewSymDense(d, nil)
	s.SymOuterK(1/float64(n), e.T())
	sd := make([]float64, d)
	for j := range d {
		sd[j] = math.Sqrt(s.At(j, j) + leastVariance)
	}
	noise, signal := 0.0, 0.0
	for a := range d {
		for b := a + 1; b < d; b++ {
			r, v := s.At(a, b)/(sd[a]*sd[b]), 0.0
			for i := range n {
				q := e.At(i, a)*e.At(i, b)/(sd[a]*sd[b]) - r
				v += q * q
			}
			noise, signal = noise+v/float64(n)/float64(n), signal+r*r
		}
	}
	keep := 1.0
	if signal > 0 {
		keep = max(0, 1-noise/signal)
	}
	for a := range d {
		for b := a; b < d; b++ {
			if a == b {
				s.SetSym(a, a, sd[a]*sd[a])
			} else {
				s.SetSym(a, b, keep*s.At(a, b))
			}
		}
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return errors.New("sbi: the residuals of the parameters have no covariance: is a parameter a function of others?")
	}
	k.L = mat.NewTriDense(d, mat.Lower, nil)
	c.LTo(k.L)
	return nil
}

// moments are those of w = L⁻¹ z given features f: means in the rows of the first matrix,
// variances in those of the second.
func (k *base) moments(f *mat.Dense) (mean, variance *mat.Dense) {
	n, _ := f.Dims()
	d, _ := k.C.Dims()
	phi := k.terms.design(f)
	mean, variance = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	apply(mean, phi, k.C)
	k.space.toLatent(mean, mean)
	if k.V == nil {
		for i := range n {
			row := variance.RawRowView(i)
			for j := range row {
				row[j] = 1
			}
		}
		return mean, variance
	}
	apply(variance, phi, k.V)
	for i := range n {
		row := variance.RawRowView(i)
		for j, v := range row {
			row[j] = math.Exp(min(max(v, k.Low[j]), k.High[j]))
		}
	}
	return mean, variance
}

// toLatent stores L⁻¹ z in the rows of dst, which may be z.
func (k *space) toLatent(dst, z *mat.Dense) {
	n, d := z.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), z.RawRowView(i)
		for j := range d {
			s := from[j]
			for q := range j {
				s -= k.L.At(j, q) * to[q]
			}
			to[j] = s / k.L.At(j, j)
		}
	}
}

// fromLatent stores L w in the rows of dst, which may be w.
func (k *space) fromLatent(dst, w *mat.Dense) {
	n, d := w.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), w.RawRowView(i)
		for j := d - 1; j >= 0; j-- {
			s := 0.0
			for q := range j + 1 {
				s += k.L.At(j, q) * from[q]
			}
			to[j] = s
		}
	}
}

// logDet is log |det L|.
func (k *space) logDet() float64 {
	s := 0.0
	d, _ := k.L.Dims()
	for j := range d {
		s += math.Log(k.L.At(j, j))
	}
	return s
}

// logProb stores log q(w | f) of the base alone in dst.
func (k *base) logProb(dst []float64, w, f *mat.Dense) {
	mean, variance := k.moments(f)
	for i := range dst {
		s, v := 0.0, variance.RawRowView(i)
		for j, m := range mean.RawRowView(i) {
			e := w.At(i, j) - m
			s -= (e*e/v[j]+math.Log(v[j]))/2 + halfLogTau
		}
		dst[i] = s
	}
}

// labels are what a network takes of each row of features f: them, and the moments of the
// base, p + 2d columns.
func (k *base) labels(f *mat.Dense) *mat.Dense {
	mean, variance := k.moments(f)
	n, d := mean.Dims()
	_, p := f.Dims()
	l := mat.NewDense(n, p+2*d, nil)
	for i := range n {
		row := l.RawRowView(i)
		copy(row, f.RawRowView(i))
		copy(row[p:], mean.RawRowView(i))
		copy(row[p+d:], variance.RawRowView(i))
	}
	return l
}
