package guide_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// must returns v, and fails the test on an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func row(v ...float64) *mat.Dense { return mat.NewDense(1, len(v), v) }

func gaussian(sched sde.Schedule, mu []float64, cov ...float64) *sde.Gaussian {
	return must(sde.NewGaussian(mu, mat.NewSymDense(len(mu), cov), sched))
}

// line is N(m, v) on the line.
func line(sched sde.Schedule, m, v float64) *sde.Gaussian { return gaussian(sched, []float64{m}, v) }

// full is a Gaussian in three dimensions with every covariance.
func full(sched sde.Schedule) *sde.Gaussian {
	return gaussian(sched, []float64{1, -1, 0.5}, 1, 0.6, -0.3, 0.6, 2, 0.4, -0.3, 0.4, 0.7)
}

// modes is a mixture in three dimensions.
func modes(sched sde.Schedule) *sde.Mixture {
	return must(sde.NewMixture([]float64{0.3, 0.5, 0.2}, []*sde.Gaussian{
		gaussian(sched, []float64{-2, 0, 1}, 0.3, 0.1, 0, 0.1, 0.5, 0, 0, 0, 0.4),
		gaussian(sched, []float64{2, 1, 0}, 0.2, 0, 0.05, 0, 0.3, 0, 0.05, 0, 0.6),
		gaussian(sched, []float64{0, -2, -1}, 0.5, -0.2, 0, -0.2, 0.4, 0.1, 0, 0.1, 0.3),
	}))
}

func box(sched sde.Schedule) *sde.Box {
	return must(sde.NewBox([]float64{-1, 0, -2}, []float64{1, 3, 2}, sched))
}

// points are rows at which denoisers are compared: a spread around the data and
// some far off.
func points(l sde.Law, t float64) *mat.Dense {
	n, d := 7, l.Dim()
	x := mat.NewDense(n, d, nil)
	l.Sample(x, 5, 0)
	c := l.Schedule().Coeff(t)
	for i := range n {
		for j := range d {
			x.Set(i, j, c.Alpha*x.At(i, j)+c.Sigma*math.Sin(float64(3*i+5*j+1))*1.5)
		}
	}
	return x
}

var times = []float64{1e-3, 0.05, 0.3, 0.6, 0.9, 1}

func denoise(tb testing.TB, d sde.Denoiser, x *mat.Dense, t ...float64) *mat.Dense {
	tb.Helper()
	n, w := x.Dims()
	dst := mat.NewDense(n, w, nil)
	if err := d.Denoise(dst, x, t); err != nil {
		tb.Fatal(err)
	}
	return dst
}

// apart is the largest difference of two denoisers over all times, in units of
// the size of the second where that is above 1, or +Inf if the first errs.
func apart(tb testing.TB, a, b sde.Denoiser, l sde.Law) float64 {
	tb.Helper()
	worst := 0.0
	for _, t := range times {
		x := points(l, t)
		n, d := x.Dims()
		u, v := mat.NewDense(n, d, nil), denoise(tb, b, x, t)
		if a.Denoise(u, x, []float64{t}) != nil {
			return math.Inf(1)
		}
		for i := range n {
			for j := range d {
				e := math.Abs(u.At(i, j)-v.At(i, j)) / math.Max(1, math.Abs(v.At(i, j)))
				if !(e <= worst) {
					worst = e
				}
			}
		}
	}
	return worst
}

// equal reports a difference above 1e-10, or "".
func equal(tb testing.TB, a, b sde.Denoiser, l sde.Law) string {
	if e := apart(tb, a, b, l); !(e <= 1e-10) {
		return fmt.Sprintf("denoisers differ by %.2g", e)
	}
	return ""
}

// A broken denoiser stands for a programmer's error in the guidance rule: with
// power 0 it adds σ² g for σ²/α g, with strength 1.05 it is 5 % too strong.
type broken struct {
	sde.Denoiser
	prior           sde.Denoiser
	strength, power float64
}

func (b broken) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := b.Denoiser.Denoise(dst, x, t); err != nil {
		return err
	}
	n, d := x.Dims()
	p := mat.NewDense(n, d, nil)
	if err := b.prior.Denoise(p, x, t); err != nil {
		return err
	}
	for i := range n {
		k := b.strength * math.Pow(b.Schedule().Coeff(sde.Time(t, i)).Alpha, 1-b.power)
		for j := range d {
			dst.Set(i, j, p.At(i, j)+k*(dst.At(i, j)-p.At(i, j)))
		}
	}
	return nil
}

// flat is a prior that hides its Jacobian: the pullback is the identity over α,
// as in rules that leave it out.
type flat struct{ sde.Differentiable }

func (f flat) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := f.Denoise(mean, x, t); err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error { dst.Copy(v); return nil }, nil
}

// obs is y = A x + N(0, sd²).
func obs(A sde.Operator, sd float64, y ...float64) sde.Observation {
	return sde.Observation{A: A, Y: row(y...), Error: sde.NormalError{SD: sd}}
}

// exact is the posterior of the law under a linear observation.
func exact(l sde.Observable, A mat.Matrix, sd []float64, y ...float64) sde.Law {
	R := mat.NewSymDense(len(sd), nil)
	for j, s := range sd {
		R.SetSym(j, j, s*s)
	}
	return must(l.Posterior(A, y, R))
}
