package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// CFGPlusPlus is CFG++ (Chung et al. 2024, alg. 2, arXiv:2406.08070): a step of
// DDIM, without noise, in which the guided denoiser that is sampled,
//
//	D_λ = D_u + λ (D_c - D_u),   λ in [0, 1],
//
// says where to go, and the unconditional one what noise is left:
//
//	x_s = α_s D_λ + σ_s ε_u,   ε_u = (x - α_t D_u)/σ_t.
//
// It is a method and not a denoiser, because the two terms of the step use different
// denoisers. With λ = 0 it is DDIM of the unconditional model. NFE does not count the
// evaluations of Uncond.
type CFGPlusPlus struct{ Uncond sde.Denoiser }

func (CFGPlusPlus) Info() Info {
	return Info{"CFG++", ODE, 0, 1, false, false, "Chung et al. 2024, alg. 2 (arXiv:2406.08070)", nil}
}

func (CFGPlusPlus) Caveats() []string {
	return []string{"CFG++ follows no flow of a law; for the law of p_c^w p_u^(1-w) use particles (FKC)"}
}

// New implements Method. It panics without Uncond, or if that holds something of
// its own for each row, or differs in dimension.
func (m CFGPlusPlus) New(d sde.Denoiser, n int) Stepper {
	if m.Uncond == nil || m.Uncond.Dim() != d.Dim() {
		panic("sample: CFGPlusPlus without Uncond, or one of another dimension")
	}
	if _, ok := m.Uncond.(sde.PerRow); ok {
		panic("sample: CFGPlusPlus with an unconditional model that has conditions by row")
	}
	return &cfgpp{eval{d: d}, eval{d: m.Uncond}, mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)}
}

type cfgpp struct {
	guided, uncond eval
	to, from       *mat.Dense
}

func (st *cfgpp) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	if err := st.guided.denoise(st.to, x, t); err != nil {
		return err
	}
	if err := st.uncond.denoise(st.from, x, t); err != nil {
		return err
	}
	sched := st.guided.d.Schedule()
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	k := cs.Sigma / ct.Sigma
	combine(x, k, x, -k*ct.Alpha, st.from)
	accumulate(x, cs.Alpha, st.to)
	return nil
}
