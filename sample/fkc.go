package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// FKC is the law of weighted products of models,
//
//	Π_i p_i(x)^{w_i}/Z,
//
// by Feynman-Kac correctors (Skreta et al. 2025, prop. 3.1 to 3.3,
// arXiv:2503.02819): rows follow the score s = Σ w_i s_i, which is not that of
// the noised product, and their weights correct for the difference,
//
//	d log W = ½ g² (|s|² - Σ w_i |s_i|²) dτ + Dim (Σ w_i - 1) f dτ,
//
// here by the trapezoidal rule in λ. It holds for every noise scale of the reverse
// SDE. For the probability flow it holds too, but copies of a resampled particle then
// stay equal. Weights (w, 1-w) of a conditional and an unconditional model give
// classifier-free guidance with the law p_c^w p_u^{1-w}; one weight β gives the
// annealed p^β; equal weights give a product.
//
// Unlike those of TDS and FK the weights are exact only as the steps become
// small. A run must end at σ > 0, without Denoise. LogEvidence is
// log ∫ Π p_i^{w_i}, or log ∫ Π p_i^{w_i} e^r with a Tilt.
type FKC struct {
	Models  []sde.Denoiser
	Weights []float64
	Tilt    *Tilt // a reward; nil means none
}

func (f FKC) model() sde.Denoiser { return newBlend(f, 1, &meter{}) }

func (f FKC) check(int) error {
	if len(f.Models) == 0 || len(f.Models) != len(f.Weights) {
		return fmt.Errorf("sample: FKC with %d models and %d weights", len(f.Models), len(f.Weights))
	}
	if f.Tilt != nil {
		if err := f.Tilt.check(); err != nil {
			return err
		}
	}
	for i, d := range f.Models {
		if d == nil || d.Dim() != f.Models[0].Dim() {
			return fmt.Errorf("sample: FKC with models of different dimensions (model %d)", i)
		}
		if !sde.SameSchedule(d.Schedule(), f.Models[0].Schedule()) {
			return fmt.Errorf("sample: FKC with models of different schedules (model %d)", i)
		}
		if v := f.Weights[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("sample: FKC with the weight %g", v)
		}
	}
	return nil
}

// start is the product of the moment-matched laws of the models.
func (f FKC) start(t float64) (sde.DiagonalNormal, error) {
	p, _, err := f.product(t)
	return p, err
}

// product returns that law, and ln of its normalizing constant.
func (f FKC) product(t float64) (sde.DiagonalNormal, float64, error) {
	d := f.Models[0].Dim()
	p, log := sde.DiagonalNormal{Mean: make([]float64, d), SD: make([]float64, d)}, 0.0
	laws := make([]sde.DiagonalNormal, len(f.Models))
	for i, m := range f.Models {
		laws[i] = TerminalOf(m, t)
	}
	for j := range d {
		var a, b, c float64 // exponent -½ (a x² - 2 b x + c)
		for i, w := range f.Weights {
			v := laws[i].SD[j] * laws[i].SD[j]
			a, b, c = a+w/v, b+w*laws[i].Mean[j]/v, c+w*laws[i].Mean[j]*laws[i].Mean[j]/v
			log -= w * (0.5*math.Log(2*math.Pi) + math.Log(laws[i].SD[j]))
		}
		if !(a > 0) {
			return p, 0, fmt.Errorf("sample: FKC: the product of the models at t = %.4g, with these weights, has no law in coordinate %d", t, j)
		}
		p.Mean[j], p.SD[j] = b/a, 1/math.Sqrt(a)
		log += 0.5*(math.Log(2*math.Pi)-math.Log(a)) - 0.5*(c-b*b/a)
	}
	return p, log, nil
}

func (f FKC) bind(k int, m *meter) weigher { return newBlend(f, k, m) }

// composition is the denoiser with the score Σ w_i s_i,
//
//	Σ w_i D_i + (1 - Σ w_i) x/α,
//
// and the weigher of the correctors.
type composition struct {
	FKC
	parts           []*memo
	d               *mat.Dense
	total           float64 // Σ w_i
	t               float64 // of the last weights; NaN before the first
	sum, rate, buf  []float64
	rates, products []float64    // of the last evaluation: of log W in λ, and Σ w_i σ s_i
	tilted          *tiltWeigher // nil without a Tilt
}

func newBlend(f FKC, k int, m *meter) *composition {
	b := &composition{FKC: f, sum: make([]float64, k), rate: make([]float64, k), buf: make([]float64, k), rates: make([]float64, k), t: math.NaN()}
	for i, d := range f.Models {
		b.total += f.Weights[i]
		b.parts = append(b.parts, newMemo(d, k, m))
	}
	b.d = mat.NewDense(k, f.Models[0].Dim(), nil)
	b.products = make([]float64, k*f.Models[0].Dim())
	if f.Tilt != nil {
		b.tilted = newTiltWeigher(f.Tilt, k, f.Models[0].Dim())
	}
	return b
}

func (b *composition) Schedule() sde.Schedule         { return b.Models[0].Schedule() }
func (b *composition) Dim() int                       { return b.Models[0].Dim() }
func (b *composition) denoisers() (p, q sde.Denoiser) { return b, b }

func (b *composition) Denoise(dst, x *mat.Dense, t []float64) error {
	alpha := b.Schedule().Coeff(t[0]).Alpha
	dst.Scale((1-b.total)/alpha, x)
	for i, p := range b.parts {
		if err := p.Denoise(b.d, x, t); err != nil {
			return err
		}
		accumulate(dst, b.Weights[i], b.d)
	}
	return nil
}

func (b *composition) selectGroup(group int) {
	b.t = math.NaN()
	if b.tilted != nil {
		b.tilted.group = group
	}
	for _, p := range b.parts {
		p.selectGroup(group)
	}
}

// corrections stores the rate of the log-weight in λ, σ² (|s|² - Σ w_i |s_i|²), in b.rates.
func (b *composition) corrections(x *mat.Dense, t float64) error {
	c, d := b.Schedule().Coeff(t), b.Dim()
	if c.Sigma == 0 {
		return errors.New("the correctors have no meaning at sigma 0: end at a positive one")
	}
	n, _ := x.Dims()
	clear(b.products)
	clear(b.rates)
	for i, p := range b.parts {
		if err := p.Denoise(b.d, x, []float64{t}); err != nil {
			return err
		}
		for r := range n {
			xr, dr := x.RawRowView(r), b.d.RawRowView(r)
			for j, v := range xr {
				s := (c.Alpha*dr[j] - v) / c.Sigma
				b.products[r*d+j] += b.Weights[i] * s
				b.rates[r] -= b.Weights[i] * s * s
			}
		}
	}
	for r := range n {
		for _, s := range b.products[r*d : (r+1)*d] {
			b.rates[r] += s * s
		}
	}
	return nil
}

func (b *composition) weigh(psi []float64, x *mat.Dense, t float64) error {
	if err := b.corrections(x, t); err != nil {
		return err
	}
	if math.IsNaN(b.t) {
		_, log, err := b.product(t)
		if err != nil {
			return err
		}
		for i := range b.sum {
			b.sum[i] = log
		}
	} else {
		before, now := b.Schedule().Coeff(b.t), b.Schedule().Coeff(t)
		h := now.Lambda() - before.Lambda()
		common := float64(b.Dim()) * (b.total - 1) * math.Log(before.Alpha/now.Alpha)
		for i := range b.sum {
			b.sum[i] += 0.5*h*(b.rate[i]+b.rates[i]) + common
		}
	}
	copy(psi, b.sum)
	if w := b.tilted; w != nil {
		if err := b.followReward(x, t); err != nil {
			return err
		}
		for i, r := range w.sum {
			psi[i] += r
		}
	}
	b.t = t
	copy(b.rate, b.rates)
	return nil
}

// finish weighs the states x_t. The densities of x_t/α are α^Dim times theirs.
func (b *composition) finish(psi []float64, x, _ *mat.Dense, _, t float64) error {
	alpha := b.Schedule().Coeff(t).Alpha
	scale(x, alpha)
	if err := b.weigh(psi, x, t); err != nil {
		return err
	}
	scale(x, 1/alpha)
	for i := range psi {
		psi[i] += float64(b.Dim()) * (b.total - 1) * math.Log(alpha)
	}
	if w := b.tilted; w != nil { // R is r of the data at the end
		if err := w.Reward(w.nowR, x, w.group); err != nil {
			return err
		}
		for i, r := range w.nowR {
			psi[i] += r - w.beta*w.r[i]
		}
	}
	return nil
}

func (b *composition) gather(idx []int) {
	for _, p := range b.parts {
		p.gather(idx)
	}
	gatherFloats(b.sum, b.buf, idx)
	gatherFloats(b.rate, b.buf, idx)
	if b.tilted != nil {
		b.tilted.gather(idx)
	}
}
