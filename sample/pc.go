package sample

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// PredictorCorrector follows each step of a predictor from t to s by a correction
// at s (Song et al. 2021, algorithm 1, arXiv:2011.13456; their code corrects
// before it predicts, which differs at the two ends of a run). Any method is a
// predictor, on any schedule. Without a predictor it is corrector-only sampling,
// in which x is taken from t to s as it is.
//
// A correction has a bias of its own, of the order of its step, which does not
// vanish as the grid is refined: the method declares no order.
type PredictorCorrector struct {
	Predictor Method
	Corrector Corrector // nil means Langevin{}
}

func (m PredictorCorrector) corrector() Corrector {
	if m.Corrector == nil {
		return Langevin{}
	}
	return m.Corrector
}

func (m PredictorCorrector) Info() Info {
	c := m.corrector().Info()
	in := Info{c.Name + " only", Weak, 0, c.EvalsPerStep, c.Stochastic, c.Coupled, "Song et al. 2021, alg. 1 (arXiv:2011.13456)", nil}
	if m.Predictor == nil {
		return in
	}
	p := m.Predictor.Info()
	in.Name, in.Grid = p.Name+" + "+c.Name, p.Grid
	in.Stochastic, in.Coupled = in.Stochastic || p.Stochastic, in.Coupled || p.Coupled
	if in.EvalsPerStep += p.EvalsPerStep; p.EvalsPerStep == 0 {
		in.EvalsPerStep = 0
	}
	return in
}

// Caveats collects those of both parts, and says what a correction does.
func (m PredictorCorrector) Caveats() []string {
	out := slices.Concat(caveats(m.Predictor), caveats(m.corrector()))
	if m.Predictor == nil {
		out = append(out, m.Info().Name+": rows follow the noise level with a lag, whatever the grid (add a predictor)")
	}
	return out
}

func (m PredictorCorrector) New(d sde.Denoiser, n int) Stepper {
	st := &pc{correction: m.corrector().NewCorrection(d, n)}
	if m.Predictor != nil {
		st.predictor = m.Predictor.New(d, n)
	}
	return st
}

func (m PredictorCorrector) needsPath() bool { return m.Predictor != nil && needsPath(m.Predictor) }

type pc struct {
	predictor  Stepper
	correction Correction
}

var _ Gatherer = (*pc)(nil)

func (st *pc) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.predictor != nil {
		if err := st.predictor.Step(x, t, s, z); err != nil {
			return err
		}
	}
	return st.correction.Correct(x, s, z)
}

func (st *pc) Gather(idx []int) { gatherInner(st.predictor, idx) }

// AnnealedLangevin is annealed Langevin dynamics, the sampler of NCSN (Song &
// Ermon 2019, algorithm 1, arXiv:1907.05600): at the end of each step of the
// grid, Steps Langevin updates at that noise level, each of the size
// δ = 2 (SNR σ)². NCSN's ε at its last level σ_L is δ = ε/2 there, so SNR is
// √ε/(2 σ_L): .22 for its ε = 2e-5 and σ_L = .01.
type AnnealedLangevin struct {
	SNR     float64                 // zero means 0.22
	Steps   int                     // M, per level; zero means 100
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

func (m AnnealedLangevin) pc() PredictorCorrector {
	c := Langevin(m)
	c.SNR = cmp.Or(c.SNR, 0.22)
	c.Steps = cmp.Or(c.Steps, 100)
	return PredictorCorrector{Corrector: c}
}

func (m AnnealedLangevin) Info() Info {
	in := m.pc().Info()
	in.Name, in.Source = "annealed Langevin dynamics", "Song & Ermon 2019, alg. 1 (arXiv:1907.05600)"
	return in
}

func (m AnnealedLangevin) New(d sde.Denoiser, n int) Stepper { return m.pc().New(d, n) }

func (m AnnealedLangevin) Caveats() []string { return m.pc().Caveats() }

// Corrector moves rows that are near p_t closer to it, at a fixed time.
type Corrector interface {
	Info() Info // EvalsPerStep is per correction
	NewCorrection(d sde.Denoiser, n int) Correction
}

// Correction is the state of a Corrector over batches of n rows.
type Correction interface {
	// Correct moves x, in place, at time t, drawing the noise of the empty
	// interval [t, t].
	Correct(x *mat.Dense, t float64, z sde.Noise) error
}
