package evaluate

import (
	"math"
	"slices"

	"tweedie/internal/parallel"
)

// ColumnScore compares one column of two tables.
type ColumnScore struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "number" or "category"
	// Score is KSComplement for numbers and dates, TVComplement for categories:
	// 1 when the two columns have the same distribution, 0 when they have
	// nothing in common.
	Score Number `json:"score"`
	// Shares of missing cells.
	MissingReal      float64 `json:"missing_real"`
	MissingSynthetic float64 `json:"missing_synthetic"`
}

// shapes scores every column by itself (SDMetrics, Column Shapes):
//
//	numbers, dates   1 - sup_v |F(v) - G(v)|, the complement of Kolmogorov and
//	                 Smirnov's statistic, over the cells that are not missing
//	categories       1 - ½ Σ_k |p_k - q_k|, the complement of the total
//	                 variation; missing is a level
//
// The score of a table is the mean over its columns. A column without a value
// in one table only scores 0.
func shapes(real, synthetic *frame, workers int) []ColumnScore {
	out := make([]ColumnScore, len(real.cols))
	parallel.For(workers, len(out), func(j int) {
		r, s := &real.cols[j], &synthetic.cols[j]
		c := ColumnScore{Name: r.name, Kind: "number", MissingReal: missingShare(r, real.n), MissingSynthetic: missingShare(s, synthetic.n)}
		if r.category() {
			c.Kind = "category"
			c.Score = Number(1 - totalVariation(r.level, s.level, len(r.names)+1))
		} else {
			c.Score = Number(1 - kolmogorovSmirnov(present(r.num), present(s.num)))
		}
		out[j] = c
	})
	return out
}

func missingShare(c *column, n int) float64 {
	count := 0
	for i := range n {
		if c.missing(i) {
			count++
		}
	}
	return float64(count) / float64(n)
}

func present(x []float64) []float64 {
	out := make([]float64, 0, len(x))
	for _, v := range x {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// kolmogorovSmirnov returns sup |F - G| of two samples in increasing order.
func kolmogorovSmirnov(x, y []float64) float64 {
	switch {
	case len(x) == 0 && len(y) == 0:
		return 0
	case len(x) == 0 || len(y) == 0:
		return 1
	}
	var i, j int
	sup := 0.0
	for i < len(x) && j < len(y) {
		v := min(x[i], y[j])
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
		sup = max(sup, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	return sup
}

// totalVariation returns ½ Σ_k |p_k - q_k| of codes below levels, in whole numbers up
// to the last division.
func totalVariation(x, y []int, levels int) float64 {
	codes, levels := dense(slices.Concat(x, y), levels)
	difference := make([]int, levels) // p_k - q_k, times the numbers of rows
	for i, k := range codes {
		if i < len(x) {
			difference[k] += len(y)
		} else {
			difference[k] -= len(x)
		}
	}
	sum := 0
	for _, d := range difference {
		sum += max(d, -d)
	}
	return float64(sum) / (2 * float64(len(x)) * float64(len(y)))
}

// dense numbers the codes that occur, if there are too many levels for a table of all
// of them.
func dense(codes []int, levels int) ([]int, int) {
	if levels <= 1<<20 {
		return codes, levels
	}
	number := map[int]int{}
	for i, k := range codes {
		if _, known := number[k]; !known {
			number[k] = len(number)
		}
		codes[i] = number[k]
	}
	return codes, len(number)
}
