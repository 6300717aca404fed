package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Replacement is the imputation of Song et al. 2021 (appendix I.2,
// arXiv:2011.13456): after each step to s, known coordinates (see ConditionOnValues) are
// set to α_s y + σ_s z, with new noise z. Values with an error are set while
// σ_s/α_s is above its SD.
//
// The rows do not follow the conditional law: known values enter each step with noise
// that is independent of that of the other coordinates. RePaint lessens the bias.
type Replacement struct{ Inner Method }

func (m Replacement) Info() Info {
	in := m.Inner.Info()
	in.Name += " with replacement"
	in.Kind, in.Order, in.Stochastic = Weak, 0, true
	in.Source = "Song et al. 2021, appendix I.2 (arXiv:2011.13456)"
	return in
}

// Caveats are those of the inner method, and the bias.
func (m Replacement) Caveats() []string {
	return append(caveats(m.Inner), "replacement is biased: unknown coordinates lean towards their law without what is known; use RePaint, or particles (TDS)")
}

// New implements Method. It panics without Inner. Steps err unless d has known
// values.
func (m Replacement) New(d sde.Denoiser, n int) Stepper {
	if m.Inner == nil {
		panic("sample: Replacement without Inner")
	}
	return &replacement{m.Inner.New(d, n), newInpainter(d, n)}
}

type replacement struct {
	inner Stepper
	inpainter
}

var _ Gatherer = (*replacement)(nil)

func (st *replacement) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	if err := st.inner.Step(x, t, s, z); err != nil {
		return err
	}
	st.inpaint(x, t, s, z, usesPerStep-2)
	return nil
}

func (st *replacement) Gather(idx []int) { gatherInner(st.inner, idx) }

func gatherInner(st Stepper, idx []int) {
	if g, ok := st.(Gatherer); ok {
		g.Gather(idx)
	}
}
