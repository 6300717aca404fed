package prior

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// block is a law of some parameters by its conditionals: the law of parameter j given
// those before it.
type block interface {
	dim() int
	// given returns the law of coordinate j given before, of length j.
	given(j int, before []float64) Univariate
	// marginal returns the law of coordinate j alone.
	marginal(j int) Univariate
}

// single is a law of one parameter.
type single struct{ Univariate }

func (single) dim() int                          { return 1 }
func (s single) given(int, []float64) Univariate { return s.Univariate }
func (s single) marginal(int) Univariate         { return s.Univariate }

// product has its blocks behind each other, independent.
type product struct {
	blocks []block
	start  []int // block b has the coordinates start[b] … start[b+1]-1
	of     []int // block of a coordinate
}

func newProduct(blocks []block) product {
	p := product{blocks: blocks, start: []int{0}}
	for b, l := range blocks {
		for range l.dim() {
			p.of = append(p.of, b)
		}
		p.start = append(p.start, len(p.of))
	}
	return p
}

func (p product) dim() int { return len(p.of) }

func (p product) given(j int, before []float64) Univariate {
	b := p.of[j]
	return p.blocks[b].given(j-p.start[b], before[p.start[b]:])
}

func (p product) marginal(j int) Univariate {
	b := p.of[j]
	return p.blocks[b].marginal(j - p.start[b])
}

// multivariate is N(mean, L Lᵀ).
type multivariate struct {
	mean []float64
	l    *mat.TriDense
}

func newMultivariate(mean []float64, covariance [][]float64) (*multivariate, error) {
	d := len(mean)
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			a, b := covariance[i][j], covariance[j][i]
			if math.Abs(a-b) > 1e-12*(math.Abs(a)+math.Abs(b)) {
				return nil, fmt.Errorf("the covariance is not symmetric: element %d, %d is %g and element %d, %d is %g", i+1, j+1, a, j+1, i+1, b)
			}
			s.SetSym(i, j, a)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(s) || c.Cond() > 1e14 {
		return nil, fmt.Errorf("the covariance is not positive definite: parameters that are functions of others are no parameters")
	}
	m := &multivariate{mean: mean, l: mat.NewTriDense(d, mat.Lower, nil)}
	c.LTo(m.l)
	return m, nil
}

func (m *multivariate) dim() int { return len(m.mean) }

// given has the mean μ_j + Σ_{k<j} L_jk e_k and the deviation L_jj, with L e = θ - μ.
func (m *multivariate) given(j int, before []float64) Univariate {
	e := make([]float64, j)
	mean := m.mean[j]
	for k := range e {
		r := before[k] - m.mean[k]
		for i := range k {
			r -= m.l.At(k, i) * e[i]
		}
		e[k] = r / m.l.At(k, k)
		mean += m.l.At(j, k) * e[k]
	}
	return normal{mean, m.l.At(j, j)}
}

// whiten solves L z = θ - μ, in O(d²); z may be theta.
func (m *multivariate) whiten(z, theta []float64) {
	for k, v := range theta {
		r := v - m.mean[k]
		for i, e := range z[:k] {
			r -= m.l.At(k, i) * e
		}
		z[k] = r / m.l.At(k, k)
	}
}

// unwhiten stores μ + L z, in O(d²); theta is other memory.
func (m *multivariate) unwhiten(theta, z []float64) {
	for k := range theta {
		theta[k] = m.mean[k]
		for i, e := range z[:k+1] {
			theta[k] += m.l.At(k, i) * e
		}
	}
}

func (m *multivariate) logProb(theta []float64) float64 {
	z, l := make([]float64, len(theta)), 0.0
	m.whiten(z, theta)
	for k, v := range z {
		l += logPhi(v) - math.Log(m.l.At(k, k))
	}
	return l
}

func (m *multivariate) marginal(j int) Univariate {
	v := 0.0
	for k := range j + 1 {
		v += m.l.At(j, k) * m.l.At(j, k)
	}
	return normal{m.mean[j], math.Sqrt(v)}
}

// mixture is Σ_k w_k p_k. Given the coordinates before, its weights are w_k times the
// densities that the components give them.
type mixture struct {
	logw   []float64
	blocks []block
}

func (m mixture) dim() int { return m.blocks[0].dim() }

func (m mixture) given(j int, before []float64) Univariate {
	l, laws := make([]float64, len(m.blocks)), make([]Univariate, len(m.blocks))
	for k, b := range m.blocks {
		l[k], laws[k] = m.logw[k], b.given(j, before)
		for i := range j {
			l[k] += b.given(i, before[:i]).LogProb(before[i])
		}
	}
	return newMixture1(l, laws)
}

func (m mixture) marginal(j int) Univariate {
	laws := make([]Univariate, len(m.blocks))
	for k, b := range m.blocks {
		laws[k] = b.marginal(j)
	}
	return mixture1{m.logw, laws}
}
