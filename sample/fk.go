package sample

import (
	"cmp"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// FK is Feynman-Kac steering (Singhal et al. 2025, arXiv:2501.06848) to the law
//
//	p(x_0) e^{λ r(x_0)}/Z
//
// by the rewards r(D(x_t)) of the steps. The final weight is divided by the product of
// the potentials, so that this is the target for any of them. Weights accumulate
// between resamplings. (Published code drops them, and ends with the largest or the
// sum of the rewards in place of r(x_0).)
//
// D(x_t) leaves the spread of x_0 out, so that rewards of it are too sharp at noise,
// and D may lie outside a hard event that x_0 meets. So the product of the
// potentials is mixed with a power of it and with none, as in TDS, and a reward of
// -Inf before the end takes no particle away. With ParticleOptions.Undefended, as
// published, it is an error.
//
// It is TDS when proposals are guided by a twist, Intermediate is its log p̃(y|x_t)
// and Reward is log p(y|x_0): with Guided, and the difference potential, to the bit.
type FK struct {
	Model  sde.Denoiser
	Reward RewardFunc
	Lambda float64 // zero means 1
	// Potential of the rewards λ r; the zero value means DifferencePotential().
	Potential Potential
	// Intermediate, when set, stores r_t(x_t) in dst in place of r(D(x_t)). For a hard
	// event of probability below some 10/k, k particles need one that falls off
	// smoothly.
	Intermediate func(dst []float64, x *mat.Dense, t float64, group int) error
	// Proposal is the denoiser of the proposals; nil means Model. Only the last
	// step is always the model's.
	Proposal sde.Denoiser
	// Guided, in place of Proposal and Intermediate, guides the proposals and gives its
	// log p̃(y|x_t) as the rewards before the end, in one evaluation of the model. Reward nil is
	// then its log p(y|x_0), for which it must be a LikelihoodDenoiser.
	Guided TwistedDenoiser
}

// barred is what a reward of -Inf counts before the end.
const barred = -1e6

func (f FK) model() sde.Denoiser { return f.Model }

func (f FK) check(groups int) error {
	switch {
	case f.Model != nil && f.Guided != nil && (f.Proposal != nil || f.Intermediate != nil):
		return errors.New("sample: FK with Guided beside Proposal or Intermediate: give one")
	case f.Model != nil && f.Guided != nil && f.Reward == nil && !likelihoodKnown(f.Guided):
		return errors.New("sample: FK needs Reward, for Guided has no log p(y|x_0)")
	case f.Model == nil || f.Reward == nil && f.Guided == nil:
		return errors.New("sample: FK needs Model and Reward")
	}
	switch {
	case math.IsNaN(f.Lambda) || math.IsInf(f.Lambda, 0):
		return errors.New("sample: FK with a Lambda that is no number")
	case f.Potential.Next == nil && f.Potential.Start != 0:
		return errors.New("sample: FK with a Potential that has no Next")
	case f.Proposal != nil && f.Proposal.Dim() != f.Model.Dim() || f.Guided != nil && f.Guided.Dim() != f.Model.Dim():
		return errors.New("sample: FK with Model and Proposal of different dimensions")
	case f.Guided != nil:
		return cmp.Or(sde.Err(f.Guided), hasRow(f.Guided, groups-1))
	}
	return nil
}

// plain reports whether the potentials are those of TDS: the rewards as they are.
func (f FK) plain() bool {
	return (f.Lambda == 0 || f.Lambda == 1) && (f.Potential.Next == nil || f.Potential.telescopes)
}

func (f FK) bind(k int, m *meter) weigher {
	f.Lambda = cmp.Or(f.Lambda, 1)
	if f.Potential.Next == nil {
		f.Potential = DifferencePotential()
	}
	w := &steered{FK: f, state: make([]float64, k), sum: make([]float64, k), buf: make([]float64, k)}
	if f.Guided != nil {
		w.both = f.twist().bind(k, m).(*twisted)
		return w
	}
	w.p = newMemo(f.Model, k, m)
	w.q = w.p
	if f.Proposal != nil {
		w.q = newMemo(f.Proposal, k, m)
	}
	return w
}

// twist is the TDS of Guided, whose evaluations are shared.
func (f FK) twist() TDS { return TDS{Model: f.Model, Guided: f.Guided, LogLikelihood: f.Reward} }

// steered has, for each particle, the state of its potential and the sum of its log G.
type steered struct {
	FK
	p, q            *memo
	both            *twisted // in place of p and q, with Guided
	group           int
	state, sum, buf []float64
	t               [1]float64
}

func (w *steered) denoisers() (p, q sde.Denoiser) {
	if w.both != nil {
		return w.both.denoisers()
	}
	return w.p, w.q
}

func (w *steered) selectGroup(group int) {
	w.group = group
	switch {
	case w.both != nil:
		w.both.selectGroup(group)
	case w.q != w.p:
		w.p.selectGroup(group)
		w.q.selectGroup(group)
	default:
		w.p.selectGroup(group)
	}
	for i := range w.state {
		w.state[i], w.sum[i] = w.Potential.Start, 0
	}
}

func (w *steered) weigh(psi []float64, x *mat.Dense, t float64) error {
	if err := w.rewards(psi, x, t); err != nil {
		return err
	}
	for i, r := range psi {
		if r *= w.Lambda; r < barred {
			r = barred
		}
		var log float64
		w.state[i], log = w.Potential.Next(w.state[i], r)
		w.sum[i] += log
		if psi[i] = w.sum[i]; w.Potential.telescopes {
			psi[i] = r // without what adding up loses
		}
	}
	return nil
}

// rewards stores those of the particles at t.
func (w *steered) rewards(dst []float64, x *mat.Dense, t float64) error {
	switch {
	case w.both != nil:
		return w.both.weigh(dst, x, t)
	case w.Intermediate != nil:
		return w.Intermediate(dst, x, t, w.group)
	}
	w.t[0] = t
	mean, err := w.p.at(x, w.t[:])
	if err != nil {
		return err
	}
	return w.Reward(dst, mean, w.group)
}

func (w *steered) finish(psi []float64, x, mean *mat.Dense, sd, t float64) error {
	var err error
	if w.both != nil {
		err = w.both.finish(psi, x, mean, sd, t)
	} else {
		err = w.Reward(psi, x, w.group)
	}
	if err != nil {
		return err
	}
	for i := range psi {
		psi[i] *= w.Lambda
	}
	return nil
}

func (w *steered) gather(idx []int) {
	switch {
	case w.both != nil:
		w.both.gather(idx)
	case w.q != w.p:
		w.p.gather(idx)
		w.q.gather(idx)
	default:
		w.p.gather(idx)
	}
	gatherFloats(w.state, w.buf, idx)
	gatherFloats(w.sum, w.buf, idx)
}
