package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tweedie/datasets"
	"tweedie/internal/report"
)

// drawn is what a page shows beside the scores. It is not part of a report's JSON.
type drawn struct {
	marginals []report.Panel // in the order of Report.Columns
	heats     []report.Panel // real, synthetic, difference; none of less than two columns
	pairs     []report.Panel // two for each of the worst pairs: real, synthetic
	missing   *report.Panel  // nil when no cell is
	distances []report.Panel
}

// Sizes of what is drawn.
const (
	histogramBins = 24
	drawnLevels   = 8
	drawnPairs    = 6
	drawnPoints   = 300
	drawnMissing  = 40
)

// draw makes the drawings of a report whose scores are there.
func (e *evaluation) draw(real *datasets.Cells, synthetic *frame) *drawn {
	d := &drawn{distances: distances(e.report.Synthetic.Privacy)}
	ends := func(c *column) (lo, hi float64, low, high string) { return span(real, c) }
	for _, s := range e.report.Columns {
		j := e.all.find(s.Name)
		d.marginals = append(d.marginals, marginal(s, &e.all.cols[j], &synthetic.cols[j], ends))
	}
	d.missing = missingness(e.report.Columns)
	d.heats = associations(e.all, synthetic)
	a, b := e.all.atMost(drawnPoints, e.o.Seed, "drawn real"), synthetic.atMost(drawnPoints, e.o.Seed, "drawn synthetic")
	for _, p := range e.report.Pairs[:min(drawnPairs, len(e.report.Pairs))] {
		d.pairs = append(d.pairs, pairPanels(p, a, b, e.all, ends)...)
	}
	return d
}

// span are the ends of the numbers of a column in the real rows, as numbers and as texts of
// the table.
func span(real *datasets.Cells, c *column) (lo, hi float64, low, high string) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i, v := range c.num {
		if v < lo {
			lo, low = v, string(real.AppendText(nil, i, c.field))
		}
		if v > hi {
			hi, high = v, string(real.AppendText(nil, i, c.field))
		}
	}
	if lo > hi {
		return 0, 1, "no number", ""
	}
	return lo, hi, rounded(low), rounded(high)
}

// rounded shortens the text of a number of many digits; others, as dates, stay.
func rounded(s string) string {
	if v, err := strconv.ParseFloat(s, 64); err == nil && len(s) > 8 {
		return strconv.FormatFloat(v, 'g', 5, 64)
	}
	return s
}

type endsOf func(c *column) (lo, hi float64, low, high string)

// marginal draws one column: the central 99 % of the real numbers in bins, or the levels that
// are most frequent in either table.
func marginal(s ColumnScore, real, synthetic *column, ends endsOf) report.Panel {
	p := report.Panel{Title: s.Name, Note: fmt.Sprintf("Score %s.", s.Score)}
	if real.category() {
		drawing, rest := levelShares(real, synthetic)
		if p.Drawing = drawing; rest > 0 {
			p.Note += fmt.Sprintf(" %s not drawn.", count(rest, "rarer level"))
		}
		return p
	}
	lo, hi, low, high := ends(real)
	sorted := present(real.num)
	if n := len(sorted); n > 200 { // a few numbers far out would leave all others one bin
		a, b := sorted[n/200], sorted[n-1-n/200]
		if wide := hi - lo; b > a && wide > 1.5*(b-a) {
			lo, hi = a, b
			low, high = fmt.Sprintf("%.4g", lo), fmt.Sprintf("%.4g", hi)
		}
	}
	first, out := histogram(real.num, lo, hi)
	second, far := histogram(synthetic.num, lo, hi)
	p.Drawing = report.Bins{Low: low, High: high, First: first, Second: second}
	if out+far > 0 {
		p.Note += fmt.Sprintf(" Beyond the axis: %s of the real and %s of the synthetic numbers.", share(out), share(far))
	}
	return p
}

func share(v float64) string {
	if v > 0 && v < 0.001 {
		return "under 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

// histogram are the shares of the numbers that are there in bins of equal width, and of
// those beyond.
func histogram(x []float64, lo, hi float64) (bins []float64, beyond float64) {
	bins = make([]float64, histogramBins)
	n := 0.0
	for _, v := range x {
		if math.IsNaN(v) {
			continue
		}
		n++
		switch {
		case v < lo || v > hi:
			beyond++
		case hi > lo:
			bins[min(histogramBins-1, int((v-lo)/(hi-lo)*histogramBins))]++
		default:
			bins[histogramBins/2]++
		}
	}
	for k := range bins {
		bins[k] /= max(1, n)
	}
	return bins, beyond / max(1, n)
}

// levelShares are those of the most frequent levels, missing cells included, and the number
// of those left out.
func levelShares(real, synthetic *column) (report.Levels, int) {
	a, b := frequencies(real), frequencies(synthetic)
	var order []int
	for k := range a {
		if a[k]+b[k] > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(max(a[k], b[k]), max(a[i], b[i])) })
	rest := max(0, len(order)-drawnLevels)
	var out report.Levels
	for _, k := range order[:len(order)-rest] {
		name := "(missing)"
		if k < len(real.names) {
			name = real.names[k]
		}
		out.Names, out.First, out.Second = append(out.Names, name), append(out.First, a[k]), append(out.Second, b[k])
	}
	return out, rest
}

func frequencies(c *column) []float64 {
	f := make([]float64, len(c.names)+1)
	for _, k := range c.level {
		f[k] += 1 / float64(len(c.level))
	}
	return f
}

// missingness draws the shares of missing cells of the columns that have some.
func missingness(columns []ColumnScore) *report.Panel {
	var d report.Levels
	rest := 0
	for _, c := range columns {
		if c.MissingReal+c.MissingSynthetic == 0 {
			continue
		}
		if len(d.Names) == drawnMissing {
			rest++
			continue
		}
		d.Names, d.First, d.Second = append(d.Names, c.Name), append(d.First, c.MissingReal), append(d.Second, c.MissingSynthetic)
	}
	if len(d.Names) == 0 {
		return nil
	}
	p := &report.Panel{Title: "Share of missing cells", Drawing: d}
	if rest > 0 {
		p.Note = fmt.Sprintf("%s with missing cells not drawn.", count(rest, "more column"))
	}
	return p
}

// distances draws how near synthetic rows are to real ones.
func distances(p *Privacy) []report.Panel {
	if p == nil || len(p.toTrain) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(slices.Concat(p.toTrain, p.toHoldout)))
	hi := sorted[len(sorted)-1-len(sorted)/100]
	train, out := histogram(p.toTrain, 0, hi)
	d := report.Bins{Low: "0", High: fmt.Sprintf("%.3g", hi), Second: train, First: make([]float64, histogramBins)}
	note := fmt.Sprintf("Beyond the axis: %s to training rows", share(out))
	if p.toHoldout != nil {
		d.First, out = histogram(p.toHoldout, 0, hi)
		note += fmt.Sprintf(", %s to held-out rows", share(out))
	}
	return []report.Panel{{Title: "Distance of a synthetic row to the nearest real one", Drawing: d, Note: note + "."}}
}
