package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// MCGDiff is the posterior given y = A x_0 + e, A linear and e ~ N(0, SD² I), by
// the particles of Cardoso et al. 2024 (alg. 1, arXiv:2308.07983). With
// A = U diag(s) Vᵀ, y gives each coordinate u_k of Vᵀx_0 the value
// ȳ_k = (Uᵀy)_k/s_k with the error e_k = SD/s_k. Potentials are normal in them,
// ψ_t = Π_k N(u_k; c_k, v_k), so that the product of one and a step N(m, v I) has
// closed form, from which the step is drawn: with K = v/(v + v_k),
//
//	u_k ~ N(K c_k + (1 - K) m_k, (1 - K) v),   weight N(m_k; c_k, v + v_k)/ψ_t(x_t),
//
// other coordinates as the model has them. Nothing is differentiated, and the
// potentials cost no evaluation. The published ones (Flat) are those of the forward
// process from ȳ,
//
//	c_k = α ȳ_k,   v_k = σ² + α² e_k²,
//
// which is p(y|x_t) for data of infinite variance. Where the standard deviation of the
// data is not well above σ/α, these potentials move x_t too far, and the weights that
// correct for it have tails too heavy for some dozens of particles. Without Flat the
// potentials are p(y|x_t) for normal data of mean μ_k and variance τ_k², the moments
// that TerminalOf knows of the model: with G = α τ_k²/(α² τ_k² + σ²),
//
//	c_k = α μ_k + (ȳ_k - μ_k)/G,   v_k = (τ_k² (1 - α G) + e_k²)/G².
//
// At the end ψ is p(y|x_0) itself; without error rows satisfy y exactly, and the
// weights have the density of the last draw.
//
// Rows and evidence tend to those of the discretized chain as the number of particles
// grows. A good twist (TDS) needs fewer particles where coordinates depend on each
// other.
//
// The paper drops the potential of a coordinate with an error below the time where
// σ/α = e_k, and widens potentials by κ where e_k is 0. Here the error is part of the
// potential at all times.
//
// Without error LogEvidence is the log density of Uᵀy in the range of A.
type MCGDiff struct {
	Model       sde.Denoiser
	Observation LinearCondition // Y with one row, or one for each group
	Flat        bool            // potentials as published
}

func (g MCGDiff) model() sde.Denoiser { return g.Model }

func (g MCGDiff) check(groups int) error {
	if g.Model == nil {
		return errors.New("sample: MCGDiff needs Model")
	}
	sp, err := newSpectral(g.Observation, g.Model.Dim())
	if err != nil {
		return err
	}
	if err := sp.consistent(g.Model, g.Observation.Y); err != nil {
		return err
	}
	if r, _ := g.Observation.Y.Dims(); r != 1 && r < groups {
		return fmt.Errorf("sample: observations of %d rows for %d groups", r, groups)
	}
	return nil
}

func (g MCGDiff) bind(k int, m *meter) weigher {
	w := &mcgdiffWeigher{p: newMemo(g.Model, k, m)}
	var sp *spectral
	if sp, w.err = newSpectral(g.Observation, g.Model.Dim()); w.err != nil {
		return w
	}
	w.y = &measured{sp, g.Observation.Y}
	w.target, w.e2 = make([]float64, len(sp.s)), make([]float64, len(sp.s))
	for k, s := range sp.s {
		w.e2[k] = sp.sd * sp.sd / (s * s)
	}
	w.mean, w.tau2 = make([]float64, len(sp.s)), make([]float64, len(sp.s))
	mean, variance, cov := dataMoments(g.Model)
	for k := range sp.s {
		v := sp.vt.RawRowView(k)
		for j, a := range v {
			w.mean[k] += a * mean[j]
			if cov == nil {
				w.tau2[k] += a * a * variance[j]
				continue
			}
			for l, b := range v {
				w.tau2[k] += a * b * cov.At(j, l)
			}
		}
		w.tau2[k] = math.Max(w.tau2[k], 1e-12) // of a constant
		if g.Flat {
			w.tau2[k] = math.Inf(1)
		}
	}
	return w
}

type mcgdiffWeigher struct {
	p          *memo
	y          *measured
	err        error
	target, e2 []float64 // ȳ of the group, and the variances of its errors
	mean, tau2 []float64 // of the data
	constant   float64   // of log p(y|x_0)
}

func (w *mcgdiffWeigher) denoisers() (p, q sde.Denoiser) { return w.p, w.p }
func (w *mcgdiffWeigher) gather(idx []int)               { w.p.gather(idx) }

func (w *mcgdiffWeigher) selectGroup(group int) {
	w.p.selectGroup(group)
	if w.err != nil {
		return
	}
	w.y.targets(w.target, group)
	w.constant = w.y.residual(group)
	for _, s := range w.y.s {
		w.constant -= math.Log(s)
	}
}

// residual is the log density of the part of observation i outside the range of A.
func (p *measured) residual(i int) float64 {
	m, _ := p.m.Dims()
	if p.sd == 0 || m == len(p.s) {
		return 0
	}
	sum := 0.0
	y := p.row(i)
	for l, b := range p.b {
		sum += (y[l] - b) * (y[l] - b)
	}
	for k := range p.s {
		in := 0.0
		for l, u := range p.ut.RawRowView(k) {
			in += u * (y[l] - p.b[l])
		}
		sum -= in * in
	}
	v := p.sd * p.sd
	return -0.5*math.Max(0, sum)/v - 0.5*float64(m-len(p.s))*math.Log(2*math.Pi*v)
}

// toward returns mean and variance of potential k at time s or, if last, of p(y|x_0).
func (w *mcgdiffWeigher) toward(c sde.Coeff, k int, last bool) (mean, variance float64) {
	if last { // of y, given x_0 = x_s/α
		return c.Alpha * w.target[k], c.Alpha * c.Alpha * w.e2[k]
	}
	s2 := c.Sigma * c.Sigma
	if math.IsInf(w.tau2[k], 1) {
		return c.Alpha * w.target[k], s2 + c.Alpha*c.Alpha*w.e2[k]
	}
	total := c.Alpha*c.Alpha*w.tau2[k] + s2
	g := c.Alpha * w.tau2[k] / total
	return c.Alpha*w.mean[k] + (w.target[k]-w.mean[k])/g, (w.tau2[k]*s2/total + w.e2[k]) / (g * g)
}

func (w *mcgdiffWeigher) weigh(psi []float64, x *mat.Dense, t float64) error {
	if w.err != nil {
		return w.err
	}
	c := w.p.Schedule().Coeff(t)
	for i := range psi {
		psi[i] = 0
		for k := range w.target {
			m, v := w.toward(c, k, false)
			psi[i] += gaussianLog(w.y.coordinate(k, x.RawRowView(i)), m, v)
		}
	}
	return nil
}

func (w *mcgdiffWeigher) propose(logw []float64, x, mean, z *mat.Dense, sd, s float64, last bool) error {
	c := w.p.Schedule().Coeff(s)
	combine(x, 1, mean, sd, z)
	for i := range logw {
		row, mi, zi := x.RawRowView(i), mean.RawRowView(i), z.RawRowView(i)
		for k := range w.target {
			to, v := w.toward(c, k, last)
			m, e := w.y.coordinate(k, mi), w.y.coordinate(k, zi)
			gain := sd * sd / (sd*sd + v)
			u := m + gain*(to-m) + sd*math.Sqrt(1-gain)*e
			w.y.shift(row, k, u-m-sd*e)
			logw[i] += gaussianLog(m, to, sd*sd+v)
			if v > 0 {
				logw[i] -= gaussianLog(u, to, v)
			}
		}
	}
	return nil
}

func (w *mcgdiffWeigher) finish(psi []float64, x, _ *mat.Dense, sd, t float64) error {
	if w.y.sd == 0 && sd == 0 {
		return errors.New("an observation without error needs noise in the last step: end at a positive sigma, without Denoise")
	}
	drawn := math.Log(w.p.Schedule().Coeff(t).Alpha) // the density of x_t/α is α times that of x_t
	for i := range psi {
		psi[i] = w.constant
		for k, to := range w.target {
			if v := w.e2[k]; v > 0 {
				psi[i] += gaussianLog(w.y.coordinate(k, x.RawRowView(i)), to, v)
			} else {
				psi[i] += drawn
			}
		}
	}
	return nil
}

func gaussianLog(x, m, v float64) float64 {
	return -0.5*(x-m)*(x-m)/v - 0.5*math.Log(2*math.Pi*v)
}
