package imputation

import (
	"fmt"
	"math"

	"tweedie/internal/stream"
)

// probabilities returns p[k][i], the probability that row i of column open[k] is masked,
// increased by the expected share of cells that are restored since a row keeps one.
func probabilities(f *frame, o MaskingPlan, open []int) ([][]float64, error) {
	known := 0
	p := make([][]float64, len(open))
	z := make([][]float64, len(open))
	predictor := f.combination(o, open)
	for k, j := range open {
		p[k] = make([]float64, f.rows)
		switch o.Mechanism {
		case MAR:
			z[k] = predictor(f.columns[j])
		case MNAR:
			z[k] = f.standardized(o.Seed, j)
		}
		for _, v := range f.x[j] {
			if !math.IsNaN(v) {
				known++
			}
		}
	}
	if known == 0 {
		return nil, fmt.Errorf("imputation: no cell is open to hiding; name fewer columns to keep, or give more columns with known cells")
	}
	share := o.Share
	for range 500 {
		for k, j := range open {
			solve(p[k], f.x[j], z[k], o.Slope, share)
		}
		back := f.expectedRestored(p, open) / float64(known)
		next := o.Share + back
		if math.Abs(next-share) < 1e-12 {
			return p, nil
		}
		if share = next; share >= 1 {
			break
		}
	}
	return nil, fmt.Errorf("imputation: share %g of cells cannot be hidden when each of %d rows keeps one; lower it", o.Share, f.rows)
}

// expectedRestored is the expected number of cells that a row keeps as its last known one:
// Σ_i Π_k p[k][i] over rows that have known cells in open columns only.
func (f *frame) expectedRestored(p [][]float64, open []int) float64 {
	var sum float64
	kept := f.except(open)
	for i := range f.rows {
		if f.anyKnown(kept, i) || !f.anyKnown(open, i) {
			continue
		}
		all := 1.0
		for k, j := range open {
			if !math.IsNaN(f.x[j][i]) {
				all *= p[k][i]
			}
		}
		sum += all
	}
	return sum
}

// solve stores p[i] = 1/(1 + exp(-a - slope z[i])), with a such that their mean over the
// known cells of x is share; nil z is 0.
func solve(p, x, z []float64, slope, share float64) {
	if z == nil {
		for i := range p {
			p[i] = share
		}
		return
	}
	reach := 40.0
	for _, v := range z {
		reach = max(reach, 40+math.Abs(slope*v))
	}
	low, high := -reach, reach
	for range 100 {
		a := (low + high) / 2
		var sum float64
		n := 0
		for i, v := range x {
			if !math.IsNaN(v) {
				sum += logistic(a + slope*z[i])
				n++
			}
		}
		if n == 0 {
			break
		}
		if sum < share*float64(n) {
			low = a
		} else {
			high = a
		}
		if high-low < 1e-13*reach {
			break
		}
	}
	for i := range p {
		p[i] = logistic((low+high)/2 + slope*z[i])
	}
}

func logistic(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// combination returns the predictor of MAR for each masked column: a standard normal
// combination of the standardized columns that are kept, missing cells being 0.
func (f *frame) combination(o MaskingPlan, open []int) func(column int) []float64 {
	if o.Mechanism != MAR {
		return nil
	}
	var kept [][]float64
	for _, k := range f.except(open) {
		kept = append(kept, f.standardized(o.Seed, k))
	}
	return func(column int) []float64 {
		r := stream.New(o.Seed, "gaps/weights", uint64(column))
		sum := make([]float64, f.rows)
		for _, z := range kept {
			w := r.NormFloat64()
			for i, v := range z {
				sum[i] += w * v
			}
		}
		return standardize(sum)
	}
}

// standardized returns column k with mean 0 and variance 1 over known cells, 0 where
// missing. Levels are standard normal numbers first.
func (f *frame) standardized(seed uint64, k int) []float64 {
	z := make([]float64, f.rows)
	score := make([]float64, f.levels[k])
	r := stream.New(seed, "gaps/levels", uint64(f.columns[k]))
	for l := range score {
		score[l] = r.NormFloat64()
	}
	for i, v := range f.x[k] {
		if z[i] = v; !math.IsNaN(v) && len(score) > 0 {
			z[i] = score[int(v)]
		}
	}
	return standardize(z)
}

// standardize moves z to mean 0 and variance 1, in place; NaN and constants become 0.
func standardize(z []float64) []float64 {
	m, s := moments(z)
	for i, v := range z {
		if math.IsNaN(v) || s == 0 {
			z[i] = 0
			continue
		}
		z[i] = (v - m) / s
	}
	return z
}

func moments(z []float64) (mean, std float64) {
	n, square := 0, 0.0
	for _, v := range z {
		if math.IsNaN(v) {
			continue
		}
		n++
		d := v - mean
		mean += d / float64(n)
		square += d * (v - mean)
	}
	if n == 0 {
		return 0, 0
	}
	return mean, math.Sqrt(square / float64(n))
}
