package sample

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Tilt turns the law of an FKC into one with a reward (Skreta et al. 2025,
// arXiv:2503.02819, the reward-tilted SDE): the law at time t is multiplied by e^{R_t},
// R_t = β_t r(x). Where a step of the method is drawn with noise of variance v, its
// mean moves by ½ v ∇R, and the weights follow R along the flow b of the law without
// reward (a = 0 in the reverse SDE, written in the time τ that runs to the data),
//
//	d log W = [∂_τ R + b·∇R] dτ,
//
// with ∂_τ R by the difference of β over a step and b·∇R by the trapezoidal rule in
// λ. This holds for every noise scale. For the probability flow the rows do not move
// towards the reward, and the weights alone account for it.
//
// It is exact as the steps become small and the particles many. FK with the same
// reward is exact for a chain of any steps, and needs no gradient.
type Tilt struct {
	// Reward is r, in nats, and Gradient stores ∇r of the rows of x in dst, n×d.
	// Both are evaluated at noised rows x_t, and must be finite there. group is
	// the global index of the group, as in Reward.
	Reward   RewardFunc
	Gradient func(dst, x *mat.Dense, group int) error
	// Beta is β as a function of time. Nil means α²/(α² + σ²), from about 0 at noise
	// to 1 at the data. The target has β = 1 for any Beta.
	Beta func(t float64) float64
}

// tiltWeigher is the part of a composition that weighs by a Tilt.
type tiltWeigher struct {
	*Tilt
	group             int
	r, rate, sum, buf []float64 // at the last time: r(x), b·∇R, and R so far
	nowR, nowRate     []float64
	slope, swap       *mat.Dense // ∇r at the last x
	beta              float64
}

func newTiltWeigher(t *Tilt, k, d int) *tiltWeigher {
	w := &tiltWeigher{Tilt: t}
	for _, v := range []*[]float64{&w.r, &w.rate, &w.sum, &w.buf, &w.nowR, &w.nowRate} {
		*v = make([]float64, k)
	}
	for _, m := range []**mat.Dense{&w.slope, &w.swap} {
		*m = mat.NewDense(k, d, nil)
	}
	return w
}

func (t *Tilt) check() error {
	if t.Reward == nil || t.Gradient == nil {
		return errors.New("sample: a Tilt needs Reward and Gradient; FK does without the latter")
	}
	return nil
}

// followReward integrates R from b.t to t, at which b holds the products of the models.
func (b *composition) followReward(x *mat.Dense, t float64) error {
	w, c := b.tilted, b.Schedule().Coeff(t)
	if err := w.Reward(w.nowR, x, w.group); err != nil {
		return err
	}
	if err := w.Gradient(w.slope, x, w.group); err != nil {
		return err
	}
	beta := c.Alpha * c.Alpha / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)
	if w.Beta != nil {
		beta = w.Beta(t)
	}
	if math.IsNaN(beta) || math.IsInf(beta, 0) {
		return errors.New("a Tilt with a Beta that is no number")
	}
	// dx/dλ = (α' D + σ' ε)/λ', with D = (x + σ p)/α and ε = -p, p = σ Σ w_i s_i
	speed := c.DAlpha/c.Alpha - c.DSigma/c.Sigma
	kx, kp := c.DAlpha/c.Alpha/speed, (c.DAlpha/c.Alpha*c.Sigma-c.DSigma)/speed
	d := b.Dim()
	for i := range w.nowRate {
		g, sum := w.slope.RawRowView(i), 0.0
		for j, v := range x.RawRowView(i) {
			sum += g[j] * (kx*v + kp*b.products[i*d+j])
		}
		w.nowRate[i] = beta * sum
	}
	if math.IsNaN(b.t) {
		for i, r := range w.nowR {
			w.sum[i] = beta * r
		}
	} else {
		h := c.Lambda() - b.Schedule().Coeff(b.t).Lambda()
		for i, r := range w.nowR {
			w.sum[i] += 0.5*h*(w.rate[i]+w.nowRate[i]) + 0.5*(beta-w.beta)*(w.r[i]+r)
		}
	}
	w.beta = beta
	copy(w.r, w.nowR)
	copy(w.rate, w.nowRate)
	return nil
}

// propose implements proposer.
func (b *composition) propose(_ []float64, x, mean, z *mat.Dense, sd, _ float64, _ bool) error {
	combine(x, 1, mean, sd, z)
	if w := b.tilted; w != nil {
		accumulate(x, 0.5*sd*sd*w.beta, w.slope)
	}
	return nil
}

func (w *tiltWeigher) gather(idx []int) {
	for _, v := range [][]float64{w.r, w.rate, w.sum} {
		gatherFloats(v, w.buf, idx)
	}
	gatherRows(w.swap, w.slope, idx)
	w.slope, w.swap = w.swap, w.slope
}
