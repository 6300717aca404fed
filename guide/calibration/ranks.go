package calibration

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Column is the calibration of one column. In it, z is (x_0 - mean)/sd, with the mean
// and the standard deviation of the draws of a replica.
type Column struct {
	Name  string    `json:"column"`
	Ranks []int     `json:"ranks"`    // of each replica: the number of draws below x_0
	P     float64   `json:"p_value"`  // of uniform ranks, by χ² over ten bins
	Cover []float64 `json:"coverage"` // share of replicas within the central interval of each of IntervalLevels
	// Spread is the median of |z - median z| over that of a normal law: above 1 the
	// draws are too narrow, below 1 too wide.
	Spread float64 `json:"spread"`
	Bias   float64 `json:"bias"` // mean of z, bounded at ±3 for each replica
}

// IntervalLevels are the probabilities of the central intervals whose coverage is reported.
func IntervalLevels() []float64 { return []float64{0.5, 0.8, 0.9, 0.95} }

const rankBins = 10

// Ranks ranks row i of truth, n×d, among the rows i·per … (i+1)·per-1 of draws, column
// by column. per must be at least 9. It panics on a size mismatch.
func Ranks(names []string, truth, draws *mat.Dense, per int) []Column {
	n, d := truth.Dims()
	if rows, cols := draws.Dims(); rows != n*per || cols != d || len(names) != d || per < rankBins-1 {
		panic("calibration: size mismatch")
	}
	list := make([]Column, d)
	for j := range list {
		list[j] = newColumn(names[j], truth, draws, per, j)
	}
	return list
}

func newColumn(name string, truth, draws *mat.Dense, per, j int) Column {
	n, _ := truth.Dims()
	levels := IntervalLevels()
	c := Column{Name: name, Cover: make([]float64, len(levels))}
	v, z := make([]float64, per), make([]float64, n)
	for i := range n {
		for l := range v {
			v[l] = draws.At(i*per+l, j)
		}
		t := truth.At(i, j)
		c.Ranks = append(c.Ranks, rank(v, t))
		mean, sd := meanSD(v)
		z[i] = (t - mean) / sd
		c.Bias += max(-3, min(3, z[i])) / float64(n)
	}
	c.Spread = medianDeviation(z) / 0.6744897501960817 // of a standard normal law
	c.P = uniformity(c.Ranks, per)
	for k, level := range levels {
		tail := (1 - level) / 2
		for _, r := range c.Ranks {
			if u := (float64(r) + 0.5) / float64(per+1); u >= tail && u <= 1-tail {
				c.Cover[k] += 1 / float64(n)
			}
		}
	}
	return c
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

// meanSD returns the mean and the standard deviation, of n-1.
func meanSD(v []float64) (mean, sd float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sd += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return mean, math.Sqrt(sd)
}

// medianDeviation is the median of |z - median z|. It overwrites z.
func medianDeviation(z []float64) float64 {
	slices.Sort(z)
	m := z[len(z)/2]
	for i, v := range z {
		z[i] = math.Abs(v - m)
	}
	slices.Sort(z)
	return z[len(z)/2]
}

// uniformity is the p-value of χ² for ranks 0 … draws in ten bins, whose probabilities
// are the shares of the draws+1 ranks that fall into them.
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

// Excess returns the distribution function of the ranks less that of uniform ranks:
// y[r] is the share of ranks up to r less x[r] = (r+1)/(draws+1).
func (c Column) Excess(draws int) (x, y []float64) {
	seen := make([]float64, draws+1)
	for _, r := range c.Ranks {
		seen[r] += 1 / float64(len(c.Ranks))
	}
	sum := 0.0
	for r, p := range seen {
		sum += p
		x = append(x, float64(r+1)/float64(draws+1))
		y = append(y, sum-float64(r+1)/float64(draws+1))
	}
	return x, y
}

// Verdict says in a sentence whether the ranks are uniform (P above 0.01), and if not,
// whether the draws are too narrow, too wide or biased.
func (c Column) Verdict() string {
	switch {
	case c.P > 0.01:
		return fmt.Sprintf("%s: no miscalibration seen (p = %.2g)", c.Name, c.P)
	case c.Spread > 1.1:
		return fmt.Sprintf("%s: over-confident by a factor %.1f (p = %.1g): use mmps, more steps, or a stochastic sampler", c.Name, c.Spread, c.P)
	case c.Spread < 0.9:
		return fmt.Sprintf("%s: under-confident by a factor %.1f (p = %.1g): the draws are too wide; raise the strength or use mmps", c.Name, 1/c.Spread, c.P)
	default:
		return fmt.Sprintf("%s: biased by %+.2f standard deviations of the draws (p = %.1g): use mmps, more steps, or a stochastic sampler", c.Name, c.Bias, c.P)
	}
}
