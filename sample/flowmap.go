package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// FlowMap draws rows from a student: a network whose output at its times t_1 > … > t_K is not the
// posterior mean but the mean of it along a stretch of the probability flow of a teacher (see
// package train/distill), so that it takes long steps. With the output D,
//
//	steps of Fresh  x_s = α_s e + σ_s z,    e ~ D: its numbers, and levels drawn by its probabilities
//	others          x_s = (σ_s/σ_t) x + (α_s − α_t σ_s/σ_t) D,
//	rows            D(x, t_K).
//
// The stretches of the first Fresh steps reach to the data, which get new noise; the others reach
// to the next time, and that of t_K to the data. Runs need Options.Denoise, and take K evaluations.
type FlowMap struct {
	At     []float64 // t_1 … t_K
	Fresh  int       // below K
	Levels [][2]int  // positions of a row that are a category: first, and behind the last
}

var _ FixedTimes = FlowMap{}

func (FlowMap) Info() Info {
	return Info{"flow maps of a student", Weak, 0, 1, true, false, "Song et al. 2023, alg. 1 (arXiv:2303.01469); Song et al. 2021, eq. 12 (arXiv:2010.02502)", nil}
}

// Times implements FixedTimes.
func (m FlowMap) Times() []float64 { return m.At }

func (m FlowMap) New(d sde.Denoiser, n int) Stepper {
	return &flowMap{eval{d: d}, m, mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)}
}

type flowMap struct {
	eval
	m       FlowMap
	mean, z *mat.Dense
}

func (st *flowMap) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if err := st.denoise(st.mean, x, t); err != nil {
		return err
	}
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	if k := st.m.Fresh; k == 0 || t < st.m.At[k-1] {
		k := cs.Sigma / ct.Sigma
		combine(x, k, x, cs.Alpha-ct.Alpha*k, st.mean)
		return nil
	}
	z.Normal(st.z, t, s, 1)
	n, _ := x.Dims()
	for i := range n {
		for _, b := range st.m.Levels {
			drawLevel(st.mean.RawRowView(i)[b[0]:b[1]], st.z.At(i, b[0]))
		}
	}
	z.Normal(st.z, t, s, 0)
	combine(x, cs.Alpha, st.mean, cs.Sigma, st.z)
	return nil
}

// drawLevel replaces probabilities by 1 at one level and 0 elsewhere: the level of the quantile
// Φ(z), z being standard normal.
func drawLevel(p []float64, z float64) {
	u, level := 0.5*math.Erfc(-z/math.Sqrt2), -1
	for j, v := range p {
		if p[j] = 0; level < 0 {
			if u -= v; u < 0 {
				level = j
			}
		}
	}
	if level < 0 {
		level = len(p) - 1
	}
	p[level] = 1
}
