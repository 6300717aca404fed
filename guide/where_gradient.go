package guide

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// floorEvent is the least log P that is reported, so that particles are left to resample.
var floorEvent = math.Log(1e-300)

// leastLevel is the least probability of levels with a pullback: networks do not resolve smaller ones.
const leastLevel = 1e-30

// eval adds g to dst, or log P to logp. level marks the positions of levels.
func (e Event) eval(dst *mat.Dense, logp, level []float64, at State) error {
	n, d := at.X.Dims()
	v, jz, sd := at.zeros(n, d), at.zeros(n, d), at.floats(n)
	var third *mat.Dense
	if e.Number >= 0 {
		for i := range n {
			v.Set(i, e.Number, 1)
		}
		if err := at.Pull(jz, v); err != nil {
			return err
		}
		if dst != nil {
			var err error
			if third, err = e.thirdCumulant(jz, v, at); err != nil {
				return err
			}
		}
		e.spread(sd, jz, third, at)
	}
	if logp != nil {
		for i := range n {
			logp[i] += math.Max(e.weigh(at.Mean.RawRowView(i), sd[i]).p, floorEvent)
		}
		return nil
	}
	g := at.zeros(n, d)
	if len(e.Block) > 0 {
		v.Zero()
		size := at.floats(n)
		for i := range n {
			size[i] = e.levels(v.RawRowView(i), at.Mean.RawRowView(i), sd[i])
		}
		if err := at.Pull(g, v); err != nil {
			return err
		}
		for i, s := range size {
			for j, x := range g.RawRowView(i) {
				g.Set(i, j, s*x)
			}
		}
	}
	for i := range n {
		if k := at.Coeff(i); k.Sigma > 0 {
			c := e.weigh(at.Mean.RawRowView(i), sd[i])
			row := g.RawRowView(i)
			if f := c.share(); f > 0 {
				numeric.Axpy(row, f*c.mean/sd[i], jz.RawRowView(i))
				numeric.Axpy(row, f*c.spread*k.Tweedie()/(2*sd[i]*sd[i]), third.RawRowView(i))
			}
			e.bound(row, c, at.Mean.RawRowView(i), level, at.ws.variance, k)
			e.bayes(row, c, at.Mean.RawRowView(i), k)
			numeric.Axpy(dst.RawRowView(i), 1, row)
		}
	}
	return nil
}

// spread stores the standard deviation s of the number in sd, for every row, from
// s² = σ²/α ∂D_z/∂x_z in jz, kept within bounds. Where a bound holds, it replaces
// ∂D_z/∂x_z in jz, and the row of third is cleared: a constant has no gradient.
func (e Event) spread(sd []float64, jz, third *mat.Dense, at State) {
	for i := range sd {
		k := at.Coeff(i)
		if sd[i] = 1; k.Sigma > 0 {
			own := k.Sigma * k.Sigma / (k.Alpha * k.Alpha)
			least := leastVariance * own
			s2 := k.Tweedie() * jz.At(i, e.Number)
			if v := at.ws.variance; v != nil {
				own = own * v[e.Number] / (own + v[e.Number])
				least = math.Max(least, leastShare*own)
				s2 = math.Min(s2, mostShare*own)
			}
			s2 = math.Max(s2, least)
			if third != nil && s2 != k.Tweedie()*jz.At(i, e.Number) {
				clear(third.RawRowView(i))
			}
			jz.Set(i, e.Number, s2/k.Tweedie())
			sd[i] = math.Sqrt(s2)
		}
	}
}

// s² is kept between these multiples of σ² τ²/(α² τ² + σ²), the variance of a normal
// number given its own noisy value: at high noise the Jacobian of a network is
// unreliable, and s² from it may be negative or far too large.
const (
	leastShare = 1e-3
	mostShare  = 4
)

// levels stores ∂ log P/∂D over the block in v, divided by its largest entry, which
// it returns: 1/P may be too large for the float32 arithmetic of a network.
func (e Event) levels(v, d []float64, sd float64) (size float64) {
	c := e.weigh(d, sd)
	if c.p > math.Log(leastLevel) {
		size = math.Exp(-c.p)
		for _, k := range e.Allowed {
			v[k] = 1
		}
	}
	if e.Number < 0 || d[e.Present] <= leastLevel {
		return size
	}
	there := math.Exp(c.phi - c.p)
	if size = math.Max(size, there); size == 0 {
		return 0
	}
	v[e.Present] = there / size
	return size
}

// bound limits g to the shifts that an event of this probability can cause: see Where.
func (e Event) bound(g []float64, c eventProbability, d, level, variance []float64, k sde.Coeff) {
	odds := math.Sqrt(math.Expm1(-math.Max(c.p, floorEvent)))
	odds /= k.Tweedie()
	for j, x := range g {
		var sd float64
		switch {
		case level[j] > 0:
			p := math.Max(0, math.Min(d[j], 1))
			sd = math.Sqrt(p * (1 - p))
		case variance == nil:
			continue
		default:
			sd = math.Max(2*math.Sqrt(variance[j]), 0.5)
		}
		g[j] = math.Max(-odds*sd, math.Min(x, odds*sd))
	}
}

// bayes sets g over the block so that the guided mean is P(k | x_t, event).
func (e Event) bayes(g []float64, c eventProbability, d []float64, k sde.Coeff) {
	if len(e.Block) == 0 {
		return
	}
	for _, j := range e.Block {
		g[j] = -d[j] / k.Tweedie()
	}
	if math.IsInf(c.p, -1) { // all allowed levels have underflowed: take them as equally likely
		even := 1 / float64(len(e.Allowed))
		if e.Number >= 0 {
			even = 1 / float64(len(e.Allowed)+1)
			g[e.Present] += even / k.Tweedie()
		}
		for _, j := range e.Allowed {
			g[j] += even / k.Tweedie()
		}
		return
	}
	for _, j := range e.Allowed {
		if d[j] > 0 {
			g[j] += math.Exp(math.Min(math.Log(d[j])-c.p, 0)) / k.Tweedie()
		}
	}
	if e.Number >= 0 {
		g[e.Present] += c.share() / k.Tweedie()
	}
}
