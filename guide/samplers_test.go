package guide_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// A stepper carries x from t to s with the noise z; memory is what a multistep
// rule keeps. These rules are written anew from their papers: a guide must work
// under any sampler, not under one implementation.
type stepper struct {
	name string
	step func(d sde.Denoiser, x, z *mat.Dense, t, s float64, memory *memory) error
}

type memory struct {
	D *mat.Dense
	h float64
}

var steppers = []stepper{
	{"DDIM", ddim(0)}, {"DDIM, η = 1", ddim(1)}, {"DPM-Solver++(2M)", dpm2m}, {"Euler-Maruyama", eulerMaruyama}, {"Heun", heun},
}

// mean evaluates d.
func mean(d sde.Denoiser, x *mat.Dense, t float64) (*mat.Dense, error) {
	n, w := x.Dims()
	m := mat.NewDense(n, w, nil)
	return m, d.Denoise(m, x, []float64{t})
}

// combine stores a x + b m + c z in x.
func combine(x *mat.Dense, a, b float64, m *mat.Dense, c float64, z *mat.Dense) {
	n, w := x.Dims()
	for i := range n {
		for j := range w {
			x.Set(i, j, a*x.At(i, j)+b*m.At(i, j)+c*z.At(i, j))
		}
	}
}

func ddim(eta float64) func(d sde.Denoiser, x, z *mat.Dense, t, s float64, _ *memory) error {
	return func(d sde.Denoiser, x, z *mat.Dense, t, s float64, _ *memory) error {
		D, err := mean(d, x, t)
		c, e := d.Schedule().Coeff(t), d.Schedule().Coeff(s)
		v := eta * eta * -math.Expm1(2*(c.Lambda()-e.Lambda()))
		k := e.Sigma / c.Sigma * math.Sqrt(1-v)
		combine(x, k, e.Alpha-k*c.Alpha, D, e.Sigma*math.Sqrt(v), z)
		return err
	}
}

func dpm2m(d sde.Denoiser, x, z *mat.Dense, t, s float64, m *memory) error {
	D, err := mean(d, x, t)
	c, e := d.Schedule().Coeff(t), d.Schedule().Coeff(s)
	h := e.Lambda() - c.Lambda()
	E := mat.DenseCopyOf(D)
	if m.D != nil {
		r := m.h / h
		n, w := E.Dims()
		for i := range n {
			for j := range w {
				E.Set(i, j, D.At(i, j)+(D.At(i, j)-m.D.At(i, j))/(2*r))
			}
		}
	}
	combine(x, e.Sigma/c.Sigma, -e.Alpha*math.Expm1(-h), E, 0, z)
	m.D, m.h = D, h
	return err
}

func eulerMaruyama(d sde.Denoiser, x, z *mat.Dense, t, s float64, _ *memory) error {
	D, err := mean(d, x, t)
	c := d.Schedule().Coeff(t)
	f, g2 := sde.Drift(d.Schedule(), t), sde.Diffusion2(d.Schedule(), t)
	k := (t - s) * g2 / (c.Sigma * c.Sigma)
	combine(x, 1-(t-s)*f-k, k*c.Alpha, D, math.Sqrt(g2*(t-s)), z)
	return err
}

func heun(d sde.Denoiser, x, z *mat.Dense, t, s float64, _ *memory) error {
	D, err := mean(d, x, t)
	if err != nil {
		return err
	}
	c, e := d.Schedule().Coeff(t), d.Schedule().Coeff(s)
	a, b := c.Sigma/c.Alpha, e.Sigma/e.Alpha
	y := mat.DenseCopyOf(x)
	combine(y, e.Alpha/c.Alpha*b/a, e.Alpha*(1-b/a), D, 0, z)
	E, err := mean(d, y, s)
	n, w := x.Dims()
	for i := range n {
		for j := range w {
			u := x.At(i, j) / c.Alpha
			d1 := (u - D.At(i, j)) / a
			d2 := (y.At(i, j)/e.Alpha - E.At(i, j)) / b
			x.Set(i, j, e.Alpha*(u+(b-a)*(d1+d2)/2))
		}
	}
	return err
}

const (
	matrixRows  = 10
	matrixSteps = 24
)

// trajectory runs the rows first … first+n-1 from a start and with a noise that
// are functions of row, column and step, and returns where they end.
func trajectory(st stepper, d sde.Denoiser, first, n int) (*mat.Dense, error) {
	sched, w := d.Schedule(), d.Dim()
	x, z := mat.NewDense(n, w, nil), mat.NewDense(n, w, nil)
	fill := func(m *mat.Dense, k int) {
		for i := range n {
			for j := range w {
				u := float64((first+i)*7919+j*104729+k*1299709) * math.Phi
				m.Set(i, j, math.Sqrt2*math.Sin(2*math.Pi*(u-math.Floor(u))))
			}
		}
	}
	const end = 5e-3
	c := sched.Coeff(1)
	fill(x, 0)
	x.Scale(math.Sqrt(c.Alpha*c.Alpha+c.Sigma*c.Sigma), x)
	l0, l1 := c.Lambda(), sched.Coeff(end).Lambda()
	t, m := 1.0, &memory{}
	for k := 1; k <= matrixSteps; k++ {
		s := sde.TimeAt(sched, l0+(l1-l0)*float64(k)/matrixSteps)
		if st.name == "Euler-Maruyama" { // steps uniform in λ are too long for it at t = 1
			s = 1 - (1-end)*float64(k)/matrixSteps
		}
		fill(z, k)
		if err := st.step(d, x, z, t, s, m); err != nil {
			return nil, fmt.Errorf("t = %g: %w", t, err)
		}
		t = s
	}
	return x, nil
}
