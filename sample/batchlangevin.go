package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

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

func (c BatchMeanLangevin) Info() Info {
	return Info{"batch-mean Langevin", Weak, 0, Langevin{Steps: c.Steps}.steps(), true, true, "Song et al. 2021, alg. 4 and 5 (arXiv:2011.13456)", nil}
}

func (BatchMeanLangevin) Caveats() []string {
	return []string{"batch-mean Langevin couples the rows of a block: they are not independent, and change with the block (Langevin does not)"}
}

// NewCorrection implements Corrector. It panics on negative options.
func (c BatchMeanLangevin) NewCorrection(d sde.Denoiser, n int) Correction {
	c.SNR = cmp.Or(c.SNR, defaultSNR)
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
	if c.Sigma == 0 {
		return errInfiniteRate
	}
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
