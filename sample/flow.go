package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// The probability flow is integrated in λ = ln(α/σ) and in the state scaled to
// the noise and unit data,
//
//	u = x/√(α² + σ²),   p = α/√(α² + σ²),   du/dλ = p (D - p u),
//
// which stands still for standard normal data. Nothing in it grows without
// bound at either end: as σ → 0, D → x/α and the right-hand side vanishes like
// σ², so that the end λ → ∞ costs a few long steps and not many short ones, as
// it does in t, where du/dt has a factor 1/σ.

type scales struct{ t, alpha, r, p float64 }

func scalesAt(s sde.Schedule, lambda float64) scales {
	t := sde.TimeAt(s, lambda)
	c := s.Coeff(t)
	r := math.Hypot(c.Alpha, c.Sigma)
	return scales{t, c.Alpha, r, c.Alpha / r}
}

type flow struct {
	all, d sde.Denoiser // of the batch, and of the rows that are left
	sc     []scales
	t      []float64
	x, m   *mat.Dense
}

func newFlow(d sde.Denoiser, n int) *flow {
	return &flow{
		all: d, d: d, sc: make([]scales, n), t: make([]float64, n),
		x: mat.NewDense(n, d.Dim(), nil), m: mat.NewDense(n, d.Dim(), nil),
	}
}

func (f *flow) keep(idx []int) {
	n := len(idx)
	f.sc, f.t = f.sc[:n], f.t[:n]
	resize(f.x, n)
	resize(f.m, n)
	if f.d = f.all; n < cap(f.sc) {
		f.d = sde.Restrict(f.all, idx)
	}
}

// place computes x and the times from u, whose first Dim columns are the state.
func (f *flow) place(u *mat.Dense, lambda []float64) {
	sched := f.all.Schedule()
	for i, l := range lambda {
		f.sc[i] = scalesAt(sched, l)
		f.t[i] = f.sc[i].t
		x := f.x.RawRowView(i)
		for j, v := range u.RawRowView(i)[:len(x)] {
			x[j] = v * f.sc[i].r
		}
	}
}

// velocity stores du/dλ in the first Dim columns of dst, from the means in f.m.
func (f *flow) velocity(dst, u *mat.Dense) {
	for i, c := range f.sc {
		di, ui := dst.RawRowView(i), u.RawRowView(i)
		for j, m := range f.m.RawRowView(i) {
			di[j] = c.p * (m - c.p*ui[j])
		}
	}
}

func (f *flow) derivative(dst, u *mat.Dense, lambda []float64) error {
	f.place(u, lambda)
	if err := f.d.Denoise(f.m, f.x, f.t); err != nil {
		return err
	}
	f.velocity(dst, u)
	return nil
}
