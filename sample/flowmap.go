package sample

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// FlowMap draws rows from a student: a network whose output D at its times t_1 > … > t_K is not the
// posterior mean but the mean of it along a stretch of the probability flow of a teacher (see
// package train/distill), so that it takes long steps. The stretch from t = t_k ends at
// r = Reach[k], below the next time s, and the step adds the noise between the two, which hides
// its errors:
//
//	x_s = (α_s/α_r) [(σ_r/σ_t) x + (α_r − α_t σ_r/σ_t) D] + √(σ_s² − (α_s σ_r/α_r)²) z.
//
// For r = s there is no noise. For r = 0, the data, x_s = α_s D + σ_s z whatever the schedule, with
// levels that are drawn by the probabilities in D. The last stretch, from t_K, ends there, and its
// rows are D without noise. A run takes K evaluations.
type FlowMap struct {
	At     []float64 // t_1 … t_K
	Reach  []float64 // r_1 … r_{K-1}, each from 0 to the next time
	Levels [][2]int  // positions of a row that are a category: first, and behind the last
}

var _ FixedTimes = FlowMap{}

func (FlowMap) Info() Info {
	return Info{"flow maps of a student", Weak, 0, 1, true, false, "Song et al. 2023, alg. 1 (arXiv:2303.01469); Kim et al. 2024, alg. 3 (arXiv:2310.02279)", nil}
}

// Times implements FixedTimes: those of the evaluations, and 0.
func (m FlowMap) Times() []float64 { return append(slices.Clone(m.At), 0) }

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
	sched := st.d.Schedule()
	ct, cs, r := sched.Coeff(t), sched.Coeff(s), st.m.reach(t)
	if r == 0 {
		z.Normal(st.z, t, s, 1)
		st.drawLevels()
		if s == 0 {
			combine(x, 0, x, cs.Alpha, st.mean)
			return nil
		}
		z.Normal(st.z, t, s, 0)
		combine(x, cs.Alpha, st.mean, cs.Sigma, st.z)
		return nil
	}
	cr := sched.Coeff(r)
	f, k := cs.Alpha/cr.Alpha, cr.Sigma/ct.Sigma
	combine(x, f*k, x, f*(cr.Alpha-ct.Alpha*k), st.mean)
	if r < s {
		z.Normal(st.z, t, s, 0)
		accumulate(x, math.Sqrt(cs.Sigma*cs.Sigma-f*f*cr.Sigma*cr.Sigma), st.z)
	}
	return nil
}

// reach is the end of the stretch from t.
func (m *FlowMap) reach(t float64) float64 {
	if k := slices.Index(m.At, t); k < len(m.Reach) {
		return m.Reach[k]
	}
	return 0
}

// drawLevels draws the levels of the rows of st.mean with the normals st.z.
func (st *flowMap) drawLevels() {
	n, _ := st.mean.Dims()
	for i := range n {
		for _, b := range st.m.Levels {
			drawLevel(st.mean.RawRowView(i)[b[0]:b[1]], st.z.At(i, b[0]))
		}
	}
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
