package guide

import (
	"errors"
	"fmt"
	"math"

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
// Where the model is the prior itself, Likelihood is the guide of an observation, whose g
// stands for s_post - s_prior, and Prior must be nil:
//
//	s = a g + b + p s_model + q.
//
// Scaling is not tempering: for a ≠ 1 the result is not the score of any noised law;
// the probability flow and the reverse SDE end at different laws, neither of
// them p(y|x)ᵃ p(x)ᵖ. Tempered returns what particles reach that law with, and Compose with a
// Power, and PriorSwap, reach it for normal posteriors (docs/measurements/affine.md). (A likelihood
// of normal errors to the power a is simply that of errors of 1/a of the variance.)
type AffineScore struct {
	Prior                       sde.Law
	Likelihood                  Term
	LikelihoodScale, PriorScale []float64 // a, p
	LikelihoodShift, PriorShift []float64 // b, q, in units of the score
}

func (f AffineScore) Check(model sde.Differentiable) error {
	if err := f.checkParts(model); err != nil {
		return err
	}
	for _, v := range [][]float64{f.LikelihoodScale, f.LikelihoodShift, f.PriorScale, f.PriorShift} {
		if n := len(v); n > 1 && n != model.Dim() {
			return fmt.Errorf("a scale or shift has %d numbers for rows of %d", n, model.Dim())
		}
		for _, x := range v {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("a scale or shift is %g", x)
			}
		}
	}
	return nil
}

func (f AffineScore) checkParts(model sde.Differentiable) error {
	if f.Likelihood == nil {
		return checkLaw("the prior", f.Prior, model)
	}
	if f.Prior != nil {
		return errors.New("both Prior and Likelihood: the score of the likelihood is either a difference or that of a guide")
	}
	if c, ok := f.Likelihood.(PriorChecker); ok {
		return c.Check(model)
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

func (f AffineScore) Exactness(model sde.Differentiable) (Exactness, string) {
	inner, note := Exact, ""
	if f.Likelihood != nil {
		inner, note = exactnessOf(f.Likelihood, model)
	}
	if constant(f.LikelihoodScale, 1) && constant(f.PriorScale, 1) && constant(f.LikelihoodShift, 0) && constant(f.PriorShift, 0) {
		return inner, note
	}
	if note != "" {
		note = "; " + name(f.Likelihood) + ": " + note
	}
	if f.Prior != nil {
		for _, s := range sde.Caveats(f.Prior) {
			note += "; " + s
		}
	}
	return Heuristic, "a scaled likelihood or prior is not a tempered one, and stochastic samplers and the flow disagree about it; weight particles for the tempered law (FKC); or, for a likelihood of normal errors alone, divide their deviation by the root of its scale; without particles, Compose with a Power and PriorSwap come nearest, and are exact for normal posteriors; five recurrences of a stochastic sampler take a part of the error away, more of them no more, and the flow is far off" + note
}

func constant(v []float64, c float64) bool {
	for _, x := range v {
		if x != c {
			return false
		}
	}
	return true
}

// UsesJacobian implements JacobianUser: a Likelihood decides.
func (f AffineScore) UsesJacobian() bool {
	if f.Likelihood == nil {
		return false
	}
	d, ok := f.Likelihood.(JacobianUser)
	return !ok || d.UsesJacobian()
}

// Rows implements RowsTerm.
func (f AffineScore) Rows(idx []int) Term {
	if r, ok := f.Likelihood.(RowsTerm); ok {
		f.Likelihood = r.Rows(idx)
	}
	return f
}

// AddResidual implements ResidualTerm: that of the Likelihood.
func (f AffineScore) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	if r, ok := f.Likelihood.(ResidualTerm); ok {
		return r.AddResidual(sum, count, mean, at)
	}
	return nil
}

func (f AffineScore) prepared(prior sde.Differentiable) (Term, error) {
	q, ok := f.Likelihood.(interface {
		prepared(prior sde.Differentiable) (Term, error)
	})
	if !ok {
		return f, nil
	}
	var err error
	f.Likelihood, err = q.prepared(prior)
	return f, err
}

func (f AffineScore) AddScore(dst *mat.Dense, at State) error {
	if f.Likelihood != nil {
		return f.addGuided(dst, at)
	}
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

// addGuided adds (a g + b + p s + q) - s, with the g of Likelihood and the s of the model.
func (f AffineScore) addGuided(dst *mat.Dense, at State) error {
	guide := at.zeros(at.X.Dims())
	if err := f.Likelihood.AddScore(guide, at); err != nil {
		return err
	}
	for i := range at.Rows() {
		to, g := dst.RawRowView(i), guide.RawRowView(i)
		for j, s := range at.Score.RawRowView(i) {
			a, p := entry(f.LikelihoodScale, j, 1), entry(f.PriorScale, j, 1)
			to[j] += a*g[j] + (p-1)*s + entry(f.LikelihoodShift, j, 0) + entry(f.PriorShift, j, 0)
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
