package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

const defaultSNR = 0.16

// Langevin is the annealed Langevin corrector of Song et al. 2021, algorithms 4
// and 5 (arXiv:2011.13456), with the step of its "ald" form, fixed at each time
// and the same for all rows:
//
//	x ← x + δ ∇log p_t(x) + η √(2δ) z,   δ = 2 (SNR σ_t)².
//
// The published step has a factor of 1 - β_i besides for VP, which tends to 1 as
// the grid is refined, and is 1 here. On a Gaussian p_t of variance v the chain
// is stable for δ < 2v in any dimension, so for any SNR below 1, and settles at
// the variance v/(1 - δ/(2v)).
type Langevin struct {
	SNR     float64                 // zero means 0.16; it must be below 1
	Steps   int                     // per correction; zero means 1
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

func (c Langevin) Info() Info {
	return Info{"Langevin", Weak, 0, c.steps(), true, false, "Song et al. 2021, alg. 4 and 5 (arXiv:2011.13456)", nil}
}

// Caveats says how large the bias of the step is.
func (c Langevin) Caveats() []string {
	c.SNR = cmp.Or(c.SNR, defaultSNR)
	return []string{fmt.Sprintf("Langevin steps of finite size widen rows, by up to %.2g of the noise variance at the last step (a smaller SNR)", c.SNR*c.SNR/(1-c.SNR*c.SNR))}
}

func (c Langevin) steps() int { return cmp.Or(c.Steps, 1) }

// NewCorrection implements Corrector. It panics on options out of range.
func (c Langevin) NewCorrection(d sde.Denoiser, n int) Correction {
	c.SNR = cmp.Or(c.SNR, defaultSNR)
	if !(c.SNR > 0 && c.SNR < 1) || c.steps() < 0 {
		panic("sample: Langevin with an SNR outside (0, 1), or negative Steps")
	}
	return &langevin{eval: eval{d: d}, c: c, m: mat.NewDense(n, d.Dim(), nil), z: mat.NewDense(n, d.Dim(), nil)}
}

type langevin struct {
	eval
	c    Langevin
	m, z *mat.Dense
}

func (st *langevin) Correct(x *mat.Dense, t float64, z sde.Noise) error {
	eta, err := etaOf(st.c.EtaFunc, t, 1)
	if err != nil {
		return err
	}
	c := st.d.Schedule().Coeff(t)
	r2 := 2 * st.c.SNR * st.c.SNR // δ/σ²
	for k := range st.c.steps() {
		if err := st.denoise(st.m, x, t); err != nil {
			return err
		}
		langevinStep(x, st.m, c, r2)
		z.Normal(st.z, t, t, k)
		accumulate(x, eta*c.Sigma*math.Sqrt(2*r2), st.z)
	}
	return nil
}

// langevinStep adds δ ∇log p_t(x) to x, r2 = δ/σ².
func langevinStep(x, mean *mat.Dense, c sde.Coeff, r2 float64) {
	combine(x, 1-r2, x, r2*c.Alpha, mean)
}
