package sample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

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

// Info implements Corrector.
func (c Langevin) Info() Info {
	return Info{"Langevin", Weak, 0, c.steps(), true, false, "Song et al. 2021, alg. 4 and 5 (arXiv:2011.13456)"}
}

func (c Langevin) steps() int {
	if c.Steps == 0 {
		return 1
	}
	return c.Steps
}

// NewCorrection implements Corrector. It panics on options out of range.
func (c Langevin) NewCorrection(d sde.Denoiser, n int) Correction {
	if c.SNR == 0 {
		c.SNR = 0.16
	}
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

// BatchMeanLangevin is the Langevin corrector of Song et al. 2021 as their code
// has it, with the step of the norms of noise and score, each a mean over the
// batch:
//
//	δ = 2 (SNR · mean_i|z_i| / mean_i|∇log p_t(x_i)|)².
//
// It couples rows: a row depends on the others of its block, and the result on
// Options.Block and First. It is here to reproduce published numbers; Langevin
// has no such coupling.
type BatchMeanLangevin struct {
	SNR   float64 // zero means 0.16
	Steps int     // per correction; zero means 1
}

// Info implements Corrector.
func (c BatchMeanLangevin) Info() Info {
	return Info{"batch-mean Langevin", Weak, 0, Langevin{Steps: c.Steps}.steps(), true, true, "Song et al. 2021, alg. 4 and 5 (arXiv:2011.13456)"}
}

// NewCorrection implements Corrector. It panics on negative options.
func (c BatchMeanLangevin) NewCorrection(d sde.Denoiser, n int) Correction {
	if c.SNR == 0 {
		c.SNR = 0.16
	}
	if !(c.SNR > 0) || c.Steps < 0 {
		panic("sample: negative option of BatchMeanLangevin")
	}
	return &batchLangevin{eval: eval{d: d}, c: c, m: mat.NewDense(n, d.Dim(), nil), z: mat.NewDense(n, d.Dim(), nil)}
}

type batchLangevin struct {
	eval
	c    BatchMeanLangevin
	m, z *mat.Dense
}

func (st *batchLangevin) Correct(x *mat.Dense, t float64, z sde.Noise) error {
	c := st.d.Schedule().Coeff(t)
	for k := range st.c.Info().EvalsPerStep {
		if err := st.denoise(st.m, x, t); err != nil {
			return err
		}
		z.Normal(st.z, t, t, k)
		var noise, score float64
		n, _ := x.Dims()
		for i := range n {
			var zz, ss float64
			xi, mi := x.RawRowView(i), st.m.RawRowView(i)
			for j, v := range st.z.RawRowView(i) {
				s := (c.Alpha*mi[j] - xi[j]) / (c.Sigma * c.Sigma)
				zz += v * v
				ss += s * s
			}
			noise += math.Sqrt(zz)
			score += math.Sqrt(ss)
		}
		if score == 0 {
			return fmt.Errorf("batch-mean Langevin: the score is 0 in all rows (t = %.4g), so the step is infinite", t)
		}
		r := st.c.SNR * noise / score
		delta := 2 * r * r
		langevinStep(x, st.m, c, delta/(c.Sigma*c.Sigma))
		accumulate(x, math.Sqrt(2*delta), st.z)
	}
	return nil
}
