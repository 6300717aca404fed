package guide

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// ClassifierGuidance guides towards the event of a classifier trained on noised rows
// (Dhariwal & Nichol 2021, arXiv:2105.05233):
//
//	g = Scale ∇_{x_t} log p(c|x_t).
//
// Scale 1 samples p(x|c), as exactly as the classifier is exact. The classifier
// must have been trained under the model's schedule; if it has a method
// Schedule() sde.Schedule, that is checked. It needs no backward pass of the
// prior. ShiftEpsilon and ShiftMean have the same guidance in other forms.
type ClassifierGuidance struct {
	sde.ClassScore
	Scale float64 // zero means 1
	// ScaleFunc, when set, is the scale at t, finite and not negative, and Scale must be 0.
	ScaleFunc func(t float64) float64
}

var (
	_ Twist    = ClassifierGuidance{}
	_ RowsTerm = ClassifierGuidance{}
)

func (g ClassifierGuidance) Check(prior sde.Differentiable) error {
	if g.ClassScore == nil {
		return errors.New("no classifier")
	}
	if err := g.over().once(); err != nil {
		return err
	}
	if c, ok := g.ClassScore.(interface{ Schedule() sde.Schedule }); ok && !sde.SameSchedule(c.Schedule(), prior.Schedule()) {
		return errors.New("the classifier was trained under another schedule than the model: train one like this model")
	}
	if c, ok := g.ClassScore.(interface{ Dim() int }); ok && c.Dim() != prior.Dim() {
		return fmt.Errorf("the classifier takes rows of %d, the model has rows of %d", c.Dim(), prior.Dim())
	}
	return nil
}

// Exactness implements ExactnessReporter. A class score with a method Exact() bool that returns
// true is taken at its word.
func (g ClassifierGuidance) Exactness(sde.Differentiable) (Exactness, string) {
	if g.ScaleFunc != nil {
		return Heuristic, "a scale that is a function of time is the score of no law; scale 1 samples p(x|c), weighted particles the law of the scale at t = 0"
	}
	if s := g.over().at(0); s != 1 {
		return Heuristic, fmt.Sprintf("scale %g sharpens p(c|x_t) at every noise level, which is the score of no law; scale 1 samples p(x|c), weighted particles the sharpened law", s)
	}
	if c, ok := g.ClassScore.(interface{ Exact() bool }); ok && c.Exact() {
		return Exact, ""
	}
	return Asymptotic, "as good as the classifier's gradient on noised rows; compare with a conditional model, or check with simulation-based calibration"
}

func (g ClassifierGuidance) Rows(idx []int) Term {
	if c, ok := g.ClassScore.(sde.PerRowClassScore); ok {
		g.ClassScore = c.Rows(idx)
	}
	return g
}

func (ClassifierGuidance) UsesJacobian() bool { return false }

func (g ClassifierGuidance) AddScore(dst *mat.Dense, at State) error {
	s := at.Scratch(at.X.Dims())
	if err := g.LogProbGrad(s, at.floats(at.Rows()), at.X, at.T); err != nil {
		return err
	}
	for i := range at.Rows() {
		numeric.Axpy(dst.RawRowView(i), g.over().at(at.Time(i)), s.RawRowView(i))
	}
	return nil
}

// LogProb implements Twist: Scale log p(c|x_t).
func (g ClassifierGuidance) LogProb(dst []float64, at State) error {
	if err := g.LogProbGrad(at.Scratch(at.X.Dims()), dst, at.X, at.T); err != nil {
		return err
	}
	for i := range dst {
		dst[i] *= g.over().at(at.Time(i))
	}
	return nil
}

// LogLikelihood implements LikelihoodTerm: Scale log p(c|x_0), of the classifier at t = 0.
func (g ClassifierGuidance) LogLikelihood(dst []float64, at State) error { return g.LogProb(dst, at) }

// ShiftEpsilon is guidance in the ε form: ε becomes ε - σ g. It is the rule of
// this package in other variables, exactly.
func ShiftEpsilon(eps, g []float64, c sde.Coeff) { numeric.Axpy(eps, -c.Sigma, g) }

// ShiftMean is guidance in the Taylor form: the mean μ of a reverse step
// x_s ~ N(μ, sd² I) becomes μ + sd² g, g at μ or at x_t (Dhariwal & Nichol 2021,
// section 4.1). It agrees with the rule of this package to first order in the
// step, and exists for steps with noise only.
func ShiftMean(mu, g []float64, sd float64) { numeric.Axpy(mu, sd*sd, g) }
