package guide

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// AffineScore splits the score of a posterior model into likelihood and prior, by the
// score of a prior that is known at every time, and scales and shifts each:
//
//	s = a (s_post - s_prior,t) + b + p s_prior,t + q.
//
// With a = p = 1, b = q = 0 nothing changes. Each of the four is nil for that
// default, one number, or one for each coordinate; scales of 0 are allowed. No
// backward pass. Prior is the law of x_0 that the model was trained under, with
// the model's schedule: its time marginal is exact.
//
// Scaling is not tempering: for a ≠ 1 the result is not the score of any noised law;
// the probability flow and the reverse SDE end at different laws, neither of
// them p(y|x)ᵃ p(x).
type AffineScore struct {
	Prior                       sde.Law
	LikelihoodScale, PriorScale []float64 // a, p
	LikelihoodShift, PriorShift []float64 // b, q, in units of the score
}

func (f AffineScore) Check(model sde.Differentiable) error {
	if err := checkLaw("the prior", f.Prior, model); err != nil {
		return err
	}
	for _, v := range [][]float64{f.LikelihoodScale, f.LikelihoodShift, f.PriorScale, f.PriorShift} {
		if n := len(v); n > 1 && n != model.Dim() {
			return fmt.Errorf("a scale or shift has %d numbers for rows of %d", n, model.Dim())
		}
	}
	return nil
}

// checkLaw errs unless l is a law of the model's rows under its schedule.
func checkLaw(what string, l sde.Law, model sde.Denoiser) error {
	switch {
	case l == nil:
		return errors.New(what + " is missing")
	case l.Dim() != model.Dim():
		return fmt.Errorf("%s has rows of %d, the model has rows of %d", what, l.Dim(), model.Dim())
	case !sde.SameSchedule(l.Schedule(), model.Schedule()):
		return errors.New(what + " has another schedule than the model: make it with model.Schedule()")
	}
	return nil
}

func (f AffineScore) Exactness(sde.Differentiable) (Exactness, string) {
	if constant(f.LikelihoodScale, 1) && constant(f.PriorScale, 1) && constant(f.LikelihoodShift, 0) && constant(f.PriorShift, 0) {
		return Exact, ""
	}
	note := ""
	for _, s := range sde.Caveats(f.Prior) {
		note += "; " + s
	}
	return Heuristic, "a scaled likelihood or prior is not a tempered one, and stochastic samplers and the flow disagree about it; weight particles for the tempered law" + note
}

func constant(v []float64, c float64) bool {
	for _, x := range v {
		if x != c {
			return false
		}
	}
	return true
}

func (AffineScore) UsesJacobian() bool { return false }

func (f AffineScore) AddScore(dst *mat.Dense, at State) error {
	prior := at.Scratch(at.X.Dims())
	f.Prior.Score(prior, at.X, at.T)
	for i := range at.Rows() {
		to, sp := dst.RawRowView(i), prior.RawRowView(i)
		for j, s := range at.Score.RawRowView(i) {
			a, p := entry(f.LikelihoodScale, j, 1), entry(f.PriorScale, j, 1)
			to[j] += (a-1)*(s-sp[j]) + (p-1)*sp[j] + entry(f.LikelihoodShift, j, 0) + entry(f.PriorShift, j, 0)
		}
	}
	return nil
}

func entry(v []float64, j int, def float64) float64 {
	switch len(v) {
	case 0:
		return def
	case 1:
		return v[0]
	}
	return v[j]
}
