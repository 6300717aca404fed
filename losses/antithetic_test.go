package losses

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// draw is a way of making the problem of a whole batch.
type draw func(p *Problem, x *mat.Dense, b Batch)

// batchGradients returns the moments, over steps, of the gradient of the loss
// of the denoiser d along each feature, on the rows x.
func batchGradients(d sde.Denoiser, x *mat.Dense, steps int, f draw) (grad [4]moments) {
	n, dim := x.Dims()
	out := mat.NewDense(n, dim, nil)
	var p Problem
	for step := range steps {
		f(&p, x, Batch{Seed: 6, Step: step, Total: n})
		if err := d.Denoise(out, p.X, p.T); err != nil {
			panic(err)
		}
		var sum [4]float64
		for i, t := range p.T {
			for k, phi := range features(d.Schedule().Coeff(t), p.X.RawRowView(i)) {
				for j := range phi {
					sum[k] += 2 * p.Weight[i] * (out.At(i, j) - p.Target.At(i, j)) * phi[j] / float64(n)
				}
			}
		}
		for k := range grad {
			grad[k].add(sum[k])
		}
	}
	return grad
}

// equalMeans fails if two means differ by more than k standard errors of their
// difference.
func equalMeans(a, b [4]moments, k float64) error {
	var errs []error
	for i := range a {
		se := math.Hypot(a[i].stderr(), b[i].stderr())
		if d := a[i].mean() - b[i].mean(); !(math.Abs(d) <= k*se) {
			errs = append(errs, fmt.Errorf("feature %d: means differ by %.3g, %.1f standard errors", i, d, d/se))
		}
	}
	return errors.Join(errs...)
}

// The mean of the gradient is the same with and without the control variate,
// for one given batch of few rows, even or odd in number, in an order that says
// a lot (rows of even number lie left, the others right), at a denoiser whose
// gradient is not zero.
func TestControlVariateIsUnbiased(t *testing.T) {
	steps, scheds := 20000, []sde.Schedule{sde.VP{}, sde.VE{}}
	if testing.Short() {
		steps, scheds = 4000, scheds[:1]
	}
	for _, s := range scheds {
		d := shrunk{gaussian(t, s)}
		for _, q := range []Times{{Law: LogNormalSigma{}}, {Law: LogNormalSigma{}, Spread: Independent}} {
			for _, n := range []int{6, 7} {
				x := normals(n, 2, "batch")
				for i := range n {
					x.Set(i, 0, float64(i%2)*4-2)
				}
				o := Denoising{Sched: s, Times: q}
				plain := batchGradients(d, x, steps, o.Draw)
				o.Control.Below = 0.5
				with := batchGradients(d, x, steps, o.Draw)
				if err := equalMeans(plain, with, 4.5); err != nil {
					t.Errorf("%T, %v, %d rows: %v", s, q, n, err)
				}
				// Without the coin, the pair would always take its even row.
				biased := batchGradients(d, x, steps, func(p *Problem, x *mat.Dense, b Batch) {
					y := mat.DenseCopyOf(x)
					for i := 0; i+1 < n; i += 2 {
						y.SetRow(i+1, y.RawRowView(i))
					}
					o.Draw(p, y, b)
				})
				mustFail(t, "no coin", equalMeans(plain, biased, 4.5))
			}
		}
	}
}

// paper is the gradient with the control variate of Song & Kingma 2021 written
// out: the term (σ/α) z·φ(αx_0) is subtracted from (D - x_0)·φ(x_t). It uses
// half of the rows, each with two evaluations.
func paper(d sde.Law, n, steps int, o Denoising) (grad [4]moments) {
	x, out := mat.NewDense(n/2, 2, nil), mat.NewDense(n/2, 2, nil)
	var p Problem
	for step := range steps {
		d.Sample(x, 3, step*n)
		o.Draw(&p, x, Batch{Seed: 7, Step: step, Total: n / 2})
		if err := d.Denoise(out, p.X, p.T); err != nil {
			panic(err)
		}
		var sum [4]float64
		for i, t := range p.T {
			c := o.Sched.Coeff(t)
			x0 := p.Target.RawRowView(i)
			at := features(c, p.X.RawRowView(i))
			mean := features(c, []float64{c.Alpha * x0[0], c.Alpha * x0[1]})
			for k := range at {
				for j := range 2 {
					z := p.X.At(i, j) - c.Alpha*x0[j] // σz
					sum[k] += 2 * p.Weight[i] * ((out.At(i, j)-x0[j])*at[k][j] - z/c.Alpha*mean[k][j]) / float64(n/2)
				}
			}
		}
		for k := range grad {
			grad[k].add(sum[k])
		}
	}
	return grad
}

// At the exact denoiser and small σ the gradient is all noise: the antithetic
// pairs remove most of it, and no less than the paper's control variate does
// with as many evaluations. Each step has fresh rows, as in training.
func TestControlVariateReducesVariance(t *testing.T) {
	const n = 64
	steps := 1500
	if testing.Short() {
		steps = 600
	}
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}} {
		g := gaussian(t, s)
		for _, level := range []float64{0.01, 0.1, 0.3} {
			// Times around one noise level; the whole of it is below the bound.
			o := Denoising{Sched: s, Times: Times{Law: LogNormalSigma{Mean: math.Log(level), Std: 0.1}}}
			fresh := func(p *Problem, x *mat.Dense, b Batch) {
				g.Sample(x, 2, b.Step*n)
				o.Draw(p, x, b)
			}
			plain := batchGradients(g, mat.NewDense(n, 2, nil), steps, fresh)
			taylor := paper(g, n, steps, o)
			o.Control.Below = 1
			with := batchGradients(g, mat.NewDense(n, 2, nil), steps, fresh)
			bound := map[float64]float64{0.01: 0.01, 0.1: 0.15, 0.3: 1}[level]
			var worst, rival float64
			for k := range plain {
				worst = max(worst, with[k].variance()/plain[k].variance())
				rival = max(rival, with[k].variance()/taylor[k].variance())
			}
			t.Logf("%T, sigma/alpha %g: variance %.2g of plain, %.2g of the paper's", s, level, worst, rival)
			if worst > bound {
				t.Errorf("%T, sigma/alpha %g: variance is %.3g of plain, want at most %g", s, level, worst, bound)
			}
			if rival > 1+4*math.Sqrt(4/float64(steps)) { // 4 standard errors of a ratio of variances
				t.Errorf("%T, sigma/alpha %g: variance is %.3g of the paper's", s, level, rival)
			}
		}
	}
}

// Pairs share time, clean row and the size of the noise below the bound, and
// only the time above it.
func TestPairs(t *testing.T) {
	const n = 401
	x := normals(n, 2, "x")
	s := sde.VP{}
	o := Denoising{Sched: s, Control: ControlVariate{0.3}, Times: Times{Law: LogNormalSigma{}}}
	var p Problem
	o.Draw(&p, x, Batch{Seed: 1, Total: n})
	var low, high, first int
	for i := 0; i+1 < n; i += 2 {
		c := s.Coeff(p.T[i])
		z := func(r, j int) float64 { return (p.X.At(r, j) - c.Alpha*p.Target.At(r, j)) / c.Sigma }
		opposite := math.Abs(z(i, 0)+z(i+1, 0)) < 1e-9 && math.Abs(z(i, 1)+z(i+1, 1)) < 1e-9
		shared := p.Source(i) == p.Source(i+1) && mat.Equal(p.Target.RowView(i), p.Target.RowView(i+1))
		if p.T[i] != p.T[i+1] || p.Weight[i] != p.Weight[i+1] {
			t.Fatalf("pair at %d has two times", i)
		}
		if below := c.Sigma < 0.3; opposite != below || shared != below {
			t.Fatalf("pair at %d, sigma %g: opposite %v, shared %v", i, c.Sigma, opposite, shared)
		} else if below {
			low++
			if p.Source(i) == i {
				first++
			}
		} else {
			high++
		}
	}
	if low < 20 || high < 20 {
		t.Fatalf("%d pairs below, %d above: the test sees one side only", low, high)
	}
	if d := math.Abs(float64(first) - float64(low)/2); d > 4*math.Sqrt(float64(low))/2 {
		t.Errorf("the first row is taken in %d of %d pairs", first, low)
	}
	if p.Source(n-1) != n-1 {
		t.Error("the last row has no mate, yet another's clean row")
	}
}
