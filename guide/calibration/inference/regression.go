package inference

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// linear is a ridge regression of θ on the normal scores of x.
type linear struct {
	of     *scores
	coef   *mat.Dense // w×d
	means  []float64
	sd     []float64    // of the residuals
	factor mat.TriDense // lower: the correlation of the residuals is factor factorᵀ
}

// residualShrink is the share of the diagonal in the covariance of the residuals, beyond
// what few rows need.
const residualShrink = 0.01

func regress(theta, x *mat.Dense) *linear {
	n, d := theta.Dims()
	_, w := x.Dims()
	l := &linear{of: newScores(x), coef: mat.NewDense(w, d, nil), means: make([]float64, d)}
	z, y := l.of.all(x), mat.DenseCopyOf(theta)
	for j := range d {
		l.means[j], _ = meanVariance(n, func(i int) float64 { return theta.At(i, j) })
		for i := range n {
			y.Set(i, j, theta.At(i, j)-l.means[j])
		}
	}
	var right mat.Dense
	right.Mul(z.T(), y)
	gram := symmetric(z, 1)
	for j := range w {
		gram.SetSym(j, j, gram.At(j, j)+1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) || chol.SolveTo(l.coef, &right) != nil {
		l.coef.Zero() // references need not be good to be right
	}
	var residual mat.Dense
	residual.Mul(z, l.coef)
	residual.Sub(y, &residual)
	l.residuals(&residual)
	return l
}

// residuals keeps their standard deviations, and the factor of their shrunk correlation.
func (l *linear) residuals(r *mat.Dense) {
	n, d := r.Dims()
	l.sd = make([]float64, d)
	cov := symmetric(r, 1/float64(n))
	for j := range d {
		if l.sd[j] = math.Sqrt(cov.At(j, j)); l.sd[j] == 0 {
			l.sd[j] = 1
		}
	}
	keep := (1 - residualShrink) * float64(n) / float64(n+d)
	for j := range d {
		for k := range j {
			cov.SetSym(j, k, keep*cov.At(j, k)/l.sd[j]/l.sd[k])
		}
		cov.SetSym(j, j, 1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		panic("inference: a shrunk correlation that is not positive")
	}
	chol.LTo(&l.factor)
}

// white maps residuals to ones of unit variance without correlation, d×d.
func (l *linear) white() *mat.Dense {
	var inverse mat.TriDense
	if inverse.InverseTri(&l.factor) != nil {
		panic("inference: a factor without an inverse")
	}
	m := mat.DenseCopyOf(&inverse)
	for j := range l.sd {
		for k, s := range l.sd {
			m.Set(j, k, m.At(j, k)/s)
		}
	}
	return m
}

// noise adds a residual of c standard deviations, made of normal numbers, to dst.
func (l *linear) noise(dst []float64, c float64, e *mat.VecDense) {
	var v mat.VecDense
	v.MulVec(&l.factor, e)
	for j, s := range l.sd {
		dst[j] += c * s * v.AtVec(j)
	}
}

// mean stores the regression at x.
func (l *linear) mean(dst, x []float64) {
	z := make([]float64, len(x))
	l.of.row(z, x)
	for j := range dst {
		dst[j] = l.means[j]
		for k, v := range z {
			dst[j] += v * l.coef.At(k, j)
		}
	}
}

// symmetric is c mᵀm.
func symmetric(m *mat.Dense, c float64) *mat.SymDense {
	_, d := m.Dims()
	s := mat.NewSymDense(d, nil)
	s.SymOuterK(c, m.T())
	return s
}
