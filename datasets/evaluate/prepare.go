package evaluate

import (
	"context"
	"fmt"
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
	if t.Holdout != nil {
		e.train, e.hold, e.blind = e.all, newFrame(t.Holdout), false
		e.realA, e.realB = e.train, e.hold
		r.HoldoutRows = e.hold.n
		r.HoldoutInTrain, e.chance = overlap(e.train, e.hold, e.o.Seed)
	}
	r.Seed, r.RealRows, r.SyntheticRows, r.ModeledColumns = e.o.Seed, e.all.n, t.Synthetic.Rows(), len(e.all.cols)
	r.Notes = slices.Clone(t.Notes)
	e.describe(t.Real.Metadata())
	return e, e.findTarget(t.Real.Metadata())
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
	if e.all.n > exactRows || e.report.SyntheticRows > exactRows {
		note("W1 is sliced where a table has more than %d rows: it is smaller than exact transport, and only to be compared with other sliced ones.", exactRows)
	}
}

func (e *evaluation) findTarget(m *datasets.Metadata) error {
	name := e.o.Target
	if name == "" {
		e.target = len(e.all.cols) - 1
	} else if e.target = e.all.find(name); e.target < 0 {
		if f := m.Field(name); f != nil {
			return fmt.Errorf("column %s is %s and cannot be the target; name another one", suggest.Quote(name), f.Type)
		}
		var names []string
		for j := range e.all.cols {
			names = append(names, e.all.cols[j].name)
		}
		return fmt.Errorf("no column %s to predict; %s", suggest.Quote(name), suggest.Hint(name, names))
	}
	c := &e.all.cols[e.target]
	if c.category() && len(c.names) > maxClasses {
		if name != "" {
			return fmt.Errorf("column %s has %d levels, more than %d, and cannot be the target; name another one", suggest.Quote(name), len(c.names), maxClasses)
		}
		e.report.Notes = append(e.report.Notes, fmt.Sprintf("Nothing is predicted: the last column, %q, has %d levels. Name another one with --target.", c.name, len(c.names)))
		e.target = -1
	}
	return nil
}
