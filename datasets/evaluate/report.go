package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Options says how to evaluate. The zero value, or nil, is the default.
type Options struct {
	// Target is the column that is predicted; "" means the last one that is
	// not constant and no identifier.
	Target string
	Seed   uint64
	// Workers is the number of goroutines; 0 means GOMAXPROCS. It changes no
	// bit of the result.
	Workers int
	// DetectionRows is the greatest number of rows of each kind that the
	// classifier sees, and that a predictor is trained on; 0 means 50,000. It changes the score: the more rows,
	// the more is told apart.
	DetectionRows int
	// NeighbourRows is the greatest number of rows of each table between which
	// distances are taken; 0 means 5,000.
	NeighbourRows int
	// Observe, when set, is called before each of the Stages; its error ends
	// the evaluation.
	Observe func(stage string) error
}

// Stages is the number of stages of an evaluation.
const Stages = 21

// Scores are all scores of one table against the real rows.
type Scores struct {
	Rows int `json:"rows"`
	// Shape is the mean ColumnScore, Trend the mean PairScore over all pairs
	// and TrendStrong over those that are strong in the real rows.
	Shape       Number `json:"shape"`
	Trend       Number `json:"trend"`
	TrendStrong Number `json:"trend_strong"`
	// MissingGap is the largest difference of a column's share of missing cells.
	MissingGap Number `json:"missing_gap"`
	// Detection is 1 when a gradient-boosted classifier cannot tell the rows
	// from real ones; Logistic the same by a logistic regression, which sees
	// next to nothing.
	Detection Number  `json:"detection"`
	Logistic  Number  `json:"detection_logistic"`
	Utility   Utility `json:"utility"`
	// Distances to the training rows and to the held-out rows.
	WassersteinTrain   Wasserstein `json:"wasserstein_train"`
	WassersteinHoldout Wasserstein `json:"wasserstein_holdout"`
	// Shares of training rows and of held-out rows that are covered.
	CoverageTrain   Coverage `json:"coverage_train"`
	CoverageHoldout Coverage `json:"coverage_holdout"`
	// Privacy is absent for real rows.
	Privacy *Privacy `json:"privacy,omitempty"`
}

// Report is an evaluation. Its JSON has null where a score does not exist.
type Report struct {
	Names struct {
		Real      string `json:"real"`
		Synthetic string `json:"synthetic"`
		Holdout   string `json:"holdout,omitempty"`
	} `json:"names"` // for the reader; Evaluate leaves them empty
	Seed          uint64 `json:"seed"`
	RealRows      int    `json:"real_rows"`
	SyntheticRows int    `json:"synthetic_rows"`
	HoldoutRows   int    `json:"holdout_rows"` // 0 when none were given
	// HoldoutInTrain is the number of held-out rows that are training rows too,
	// when that is more than chance gives: they are not held out then, and
	// what depends on it is null.
	HoldoutInTrain  int `json:"holdout_in_train"`
	ModelledColumns int `json:"columns_compared"`
	StrongPairs     int `json:"strong_pairs"`

	Synthetic Scores `json:"synthetic"`
	// Floors are what the scores are read against.
	Floors struct {
		Independent Scores `json:"independent_columns"`
		Copula      Scores `json:"gaussian_copula"`
		Mixture     Scores `json:"small_mixture"`
		// Real are other real rows: the held-out ones, or one half of the real
		// rows against the other. Its utility is that of training on real rows.
		Real Scores `json:"real"`
	} `json:"floors"`
	Columns []ColumnScore `json:"columns"` // worst first
	Pairs   []PairScore   `json:"pairs"`   // worst first
	// Findings say what the scores mean, Notes what was done to get them, one
	// sentence or two each.
	Findings []string `json:"findings"`
	Notes    []string `json:"notes"`
}

// evaluation is what Evaluate has at hand.
type evaluation struct {
	o            Options
	ctx          context.Context
	all          *frame  // real rows
	train, hold  *frame  // real rows and held-out rows, or halves of the real rows
	blind        bool    // there are no held-out rows
	chance       float64 // share of rows of the law that equal one of the real rows
	target       int     // column, -1 when nothing is predicted
	utilityReal  Utility
	report       *Report
	realA, realB *frame // real rows against real rows
}

// Evaluate scores t.Synthetic and the floors. All tables of t must have the
// same metadata, as those of Read do; it panics otherwise. It errs when
// there are too few rows (fewer than 12 real or 2 synthetic), when the target
// is not a column, when Observe does, and when ctx is done.
func Evaluate(ctx context.Context, t *Tables, o *Options) (*Report, error) {
	e, err := prepare(ctx, t, o)
	if err != nil {
		return nil, err
	}
	r := e.report
	if e.utilityReal, err = e.reference(); err != nil {
		return nil, err
	}
	synthetic := newFrame(t.Synthetic)
	if err := e.score("the synthetic table", &r.Synthetic, synthetic); err != nil {
		return nil, err
	}
	r.Columns, r.Pairs = shapes(e.all, synthetic, e.o.Workers), trends(e.all, synthetic, e.o.Workers)
	slices.SortStableFunc(r.Columns, func(a, b ColumnScore) int { return cmp.Compare(a.Score, b.Score) })
	slices.SortStableFunc(r.Pairs, func(a, b PairScore) int { return cmp.Compare(a.Score, b.Score) })
	for _, p := range r.Pairs {
		if p.Strong {
			r.StrongPairs++
		}
	}
	n := min(t.Synthetic.Rows(), 100_000)
	for _, floor := range []struct {
		name string
		dst  *Scores
		draw func(*datasets.Cells, int, uint64) *datasets.Cells
	}{
		{"independent columns", &r.Floors.Independent, Independent},
		{"a Gaussian copula", &r.Floors.Copula, Copula},
		{"a small mixture", &r.Floors.Mixture, Mixture},
	} {
		if err := e.stage(floor.name); err != nil {
			return nil, err
		}
		if err := e.score(floor.name, floor.dst, newFrame(floor.draw(t.Real, n, e.o.Seed))); err != nil {
			return nil, err
		}
	}
	if err := e.scoreReal(); err != nil {
		return nil, err
	}
	r.Findings = findings(r)
	return r, nil
}

func prepare(ctx context.Context, t *Tables, o *Options) (*evaluation, error) {
	e := &evaluation{ctx: ctx, report: &Report{}}
	if o != nil {
		e.o = *o
	}
	if e.o.DetectionRows == 0 {
		e.o.DetectionRows = 50_000
	}
	if e.o.NeighbourRows == 0 {
		e.o.NeighbourRows = 5000
	}
	if e.o.DetectionRows < 0 || e.o.NeighbourRows < 0 || e.o.Workers < 0 {
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
	r.Seed, r.RealRows, r.SyntheticRows, r.ModelledColumns = e.o.Seed, e.all.n, t.Synthetic.Rows(), len(e.all.cols)
	r.Notes = slices.Clone(t.Notes)
	e.describe(t.Real.Metadata())
	return e, e.findTarget(t.Real.Metadata())
}

// describe notes how the scores are made.
func (e *evaluation) describe(m *datasets.Metadata) {
	note := func(format string, args ...any) {
		e.report.Notes = append(e.report.Notes, fmt.Sprintf(format, args...))
	}
	var left []string
	for j := range m.Columns {
		if t := m.Columns[j].Type; t == datasets.TypeConstant || t == datasets.TypeIdentifier {
			left = append(left, fmt.Sprintf("%q (%s)", m.Columns[j].Name, t))
		}
	}
	if len(left) > 0 {
		note("Columns that are not compared: %s.", firstOf(left, 20))
	}
	if e.blind {
		note("No held-out rows were given. Prediction is trained on one half of the real rows and tested on the other, and real rows stand against real rows by halves; " +
			"whether synthetic rows are closer to the training rows than to others cannot be told, because the model may have seen both halves, and a table of copies predicts too well. Give held-out rows for that.")
	}
	if min(e.all.n, e.report.SyntheticRows) > e.o.DetectionRows {
		note("Detection uses %d rows of each kind, and prediction trains on as many, drawn at random.", e.o.DetectionRows)
	}
	if min(e.all.n, e.report.SyntheticRows) > e.o.NeighbourRows {
		note("The logistic detection uses at most %d rows of each kind.", e.o.NeighbourRows)
	}
	if max(e.all.n, e.hold.n, e.report.SyntheticRows) > e.o.NeighbourRows {
		note("Coverage and distances to the closest record are taken between at most %d rows of each table, drawn at random.", e.o.NeighbourRows)
	}
	if e.all.n > exactRows || e.report.SyntheticRows > exactRows {
		note("W1 is sliced where a table has more than %d rows: it is smaller than exact transport, and only to be compared with other sliced ones.", exactRows)
	}
}

// findTarget finds the column that is predicted.
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
		if near, ok := suggest.Nearest(name, names); ok {
			return fmt.Errorf("no column %s to predict; did you mean %s?", suggest.Quote(name), suggest.Quote(near))
		}
		return fmt.Errorf("no column %s to predict; the columns are %s", suggest.Quote(name), firstOf(names, 20))
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

// stage reports progress and notices that the context is done.
func (e *evaluation) stage(name string) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if e.o.Observe == nil {
		return nil
	}
	return e.o.Observe(name)
}

// predict is the utility of a table.
func (e *evaluation) predict(train *frame) (Utility, error) {
	if e.target < 0 {
		return Utility{F1: none, AUC: none, R2: none, RMSE: none}, nil
	}
	return utility(e.target, train.atMost(e.o.DetectionRows, e.o.Seed, "utility"), e.hold, e.o.Seed, e.o.Workers)
}

// reference is the utility of the real rows.
func (e *evaluation) reference() (Utility, error) {
	if err := e.stage("prediction from real rows"); err != nil {
		return Utility{}, err
	}
	return e.predict(e.train)
}

// score fills s for a table that stands for the real rows.
func (e *evaluation) score(name string, s *Scores, f *frame) (err error) {
	if err := e.stage(name + ": columns and pairs"); err != nil {
		return err
	}
	e.marginals(s, e.all, f)
	if err := e.stage(name + ": detection"); err != nil {
		return err
	}
	if err := e.detect(s, e.all, f); err != nil {
		return err
	}
	if err := e.stage(name + ": prediction"); err != nil {
		return err
	}
	if s.Utility, err = e.predict(f); err != nil {
		return err
	}
	if err := e.stage(name + ": distances"); err != nil {
		return err
	}
	g := newGower(e.all, e.hold, f)
	w, limit, seed := e.o.Workers, e.o.NeighbourRows, e.o.Seed
	s.WassersteinTrain = wasserstein(g, f, e.all, seed, w)
	s.CoverageTrain = coverage(g, e.all, f, limit, seed, w)
	if e.blind {
		s.WassersteinHoldout.Distance, s.CoverageHoldout.Share = none, none
		s.Privacy = copiesOnly(g, e.all, e.realA, e.realB, f, limit, seed, w)
		return nil
	}
	s.WassersteinHoldout = wasserstein(g, f, e.hold, seed, w)
	s.CoverageHoldout = coverage(g, e.hold, f, limit, seed, w)
	p := privacy(g, e.train, e.hold, f, limit, seed, w)
	if e.report.HoldoutInTrain > 0 {
		p.Closer, p.Memorised, p.MemorisedError = none, none, none
		p.CopiesExpected = Number(e.chance * float64(f.n))
	}
	s.Privacy = &p
	return nil
}

// marginals scores columns and pairs.
func (e *evaluation) marginals(s *Scores, real, f *frame) {
	s.Rows = f.n
	var all, strong, gap []float64
	for _, c := range shapes(real, f, e.o.Workers) {
		all = append(all, float64(c.Score))
		gap = append(gap, math.Abs(c.MissingReal-c.MissingSynthetic))
	}
	s.Shape, s.MissingGap = Number(mean(all)), Number(slices.Max(gap))
	all = all[:0]
	for _, p := range trends(real, f, e.o.Workers) {
		all = append(all, float64(p.Score))
		if p.Strong {
			strong = append(strong, float64(p.Score))
		}
	}
	s.Trend, s.TrendStrong = Number(mean(all)), Number(mean(strong))
}

func (e *evaluation) detect(s *Scores, real, f *frame) (err error) {
	if s.Detection, err = detection(real, f, e.o.DetectionRows, e.o.Seed, e.o.Workers); err != nil {
		return err
	}
	s.Logistic = logisticDetection(real, f, e.o.NeighbourRows, e.o.Seed)
	return nil
}

// scoreReal scores real rows against real rows.
func (e *evaluation) scoreReal() error {
	if err := e.stage("real rows against real rows"); err != nil {
		return err
	}
	s, a, b := &e.report.Floors.Real, e.realA, e.realB
	e.marginals(s, a, b)
	if err := e.detect(s, a, b); err != nil {
		return err
	}
	s.Utility = e.utilityReal
	g := newGower(a, b)
	w, limit, seed := e.o.Workers, e.o.NeighbourRows, e.o.Seed
	s.WassersteinTrain = wasserstein(g, b, a, seed, w)
	s.WassersteinHoldout = s.WassersteinTrain
	// As many rows cover as are covered, like a synthetic table of its size.
	s.CoverageTrain = coverage(g, a.atMost(b.n, seed, "covered"), b, limit, seed, w)
	s.CoverageHoldout = coverage(g, b, a, limit, seed, w)
	return nil
}
