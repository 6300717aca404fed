package calibration

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// EffectiveRows is Kish's (Σw)²/Σw²: as many rows that count alike tell as much.
func EffectiveRows(weights []float64) float64 {
	var sum, square float64
	for _, w := range weights {
		sum, square = sum+w, square+w*w
	}
	if square == 0 {
		return 0
	}
	return sum * sum / square
}

// Compare compares guided rows with one law, of which truth, n×d, are rows with weights,
// column by column. n1 and n2 are the numbers of independent rows of the truth and of the
// guided ones: 0 for EffectiveRows of the weights, and for all.
//
// P is that of two samples: by Kolmogorov and Smirnov for numbers, with the corrections of
// Stephens 1970,
//
//	D = sup |F - G|,   P = Q((√n + .12 + .11/√n) D),   Q(λ) = 2 Σ_k (-1)^{k-1} e^{-2k²λ²},
//
// n = n₁n₂/(n₁+n₂); and by χ² for levels, those of fewer than five rows together. It
// panics on a size mismatch.
func Compare(vars []Variable, truth *mat.Dense, weights []float64, rows *mat.Dense, n1, n2 float64) []Column {
	n, d := truth.Dims()
	m, cols := rows.Dims()
	if cols != d || len(vars) != d || len(weights) != n {
		panic("calibration: size mismatch")
	}
	n1, n2 = cmp.Or(n1, EffectiveRows(weights)), cmp.Or(n2, float64(m))
	list := make([]Column, d)
	for j, v := range vars {
		a, b := weighted{mat.Col(nil, j, truth), weights}, weighted{mat.Col(nil, j, rows), nil}
		if v.Levels {
			list[j] = Column{Name: v.Name, Levels: true, Center: 0.5, P: sameLevels(a, b, n1, n2), Curve: curveOf(b, a)}
			continue
		}
		list[j] = compareNumbers(v, a, b, n1*n2/(n1+n2))
	}
	return list
}

// weighted are numbers with weights, nil for equal ones.
type weighted struct{ v, w []float64 }

func (s weighted) weight(i int) float64 {
	if s.w == nil {
		return 1
	}
	return s.w[i]
}

func compareNumbers(of Variable, truth, rows weighted, n float64) Column {
	below, upto := rows.ranksOf(truth)
	c := Column{Name: of.Name, P: kolmogorov(distance(truth, rows), n), Curve: curveOf(rows, truth)}
	total := 0.0
	for i := range truth.v {
		total += truth.weight(i)
	}
	c.Cover = make([]float64, len(IntervalLevels()))
	mean, sd := meanSD(rows.v)
	for i, v := range truth.v {
		w, r := truth.weight(i)/total, (below[i]+upto[i])/2
		c.Center += w * r
		for k, level := range IntervalLevels() {
			if tail := (1 - level) / 2; r >= tail && r <= 1-tail {
				c.Cover[k] += w
			}
		}
		if sd > 0 && !math.IsInf(v, 0) {
			c.Bias += w * max(-3, min(3, (v-mean)/sd))
		}
	}
	if d := rows.deviation(); d > 0 {
		c.Spread = truth.deviation() / d
	}
	return c
}

// ranksOf are the shares of s that are below the numbers of t, and at most these.
func (s weighted) ranksOf(t weighted) (below, upto []float64) {
	sorted, n := slices.Sorted(slices.Values(s.v)), float64(len(s.v))
	for _, v := range t.v {
		lo, _ := slices.BinarySearch(sorted, v)
		hi, _ := slices.BinarySearch(sorted, math.Nextafter(v, math.Inf(1)))
		below, upto = append(below, float64(lo)/n), append(upto, float64(hi)/n)
	}
	return below, upto
}

// curvePoints of a Curve.
const curvePoints = 100

// curveOf is the curve of the truth among rows. A number of the truth that equals rows
// counts in equal parts from the share below it to that of the rows up to it, as if ties
// were broken at random.
func curveOf(rows, truth weighted) *Curve {
	c, total := &Curve{make([]float64, curvePoints), make([]float64, curvePoints)}, 0.0
	for k := range c.X {
		c.X[k] = float64(k+1) / curvePoints
	}
	below, upto := rows.ranksOf(truth)
	for i := range below {
		w := truth.weight(i)
		total += w
		for k, x := range c.X {
			switch {
			case upto[i] <= x:
				c.Y[k] += w
			case below[i] < x:
				c.Y[k] += w * (x - below[i]) / (upto[i] - below[i])
			}
		}
	}
	for k, x := range c.X {
		c.Y[k] = c.Y[k]/total - x
	}
	return c
}

// order are the indices of s, smallest number first, and the sum of the weights.
func (s weighted) order() (at []int, total float64) {
	at = make([]int, len(s.v))
	for i := range at {
		at[i] = i
		total += s.weight(i)
	}
	slices.SortFunc(at, func(i, k int) int { return cmp.Compare(s.v[i], s.v[k]) })
	return at, total
}

// distance is the largest difference of the distribution functions.
func distance(a, b weighted) float64 {
	ia, ta := a.order()
	ib, tb := b.order()
	var f, g, most float64
	for len(ia) > 0 || len(ib) > 0 {
		at := math.Inf(1)
		if len(ia) > 0 {
			at = a.v[ia[0]]
		}
		if len(ib) > 0 {
			at = math.Min(at, b.v[ib[0]])
		}
		for ; len(ia) > 0 && a.v[ia[0]] <= at; ia = ia[1:] {
			f += a.weight(ia[0]) / ta
		}
		for ; len(ib) > 0 && b.v[ib[0]] <= at; ib = ib[1:] {
			g += b.weight(ib[0]) / tb
		}
		most = math.Max(most, math.Abs(f-g))
	}
	return most
}

// deviation is the weighted median of the distance from the weighted median, of the
// finite numbers.
func (s weighted) deviation() float64 {
	var f weighted
	for i, v := range s.v {
		if !math.IsInf(v, 0) {
			f.v, f.w = append(f.v, v), append(f.w, s.weight(i))
		}
	}
	if len(f.v) == 0 {
		return 0
	}
	m := f.median()
	for i, v := range f.v {
		f.v[i] = math.Abs(v - m)
	}
	return f.median()
}

func (s weighted) median() float64 {
	at, total := s.order()
	sum := 0.0
	for _, i := range at {
		if sum += s.weight(i); sum >= total/2 {
			return s.v[i]
		}
	}
	return s.v[at[len(at)-1]]
}

// kolmogorov is the p-value of a distance D at n rows.
func kolmogorov(d, n float64) float64 {
	root := math.Sqrt(n)
	l := (root + 0.12 + 0.11/root) * d
	if l < 0.2 {
		return 1
	}
	p, sign := 0.0, 1.0
	for k := 1.0; k < 100; k++ {
		p += 2 * sign * math.Exp(-2*k*k*l*l)
		sign = -sign
	}
	return max(0, min(1, p))
}

// sameLevels is the p-value of χ² for two samples of levels.
func sameLevels(a, b weighted, n1, n2 float64) float64 {
	shares := map[float64][2]float64{}
	for k, s := range []weighted{a, b} {
		_, total := s.order()
		for i, v := range s.v {
			p := shares[v]
			p[k] += s.weight(i) / total
			shares[v] = p
		}
	}
	var rest [2]float64
	n, chi, bins := n1*n2/(n1+n2), 0.0, 0.0
	add := func(p [2]float64) {
		if pooled := (n1*p[0] + n2*p[1]) / (n1 + n2); pooled > 0 {
			chi += n * (p[0] - p[1]) * (p[0] - p[1]) / pooled
			bins++
		}
	}
	levels := make([]float64, 0, len(shares))
	for v := range shares {
		levels = append(levels, v)
	}
	slices.Sort(levels) // sums of floats in one order
	for _, v := range levels {
		p := shares[v]
		if math.Min(n1, n2)*(n1*p[0]+n2*p[1])/(n1+n2) < 5 {
			rest[0], rest[1] = rest[0]+p[0], rest[1]+p[1]
			continue
		}
		add(p)
	}
	if add(rest); bins < 2 {
		return 1
	}
	return distuv.ChiSquared{K: bins - 1}.Survival(chi)
}
