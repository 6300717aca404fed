package sample_test

import (
	"context"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// published is the published form (see EnKG) on Euler steps of the flow, with the settings
// of its code: two updates a step from 5 to 95 % of the steps, by the step length given over
// the norm of c, and x_0 by steps of the flow.
func published(tb testing.TB, g *sde.Gaussian, o sde.Observation, k, steps int, length float64, seed uint64) *mat.Dense {
	tb.Helper()
	_, m := o.A.Dims()
	sched := g.Schedule()
	times := sample.LogSNRGrid{}.Times(sched, 1, sde.MinTime(sched), steps)
	x := mat.NewDense(k, g.Dim(), nil)
	sample.TerminalOf(g, 1).Sample(x, sde.NewStreams(seed, "published", 0))
	run := func(x *mat.Dense, times []float64, m sample.Method) *mat.Dense {
		res, err := sample.Run(context.Background(), g, m, k, &sample.Options{Times: times, From: x, Workers: 1})
		if err != nil {
			tb.Fatal(err)
		}
		return res.X
	}
	for i := range steps {
		if i >= steps/20 && i < steps-steps/20 {
			for range 2 {
				x0 := run(x, sample.LogSNRGrid{}.Times(sched, times[i], sde.MinTime(sched), min(1+(steps-i)/4, 20)), sample.DDIM{})
				h, c := mat.NewDense(k, m, nil), mat.NewDense(k, k, nil)
				if err := o.A.Apply(h, x0); err != nil {
					tb.Fatal(err)
				}
				mean, _ := moments(h)
				for i := range k {
					for j := range k {
						for l, y := range o.Y.RawRowView(0) {
							c.Set(i, j, c.At(i, j)+(y-h.At(i, l))*(h.At(j, l)-mean[l])/float64(k))
						}
					}
				}
				xm, _ := moments(x)
				centered := mat.DenseCopyOf(x)
				for i := range k {
					for j := range xm {
						centered.Set(i, j, x.At(i, j)-xm[j])
					}
				}
				var move mat.Dense
				move.Mul(c, centered)
				move.Scale(length/mat.Norm(c, 2), &move)
				x.Add(x, &move)
			}
		}
		x0 := run(x, times[i:i+2], sample.DDIM{})
		x.Scale(sched.Coeff(times[i+1]).Alpha, x0)
	}
	x.Scale(1/sched.Coeff(times[steps]).Alpha, x)
	return x
}

// The published form is not a sampler of the posterior: for any step length its variance,
// its mean or both are wrong, and no ensemble mends that.
func TestPublishedEnKGIsNotExact(t *testing.T) {
	g := correlated(t, sde.VP{})
	o, a := observedSums(1)
	post := posteriorOf(t, g, o, a)
	sizes := []int{64}
	if testing.Verbose() && !testing.Short() {
		sizes = []int{64, 256, 1024}
	}
	for _, k := range sizes {
		for _, length := range []float64{0.1, 0.5, 2} {
			mean, cov, meanBias, covBias := momentErrors(published(t, g, o, k, 80, length, 3), k, post)
			t.Logf("J %d, length %g: mean %.3f, covariance %.3f, largest %.3f and %.3f; posterior %.3f, %.3f", k, length, mean, cov, meanBias, covBias, post.Mean(), mat.Formatted(post.Covariance()))
			wantMean, wantCov := expected(post, k)
			if mean < 3*wantMean && cov < 3*wantCov {
				t.Errorf("J %d, length %g: it is exact", k, length)
			}
		}
	}
}
