package sample

import (
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// MomentMatched draws rows from a student of moment matching (Salimans et al. 2024, arXiv:2406.04103; package
// train/distill): a network whose output x̃ at its times t_1 > … > t_K is a draw of a row. Each step is that of DDPM,
//
//	x_s ~ q(x_s | x_t, x̃) = N((σ_s/σ_t) e^{-h} x_t + α_s (1 − e^{-2h}) x̃, σ_s² (1 − e^{-2h}) I),   h = λ_s − λ_t,
//
// with levels drawn by the probabilities in x̃. Rows are the last x̃. A run takes K evaluations.
type MomentMatched struct {
	At     []float64 // t_1 … t_K
	Levels [][2]int  // positions of a row that are a category: first, and behind the last
}

var _ FixedTimes = MomentMatched{}

func (MomentMatched) Info() Info {
	return Info{"steps of a student of moment matching", Weak, 0, 1, true, false, "Salimans et al. 2024 (arXiv:2406.04103)", nil}
}

// Times implements FixedTimes: those of the evaluations, and 0.
func (m MomentMatched) Times() []float64 { return append(slices.Clone(m.At), 0) }

func (m MomentMatched) New(d sde.Denoiser, n int) Stepper {
	return &momentMatched{flowMap{eval{d: d}, FlowMap{Levels: m.Levels}, mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)}}
}

type momentMatched struct{ flowMap }

func (st *momentMatched) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if err := st.denoise(st.mean, x, t); err != nil {
		return err
	}
	z.Normal(st.z, t, s, 1)
	st.drawLevels()
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	if s == 0 {
		combine(x, 0, x, cs.Alpha, st.mean)
		return nil
	}
	z.Normal(st.z, t, s, 0)
	noisy, clean, sd := ct.ReverseKernel(cs)
	combine(x, noisy, x, clean, st.mean)
	accumulate(x, sd, st.z)
	return nil
}
