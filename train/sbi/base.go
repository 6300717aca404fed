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
	V     *mat.Dense // d×P, of the log variances of w
	// Low and High bound the log variances by those of the simulations, by coordinate.
	Low, High []float64
}

// newBase fits a base to whitened parameters z and features f: linear means and constant
// variances, or smooth ones.
func newBase(z, f *mat.Dense, s *space, terms *additive, smooth bool, workers int) *base {
	n, d := z.Dims()
	used := terms
	if !smooth {
		used = terms.linearOnly()
	}
	r := used.regression(f, workers)
	k := &base{space: s, terms: terms, C: r.fit(z, nil, nil)}
	e := mat.NewDense(n, d, nil)
	r.values(e, k.C)
	e.Sub(z, e)
	s.toLatent(e, e)
	if smooth {
		k.V = r.logVariances(e)
	} else {
		k.widen(e)
	}
	e.Mul(terms.design(f), k.V.T())
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

// widen gives the coefficients of a linear base those of all columns, 0, and the variances
// those of the residuals e.
func (k *base) widen(e *mat.Dense) {
	d, p := k.C.Dims()
	c := mat.NewDense(d, k.terms.columns(), nil)
	c.Slice(0, d, 0, p).(*mat.Dense).Copy(k.C)
	k.C, k.V = c, mat.NewDense(d, k.terms.columns(), nil)
	for j := range d {
		_, sd := moments(e, j)
		k.V.Set(j, 0, 2*math.Log(max(sd, 1e-6)))
	}
}

// newSpace makes the coordinates in which the residuals of a regression of z on f have the
// covariance I, or less where those of a linear one are wider than widestLinear.
func newSpace(z, f *mat.Dense, terms *additive, workers int) (*space, error) {
	r := terms.regression(f, workers)
	n, d := z.Dims()
	e := mat.NewDense(n, d, nil)
	r.values(e, r.fit(z, nil, nil))
	e.Sub(z, e)
	s := &space{}
	if err := s.factor(e); err != nil {
		return nil, err
	}
	r = terms.linearOnly().regression(f, workers)
	r.values(e, r.fit(z, nil, nil))
	e.Sub(z, e)
	s.widen(e)
	return s, nil
}

// widestLinear is the log variance of the residuals of a linear base, in latent coordinates,
// that all bases can have: logVarianceBound, less what one of a part of the rows has more.
const widestLinear = logVarianceBound - 0.5

// widen scales the coordinates in which the residuals e of z have more than the variance
// exp(widestLinear).
func (k *space) widen(e *mat.Dense) {
	_, d := e.Dims()
	k.toLatent(e, e)
	for j := range d {
		_, sd := moments(e, j)
		c := sd / math.Exp(widestLinear/2)
		for i := j; c > 1 && i < d; i++ {
			k.L.SetTri(i, j, c*k.L.At(i, j))
		}
	}
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
	mean.Mul(phi, k.C.T())
	k.space.toLatent(mean, mean)
	variance.Mul(phi, k.V.T())
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
