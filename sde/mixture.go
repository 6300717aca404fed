package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// Mixture is the law Σ_k Weights[k] Comps[k] of Gaussians. With the
// responsibilities r_k(x) ∝ w_k N(x; α μ_k, C_{k,t}),
//
//	D = Σ r_k D_k      score = Σ r_k s_k
//	∂D/∂x = Σ r_k (K_k + (D_k - D) s_kᵀ)
//
// where D_k, s_k and K_k are the denoiser, score and Jacobian of component k.
// Make one with NewMixture; the fields are to be read only. A row costs
// O(K d²), or O(K d) if the covariances are diagonal.
type Mixture struct {
	Weights []float64 // sum to 1
	Comps   []*Gaussian
	Sched   Schedule

	logw []float64
}

var _ Observable = (*Mixture)(nil)

// NewMixture returns the mixture of comps with weights proportional to weights.
// It errs on weights that are negative, not finite or all 0, and on components
// of different schedules; it panics if the numbers or dimensions differ.
func NewMixture(weights []float64, comps []*Gaussian) (*Mixture, error) {
	if len(comps) == 0 || len(weights) != len(comps) {
		panic(badSize)
	}
	m := &Mixture{make([]float64, len(weights)), append([]*Gaussian(nil), comps...), comps[0].Sched, make([]float64, len(weights))}
	sum := 0.0
	for k, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("sde: Mixture: weight %d is %g, must be finite and not negative", k, w)
		}
		if comps[k].ready().Dim() != comps[0].Dim() {
			panic(badSize)
		}
		if !SameSchedule(comps[k].Sched, m.Sched) {
			return nil, fmt.Errorf("sde: Mixture: component %d has another schedule than component 0", k)
		}
		sum += w
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("sde: Mixture: the weights sum to %g", sum)
	}
	for k, w := range weights {
		m.Weights[k] = w / sum
		m.logw[k] = math.Log(w / sum)
	}
	return m, nil
}

// SameSchedule reports whether two schedules have the same kernels. It compares values
// at some times, because schedules need not be comparable types.
func SameSchedule(a, b Schedule) bool {
	for _, t := range [...]float64{0, 0.1, 0.3, 0.5, 0.7, 1} {
		if a.Coeff(t) != b.Coeff(t) {
			return false
		}
	}
	return true
}

// ready panics if m is a literal.
func (m *Mixture) ready() *Mixture {
	if m.logw == nil {
		panic("sde: Mixture not made by NewMixture")
	}
	return m
}

func (m *Mixture) Schedule() Schedule { return m.Sched }
func (m *Mixture) Dim() int           { return m.Comps[0].Dim() }

func (m *Mixture) Sample(dst *mat.Dense, seed uint64, first int) {
	buf := borrow(m.ready().Dim())
	defer release(buf)
	sampleRows(dst, m.Dim(), seed, "sde/mixture", first, func(row []float64, src *stream.Source) {
		m.Comps[m.pick(src.Float64())].draw(row, *buf, src)
	})
}

// pick returns the component at quantile u of the weights, never one of weight 0.
func (m *Mixture) pick(u float64) int {
	last := 0
	for k, w := range m.Weights {
		if w > 0 {
			last = k
			if u < w {
				break
			}
		}
		u -= w
	}
	return last
}

func (m *Mixture) Mean() []float64 {
	mean := make([]float64, m.Dim())
	for k, g := range m.Comps {
		for j, v := range g.Mu {
			mean[j] += m.Weights[k] * v
		}
	}
	return mean
}

// Covariance implements Law: the mean of the covariances plus the covariance of
// the means.
func (m *Mixture) Covariance() *mat.SymDense {
	d, mean := m.Dim(), m.Mean()
	c := mat.NewSymDense(d, nil)
	for k, g := range m.Comps {
		for i := range d {
			for j := i; j < d; j++ {
				v := g.Cov.At(i, j) + (g.Mu[i]-mean[i])*(g.Mu[j]-mean[j])
				c.SetSym(i, j, c.At(i, j)+m.Weights[k]*v)
			}
		}
	}
	return c
}

// Posterior implements Observable: each component has its Kalman update, and
// its weight is multiplied by its evidence. The law is a *Mixture. Components that
// observations without error contradict get the weight 0, as do all others if some have
// less freedom to satisfy them: those have infinitely more density there.
func (m *Mixture) Posterior(A mat.Matrix, y []float64, R mat.Symmetric) (Law, error) {
	us, logw, err := m.update(A, y, R)
	if err != nil {
		return nil, err
	}
	comps := append([]*Gaussian(nil), m.Comps...)
	for k, u := range us {
		if u.cov == nil {
			continue
		}
		if comps[k], err = NewGaussian(u.mean, u.cov, m.Sched); err != nil {
			return nil, err
		}
	}
	numeric.Softmax(logw)
	return NewMixture(logw, comps)
}

func (m *Mixture) LogEvidence(A mat.Matrix, y []float64, R mat.Symmetric) float64 {
	_, logw, err := m.update(A, y, R)
	if err != nil {
		panic(badEvidence)
	}
	return numeric.Softmax(logw)
}

// update returns the updates of the components, without a covariance where y contradicts
// one, and the logs of their weights times their evidences.
func (m *Mixture) update(A mat.Matrix, y []float64, R mat.Symmetric) ([]updated, []float64, error) {
	us, logw, least := make([]updated, len(m.Comps)), make([]float64, len(m.Comps)), math.MaxInt
	for k, g := range m.Comps {
		u, err := update(g.Mu, g.Cov, A, y, R)
		if err != nil && !errors.Is(err, ErrContradiction) {
			return nil, nil, err
		}
		if us[k], logw[k] = u, m.ready().logw[k]+u.logEvidence; err != nil {
			logw[k] = math.Inf(-1)
		} else if m.Weights[k] > 0 {
			least = min(least, u.rank)
		}
	}
	if least == math.MaxInt {
		return nil, nil, ErrContradiction
	}
	for k, u := range us {
		if u.rank > least {
			logw[k] = math.Inf(-1)
		}
	}
	return us, logw, nil
}
