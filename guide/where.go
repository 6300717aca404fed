package guide

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Event is what is known of one column of a table. A column is a block of
// positions that hold 1 at its level and 0 elsewhere, or a number, or both: then
// one of the levels says that the number is present, and the others replace it
// (an atom, a missing cell). The event is
//
//	level in Allowed   or   level = Present and Lo ≤ number ≤ Hi.
//
// All positions are those of the row. Levels and Between make the simple cases.
type Event struct {
	Block   []int // positions of the levels; nil for a column that is a number only
	Allowed []int // those of Block that are allowed as they are
	Present int   // that of Block under which the number counts, or -1
	Number  int   // position of the number, or -1 where only levels are asked for

	Lo, Hi float64 // one may be infinite
}

// Levels is the event that the level of block is among allowed.
func Levels(block, allowed []int) Event {
	return Event{Block: block, Allowed: allowed, Present: -1, Number: -1}
}

// Between is the event Lo ≤ number ≤ Hi of a column without levels.
func Between(number int, lo, hi float64) Event {
	return Event{Present: -1, Number: number, Lo: lo, Hi: hi}
}

// Where conditions the rows of a table on all its events, each of another column.
//
// The mean of a position that holds 0 or 1 is a probability: the denoiser knows
// P(level = k | x_t) = D_k. Hence
//
//	P = Σ_{k∈Allowed} D_k + D_Present Φ,     g = ∇_{x_t} log P,
//	Φ = P(Lo ≤ z ≤ Hi | x_t, present),       z ~ N(D_z, s²),  s² = σ²/α ∂D_z/∂x_z.
//
// With levels alone this is exact on any prior. A number is taken as normal given
// x_t and its level, as in Within. D_z is its mean given that it is present, which a
// network learns if its loss leaves absent numbers out. The gradient has the part
// through D_z and the part through s². The probabilities of several events are
// multiplied, which is exact where the columns are independent given x_t.
//
// On the block of the event the guided mean is set by Bayes' rule,
// P(k|x_t) P(event|k, x_t)/P, which does not use the Jacobian: it is a distribution
// over the allowed levels even if a learned Jacobian is poor. An event that allows
// every level of a block is no condition, but declares these positions as levels. The
// shift of every other position is bounded by the Cauchy-Schwarz inequality for an
// event of probability P,
//
//	|Cov[x_0j, event]|/P ≤ sd_j √((1-P)/P)
//
// where sd_j = √(D_j (1-D_j)) for a level, and otherwise ≤ max(2 τ_j, 1/2),
// τ_j being the standard deviation of the data, as far as the prior knows it, and
// 1/2 the most that a level can have. Means of blocks are kept distributions.
// Levels whose P is below 1e-30 move nothing but their block, and where all that are
// allowed have underflowed to 0 they count as equally likely.
//
// One backward pass for each event with levels; for each number two, and a forward
// pass.
type Where []Event

var (
	_ Twist          = Where{}
	_ LikelihoodTerm = Where{}
)

func (w Where) AddScore(dst *mat.Dense, at State) error {
	n, d := at.X.Dims()
	g, level := at.zeros(n, d), w.levelsOf(at.Scratch(1, d).RawRowView(0))
	base := at.ws.arena.used
	for _, e := range w {
		if e.always() {
			continue
		}
		at.ws.arena.used = base
		if err := e.eval(g, nil, level, at); err != nil {
			return err
		}
	}
	for i := range n {
		if k := at.Coeff(i); k.Sigma > 0 {
			w.project(g.RawRowView(i), at.Mean.RawRowView(i), k.Tweedie())
			numeric.Axpy(dst.RawRowView(i), 1, g.RawRowView(i))
		}
	}
	return nil
}

// always reports whether the event allows all levels, and only says that these are levels.
func (e Event) always() bool { return e.Number < 0 && len(e.Allowed) == len(e.Block) }

// levelsOf marks the positions that are known to be levels by 1, others by 0.
func (w Where) levelsOf(dst []float64) []float64 {
	clear(dst)
	for _, e := range w {
		for _, j := range e.Block {
			dst[j] = 1
		}
	}
	return dst
}

// project makes the guided mean of each block a distribution over the allowed levels.
func (w Where) project(g, d []float64, tweedie float64) {
	for _, e := range w {
		sum := 0.0
		for _, j := range e.Block {
			if slices.Contains(e.Allowed, j) || j == e.Present {
				sum += math.Max(d[j]+tweedie*g[j], 0)
			}
		}
		if !(sum > 0) {
			continue
		}
		for _, j := range e.Block {
			p := 0.0
			if slices.Contains(e.Allowed, j) || j == e.Present {
				p = math.Max(d[j]+tweedie*g[j], 0) / sum
			}
			g[j] = (p - d[j]) / tweedie
		}
	}
}

// LogProb implements Twist: Σ log P, each at least that of 1e-300.
func (w Where) LogProb(dst []float64, at State) error {
	clear(dst)
	base := at.ws.arena.used
	for _, e := range w {
		if e.always() {
			continue
		}
		at.ws.arena.used = base
		if err := e.eval(nil, dst, nil, at); err != nil {
			return err
		}
	}
	return nil
}

// LogLikelihood implements LikelihoodTerm: 0 where every event holds, -Inf elsewhere. The
// level of a row is the largest of its block, the first of equals.
func (w Where) LogLikelihood(dst []float64, at State) error {
	for i := range dst {
		dst[i] = 0
		for _, e := range w {
			if !e.holds(at.Mean.RawRowView(i)) {
				dst[i] = math.Inf(-1)
			}
		}
	}
	return nil
}

// holds reports whether the event holds of a row without noise.
func (e Event) holds(x []float64) bool {
	within := e.Number >= 0 && x[e.Number] >= e.Lo && x[e.Number] <= e.Hi
	if len(e.Block) == 0 {
		return within
	}
	level := e.Block[0]
	for _, k := range e.Block {
		if x[k] > x[level] {
			level = k
		}
	}
	return slices.Contains(e.Allowed, level) || level == e.Present && within
}

// eventProbability is the probability of an event in one row.
type eventProbability struct {
	p, phi       float64 // log P and log Φ
	among, there float64 // Σ D_k of the allowed levels, and D_Present
	mean, spread float64 // E[z] and E[z²] - 1 of a standard normal z within the bounds
}

// weigh returns the probability of e, d being the means of a row and s the deviation of the number.
func (e Event) weigh(d []float64, s float64) eventProbability {
	c := eventProbability{phi: math.Inf(-1)}
	if e.Number >= 0 {
		a, b := (e.Lo-d[e.Number])/s, (e.Hi-d[e.Number])/s
		c.phi, c.mean = normalMass(a, b)
		c.spread = normalSpread(a, b, c.phi)
	}
	if len(e.Block) == 0 {
		c.p, c.there = c.phi, 1
		return c
	}
	for _, k := range e.Allowed {
		c.among += math.Max(d[k], 0)
	}
	if e.Number >= 0 {
		c.there = math.Max(d[e.Present], 0)
	}
	// Φ may underflow while its logarithm does not.
	if a, b := math.Log(c.among), math.Log(c.there)+c.phi; a > b {
		c.p = a + math.Log1p(math.Exp(b-a))
	} else if b > math.Inf(-1) {
		c.p = b + math.Log1p(math.Exp(a-b))
	} else {
		c.p = b
	}
	c.p = math.Min(c.p, 0)
	return c
}

// share is P(present and within | x_t, event).
func (c eventProbability) share() float64 {
	if c.there == 0 {
		return 0
	}
	return math.Exp(math.Min(math.Log(c.there)+c.phi-c.p, 0))
}

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
