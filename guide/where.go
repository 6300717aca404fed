package guide

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

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
