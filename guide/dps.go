package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// DPS is diffusion posterior sampling (Chung et al. 2023, arXiv:2209.14687): the
// likelihood taken at the denoised row. In the likelihood form
//
//	g = Strength ∇_{x_t} log p(y | A(D(x_t))),
//
// one backward pass, any error model. It leaves out that x_0 is uncertain given
// x_t, so it trusts y too much while σ is large, whatever the number of steps:
// never exact. Use it for errors that MMPS cannot approximate.
type DPS struct {
	sde.Observation
	Strength float64 // zero means 1
	// StrengthFunc, when set, is the strength at t, finite and not negative, and Strength must
	// be 0. The likelihood of finished rows then counts StrengthFunc(0) times.
	StrengthFunc func(t float64) float64
}

var _ observationTerm = DPS{}

func (g DPS) Check(prior sde.Differentiable) error {
	if err := g.Observation.Check(prior.Dim()); err != nil {
		return err
	}
	if err := g.over().once(); err != nil {
		return err
	}
	if g.StrengthFunc == nil {
		if err := numeric.CheckPositive("Strength", g.over().at(0)); err != nil {
			return err
		}
	}
	return errors.Join(needPull(g.Observation), sde.CheckDensity(g.Error))
}

func (g DPS) Exactness(sde.Differentiable) (Exactness, string) {
	return Heuristic, "the spread of x_0 given x_t is left out, so the posterior comes out too narrow and too close to y, for any number of steps; use MMPS, and as the twist of particles (TDS) MMPS or PiGDM too"
}

func (g DPS) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	return addResidual(g.Observation, sum, count, mean, at)
}

func (g DPS) Rows(idx []int) Term { g.Observation = g.Observation.Rows(idx); return g }

func (g DPS) AddScore(dst *mat.Dense, at State) error {
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	gradients(g.Observation, nil, a, at)
	if g.StrengthFunc == nil {
		return addPulled(g.Observation, dst, g.over().at(0), a, at)
	}
	g.over().scaleRows(a, at)
	return addPulled(g.Observation, dst, 1, a, at)
}

// LogProb implements Twist: Strength log p(y|A(D)).
func (g DPS) LogProb(dst []float64, at State) error {
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	gradients(g.Observation, dst, a, at)
	for i := range dst {
		dst[i] *= g.over().at(at.Time(i))
	}
	return nil
}

// LogLikelihood implements LikelihoodTerm: Strength log p(y|x_0).
func (g DPS) LogLikelihood(dst []float64, at State) error { return g.LogProb(dst, at) }

// DPSNorm is the norm form in which DPS was published, freed from the step size:
//
//	g = -ζ (α²+σ²)/σ² ∇_{x_t} ‖y - A(D(x_t))‖,
//
// the norm (not its square) of one row. A step of the reverse SDE over Δ units
// of log-SNR, 2λ, then moves x_s by -ζ Δ ∇‖·‖ in the units of a VP schedule, so
// a published ζ per step equals ours times the log-SNR of a step: on a run over
// 16 units in 1000 steps, ζ' = .3 is ζ = 19. A probability-flow step moves half
// as far. The factor α²+σ² makes every schedule give the same D. The error model
// is not used, and the strength must be tuned: this is no posterior.
type DPSNorm struct {
	sde.Observation
	Zeta     float64                 // per unit of log-SNR
	ZetaFunc func(t float64) float64 // when set, ζ at t, and Zeta must be 0
}

var _ RowsTerm = DPSNorm{}

func (g DPSNorm) Check(prior sde.Differentiable) error {
	if g.Error == nil {
		g.Error = sde.NormalError{SD: 1} // not used
	}
	if err := g.Observation.Check(prior.Dim()); err != nil {
		return err
	}
	if _, ok := g.Error.(sde.NormalError); !ok {
		return fmt.Errorf("the norm form knows no error model, and %T would be ignored: use DPS, or sde.NormalError", g.Error)
	}
	if g.ZetaFunc != nil && g.Zeta != 0 {
		return errors.New("both Zeta and ZetaFunc are set")
	}
	if g.ZetaFunc == nil {
		if err := numeric.CheckPositive("Zeta", g.Zeta); err != nil {
			return err
		}
	}
	return needPull(g.Observation)
}

func (g DPSNorm) Exactness(sde.Differentiable) (Exactness, string) {
	return Heuristic, "ζ is a knob, not a noise level, and the result is no posterior; use MMPS"
}

func (g DPSNorm) Rows(idx []int) Term { g.Observation = g.Observation.Rows(idx); return g }

func (g DPSNorm) AddResidual(sum, count []float64, mean *mat.Dense, at State) error {
	if g.Error == nil {
		g.Error = sde.NormalError{SD: 1}
	}
	return addResidual(g.Observation, sum, count, mean, at)
}

// LogLikelihood implements LikelihoodTerm, where an Error is given.
func (g DPSNorm) LogLikelihood(dst []float64, at State) error {
	if g.Error == nil {
		return errors.New("the norm form has no error model: set Error for a log p(y|x_0)")
	}
	return logLikelihood(g.Observation, dst, at)
}

func (g DPSNorm) AddScore(dst *mat.Dense, at State) error {
	a, err := predict(g.Observation, at)
	if err != nil {
		return err
	}
	for i := range at.Rows() {
		c, row := at.Coeff(i), a.RawRowView(i)
		for j, y := range g.Row(i) {
			if row[j] = y - row[j]; math.IsNaN(y) {
				row[j] = 0
			}
		}
		zeta := g.Zeta
		if g.ZetaFunc != nil {
			zeta = g.ZetaFunc(at.Time(i))
		}
		k := 0.0 // at a residual of 0 the norm has no gradient, and 0 is one of its subgradients
		if r := norm(row); r > 0 && c.Sigma > 0 {
			k = zeta * (c.Alpha*c.Alpha + c.Sigma*c.Sigma) / (c.Sigma * c.Sigma * r)
		}
		for j := range row {
			row[j] *= k
		}
	}
	return addPulled(g.Observation, dst, 1, a, at)
}

func addScaled(dst *mat.Dense, k float64, v *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		numeric.Axpy(dst.RawRowView(i), k, v.RawRowView(i))
	}
}
