package main

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// calibration is what simulation-based calibration says of one column (Talts
// et al. 2018, arXiv:1804.06788): x_0 is drawn from the model, y from x_0, and
// the rank of x_0 among draws of the guided model given y is uniform if these
// are draws of the posterior.
type calibration struct {
	Column string    `json:"column"`
	Ranks  []int     `json:"ranks"`   // of each replica, among Draws draws
	P      float64   `json:"p_value"` // of uniform ranks, χ² over ten bins
	Cover  []float64 `json:"coverage"`
	// Spread is the spread of z = (x_0 − mean)/sd of the draws, as the median of
	// |z − median z| over that of a normal law: above 1 the draws are too narrow,
	// below too wide.
	Spread float64 `json:"spread"`
	// Bias is the mean of (x_0 − mean)/sd, bounded at ±3 for each replica.
	Bias float64 `json:"bias"`
}

// levels are the central intervals whose coverage is reported.
var levels = []float64{0.5, 0.8, 0.9, 0.95}

const rankBins = 10

// calibrate ranks row i of truth among the rows i·draws … of x, column by
// column.
func calibrate(names []string, truth, x *mat.Dense, draws int) []calibration {
	n, d := truth.Dims()
	cs := make([]calibration, d)
	v := make([]float64, draws)
	for j := range cs {
		c := &cs[j]
		c.Column, c.Cover = names[j], make([]float64, len(levels))
		z := make([]float64, n)
		for i := range n {
			for l := range v {
				v[l] = x.At(i*draws+l, j)
			}
			t := truth.At(i, j)
			c.Ranks = append(c.Ranks, rank(v, t))
			mean, sd := spread(v)
			z[i] = (t - mean) / sd
			c.Bias += max(-3, min(3, z[i])) / float64(n)
		}
		c.Spread = medianDeviation(z) / 0.6744897501960817
		c.P = uniformity(c.Ranks, draws)
		for k, level := range levels {
			tail := (1 - level) / 2
			for _, r := range c.Ranks {
				u := (float64(r) + 0.5) / float64(draws+1)
				if u >= tail && u <= 1-tail {
					c.Cover[k] += 1 / float64(n)
				}
			}
		}
	}
	return cs
}

// medianDeviation is the median of |z − median z|. It reorders z.
func medianDeviation(z []float64) float64 {
	slices.Sort(z)
	m := z[len(z)/2]
	for i, v := range z {
		z[i] = math.Abs(v - m)
	}
	slices.Sort(z)
	return z[len(z)/2]
}

func rank(draws []float64, t float64) int {
	r := 0
	for _, v := range draws {
		if v < t {
			r++
		}
	}
	return r
}

func spread(v []float64) (mean, sd float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sd += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return mean, math.Sqrt(sd)
}

// uniformity is the p-value of χ² for ranks 0 … draws in ten bins, whose
// probabilities are the shares of the draws+1 ranks that fall into them.
func uniformity(ranks []int, draws int) float64 {
	var count, prob [rankBins]float64
	bin := func(r int) int { return r * rankBins / (draws + 1) }
	for r := range draws + 1 {
		prob[bin(r)] += 1 / float64(draws+1)
	}
	for _, r := range ranks {
		count[bin(r)]++
	}
	chi := 0.0
	for k, p := range prob {
		want := p * float64(len(ranks))
		chi += (count[k] - want) * (count[k] - want) / want
	}
	return distuv.ChiSquared{K: rankBins - 1}.Survival(chi)
}

// verdict is the calibration in a sentence.
func (c calibration) verdict() string {
	switch {
	case c.P > 0.01:
		return fmt.Sprintf("%s: no miscalibration seen (p = %.2g)", c.Column, c.P)
	case c.Spread > 1.1:
		return fmt.Sprintf("%s: over-confident by a factor %.1f (p = %.1g): use mmps, more --nfe, or a stochastic sampler", c.Column, c.Spread, c.P)
	case c.Spread < 0.9:
		return fmt.Sprintf("%s: under-confident by a factor %.1f (p = %.1g): the draws are too wide; raise the strength or use mmps", c.Column, 1/c.Spread, c.P)
	default:
		return fmt.Sprintf("%s: biased by %+.2f standard deviations of the draws (p = %.1g): use mmps, more --nfe, or a stochastic sampler", c.Column, c.Bias, c.P)
	}
}
