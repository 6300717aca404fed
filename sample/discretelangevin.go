package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DiscreteLangevin is annealed Langevin dynamics along the levels of a chain (Song & Ermon 2019,
// algorithm 1, arXiv:1907.05600): from the noisiest level to the first, at each of them Steps
// updates
//
//	x ← x + ½ε_i ∇log p_i(x) + √ε_i η z.
//
// NCSN has ε_i in proportion to σ_i², ε_i = ε σ_i²/σ_L², which is Epsilon nil. On a Gaussian p_i
// the updates are stable for ε_i < 4 σ_i², which is asked for.
type DiscreteLangevin struct {
	Levels  sde.Chain
	Epsilon []float64 // ε_i, least noise first; nil for 4 (SNR σ_i)²
	SNR     float64   // of Epsilon nil; zero means 0.22
	Steps   int       // per level; zero means 100
	EtaFunc func(t float64) float64
}

var _ FixedTimes = DiscreteLangevin{}

func (m DiscreteLangevin) steps() int { return cmp.Or(m.Steps, 100) }

// Info implements Method. All levels have Steps evaluations, the last step those of two.
func (m DiscreteLangevin) Info() Info {
	return Info{fmt.Sprintf("annealed Langevin dynamics on %d levels", m.Levels.Len()), Weak, 0, m.steps(), true, false, "Song & Ermon 2019, alg. 1 (arXiv:1907.05600)", nil}
}

// Caveats says how the rows differ from those of the model.
func (m DiscreteLangevin) Caveats() []string {
	return []string{"annealed Langevin dynamics follow the noise level with a lag, and steps of finite size widen rows (more steps per level, or a chain's own sampler ddpm or smld)"}
}

// Times implements FixedTimes: those of the levels, the noisiest first.
func (m DiscreteLangevin) Times() []float64 { return DiscreteAncestral{Levels: m.Levels}.Times() }

// New implements Method. It panics on options out of range. Steps err between other times than
// those of neighboring levels, and where ε_i is not in (0, 4σ_i²).
func (m DiscreteLangevin) New(d sde.Denoiser, n int) Stepper {
	m.SNR = cmp.Or(m.SNR, 0.22)
	if !(m.SNR > 0 && m.SNR < 1) || m.steps() < 0 || m.Epsilon != nil && len(m.Epsilon) != m.Levels.Len() {
		panic("sample: DiscreteLangevin with an SNR outside (0, 1), negative Steps, or not one Epsilon a level")
	}
	return &discreteLangevin{eval: eval{d: d}, m: m, mean: mat.NewDense(n, d.Dim(), nil), z: mat.NewDense(n, d.Dim(), nil), level: levelsAt(m.Levels)}
}

// levelsAt finds levels by their times.
func levelsAt(c sde.Chain) map[float64]int {
	at := make(map[float64]int, c.Len())
	for i := range c.Len() {
		at[c.Time(i)] = i
	}
	return at
}

type discreteLangevin struct {
	eval
	m       DiscreteLangevin
	mean, z *mat.Dense
	level   map[float64]int
}

func (st *discreteLangevin) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	i, ok := st.level[t]
	if j, next := st.level[s]; !ok || !next || j != i-1 {
		return fmt.Errorf("%g and %g are not the times of neighboring levels of the chain", t, s)
	}
	if err := st.update(x, i, t, z); err != nil || i > 1 {
		return err
	}
	return st.update(x, 0, s, z)
}

// update takes the steps of level i, whose time is t.
func (st *discreteLangevin) update(x *mat.Dense, i int, t float64, z sde.Noise) error {
	eta, err := etaOf(st.m.EtaFunc, t, 1)
	if err != nil {
		return err
	}
	a, s := st.m.Levels.Level(i)
	eps := 4 * st.m.SNR * st.m.SNR * s * s
	if st.m.Epsilon != nil {
		eps = st.m.Epsilon[i]
	}
	if !(eps > 0 && eps < 4*s*s) {
		return fmt.Errorf("the step of level %d is %.6g and its σ is %.6g: give a step above 0 and below 4σ², or it diverges", i+1, eps, s)
	}
	for k := range st.m.steps() {
		if err := st.denoise(st.mean, x, t); err != nil {
			return err
		}
		langevinStep(x, st.mean, sde.Coeff{Alpha: a, Sigma: s}, eps/(2*s*s))
		z.Normal(st.z, t, t, k)
		accumulate(x, eta*math.Sqrt(eps), st.z)
	}
	return nil
}
