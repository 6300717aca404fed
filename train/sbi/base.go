package sbi

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// base is the normal law z | x ~ N(b + B f(x), L Lᵀ) by regression of the whitened
// parameters on the features of the data, with the covariance of the residuals, over
// n − p − 1 of them. A ridge of ridge·n on the coefficients makes copies of a feature share theirs.
type base struct {
	B *mat.Dense // d×p
	b []float64
	L *mat.TriDense
}

const ridge = 1e-6

func newBase(z, f *mat.Dense) (*base, error) {
	n, d := z.Dims()
	_, p := f.Dims()
	a, r := mat.NewSymDense(p+1, nil), mat.NewDense(p+1, d, nil)
	design := mat.NewDense(n, p+1, nil)
	for i := range n {
		row := design.RawRowView(i)
		copy(row, f.RawRowView(i))
		row[p] = 1
	}
	a.SymOuterK(1, design.T())
	r.Mul(design.T(), z)
	for j := range p {
		a.SetSym(j, j, a.At(j, j)+ridge*float64(n))
	}
	var c mat.Cholesky
	if !c.Factorize(a) {
		return nil, errors.New("sbi: the columns of the data have no regression: look for numbers of very different size")
	}
	var w mat.Dense
	if err := c.SolveTo(&w, r); err != nil {
		return nil, errors.New("sbi: the columns of the data have no regression: look for numbers of very different size")
	}
	k := &base{B: mat.NewDense(d, p, nil), b: make([]float64, d)}
	for j := range d {
		for i := range p {
			k.B.Set(j, i, w.At(i, j))
		}
		k.b[j] = w.At(p, j)
	}
	return k, k.residuals(z, f, max(1, n-p-1))
}

// residuals sets L by the residuals of the regression, of which degrees are free.
func (k *base) residuals(z, f *mat.Dense, degrees int) error {
	n, d := z.Dims()
	e := mat.NewDense(n, d, nil)
	k.mean(e, f)
	e.Sub(z, e)
	s := mat.NewSymDense(d, nil)
	s.SymOuterK(1/float64(degrees), e.T())
	for j := range d {
		s.SetSym(j, j, s.At(j, j)+leastVariance)
	}
	var c mat.Cholesky
	if !c.Factorize(s) {
		return errors.New("sbi: the residuals of the parameters have no covariance: is a parameter a function of others?")
	}
	k.L = mat.NewTriDense(d, mat.Lower, nil)
	c.LTo(k.L)
	return nil
}

// leastVariance keeps parameters that the data determine from having none. The prior
// variance is 1.
const leastVariance = 1e-10

// mean stores b + B f in the rows of dst, in coordinates z.
func (k *base) mean(dst, f *mat.Dense) {
	dst.Mul(f, k.B.T())
	n, _ := dst.Dims()
	for i := range n {
		row := dst.RawRowView(i)
		for j, v := range k.b {
			row[j] += v
		}
	}
}

// toLatent stores L⁻¹ z in the rows of dst, which may be z.
func (k *base) toLatent(dst, z *mat.Dense) {
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
func (k *base) fromLatent(dst, w *mat.Dense) {
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
func (k *base) logDet() float64 {
	s := 0.0
	for j := range k.b {
		s += math.Log(k.L.At(j, j))
	}
	return s
}

// logProb stores log q(z | f) of the base alone in dst.
func (k *base) logProb(dst []float64, z, f *mat.Dense) {
	n, d := z.Dims()
	e := mat.NewDense(n, d, nil)
	k.mean(e, f)
	e.Sub(z, e)
	k.toLatent(e, e)
	norm := float64(d)*0.5*math.Log(2*math.Pi) + k.logDet()
	for i := range n {
		s := 0.0
		for _, v := range e.RawRowView(i) {
			s += v * v
		}
		dst[i] = -s/2 - norm
	}
}
