package sde

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// support is the covariance S of m observations by its range, in units of the deviations
// of each: S = diag(unit) (U diag(val) Uᵀ + 0) diag(unit), the columns of null being those
// combinations that S gives no variance.
type support struct {
	unit, val []float64
	u, null   *mat.Dense // m×r and m×(m-r), nil if empty
}

func newSupport(s mat.Symmetric) (*support, error) { return newSupportScaled(s, 0) }

// newSupportScaled is newSupport with one unit for all, unless that is 0.
func newSupportScaled(s mat.Symmetric, one float64) (*support, error) {
	m := s.SymmetricDim()
	e := &support{unit: make([]float64, m)}
	for j := range m {
		switch e.unit[j] = 1; {
		case one > 0:
			e.unit[j] = one
		case s.At(j, j) > 0:
			e.unit[j] = math.Sqrt(s.At(j, j))
		}
	}
	scaled := mat.NewSymDense(m, nil)
	for i := range m {
		for j := i; j < m; j++ {
			scaled.SetSym(i, j, s.At(i, j)/(e.unit[i]*e.unit[j]))
		}
	}
	var f mat.EigenSym
	if !f.Factorize(scaled, true) {
		return nil, errors.New("sde: the eigenvalues of the covariance of an observation were not found")
	}
	var q mat.Dense
	f.VectorsTo(&q)
	val, r := f.Values(nil), 0 // rising
	for r < m && !(val[r] > repeated) {
		r++
	}
	if r > 0 {
		e.null = mat.DenseCopyOf(q.Slice(0, m, 0, r))
	}
	if e.val = val[r:]; r < m {
		e.u = mat.DenseCopyOf(q.Slice(0, m, r, m))
	}
	return e, nil
}

// check errs unless the residual r = y - A m is in the range of S, where size_j is the
// size of the numbers that r_j is the difference of.
func (e *support) check(r, size []float64, s mat.Symmetric) error {
	if e.null == nil {
		return nil
	}
	_, n := e.null.Dims()
	for k := range n {
		sum, most := 0.0, 0.0
		for j, v := range r {
			w := e.null.At(j, k) / e.unit[j]
			spread := math.Sqrt(math.Max(0, s.At(j, j)))
			sum += w * v
			most += math.Abs(w) * (agreeing*(spread+math.Min(math.Abs(v), 100*spread)) + rounding*size[j])
		}
		if !(math.Abs(sum) <= most) {
			return ErrContradiction
		}
	}
	return nil
}

// solve stores S⁺ b, the solution in the range of S, in dst.
func (e *support) solve(dst *mat.Dense, b mat.Matrix) {
	m, _ := b.Dims()
	_, c := b.Dims()
	x := mat.DenseCopyOf(b)
	for j := range m {
		for k := range c {
			x.Set(j, k, x.At(j, k)/e.unit[j])
		}
	}
	if dst.Reset(); e.u == nil {
		dst.ReuseAs(m, c)
		return
	}
	var p mat.Dense
	p.Mul(e.u.T(), x)
	for k, v := range e.val {
		for l := range c {
			p.Set(k, l, p.At(k, l)/v)
		}
	}
	dst.Mul(e.u, &p)
	for j := range m {
		for k := range c {
			dst.Set(j, k, dst.At(j, k)/e.unit[j])
		}
	}
}

// logDet is the log of the product of the positive eigenvalues of S: with Q R = diag(unit) U
// it is that of R diag(val) Rᵀ.
func (e *support) logDet() float64 {
	if e.u == nil {
		return 0
	}
	w := mat.DenseCopyOf(e.u)
	m, r := w.Dims()
	for j := range m {
		for k := range r {
			w.Set(j, k, w.At(j, k)*e.unit[j])
		}
	}
	var qr mat.QR
	qr.Factorize(w)
	var R mat.Dense
	qr.RTo(&R)
	sum := 0.0
	for k, v := range e.val {
		sum += math.Log(v) + 2*math.Log(math.Abs(R.At(k, k)))
	}
	return sum
}
