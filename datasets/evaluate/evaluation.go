package evaluate

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tweedie/datasets"
)

type evaluation struct {
	o            Options
	ctx          context.Context
	all          *frame  // real rows
	train, hold  *frame  // real rows and held-out rows, or halves of the real rows
	blind        bool    // there are no held-out rows
	chance       float64 // share of rows of the law that equal one of the real rows
	target       int     // column, -1 when nothing is predicted
	mostRows     int     // of the largest table, which settles how W1 is measured
	report       *Report
	realA, realB *frame // real rows against real rows
}

// Evaluate scores t.Synthetic and the floors. All tables of t must have the
// same metadata, as those of Read do; it panics otherwise. It errs when
// there are too few rows (fewer than 12 real, 2 synthetic or 2 held-out ones), when the target
// is not a column, when Observe does, and when ctx is done.
func Evaluate(ctx context.Context, t *Tables, o *Options) (*Report, error) {
	e, err := prepare(ctx, t, o)
	if err != nil {
		return nil, err
	}
	r := e.report
	if err := e.stage("prediction from real rows"); err != nil {
		return nil, err
	}
	if r.Floors.Real.Utility, err = e.predict(e.train); err != nil {
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
	r.drawn = e.draw(t.Real, synthetic)
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

func (e *evaluation) stage(name string) error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	if e.o.Observe == nil {
		return nil
	}
	return e.o.Observe(name)
}

func (e *evaluation) predict(train *frame) (Utility, error) {
	if e.target < 0 {
		return Utility{F1: none, AUC: none, R2: none, RMSE: none}, nil
	}
	return utility(e.target, train.atMost(e.o.DetectionRows, e.o.Seed, "utility"), e.hold, e.o.Workers)
}

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
	w, limit, seed := e.o.Workers, e.o.NeighborRows, e.o.Seed
	s.WassersteinTrain = wasserstein(g, f, e.all, e.mostRows, seed, w)
	s.CoverageTrain = coverage(g, e.all, f, limit, seed, w)
	if e.blind {
		s.WassersteinHoldout.Distance, s.CoverageHoldout.Share = none, none
		s.Privacy = copiesOnly(g, e.all, e.realA, e.realB, f, limit, seed, w)
		return nil
	}
	s.WassersteinHoldout = wasserstein(g, f, e.hold, e.mostRows, seed, w)
	s.CoverageHoldout = coverage(g, e.hold, f, limit, seed, w)
	p := privacy(g, e.train, e.hold, f, limit, seed, w)
	if e.report.HoldoutInTrain > 0 {
		p.Closer, p.Memorized, p.MemorizedError = none, none, none
		p.CopiesExpected = Number(e.chance * float64(f.n))
	}
	s.Privacy = &p
	return nil
}

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
	s.Logistic = logisticDetection(real, f, e.o.NeighborRows, e.o.Seed)
	return nil
}

func (e *evaluation) scoreReal() error {
	if err := e.stage("real rows against real rows"); err != nil {
		return err
	}
	s, a, b := &e.report.Floors.Real, e.realA, e.realB
	e.marginals(s, a, b)
	if err := e.detect(s, a, b); err != nil {
		return err
	}
	g := newGower(a, b)
	w, limit, seed := e.o.Workers, e.o.NeighborRows, e.o.Seed
	s.WassersteinTrain = wasserstein(g, b, a, e.mostRows, seed, w)
	s.WassersteinHoldout = s.WassersteinTrain
	// As many rows cover as are covered, like a synthetic table of its size.
	s.CoverageTrain = coverage(g, a.atMost(b.n, seed, "covered"), b, limit, seed, w)
	s.CoverageHoldout = coverage(g, b, a, limit, seed, w)
	return nil
}
