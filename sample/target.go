package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Target is the law that weighted particles have: a Feynman-Kac model over the
// chain of a method (Del Moral 2004; Chopin & Papaspiliopoulos 2020, chapter 5).
// With kernels p of the model, proposals q and potentials ψ_k > 0, trajectories
// from x_N to x_0 have the weight
//
//	ψ_N(x_N) Π_k p(x_{k-1}|x_k)/q(x_{k-1}|x_k) ψ_{k-1}(x_{k-1})/ψ_k(x_k)
//
// of which all but ψ_0 telescopes. For any choice of the other potentials the
// weighted rows have the law p(x_0) ψ_0(x_0)/Z, where p is the law of the discretized
// chain, and the weights give Z. They may depend on all the particles before the next
// step, as those that TDS and FK make of theirs do. TDS, MCGDiff, FK and FKC are targets.
type Target interface {
	// model is the denoiser that is sampled from.
	model() sde.Denoiser
	// check errs when the target has no meaning for so many groups.
	check(groups int) error
	// bind returns what a worker needs to weigh groups of k particles.
	bind(k int, m *meter) weigher
}

// weigher gives the kernels and potentials of one group at a time.
type weigher interface {
	// selectGroup selects the group.
	selectGroup(group int)
	// denoisers are those of the kernels p and q; they are the same when
	// proposals are plain, and stay the same from group to group.
	denoisers() (p, q sde.Denoiser)
	// weigh stores log ψ_k of the particles x at time t in psi.
	weigh(psi []float64, x *mat.Dense, t float64) error
	// finish stores log ψ_0 of the particles at the end, at time t, as rows of the
	// data: x_t/α, or a posterior mean. They were drawn from N(mean, sd²), in the
	// same units, which is a point when sd is 0.
	finish(psi []float64, x, mean *mat.Dense, sd, t float64) error
	// gather lets particle i go on from the state of particle idx[i].
	gather(idx []int)
}

// setKnown puts the values that the models know of a group into its particles.
func setKnown(x *mat.Dense, tg Target, group int) {
	models := []sde.Denoiser{tg.model()}
	if f, ok := tg.(FKC); ok {
		models = f.Models
	}
	n, _ := x.Dims()
	for _, d := range models {
		if _, ok := sde.As[sde.Conditional](d); ok {
			sde.SetKnown(x, sde.Restrict(d, repeated(group, n)))
		}
	}
}

// RewardFunc stores a log-weight r(x_i) of the rows of x in dst, in nats, where rows
// are values of x_0. -Inf is a row that is impossible. It must be safe for
// concurrent use; group is the global index of the group that the rows are of.
type RewardFunc func(dst []float64, x *mat.Dense, group int) error

// memo caches the evaluation of a denoiser at the particles.
type memo struct {
	all, now   sde.Denoiser // for all groups, and for the one at hand
	m          *meter
	mean, swap *mat.Dense
	t          float64 // of the evaluation; NaN if there is none
	moves      int     // of the particles before it
}

func newMemo(d sde.Denoiser, k int, m *meter) *memo {
	w := d.Dim()
	return &memo{all: d, m: m, mean: mat.NewDense(k, w, nil), swap: mat.NewDense(k, w, nil), t: math.NaN()}
}

// selectGroup restricts the denoiser to the row of a group.
func (c *memo) selectGroup(group int) {
	n, _ := c.mean.Dims()
	c.now, c.t = c.m.under(sde.Restrict(c.all, repeated(group, n))), math.NaN()
}

func repeated(g, n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = g
	}
	return idx
}

func (c *memo) Schedule() sde.Schedule { return c.all.Schedule() }
func (c *memo) Dim() int               { return c.all.Dim() }

func (c *memo) Denoise(dst, x *mat.Dense, t []float64) error {
	if !c.m.here(x) {
		return c.now.Denoise(dst, x, t)
	}
	mean, err := c.at(x, t)
	if err == nil {
		dst.Copy(mean)
	}
	return err
}

// at returns the posterior means of the particles x, to be read only.
func (c *memo) at(x *mat.Dense, t []float64) (*mat.Dense, error) {
	if t[0] == c.t && c.moves == c.m.moves {
		return c.mean, nil
	}
	c.t = math.NaN()
	if err := c.now.Denoise(c.mean, x, t); err != nil {
		return nil, err
	}
	c.t, c.moves = t[0], c.m.moves
	return c.mean, nil
}

// gather resamples the cached evaluation with the particles.
func (c *memo) gather(idx []int) {
	gatherRows(c.swap, c.mean, idx)
	c.mean, c.swap = c.swap, c.mean
}

// gatherFloats stores v[idx[i]] in v[i], by way of spare.
func gatherFloats(v, spare []float64, idx []int) {
	for i, k := range idx {
		spare[i] = v[k]
	}
	copy(v, spare)
}
