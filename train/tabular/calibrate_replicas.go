package tabular

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// replicas ranks rows of the model among rows of the query, given what was drawn of each.
func (c *calibrator) replicas(ctx context.Context) (*calibration.Report, error) {
	vars, at := c.variables()
	if len(vars) == 0 {
		return nil, c.errNothingFree()
	}
	truth, all, err := c.truths(ctx)
	if err != nil {
		return nil, err
	}
	file, err := c.observe(truth)
	if err != nil {
		return nil, err
	}
	of := truth.rows()
	first, n := c.o.Part.Range(of, 1)
	if n == 0 { // there may be fewer replicas than parts
		return &calibration.Report{Draws: c.o.Draws, Part: &calibration.PartOf{First: first, Of: of}}, nil
	}
	if !c.o.Part.Whole() {
		truth = truth.subset(indices(first, n))
		if file != nil {
			file = file.Rows(indices(first, n))
		}
	}
	rows, err := c.guided(ctx, truth, file, first)
	if err != nil {
		return nil, err
	}
	log, err := c.weigh(rows, first*c.o.Draws)
	if err != nil {
		return nil, err
	}
	r := &calibration.Report{
		Columns: c.ranks(vars, cellNumbers(truth.cells, at), cellNumbers(rows, at), first),
		Levels:  calibration.IntervalLevels(), Replicas: truth.rows(), Draws: c.o.Draws, Tried: all.rows(),
		Truth: "draws of the model", Satisfied: c.satisfied(log, all), Caveats: c.caveats,
	}
	if !c.o.Part.Whole() {
		r.Part = &calibration.PartOf{First: first, Of: of}
	}
	if all.rows() > of {
		r.Truth = fmt.Sprintf("draws of the model, of which %d were tried,", all.rows())
	}
	if free := c.freeLabels(); len(free) > 0 {
		r.Caveats = appendNew(r.Caveats, fmt.Sprintf("the guided rows of this check were given labels, as that of %s: rows that are not draw them by their frequencies, whatever else is known of them; give them, or weight particles", free[0]))
	}
	return r, c.fit(ctx, r, truth, all, file, rows)
}

// ranks are those of replicas from first on, finished if they are all.
func (c *calibrator) ranks(vars []calibration.Variable, truth, draws *mat.Dense, first int) []calibration.Column {
	if c.o.Part.Whole() {
		return calibration.Ranks(vars, truth, draws, c.o.Draws)
	}
	return calibration.PartRanks(vars, truth, draws, c.o.Draws, first)
}

// rankFit is ranks of a quantity.
func (c *calibrator) rankFit(r *calibration.Report, name string, truth, draws *mat.Dense) calibration.Column {
	if r.Part == nil {
		return calibration.RankFit(name, truth, draws, c.o.Draws)
	}
	return calibration.PartRankFit(name, truth, draws, c.o.Draws, r.Part.First)
}

// freeLabels are label columns that rows of the query itself draw.
func (c *calibrator) freeLabels() (names []string) {
	for _, l := range conditionNames(c.model.codec.Metadata()) {
		if _, given := c.q.Given[l]; !given {
			names = append(names, l)
		}
	}
	return names
}

// observe draws observations of the rows; nil without a guide file.
func (c *calibrator) observe(truth *pool) (*spec.File, error) {
	if c.q.Guide == nil {
		return nil, nil
	}
	key := stream.NewKey(c.q.Seed, "calibrate/noise")
	src := stream.NewSource(key)
	return c.q.Guide.Draw(c.model.codec, truth.x, func(term, row int) *rand.Rand {
		src.Seek(key.At(uint64(term)).At(uint64(row)))
		return src.Rand
	})
}

// guided draws the rows of replicas, whose first has that index, those of a replica in a row.
func (c *calibrator) guided(ctx context.Context, truth *pool, file *spec.File, first int) (*datasets.Cells, error) {
	if methods[c.how.Method].kind == byGuide && c.where == nil {
		return c.together(ctx, truth, file, first)
	}
	return c.apart(ctx, truth, file, first)
}

// together draws all rows in one run.
func (c *calibrator) together(ctx context.Context, truth *pool, file *spec.File, first int) (*datasets.Cells, error) {
	m, n, per := c.model, truth.rows(), c.o.Draws
	q := c.q
	q.Given, q.Seed = nil, stream.Seed(c.q.Seed, "calibrate/rows")
	q.Progress = func(done int) error { return c.progress(done, n*per) }
	if file != nil {
		of := make([]int, n*per)
		for k := range of {
			of[k] = k / per
		}
		q.Guide = file.Rows(of)
	}
	q.First = first * per
	r, err := m.resolve(n*per, &q)
	if err != nil {
		return nil, err
	}
	if err := r.settleEach(truth.cells, func(i int) map[string]string { return c.values(truth.cells, i) }, per); err != nil {
		return nil, err
	}
	r.out = &emitter{model: m, seed: r.Seed, first: r.First}
	if err := r.sampleRows(ctx); err != nil {
		return nil, err
	}
	c.caveats = r.report.Caveats
	return r.out.all(), nil
}

// settleEach gives each row of cells, of which per rows from r.First on are drawn, values
// of its own.
func (r *query) settleEach(cells *datasets.Cells, values func(i int) map[string]string, per int) error {
	free, err := where.Parse(r.model.codec, r.model.open, nil)
	if err != nil {
		return err
	}
	var labels labelTurns
	var known [][]float64
	for i := range cells.Rows() {
		g, err := r.model.resolveGiven(values(i), false)
		if err != nil {
			return err
		}
		r.labels, r.known = nil, nil
		if err := r.settle(free, g); err != nil {
			return err
		}
		times := per
		if i == 0 { // rows that come in turn are counted from the first of the table
			times += r.First
		}
		for range times {
			labels, known = append(labels, r.labels...), append(known, r.known...)
		}
	}
	r.labels, r.known = labels, known
	return nil
}

// apart draws the rows of each replica by a query of its own.
func (c *calibrator) apart(ctx context.Context, truth *pool, file *spec.File, first int) (*datasets.Cells, error) {
	n := truth.rows()
	drawn, failed := make([]*DrawnRows, n), make([]error, n)
	done := make(chan struct{}, n)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	told := make(chan error, 1)
	go func() {
		var err error
		for k := range n {
			<-done
			if e := c.progress((k+1)*c.o.Draws, n*c.o.Draws); e != nil && err == nil {
				err = e
				stop()
			}
		}
		told <- err
	}()
	parallel.For(c.q.Workers, n, func(i int) {
		q := c.q
		q.Given, q.Seed, q.Workers = c.values(truth.cells, i), stream.Seed(c.q.Seed, "calibrate/rows", uint64(first+i)), 1
		if file != nil {
			q.Guide = file.Rows([]int{i})
		}
		if failed[i] = ctx.Err(); failed[i] == nil {
			drawn[i], failed[i] = c.model.Sample(ctx, c.o.Draws, &q)
		}
		done <- struct{}{}
	})
	if err := <-told; err != nil {
		return nil, err
	}
	var parts []*datasets.Cells
	for i, r := range drawn {
		if failed[i] != nil {
			return nil, fmt.Errorf("observation %d: %w", first+i+1, failed[i])
		}
		parts = append(parts, r.Cells)
		c.caveats = appendNew(c.caveats, r.Caveats...)
	}
	return joined(c.model.codec.Metadata(), parts), nil
}
