package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// priorBasis has the eigenvectors of the covariance of a normal prior. In
//
//	y = √λ Qᵀ(x - D_p),   λ = 1 + σ²/(α² c),
//
// the precision Λ_p = α²/σ² λ of the prior is α²/σ² times the identity.
type priorBasis struct {
	law *sde.Gaussian
	c   []float64 // the eigenvalues, positive
	q   []float64 // Q, row-major
}

func newPriorBasis(g *sde.Gaussian) (*priorBasis, error) {
	if g == nil {
		panic("guide: nil prior")
	}
	d := g.Dim()
	var f mat.EigenSym
	if !f.Factorize(g.Cov, true) {
		return nil, errors.New("guide: composition: the covariance of the prior has no eigenvectors")
	}
	b := &priorBasis{law: g, c: f.Values(nil), q: make([]float64, d*d)}
	f.VectorsTo(mat.NewDense(d, d, b.q))
	for _, v := range b.c {
		if !(v > 1e-12*b.c[d-1]) {
			return nil, errors.New("guide: composition: the covariance of the prior is singular, so that it has no precision")
		}
	}
	return b, nil
}

// scales stores √λ at the kernel k.
func (b *priorBasis) scales(root []float64, k sde.Coeff) {
	r := k.Sigma / k.Alpha
	for a, c := range b.c {
		root[a] = math.Sqrt(1 + r*r/c)
	}
}

// enter stores √λ Qᵀ v in y, whose transpose is addLeftBack: v += Q √λ y.
// addLeft is v += Q y/√λ, whose transpose is enterBack.
func (b *priorBasis) enter(y, v, root []float64) {
	b.rotate(y, v)
	for a, r := range root {
		y[a] *= r
	}
}

func (b *priorBasis) enterBack(y, v, root []float64) {
	b.rotate(y, v)
	for a, r := range root {
		y[a] /= r
	}
}

func (b *priorBasis) rotate(y, v []float64) {
	d := len(y)
	clear(y)
	for j, x := range v {
		for a, q := range b.q[j*d : j*d+d] {
			y[a] += q * x
		}
	}
}

func (b *priorBasis) addLeft(v, y, root []float64) {
	d := len(y)
	for j := range v {
		for a, q := range b.q[j*d : j*d+d] {
			v[j] += q * y[a] / root[a]
		}
	}
}

func (b *priorBasis) addLeftBack(v, y, root []float64) {
	d := len(y)
	for j := range v {
		for a, q := range b.q[j*d : j*d+d] {
			v[j] += q * y[a] * root[a]
		}
	}
}

// multiply stores C⁻¹ v in u; w is memory.
func (b *priorBasis) multiply(u, v, w []float64) {
	b.rotate(w, v)
	d := len(w)
	for a, c := range b.c {
		w[a] /= c
	}
	for j := range u {
		u[j] = numeric.Dot(b.q[j*d:j*d+d], w)
	}
}

// excess stores Qᵀ C⁻¹ Q - 1/c for the covariance C of a posterior in dst.
// In units of the prior no eigenvalue of C is let above 1.
func (b *priorBasis) excess(dst []float64, cov mat.Symmetric) error {
	d := len(b.c)
	if cov.SymmetricDim() != d {
		return fmt.Errorf("the covariance is of %d numbers, the prior is of %d", cov.SymmetricDim(), d)
	}
	m, u := make([]float64, d*d), make([]float64, d*d)
	for a := range d {
		for e := range d {
			sum := 0.0
			for i := range d {
				for j := range d {
					sum += b.q[i*d+a] * cov.At(i, j) * b.q[j*d+e]
				}
			}
			if m[a*d+e] = sum / math.Sqrt(b.c[a]*b.c[e]); math.IsNaN(m[a*d+e]) || math.IsInf(m[a*d+e], 0) {
				return errors.New("the covariance has an element that is no number")
			}
		}
	}
	eigen(m, u, d)
	for k := range d {
		v := m[k*d+k]
		if !(v > 0) {
			return fmt.Errorf("the covariance has the eigenvalue %.3g, in units of the prior: give more draws than parameters", v)
		}
		v = math.Min(v, 1)
		for a := range d {
			for e := range d {
				dst[a*d+e] += u[a*d+k] * u[e*d+k] * (1/v - 1) / math.Sqrt(b.c[a]*b.c[e])
			}
		}
	}
	return nil
}

// leastRatio is the smallest variance of a posterior that JAC believes, in units of that of
// the prior, without Covariances.
const leastRatio = 1e-8

// setCovariances makes what GAUSS and JAC need of the covariances of n posteriors.
func (c *Composed) setCovariances(n int) error {
	d := c.Dim()
	cov := c.o.Covariances
	if cov != nil && len(cov) != n {
		return fmt.Errorf("guide: composition: %d covariances of %d posteriors", len(cov), n)
	}
	if c.o.Composition == FNPE {
		if cov != nil {
			return errors.New("guide: composition: FNPE takes no covariances")
		}
		return nil
	}
	c.prec = make([][]float64, n)
	if cov == nil && c.o.Composition == GAUSS {
		half := mat.NewSymDense(d, nil)
		half.ScaleSym(0.5, c.prior.law.Cov)
		p := make([]float64, d*d)
		if err := c.prior.excess(p, half); err != nil {
			return fmt.Errorf("guide: composition: %w", err)
		}
		for k := range n {
			c.prec[k] = p
		}
	}
	for k, s := range cov {
		c.prec[k] = make([]float64, d*d)
		if err := c.prior.excess(c.prec[k], s); err != nil {
			return fmt.Errorf("guide: composition: posterior %d: %w", k, err)
		}
	}
	return nil
}

// PosteriorCovariance estimates the covariance of a posterior from its draws, n×d with
// n > d + 2: about their mean, and larger by (n-1)/(n-d-2), which makes the inverse
// unbiased for normal draws (Hartlap et al. 2007, arXiv:astro-ph/0608064).
func PosteriorCovariance(draws *mat.Dense) (*mat.SymDense, error) {
	n, d := draws.Dims()
	if n <= d+2 {
		return nil, fmt.Errorf("guide: a covariance of %d numbers from %d draws: give at least %d", d, n, d+3)
	}
	mean := make([]float64, d)
	for i := range n {
		for j, v := range draws.RawRowView(i) {
			mean[j] += v / float64(n)
		}
	}
	c := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			sum := 0.0
			for k := range n {
				sum += (draws.At(k, i) - mean[i]) * (draws.At(k, j) - mean[j])
			}
			c.SetSym(i, j, sum/float64(n-d-2))
		}
	}
	return c, nil
}
