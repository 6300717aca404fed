package evaluate

import (
	"encoding/binary"
	"math"
	"slices"
)

// Privacy says whether synthetic rows are too close to the training rows.
type Privacy struct {
	// Closer is the share of synthetic rows that are closer to the training
	// rows than to as many held-out rows, ties counting one half: 0.5 when the
	// training rows are no closer than rows the model never saw. Of n training
	// and m < n held-out rows, copies raise it to ½ + m/2n only.
	Closer Number `json:"closer_to_train"`
	// Rows that were compared: of the synthetic table, and of each of the
	// training and the held-out table.
	Rows    int `json:"rows"`
	Against int `json:"against"`
	// Median distances of those rows to the closest record.
	MedianTrain   Number `json:"median_distance_to_train"`
	MedianHoldout Number `json:"median_distance_to_holdout"`
	// Memorized estimates the share of synthetic rows that are training rows,
	// exactly or nearly: (p - p₀)/(1 - p₀), p being the share closer to all n
	// training rows than to all m held-out ones, p₀ = n/(n + m), cut to [0, 1].
	// It stands beside its standard error.
	Memorized      Number `json:"memorised"`
	MemorizedError Number `json:"memorised_error"`
	// Copies is the number of synthetic rows that equal a training row in all
	// columns; CopiesExpected the number among as many held-out rows, which is
	// what chance gives.
	Copies         int    `json:"copies"`
	CopiesShare    Number `json:"copies_share"`
	CopiesExpected Number `json:"copies_expected"`

	toTrain, toHoldout []float64 // distances to the closest record, for figures
}

// Limits of the rows that are compared, each with each.
const (
	memorySynthetic = 3000
	memoryReal      = 50_000
)

// privacy measures distances to the closest record in the scale of g (Zhang et al. 2024,
// arXiv:2310.09656, appendix), in equal numbers of at most limit training and held-out rows.
func privacy(g *gower, train, holdout, synthetic *frame, limit int, seed uint64, workers int) Privacy {
	size := min(train.n, holdout.n, limit)
	a, b := train.atMost(size, seed, "closest train"), holdout.atMost(size, seed, "closest holdout")
	s := synthetic.atMost(limit, seed, "closest synthetic")
	x, y := closest(g, s, a, workers), closest(g, s, b, workers)
	out := Privacy{Closer: Number(closerShare(x, y)), Rows: s.n, Against: size, MedianTrain: Number(median(x)), MedianHoldout: Number(median(y)), toTrain: x, toHoldout: y}

	a, b = train.atMost(memoryReal, seed, "memory train"), holdout.atMost(memoryReal, seed, "memory holdout")
	s = synthetic.atMost(memorySynthetic, seed, "memory synthetic")
	p := closerShare(closest(g, s, a, workers), closest(g, s, b, workers))
	out.Memorized, out.MemorizedError = memorizedShare(p, a.n, b.n, train.n, s.n)
	out.copies(train, holdout, synthetic)
	return out
}

// memorizedShare is Privacy.Memorized, and its error, of a share p of rows closer to n training
// rows, of all that there are, than to m held-out ones.
func memorizedShare(p float64, n, m, all, rows int) (share, err Number) {
	p0 := float64(n) / float64(n+m)
	seen := float64(n) / float64(all) // only those that are looked at can be seen to be copied
	share = Number(min(1, max(0, (p-p0)/(1-p0)/seen)))
	return share, Number(math.Sqrt(max(p*(1-p), p0*(1-p0))/float64(rows)) / (1 - p0) / seen)
}

// copies counts exact copies of rows of train; holdout says what chance gives.
func (p *Privacy) copies(train, holdout, synthetic *frame) {
	keys := rowKeys(train)
	known := make(map[string]bool, len(keys))
	for _, k := range keys {
		known[k] = true
	}
	p.Copies = countKnown(rowKeys(synthetic), known)
	p.CopiesShare = Number(float64(p.Copies) / float64(synthetic.n))
	p.CopiesExpected = Number(float64(countKnown(rowKeys(holdout), known)) / float64(holdout.n) * float64(synthetic.n))
}

// copiesOnly is privacy without held-out rows; a and b, halves of real, say what chance gives.
func copiesOnly(g *gower, real, a, b, synthetic *frame, limit int, seed uint64, workers int) *Privacy {
	out := &Privacy{Closer: none, MedianHoldout: none, Memorized: none, MemorizedError: none}
	s, t := synthetic.atMost(limit, seed, "closest synthetic"), real.atMost(limit, seed, "closest train")
	out.Rows, out.Against = s.n, t.n
	out.toTrain = closest(g, s, t, workers)
	out.MedianTrain = Number(median(out.toTrain))
	out.copies(real, b, synthetic)
	out.CopiesExpected = Number(chanceCopies(a, b) * float64(synthetic.n))
	return out
}

// chanceCopies estimates the share of new rows that equal a row of a or b, two halves of a
// table: twice the share of b in a, as long as that is small.
func chanceCopies(a, b *frame) float64 {
	return math.Min(1, 2*shareIn(b, a))
}

func shareIn(f, table *frame) float64 {
	var p Privacy
	p.copies(table, f, f)
	return float64(p.CopiesShare)
}

// overlap returns the number of rows of holdout in train, 0 when chance gives as many, and
// the share that chance gives.
func overlap(train, holdout *frame, seed uint64) (rows int, chance float64) {
	a, b := halves(train, seed)
	chance = chanceCopies(a, b)
	share, n := shareIn(holdout, train), float64(holdout.n)
	se := math.Sqrt(chance*(1-chance)*(1/n+4/float64(train.n))) + 1/n
	if share < chance+5*se+0.02 {
		return 0, chance
	}
	return int(math.Round(share * n)), chance
}

func closest(g *gower, from, to *frame, workers int) []float64 {
	d := make([]float64, from.n)
	nearest(d, g.apply(from), g.apply(to), workers)
	return d
}

// closerShare is the share of x below y; ties, up to rounding, count ½.
func closerShare(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		switch d := x[i] - y[i]; {
		case math.Abs(d) <= 1e-12*(x[i]+y[i]):
			s += 0.5
		case d < 0:
			s++
		}
	}
	return s / float64(len(x))
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// rowKeys returns a text for each row that only equal rows share.
func rowKeys(f *frame) []string {
	keys := make([]string, f.n)
	b := make([]byte, 0, 8*len(f.cols))
	for i := range keys {
		b = b[:0]
		for j := range f.cols {
			c := &f.cols[j]
			switch {
			case c.category():
				b = binary.LittleEndian.AppendUint32(b, uint32(c.level[i]))
			case c.missing(i):
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(math.NaN()))
			default:
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.num[i]+0)) // -0 is 0
			}
		}
		keys[i] = string(b)
	}
	return keys
}

func countKnown(keys []string, known map[string]bool) int {
	n := 0
	for _, k := range keys {
		if known[k] {
			n++
		}
	}
	return n
}
