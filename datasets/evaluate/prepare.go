package evaluate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

func prepare(ctx context.Context, t *Tables, o *Options) (*evaluation, error) {
	e := &evaluation{ctx: ctx, report: &Report{}}
	if o != nil {
		e.o = *o
	}
	if e.o.DetectionRows == 0 {
		e.o.DetectionRows = 50_000
	}
	if e.o.NeighborRows == 0 {
		e.o.NeighborRows = 5000
	}
	if e.o.DetectionRows < 0 || e.o.NeighborRows < 0 || e.o.Workers < 0 {
		panic("evaluate: a negative option")
	}
	if t.Real.Metadata() != t.Synthetic.Metadata() || t.Holdout != nil && t.Holdout.Metadata() != t.Real.Metadata() {
		panic("evaluate: tables of different metadata")
	}
	switch {
	case t.Real.Rows() < 12:
		return nil, fmt.Errorf("the real table has %s; give at least 12", count(t.Real.Rows(), "row"))
	case t.Synthetic.Rows() < 2:
		return nil, fmt.Errorf("the synthetic table has %s; give at least 2, better as many as there are real ones", count(t.Synthetic.Rows(), "row"))
	case t.Holdout != nil && t.Holdout.Rows() < 2:
		return nil, fmt.Errorf("the held-out table has %s; give at least 2", count(t.Holdout.Rows(), "row"))
	}
	e.all = newFrame(t.Real)
	e.realA, e.realB = halves(e.all, e.o.Seed)
	e.train, e.hold, e.blind = e.realA, e.realB, true
	r := e.report
	if err := finite(e.all, newFrame(t.Synthetic)); err != nil {
		return nil, err
	}
	if t.Holdout != nil {
		e.train, e.hold, e.blind = e.all, newFrame(t.Holdout), false
		if err := finite(e.all, e.hold); err != nil {
			return nil, err
		}
		e.realA, e.realB = e.train, e.hold
		r.HoldoutRows = e.hold.n
		r.HoldoutInTrain, e.chance = overlap(e.train, e.hold, e.o.Seed)
	}
	r.Seed, r.RealRows, r.SyntheticRows, r.ModeledColumns = e.o.Seed, e.all.n, t.Synthetic.Rows(), len(e.all.cols)
	r.Notes, r.Verbatim = slices.Clone(t.Notes), t.Verbatim
	e.mostRows = max(e.all.n, r.HoldoutRows, r.SyntheticRows)
	e.describe(t.Real.Metadata())
	return e, e.chooseTarget(t.Real.Metadata())
}

func (e *evaluation) describe(m *datasets.Metadata) {
	note := func(format string, args ...any) {
		e.report.Notes = append(e.report.Notes, fmt.Sprintf(format, args...))
	}
	var left []string
	for j := range m.Columns {
		if f := &m.Columns[j]; !f.Modeled() {
			left = append(left, fmt.Sprintf("%q (%s)", f.Name, f.Type))
		}
	}
	if len(left) > 0 {
		note("Columns that are not compared: %s.", suggest.Join(left, 20))
	}
	if e.blind {
		note("No held-out rows were given. Prediction is trained on one half of the real rows and tested on the other, and real rows stand against real rows by halves; " +
			"whether synthetic rows are closer to the training rows than to others cannot be told, because the model may have seen both halves, and a table of copies predicts too well. Give held-out rows for that.")
	}
	if min(e.all.n, e.report.SyntheticRows) > e.o.DetectionRows {
		note("Detection uses %d rows of each kind, and prediction trains on as many, drawn at random.", e.o.DetectionRows)
	}
	if min(e.all.n, e.report.SyntheticRows) > e.o.NeighborRows {
		note("The logistic detection uses at most %d rows of each kind.", e.o.NeighborRows)
	}
	if max(e.all.n, e.hold.n, e.report.SyntheticRows) > e.o.NeighborRows {
		note("Coverage and distances to the closest record are taken between at most %d rows of each table, drawn at random.", e.o.NeighborRows)
	}
	if e.mostRows > exactRows {
		note("W1 is sliced in all of this report, since a table has more than %d rows: it is smaller than exact transport, and only to be compared with other sliced ones.", exactRows)
	}
}

// beyond bounds the numbers of a column, and their range: squares and sums of squares of
// what is between stay within a float64.
const beyond = 1e140

// finite errs when a column of real rows, or the same one of others, has numbers too large or
// too close to each other for distances and squares in a float64.
func finite(real, others *frame) error {
	for j := range real.cols {
		c := &real.cols[j]
		if c.category() {
			continue
		}
		lo, hi := extent(c.num)
		low, high := extent(others.cols[j].num)
		size := max(math.Abs(lo), math.Abs(hi))
		if lo > hi { // no number at all
			size = 0
		}
		if low <= high {
			size = max(size, math.Abs(low), math.Abs(high))
		}
		if width := hi - lo; size > beyond || width > 0 && width < 1/beyond {
			return fmt.Errorf("column %s: its spread is beyond a float64: numbers up to %.3g, real ones in a range of %.3g; rescale the column", suggest.Quote(c.name), size, width)
		}
	}
	return nil
}
