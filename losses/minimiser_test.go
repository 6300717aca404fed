package losses

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// features are vector fields φ(x, t) of the size that a preconditioned network's
// output moves by, σ/√(α²+σ²): directions in which a denoiser may be perturbed.
func features(c sde.Coeff, x []float64) [4][2]float64 {
	k := c.Sigma / math.Hypot(c.Alpha, c.Sigma)
	return [4][2]float64{{k, -k}, {k * x[0], k * x[1]}, {k * math.Tanh(x[1]), 0}, {0, k * math.Sin(2*x[0]+c.Lambda())}}
}

// checkMinimiser tests on draws of law whether d is stationary for obj: the
// gradient 2w (D - target)·φ has mean zero for every feature φ, within k
// standard errors.
func checkMinimiser(law sde.Law, d sde.Denoiser, obj Denoising, n int) error {
	x := mat.NewDense(n, 2, nil)
	law.Sample(x, 3, 0)
	var p Problem
	obj.Draw(&p, x, Batch{Seed: 4, Total: n})
	out := mat.NewDense(n, 2, nil)
	if err := d.Denoise(out, p.X, p.T); err != nil {
		return err
	}
	var grad [4]moments
	for i, t := range p.T {
		for k, phi := range features(obj.Sched.Coeff(t), p.X.RawRowView(i)) {
			var g float64
			for j := range phi {
				g += 2 * p.Weight[i] * (out.At(i, j) - p.Target.At(i, j)) * phi[j]
			}
			grad[k].add(g)
		}
	}
	var errs []error
	for k := range grad {
		errs = append(errs, grad[k].within(fmt.Sprintf("%v %v: gradient along feature %d", obj.Times, obj.Weight, k), 0, 4.5))
	}
	return errors.Join(errs...)
}

// mixture is a law of three components in the plane.
func mixture(t testing.TB, s sde.Schedule) *sde.Mixture {
	var comps []*sde.Gaussian
	for _, mu := range [][]float64{{-1.5, 0}, {1.5, 0.5}, {0, 2}} {
		g, err := sde.NewGaussian(mu, mat.NewSymDense(2, []float64{0.2, 0.1, 0.1, 0.3}), s)
		if err != nil {
			t.Fatal(err)
		}
		comps = append(comps, g)
	}
	m, err := sde.NewMixture([]float64{0.5, 0.3, 0.2}, comps)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// matched is the Gaussian law of the mean and covariance of l.
func matched(t testing.TB, l sde.Law) *sde.Gaussian {
	g, err := sde.NewGaussian(l.Mean(), l.Covariance(), l.Schedule())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// shrunk is a denoiser that errs by a tenth of the size of its residual.
type shrunk struct{ sde.Denoiser }

func (s shrunk) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := s.Denoiser.Denoise(dst, x, t); err != nil {
		return err
	}
	for i := range t {
		c := s.Schedule().Coeff(t[i])
		k := 0.1 * c.Sigma / math.Hypot(c.Alpha, c.Sigma)
		row := dst.RawRowView(i)
		for j := range row {
			row[j] += k * math.Tanh(x.At(i, 1))
		}
	}
	return nil
}

func TestExactDenoiserIsStationary(t *testing.T) {
	const n = 20000 // fewer rows would not see the planted errors
	all := weightings
	if testing.Short() {
		all = all[:1]
	}
	for name, s := range schedules {
		g := gaussian(t, s)
		for _, w := range all {
			for _, q := range []Times{{}, {Law: LogNormalSigma{Mean: -0.5, Std: 1}}, {Law: UniformLogSNR{}, Corrected: true, Spread: Independent}} {
				if w == (LikelihoodWeighting{}) && !q.Corrected {
					continue // a tail in 1/t that no standard error describes
				}
				obj := Denoising{Sched: s, Weight: w, Times: q}
				if err := checkMinimiser(g, g, obj, n); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		obj := Denoising{Sched: s, Times: Times{Law: LogNormalSigma{Mean: -0.5, Std: 1}}}
		m := mixture(t, s)
		if err := checkMinimiser(m, m, obj, n); err != nil {
			t.Errorf("%s, mixture: %v", name, err)
		}
		mustFail(t, name+": the denoiser of the mixture's moments", checkMinimiser(m, matched(t, m), obj, n))
		mustFail(t, name+": a denoiser off by 10% of its residual", checkMinimiser(g, shrunk{g}, obj, n))
	}
}

// residual returns E|D - x_0|² of the Gaussian law with covariance C at the
// kernel c, Σ_j c_j σ²/(α² c_j + σ²) over the eigenvalues of C.
func residual(cov mat.Symmetric, c sde.Coeff) (sum float64) {
	var e mat.EigenSym
	if !e.Factorize(cov, false) {
		panic("no eigenvalues")
	}
	for _, v := range e.Values(nil) {
		sum += v * c.Sigma * c.Sigma / (c.Alpha*c.Alpha*v + c.Sigma*c.Sigma)
	}
	return sum
}

// The loss at the exact denoiser of Gaussian data has the closed form
// E w(t) residual(t), here tested conditionally on the drawn times, and any
// perturbation h adds E w |h|² to it.
func TestExpectedLossOfGaussianData(t *testing.T) {
	const n = 20000
	for name, s := range schedules {
		g := gaussian(t, s)
		x := mat.NewDense(n, 2, nil)
		g.Sample(x, 8, 0)
		for _, w := range []Weighting{EDM{}, MinSNR{}} {
			obj := Denoising{Sched: s, Weight: w}
			var p Problem
			obj.Draw(&p, x, Batch{Seed: 5, Total: n})
			exact, worse := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
			if err := errors.Join(g.Denoise(exact, p.X, p.T), shrunk{g}.Denoise(worse, p.X, p.T)); err != nil {
				t.Fatal(err)
			}
			var excess, growth moments
			for i, u := range p.T {
				excess.add(p.RowLoss(exact, i) - p.Weight[i]*residual(g.Covariance(), s.Coeff(u)))
				var h float64
				for j := range 2 {
					h += math.Pow(worse.At(i, j)-exact.At(i, j), 2)
				}
				growth.add(p.RowLoss(worse, i) - p.RowLoss(exact, i) - p.Weight[i]*h)
			}
			if err := errors.Join(excess.within("loss", 0, 4.5), growth.within("growth", 0, 4.5)); err != nil {
				t.Errorf("%s %v: %v", name, w, err)
			}
			mustFail(t, "the loss of a worse denoiser", func() error {
				if p.Loss(worse) > p.Loss(exact) {
					return errors.New("worse")
				}
				return nil
			}())
			mustFail(t, "a closed form off by 10%", func() error {
				var m moments
				for i, u := range p.T {
					m.add(p.RowLoss(exact, i) - 1.1*p.Weight[i]*residual(g.Covariance(), s.Coeff(u)))
				}
				return m.within("loss", 0, 4.5)
			}())
		}
	}
}
