package sbi

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// What 40 evaluations of the default sampler do to normal posteriors of several widths, in the
// coordinates w and from the start of Sample: means in standard deviations, variances
// relative.
func TestBiasOfDraws(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	variance := []float64{4, 1, 0.1, 0.01, 0.001}
	const n, mean = 50_000, 0.5
	c, m := mat.NewSymDense(len(variance), nil), make([]float64, len(variance))
	for j, v := range variance {
		c.SetSym(j, j, v)
		m[j] = mean
	}
	law, err := sde.NewGaussian(m, c, sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	run := func(nfe int) (means, variances []float64) {
		res, err := sample.Run(context.Background(), law, sample.DPMpp2MSDE{}, n, &sample.Options{Seed: 1, NFE: nfe, Init: start(len(variance))})
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range variance {
			a, sd := moments(res.X, j)
			means, variances = append(means, (a-mean)/math.Sqrt(v)), append(variances, sd*sd/v-1)
		}
		return means, variances
	}
	for _, c := range []struct {
		nfe         int
		least, most float64 // bias of variances
	}{{drawNFE, 0.01, 0.05}, {160, -0.02, 0.02}} {
		means, variances := run(c.nfe)
		t.Logf("%d evaluations, variances %v: means are off by %.4f, variances by %+.4f", c.nfe, variance, means, variances)
		for j, v := range variance {
			if math.Abs(means[j]) > 0.02 || variances[j] < c.least || variances[j] > c.most {
				t.Errorf("%d evaluations, variance %g: the mean is off by %.3f standard deviations, the variance by %+.3f", c.nfe, v, means[j], variances[j])
			}
		}
	}
}
