package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DDNM is the null-space method (Wang et al. 2023, eq. 13 and 17 to 19,
// arXiv:2212.00490) for a linear observation (see ConditionOnLinear): DDIM with the
// part of D that A sees replaced by the pseudo-inverse of y. In the coordinate of
// a singular value s, where y gives the value y/s with the error e = SD/s, a step
// from t to s' goes to
//
//	α (D + λ (y/s - D)) + √(σ² - α² λ² e²) z           λ = 1,         if σ ≥ α e
//	α (D + λ (y/s - D)) + σ Eta z                      λ = σ √(1 - Eta²)/(α e), else
//
// with α, σ at s', so that its noise and that of y together have the variance σ²;
// other coordinates follow DDIM. (The simplified code of the authors has other
// factors there.) Rows are consistent with y, but not draws from the posterior.
type DDNM struct {
	Eta float64 // of DDIM, as published; zero means 0.85
	// EtaFunc, when set, is Eta at the time at which a step begins, in [0, 1], and Eta must be 0.
	EtaFunc func(t float64) float64
}

func (DDNM) Info() Info {
	return Info{"DDNM", Weak, 0, 1, true, false, "Wang et al. 2023, eq. 17 to 19 (arXiv:2212.00490)", nil}
}

func (DDNM) Caveats() []string {
	return []string{"DDNM ignores what y says about coordinates that it does not see; use MMPS, or particles (TDS)"}
}

// New implements Method. It panics unless Eta is in [0, 1], and when Eta and EtaFunc are both
// set. Steps err unless d has an observation, and where EtaFunc is out of range.
func (m DDNM) New(d sde.Denoiser, n int) Stepper {
	if !(m.Eta >= 0 && m.Eta <= 1) || m.Eta != 0 && m.EtaFunc != nil {
		panic("sample: Eta of DDNM is not in [0, 1], or set beside EtaFunc")
	}
	m.Eta = cmp.Or(m.Eta, 0.85)
	st := &ddnm{eval: eval{d: d}, eta: m.Eta, over: m.EtaFunc, mean: mat.NewDense(n, d.Dim(), nil), z: mat.NewDense(n, d.Dim(), nil)}
	if st.y, st.err = measuredOf(d, n); st.err == nil {
		st.target = make([]float64, len(st.y.s))
	}
	return st
}

type ddnm struct {
	eval
	eta     float64
	over    func(t float64) float64 // η at t; nil means eta
	y       *measured
	err     error
	mean, z *mat.Dense
	target  []float64
}

func (st *ddnm) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	eta, err := etaOf(st.over, t, st.eta)
	if err == nil && eta > 1 {
		err = fmt.Errorf("eta is %.6g at t = %.4g, and DDNM has it in [0, 1]", eta, t)
	}
	if err != nil {
		return err
	}
	if err := st.denoise(st.mean, x, t); err != nil {
		return err
	}
	z.Normal(st.z, t, s, 0)
	ct, c := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	// DDIM as in the paper, with noise of variance η² σ_s²
	k := c.Sigma / ct.Sigma * math.Sqrt(1-eta*eta)
	combine(x, k, x, c.Alpha-ct.Alpha*k, st.mean)
	accumulate(x, c.Sigma*eta, st.z)
	n, _ := x.Dims()
	for i := range n {
		row, mean, e := x.RawRowView(i), st.mean.RawRowView(i), st.z.RawRowView(i)
		st.y.targets(st.target, i)
		for k, want := range st.target {
			d, noise := st.y.coordinate(k, mean), st.y.coordinate(k, e)
			to, sd := st.seen(c, k, eta)
			st.y.shift(row, k, c.Alpha*(d+to*(want-d))+sd*noise-st.y.coordinate(k, row))
		}
	}
	return nil
}

// seen returns λ of the observed coordinate k and the standard deviation of its noise.
func (st *ddnm) seen(c sde.Coeff, k int, eta float64) (lambda, sd float64) {
	e := c.Alpha * st.y.sd / st.y.s[k]
	if c.Sigma >= e {
		return 1, math.Sqrt(math.Max(0, c.Sigma*c.Sigma-e*e))
	}
	return c.Sigma * math.Sqrt(1-eta*eta) / e, c.Sigma * eta
}
