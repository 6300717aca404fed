package accuracy

import (
	"context"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// bimodal is the law .7 N(-2, .3²) + .3 N(1.5, .4²).
func bimodal() *sde.Mixture {
	m, err := sde.NewMixture([]float64{0.7, 0.3}, []*sde.Gaussian{normal1(-2, 0.3), normal1(1.5, 0.4)})
	if err != nil {
		panic("accuracy: weights that are no mixture")
	}
	return m
}

// quantiles are those of p_t at the midpoints of n equal parts.
func quantiles(m *sde.Mixture, n int, t float64) []float64 {
	c := m.Sched.Coeff(t)
	cdf := func(x float64) float64 {
		p := 0.0
		for k, g := range m.Comps {
			sd := math.Sqrt(c.Alpha*c.Alpha*g.Cov.At(0, 0) + c.Sigma*c.Sigma)
			p += m.Weights[k] * 0.5 * math.Erfc((c.Alpha*g.Mu[0]-x)/(sd*math.Sqrt2))
		}
		return p
	}
	q := make([]float64, n)
	for i := range q {
		u, lo, hi := (float64(i)+0.5)/float64(n), -10.0, 10.0
		for range 60 {
			if mid := 0.5 * (lo + hi); cdf(mid) < u {
				lo = mid
			} else {
				hi = mid
			}
		}
		q[i] = 0.5 * (lo + hi)
	}
	return q
}

// rowQuantiles are those of the rows of a run that ends at t: of x_t/α.
func rowQuantiles(m *sde.Mixture, n int, t float64) []float64 {
	q := quantiles(m, n, t)
	for i := range q {
		q[i] /= m.Sched.Coeff(t).Alpha
	}
	return q
}

// The numbers of rows of a run on the mixture. Quantiles suffice for a deterministic
// sampler; a stochastic one has a sampling error.
const (
	fewRows  = 2000
	ManyRows = 40000 // of stochastic samplers
)

// Mixture measures samplers on .7 N(-2, .3²) + .3 N(1.5, .4²) with the exact denoiser:
// the 1-Wasserstein distance of the result. floor is that of ManyRows exact draws.
// Stochastic samplers cannot be seen to have less.
func Mixture(ctx context.Context, o *Options) (rows []Curve, floor float64, err error) {
	d := bimodal()
	start, end := map[int][]float64{}, map[int][]float64{}
	for _, n := range []int{fewRows, ManyRows} {
		start[n], end[n] = quantiles(d, n, 1), rowQuantiles(d, n, lawsEnd)
	}
	rows, err = compare(ctx, []int{8, 16, 32, 64, 128}, func(s setting, ts []float64) (float64, error) {
		n := fewRows
		if s.method.Info().Stochastic {
			n = ManyRows
		}
		from := mat.NewDense(n, 1, append([]float64(nil), start[n]...))
		res, err := sample.Run(ctx, d, s.method, n, &sample.Options{Times: ts, From: from, Seed: o.Seed, Workers: o.Workers})
		if err != nil {
			return math.NaN(), ctx.Err() // an overflow counts as an error of 10 or more
		}
		return wasserstein1(res.X.RawMatrix().Data, end[n]), nil
	})
	if err != nil {
		return nil, 0, err
	}
	x := mat.NewDense(ManyRows, 1, nil)
	d.Sample(x, o.Seed, 0)
	return rows, wasserstein1(x.RawMatrix().Data, quantiles(d, ManyRows, 0)), nil
}

// wasserstein1 is the distance of a sample to as many quantiles. It sorts x.
func wasserstein1(x, quantiles []float64) float64 {
	sort.Float64s(x)
	sum := 0.0
	for i, q := range quantiles {
		sum += math.Abs(x[i] - q)
	}
	return sum / float64(len(x))
}
