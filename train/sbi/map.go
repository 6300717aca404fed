package sbi

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// The search for a mode: from the densest of some draws, quasi-Newton steps by finite
// differences of the log density, within the box of the draws.
const (
	mapDraws      = 512
	mapSteps      = 25
	mapDifference = 0.05 // of a finite difference, in standard deviations of the draws
	mapGain       = 1e-3 // nats that a step must gain for another one
)

// MAP returns the θ of the largest log density per unit of θ, a row for each observation, and
// that density in nats. The search starts at the densest of 512 draws and climbs within their
// range: where the density rises to the border of the support, as that of an exponential
// does, the result is near the border.
func (p *Posterior) MAP(ctx context.Context, o *DrawOptions) (theta *mat.Dense, logp []float64, err error) {
	k, d := p.Observations(), p.m.prior.Dim()
	theta, logp = mat.NewDense(k, d, nil), make([]float64, k)
	opts := valueOf(o)
	progress := opts.Progress
	opts.Progress, opts.First = nil, 0
	for i := range k {
		one := p.observation(i)
		if logp[i], err = one.mode(ctx, theta.RawRowView(i), opts); err != nil {
			return nil, nil, err
		}
		if progress != nil {
			if err := progress(i + 1); err != nil {
				return nil, nil, err
			}
		}
	}
	return theta, logp, nil
}

// observation is the posterior of observation i alone.
func (p *Posterior) observation(i int) *Posterior {
	if p.Observations() == 1 {
		return p
	}
	q := &Posterior{m: p.m, f: pick(p.f, []int{i}, p.f.RawMatrix().Cols)}
	var err error
	if q.inner, q.mean, err = p.m.denoiser(q.f, true); err != nil {
		panic("sbi: " + err.Error()) // these features have made a denoiser before
	}
	return q
}

// mode stores that of a single observation in theta.
func (p *Posterior) mode(ctx context.Context, theta []float64, o DrawOptions) (float64, error) {
	d := len(theta)
	draws, err := p.Sample(ctx, mapDraws, &o)
	if err != nil {
		return 0, err
	}
	w := mat.NewDense(mapDraws, d, nil)
	if err := p.m.Latent(w, draws.Theta); err != nil {
		return 0, err
	}
	values, err := p.thetaLogProb(ctx, w, o)
	if err != nil {
		return 0, err
	}
	c := newClimb(w, values)
	for range mapSteps {
		gain, err := c.step(func(w *mat.Dense) ([]float64, error) { return p.thetaLogProb(ctx, w, o) })
		if err != nil {
			return 0, err
		}
		if gain < mapGain {
			break
		}
	}
	best := mat.NewDense(1, d, append([]float64(nil), c.at...))
	p.m.Theta(best, best)
	copy(theta, best.RawRowView(0))
	return c.value, nil
}

// thetaLogProb is log p(θ(w)|x) per unit of θ.
func (p *Posterior) thetaLogProb(ctx context.Context, w *mat.Dense, o DrawOptions) ([]float64, error) {
	n, d := w.Dims()
	z, theta := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	p.m.space.fromLatent(z, w)
	p.m.prior.Unwhiten(theta, z)
	logp, err := p.latentLogProb(ctx, w, make([]int, n), o)
	if err != nil {
		return nil, err
	}
	det := make([]float64, n)
	p.m.prior.LogDet(det, theta, z)
	for i := range logp {
		if logp[i] -= p.m.space.logDet() + det[i]; math.IsNaN(logp[i]) {
			logp[i] = math.Inf(-1)
		}
	}
	return logp, nil
}

// climb is the state of a search in units of the standard deviations of the draws.
type climb struct {
	at       []float64 // w
	value    float64
	lo, hi   []float64
	sd       []float64
	h        *mat.SymDense // inverse of minus the Hessian, BFGS
	grad     []float64
	previous []float64
}

func newClimb(w *mat.Dense, values []float64) *climb {
	n, d := w.Dims()
	c := &climb{value: math.Inf(-1), lo: make([]float64, d), hi: make([]float64, d), sd: make([]float64, d), h: mat.NewSymDense(d, nil)}
	for i, v := range values {
		if v > c.value {
			c.at, c.value = append([]float64(nil), w.RawRowView(i)...), v
		}
	}
	for j := range d {
		_, c.sd[j] = moments(w, j)
		c.lo[j], c.hi[j] = math.Inf(1), math.Inf(-1)
		for i := range n {
			c.lo[j], c.hi[j] = min(c.lo[j], w.At(i, j)), max(c.hi[j], w.At(i, j))
		}
		c.h.SetSym(j, j, 1)
	}
	return c
}

// step evaluates a gradient by central differences, then several lengths of a quasi-Newton
// step at once, and takes the best. It returns the gain in nats.
func (c *climb) step(value func(w *mat.Dense) ([]float64, error)) (float64, error) {
	d := len(c.at)
	around := mat.NewDense(2*d, d, nil)
	for j := range d {
		for s := range 2 {
			row := around.RawRowView(2*j + s)
			copy(row, c.at)
			row[j] += (float64(2*s) - 1) * mapDifference * c.sd[j]
		}
	}
	v, err := value(around)
	if err != nil {
		return 0, err
	}
	g := make([]float64, d)
	for j := range d {
		if g[j] = (v[2*j+1] - v[2*j]) / (2 * mapDifference); math.IsNaN(g[j]) || math.IsInf(g[j], 0) {
			g[j] = 0
		}
	}
	c.update(g)
	to := mat.NewVecDense(d, nil)
	to.MulVec(c.h, mat.NewVecDense(d, g))
	lengths := []float64{0.03, 0.1, 0.3, 0.6, 1, 1.6, 3, 6}
	along := mat.NewDense(len(lengths), d, nil)
	for r, l := range lengths {
		for j, row := 0, along.RawRowView(r); j < d; j++ {
			row[j] = min(max(c.at[j]+l*c.sd[j]*to.AtVec(j), c.lo[j]), c.hi[j])
		}
	}
	if v, err = value(along); err != nil {
		return 0, err
	}
	best, gain := -1, 0.0
	for r, x := range v {
		if x-c.value > gain {
			best, gain = r, x-c.value
		}
	}
	c.previous = make([]float64, d)
	if best < 0 {
		return 0, nil
	}
	for j, x := range along.RawRowView(best) {
		c.previous[j] = (x - c.at[j]) / c.sd[j]
	}
	copy(c.at, along.RawRowView(best))
	c.value += gain
	return gain, nil
}

// update is that of BFGS (Nocedal & Wright 2006, eq. 6.17) by the last step and the change
// of the gradient g, which it keeps.
func (c *climb) update(g []float64) {
	d := len(g)
	if c.previous != nil {
		s, y := mat.NewVecDense(d, c.previous), mat.NewVecDense(d, nil)
		for j := range d {
			y.SetVec(j, c.grad[j]-g[j])
		}
		if sy := mat.Dot(s, y); sy > 1e-9*mat.Dot(y, y) {
			var hy mat.VecDense
			hy.MulVec(c.h, y)
			yhy := mat.Dot(y, &hy)
			for a := range d {
				for b := a; b < d; b++ {
					c.h.SetSym(a, b, c.h.At(a, b)+(1+yhy/sy)*s.AtVec(a)*s.AtVec(b)/sy-(hy.AtVec(a)*s.AtVec(b)+s.AtVec(a)*hy.AtVec(b))/sy)
				}
			}
		}
	}
	c.grad = g
}
