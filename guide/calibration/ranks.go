package calibration

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/internal/stream"
)

// Column is the calibration of one column, or of a quantity that is computed from rows.
// In it, z is (x_0 - mean)/sd, with the mean and the standard deviation of the draws of a
// replica, or of the guided rows if there is one law.
type Column struct {
	Name   string    `json:"column"`
	Levels bool      `json:"levels,omitempty"`   // no number: Cover, Spread and Bias say nothing
	Ranks  []int     `json:"ranks,omitempty"`    // of each replica: the number of draws below x_0, ties broken at random
	Z      []float64 `json:"z,omitempty"`        // of the replicas, where it is finite; of a part alone: see Join
	P      float64   `json:"p_value"`            // of uniform ranks: see Ranks; of one law by Compare
	Cover  []float64 `json:"coverage,omitempty"` // share of replicas within the central interval of each of IntervalLevels
	// Spread is the median of |z - median z| over that of a normal law, or of one law that of
	// the truth over that of the guided rows: above 1 the draws are too narrow, below 1 too wide.
	Spread float64 `json:"spread"`
	Bias   float64 `json:"bias"`            // mean of z, bounded at ±3 for each replica
	Center float64 `json:"mean_rank"`       // mean rank of the truth as a share: 1/2 if calibrated
	Curve  *Curve  `json:"curve,omitempty"` // of one law: see Excess
}

// Curve is the share of the truth whose rank among the guided rows, as a share, is at most
// X, less X.
type Curve struct {
	X []float64 `json:"x"`
	Y []float64 `json:"y"`
}

// Variable is what is ranked: a column of numbers, -Inf standing for a missing one, or of
// Levels by their index.
type Variable struct {
	Name   string
	Levels bool
}

// IntervalLevels are the probabilities of the central intervals whose coverage is reported.
func IntervalLevels() []float64 { return []float64{0.5, 0.8, 0.9, 0.95} }

const rankBins = 10

// Ranks ranks row i of truth, n×d, among the rows i·per … (i+1)·per-1 of draws, column
// by column. per must be at least 9. Ties are broken at random, by a stream of their own.
//
// P is twice the smaller of two p-values, at most 1: of χ² over ten bins, and of the
// binomial law for the number of ranks within the central interval of 90 %, which sees
// draws that are too narrow or too wide. It panics on a size mismatch.
func Ranks(vars []Variable, truth, draws *mat.Dense, per int) []Column {
	return finished(PartRanks(vars, truth, draws, per, 0), per)
}

// finished are columns with all that follows from their ranks.
func finished(list []Column, per int) []Column {
	for j := range list {
		list[j].Finish(per)
	}
	return list
}

// PartRanks is Ranks for replicas first, first+1, … of more: columns that have Ranks and Z
// alone, for Join.
func PartRanks(vars []Variable, truth, draws *mat.Dense, per, first int) []Column {
	n, d := truth.Dims()
	if rows, cols := draws.Dims(); rows != n*per || cols != d || len(vars) != d || per < rankBins-1 {
		panic("calibration: size mismatch")
	}
	list := make([]Column, d)
	for j := range list {
		list[j] = newColumn(vars[j], truth, draws, per, j, first)
	}
	return list
}

// Numbers are the variables of columns of numbers.
func Numbers(names []string) []Variable {
	vars := make([]Variable, len(names))
	for j, name := range names {
		vars[j].Name = name
	}
	return vars
}

// newColumn ranks the truth of replicas from first on.
func newColumn(of Variable, truth, draws *mat.Dense, per, j, first int) Column {
	n, _ := truth.Dims()
	c := Column{Name: of.Name, Levels: of.Levels}
	v := make([]float64, per)
	key := stream.NewKey(0, "calibration/ties").At(uint64(j))
	src := stream.NewSource(key)
	for i := range n {
		for l := range v {
			v[l] = draws.At(i*per+l, j)
		}
		t := truth.At(i, j)
		src.Seek(key.At(uint64(first + i)))
		c.Ranks = append(c.Ranks, rank(v, t, src.Rand))
		if mean, sd := meanSD(v); !of.Levels && sd > 0 && !math.IsInf(t, 0) {
			c.Z = append(c.Z, (t-mean)/sd)
		}
	}
	return c
}

// Finish fills in what follows from the ranks and z of all replicas, of per draws each, and
// takes z away.
func (c *Column) Finish(per int) {
	n := len(c.Ranks)
	for _, r := range c.Ranks {
		c.Center += float64(r) / float64(per*n)
	}
	c.P = min(1, 2*min(uniformity(c.Ranks, per), centrality(c.Ranks, per)))
	z := c.Z
	c.Z = nil
	if c.Levels || len(z) == 0 {
		return
	}
	for _, v := range z {
		c.Bias += max(-3, min(3, v)) / float64(len(z))
	}
	c.Spread = medianDeviation(z) / normalDeviation
	for _, level := range IntervalLevels() {
		inside := 0
		for _, r := range c.Ranks {
			if within(r, per, level) {
				inside++
			}
		}
		c.Cover = append(c.Cover, float64(inside)/float64(n))
	}
}

const normalDeviation = 0.6744897501960817 // median |z| of a standard normal law

// within tells whether a rank among so many draws is inside of a central interval.
func within(r, draws int, level float64) bool {
	tail, u := (1-level)/2, (float64(r)+0.5)/float64(draws+1)
	return u >= tail && u <= 1-tail
}

// rank is the number of draws below t, of those that equal t a random number.
func rank(draws []float64, t float64, rng *rand.Rand) int {
	r, ties := 0, 0
	for _, v := range draws {
		switch {
		case v < t:
			r++
		case v == t:
			ties++
		}
	}
	if ties > 0 {
		r += rng.IntN(ties + 1)
	}
	return r
}

// meanSD returns the mean and the standard deviation, of n-1, of the finite numbers.
func meanSD(v []float64) (mean, sd float64) {
	n := 0.0
	for _, x := range v {
		if !math.IsInf(x, 0) {
			n++
			mean += x
		}
	}
	mean /= max(n, 1)
	for _, x := range v {
		if !math.IsInf(x, 0) {
			sd += (x - mean) * (x - mean) / max(n-1, 1)
		}
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

// centrality is the two-sided p-value of the number of ranks within the central interval
// of 90 %, by the binomial law.
func centrality(ranks []int, draws int) float64 {
	p, inside := 0.0, 0
	for r := range draws + 1 {
		if within(r, draws, 0.9) {
			p += 1 / float64(draws+1)
		}
	}
	for _, r := range ranks {
		if within(r, draws, 0.9) {
			inside++
		}
	}
	if p > 1-1e-9 { // few draws
		return 1
	}
	upto := distuv.Binomial{N: float64(len(ranks)), P: p}
	above := 1.0
	if inside > 0 {
		above = 1 - upto.CDF(float64(inside-1))
	}
	return min(1, 2*min(upto.CDF(float64(inside)), max(above, 1e-16)))
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
// y[r] is the share of ranks up to r less x[r] = (r+1)/(draws+1). Of one law it is the
// Curve.
func (c Column) Excess(draws int) (x, y []float64) {
	if c.Curve != nil {
		return c.Curve.X, c.Curve.Y
	}
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
