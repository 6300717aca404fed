package evaluate

import (
	"fmt"
	"math"

	"tweedie/internal/report"
)

// associations draws how closely columns go together in the real rows, in the synthetic ones,
// and the difference: Pearson's correlation of two numbers, Cramér's V otherwise, as in
// trends. Columns that are constant in the real rows are left empty.
func associations(real, synthetic *frame) []report.Panel {
	d := len(real.cols)
	if d < 2 {
		return nil
	}
	x, y := binned(real, synthetic)
	var m [3][][]float64
	for k := range m {
		m[k] = make([][]float64, d)
		for j := range m[k] {
			m[k][j] = make([]float64, d)
			for i := range m[k][j] {
				m[k][j][i] = math.NaN()
			}
		}
	}
	names := make([]string, d)
	for j := range d {
		names[j] = real.cols[j].name
		for i := range j {
			if constant(&real.cols[i], x[i].codes) || constant(&real.cols[j], x[j].codes) {
				continue
			}
			a, b := association(real, x, i, j), association(synthetic, y, i, j)
			for k, v := range []float64{a, b, b - a} {
				m[k][i][j], m[k][j][i] = v, v
			}
		}
	}
	return []report.Panel{
		{Title: "Real rows", Drawing: report.Heat{Names: names, Values: m[0], Signed: true}},
		{Title: "Synthetic rows", Drawing: report.Heat{Names: names, Values: m[1], Signed: true}},
		{Title: "Synthetic less real", Drawing: report.Heat{Names: names, Values: m[2], Signed: true}},
	}
}

func association(f *frame, codes []coded, i, j int) float64 {
	if f.cols[i].category() || f.cols[j].category() {
		return cramer(codes[i], codes[j])
	}
	return correlation(f.cols[i].num, f.cols[j].num)
}

// pairPanels draws a pair of columns in both tables, on the axes of the real rows. Levels
// are spread out over their place.
func pairPanels(p PairScore, real, synthetic, all *frame, ends endsOf) []report.Panel {
	i, j := all.find(p.A), all.find(p.B)
	x, xlow, xhigh := axis(&all.cols[i], math.Phi, ends)
	y, ylow, yhigh := axis(&all.cols[j], math.Sqrt2, ends)
	panel := func(f *frame, name, score string, second bool) report.Panel {
		d := report.Dots{X: p.A, Y: p.B, XLow: xlow, XHigh: xhigh, YLow: ylow, YHigh: yhigh, Second: second}
		missing, out := 0, 0
		for r := range f.n {
			if f.cols[i].missing(r) || f.cols[j].missing(r) {
				missing++
				continue
			}
			u, v := x(&f.cols[i], r), y(&f.cols[j], r)
			if !(u >= 0 && u <= 1 && v >= 0 && v <= 1) {
				out++
				continue
			}
			d.Points = append(d.Points, [2]float64{u, v})
		}
		note := score + fmt.Sprintf("%s.", count(len(d.Points), "row"))
		if missing > 0 {
			note += fmt.Sprintf(" %s with a missing cell not drawn.", count(missing, "row"))
		}
		if out > 0 {
			note += fmt.Sprintf(" %s beyond the axes not drawn.", count(out, "row"))
		}
		return report.Panel{Title: fmt.Sprintf("%s: %s × %s", name, p.A, p.B), Note: note, Drawing: d}
	}
	return []report.Panel{panel(real, "Real", "", false), panel(synthetic, "Synthetic", fmt.Sprintf("Score %s. ", p.Score), true)}
}

// axis places the cells of a column on an axis, as shares of it. Levels have a place each,
// within which the multiples of an irrational number spread rows evenly.
func axis(c *column, irrational float64, ends endsOf) (place func(c *column, row int) float64, low, high string) {
	if n := len(c.names); c.category() {
		place = func(c *column, row int) float64 {
			_, spread := math.Modf(float64(row+1) * irrational)
			return (float64(c.level[row]) + 0.15 + 0.7*spread) / float64(n)
		}
		if n == 1 {
			return place, c.names[0], ""
		}
		return place, c.names[0], c.names[n-1]
	}
	lo, hi, low, high := ends(c)
	if hi == lo {
		hi = lo + 1
	}
	return func(c *column, row int) float64 { return (c.num[row] - lo) / (hi - lo) }, low, high
}
