package evaluate

import (
	"math"

	"tweedie/internal/parallel"
)

// PairScore compares how two columns go together in two tables.
type PairScore struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Score Number `json:"score"` // 1 when they go together alike
	// Strength on the real rows: |ρ| of two numbers, Cramér's V otherwise.
	Strength float64 `json:"strength"`
	Strong   bool    `json:"strong"`
}

// Limits beyond which a pair is strong, as in SDMetrics since version 0.27.
const (
	strongCorrelation = 0.5
	strongCramer      = 0.3
	trendBins         = 10
)

// trends scores every pair of columns (SDMetrics, Column Pair Trends):
//
//	two numbers      1 - |ρ_real - ρ_synthetic| / 2, Pearson's correlation over
//	                 the rows that have both; that of a constant is 0
//	otherwise        1 - ½ Σ_kl |p_kl - q_kl|, the complement of the total
//	                 variation of the tables of counts
//
// In a mixed pair the numbers are cut into 10 bins of equal width over the
// range of the real rows, to which synthetic numbers are clipped (with bins of
// their own range, as in SDMetrics, one outlier would move every bin). Missing
// is a level, and a bin. Columns that are constant in the real rows are left
// out.
func trends(real, synthetic *frame, workers int) []PairScore {
	a, b := binned(real, synthetic)
	var pairs [][2]int
	for j := range real.cols {
		for k := range j {
			if !constant(&real.cols[j], a[j].codes) && !constant(&real.cols[k], a[k].codes) {
				pairs = append(pairs, [2]int{k, j})
			}
		}
	}
	out := make([]PairScore, len(pairs))
	parallel.For(workers, len(out), func(i int) {
		j, k := pairs[i][0], pairs[i][1]
		p := PairScore{A: real.cols[j].name, B: real.cols[k].name}
		if !real.cols[j].category() && !real.cols[k].category() {
			rho := correlation(real.cols[j].num, real.cols[k].num)
			p.Strength, p.Strong = math.Abs(rho), math.Abs(rho) > strongCorrelation
			p.Score = Number(1 - math.Abs(rho-correlation(synthetic.cols[j].num, synthetic.cols[k].num))/2)
		} else {
			x := joint(a[j], a[k])
			p.Strength = cramer(a[j], a[k])
			p.Strong = p.Strength > strongCramer
			p.Score = Number(1 - totalVariation(x, joint(b[j], b[k]), a[j].levels*a[k].levels))
		}
		out[i] = p
	})
	return out
}

// coded is a column as codes below levels, the last of them missing.
type coded struct {
	codes  []int
	levels int
}

func binned(real, synthetic *frame) (a, b []coded) {
	a, b = make([]coded, len(real.cols)), make([]coded, len(real.cols))
	for j := range real.cols {
		r, s := &real.cols[j], &synthetic.cols[j]
		if r.category() {
			a[j], b[j] = coded{r.level, len(r.names) + 1}, coded{s.level, len(r.names) + 1}
			continue
		}
		lo, hi := extent(r.num)
		a[j], b[j] = bins(r.num, lo, hi), bins(s.num, lo, hi)
	}
	return a, b
}

func extent(x []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}

func bins(x []float64, lo, hi float64) coded {
	codes := make([]int, len(x))
	for i, v := range x {
		switch {
		case math.IsNaN(v):
			codes[i] = trendBins
		case v > lo && hi > lo:
			codes[i] = min(trendBins-1, int((min(v, hi)-lo)/(hi-lo)*trendBins))
		}
	}
	return coded{codes, trendBins + 1}
}

func constant(c *column, codes []int) bool {
	if !c.category() {
		lo, hi := extent(c.num)
		if lo < hi {
			return false
		}
	}
	for _, k := range codes {
		if k != codes[0] {
			return false
		}
	}
	return true
}

func joint(x, y coded) []int {
	out := make([]int, len(x.codes))
	for i := range out {
		out[i] = x.codes[i]*y.levels + y.codes[i]
	}
	return out
}

// correlation returns Pearson's over rows with both numbers, 0 when one does not vary.
func correlation(x, y []float64) float64 {
	n, mx, my := 0.0, 0.0, 0.0
	for i := range x {
		if d := x[i] + y[i]; d == d {
			n++
			mx += x[i]
			my += y[i]
		}
	}
	mx, my = mx/n, my/n
	var xx, yy, xy float64
	for i := range x {
		if d := x[i] + y[i]; d == d {
			a, b := x[i]-mx, y[i]-my
			xx += a * a
			yy += b * b
			xy += a * b
		}
	}
	// What is left of a constant is rounding error.
	if !(xx > 1e-20*n*mx*mx) || !(yy > 1e-20*n*my*my) {
		return 0
	}
	return min(1, max(-1, xy/(math.Sqrt(xx)*math.Sqrt(yy))))
}

// cramer returns Cramér's V of the levels that occur, √(χ²/n / (min(r, c) - 1)).
func cramer(x, y coded) float64 {
	p, q := make([]float64, x.levels), make([]float64, y.levels)
	r, c := 0, 0 // levels that occur
	for i := range x.codes {
		a, b := x.codes[i], y.codes[i]
		if p[a]++; p[a] == 1 {
			r++
		}
		if q[b]++; q[b] == 1 {
			c++
		}
	}
	if min(r, c) < 2 {
		return 0
	}
	// Σ o²/(p q) over the cells, as a sum over the rows in their order.
	codes, pairs := dense(joint(x, y), x.levels*y.levels)
	counts := make([]float64, pairs)
	for _, k := range codes {
		counts[k]++
	}
	sum := 0.0
	for i, k := range codes {
		sum += counts[k] / (p[x.codes[i]] * q[y.codes[i]])
	}
	return math.Sqrt(max(0, sum-1) / float64(min(r, c)-1))
}
