package tabular

import (
	"context"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/shard"
	"tweedie/datasets/where"
	"tweedie/guide"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/internal/suggest"
)

// CalibrationOptions of Calibrate. The zero value is ready to use.
type CalibrationOptions struct {
	Replicas int // observations to draw, at least 20; default 200
	Draws    int // guided rows for each, at least 9; default 63
	// Rows is the number of guided rows where nothing is drawn, and that of effective rows
	// of the truth that are looked for; at least 100, default 2000.
	Rows int
	// Tries is the largest number of rows of the model among which the truth is looked for
	// where it is rare; at least 100, default 20,000.
	Tries int
	// Part of the replicas, whose report is for calibration.Join: for what is drawn, and
	// not for what holds for all rows alike.
	Part     shard.Part
	Progress func(done, of int) error // of guided rows; an error of it ends the calibration
}

// Calibrate finds out how right the rows of a query are, with the model as its own ground
// truth. It draws what it can, in the place of the values of the query, which then play
// no role: values of the columns of Given, labels, and observations of the guide file with
// their errors. For each of Replicas rows x of the model it draws what is known of x, and
// then Draws rows of the query. If these are draws of the posterior, x has a uniform rank
// among them, in each column (Talts et al. 2018, arXiv:1804.06788) and in how well it goes
// with what is known (Modrák et al. 2023, arXiv:2211.02383): in log p(y|x) of observations, and
// in calibration.Nearness of given columns. Where, intervals, rewards and the classifier
// hold for all rows alike: x is then accepted with a probability in proportion to their
// weight.
//
// Where nothing can be drawn there is one law, p(x) times the weight of what is asked for:
// the indicator of Where and of intervals, e^r of rewards, p(c|x)^scale of the classifier
// at t = 0. Rows of the query are compared with rows of the model under these weights
// (calibration.OneLaw). The law of a CFG other than 1, p_c^W p^{1-W}, has no draws: the
// reference is particles of fkc, which are approximate too.
//
// It errs, with an OptionError, on queries that have no law to compare with. The result is
// a function of the model, the query with its seed, and the options.
func (m *Model) Calibrate(ctx context.Context, q *Query, o *CalibrationOptions) (*calibration.Report, error) {
	c := &calibrator{model: m}
	if q != nil {
		c.q = *q
	}
	if o != nil {
		c.o = *o
	}
	if err := m.noStudent("there is nothing to check it by"); err != nil {
		return nil, bad("model", "is no model to check: %w", err)
	}
	stop, err := c.guide(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	if m.pca != nil {
		return nil, bad("model", "lives on principal components, and what they leave of a row is lost, so that its rows are no ground truth: train without latent")
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	var r *calibration.Report
	switch {
	case c.cfg():
		r, err = c.strengthened(ctx)
	case c.draws:
		r, err = c.replicas(ctx)
	default:
		r, err = c.oneLaw(ctx)
	}
	if err != nil {
		return nil, err
	}
	r.Method = c.how.Method
	r.Remedies = c.remedies(r)
	if r.Part == nil {
		r.Judge()
	}
	return r, nil
}

// calibrator is a query that is calibrated.
type calibrator struct {
	model *Model
	q     Query
	o     CalibrationOptions
	how   Conditioning // of the query, resolved

	draws    bool       // something is drawn for each replica
	given    []string   // columns whose values are
	observed *spec.File // observations; nil without
	where    *where.Conditions
	bounds   []spec.Bound
	terms    []guide.Term // that weigh rows, beside where and bounds

	caveats []string
}

// guide makes the guide file one on the model. stop ends the programs of it.
func (c *calibrator) guide(ctx context.Context) (stop func() error, err error) {
	stop = func() error { return nil }
	if c.q.Guide == nil {
		return stop, nil
	}
	f, err := c.q.Guide.Under(c.model.net.Schedule())
	if err != nil {
		return stop, bad("guide", "%w", err)
	}
	c.q.Guide, stop = f.On(c.model.net, c.model.codec, c.q.Seed).Start(ctx)
	return stop, nil
}

func (c *calibrator) cfg() bool { return c.q.CFG != 0 && c.q.CFG != 1 }

// prepare finds out what is drawn and what weighs, and refuses what has no law.
func (c *calibrator) prepare() error {
	if err := c.options(); err != nil {
		return err
	}
	var err error
	if c.how, err = ParseConditioning(c.q.Conditioning); err != nil {
		return err
	}
	if err := c.lawful(); err != nil {
		return err
	}
	if err := c.split(); err != nil {
		return err
	}
	labels := conditionNames(c.model.codec.Metadata())
	weighs := len(c.terms)+len(c.bounds) > 0
	switch {
	case c.cfg():
	case c.observed == nil && len(c.q.Given) == 0 && c.where == nil && !weighs:
		return bad("guide", "is missing, and nothing else is asked of the rows: give a guide, given columns, conditions, a classifier or a cfg to check")
	case c.observed != nil || len(c.q.Given) > 0 || len(labels) > 0 && weighs:
		c.draws, c.given = true, slices.Sorted(maps.Keys(c.q.Given))
		for _, l := range labels {
			if !slices.Contains(c.given, l) {
				c.given = append(c.given, l)
			}
		}
	}
	if err := c.fitting(); err != nil {
		return err
	}
	return c.check()
}

// split sorts what is asked of the rows by what can be drawn and what weighs.
func (c *calibrator) split() error {
	m, q := c.model, &c.q
	if len(q.Where) > 0 {
		w, err := where.Parse(m.codec, m.open, q.Where)
		if err != nil {
			return &OptionError{"where", err}
		}
		c.where = w
	}
	weighing := query{Query: *q, model: m}
	weighing.Guide, weighing.Terms = nil, nil
	set(&weighing.ClassifierScale, 1)
	if q.Guide != nil {
		if err := c.buildable(); err != nil {
			return err
		}
		c.observed = q.Guide.Observed()
		if fixed := q.Guide.Fixed(); fixed != nil {
			var err error
			if c.bounds, err = fixed.Bounds(m.codec); err != nil {
				return bad("guide", "%w", err)
			}
			weighing.Guide = fixed
		}
	}
	terms, err := weighing.terms("")
	for _, t := range terms {
		if _, interval := t.(guide.Within); !interval { // which is judged on cells
			c.terms = append(c.terms, t)
		}
	}
	c.terms = append(c.terms, q.Terms...)
	for _, column := range slices.Sorted(maps.Keys(q.Given)) {
		if !slices.Contains(m.Columns(), column) {
			return bad("given", "%s: no such column: %s", suggest.Quote(column), suggest.Hint(column, m.Columns()))
		}
	}
	return err
}

// buildable errs for a guide file that the method of the query cannot take.
func (c *calibrator) buildable() error {
	f, r := c.q.Guide, query{Query: c.q, model: c.model}
	if err := f.CheckMethod(c.how.Method); err != nil {
		return bad("method", "%w", err)
	}
	r.Conditioning = c.how
	by, err := "", error(nil)
	switch c.how.Method {
	case "enkg":
		_, err = f.Ensemble(c.model.codec)
		return guideError(err)
	case "fk":
		if by, err = r.proposal(); err != nil {
			return err
		}
	}
	_, err = f.Build(c.model.codec, by)
	return guideError(err)
}

// guideError is an error of the guide file, or nil.
func guideError(err error) error {
	if err == nil {
		return nil
	}
	return bad("guide", "%w", err)
}

// values are the texts of the given columns in row i.
func (c *calibrator) values(cells *datasets.Cells, i int) map[string]string {
	if len(c.given) == 0 {
		return nil
	}
	by := map[string]string{}
	for j := range cells.Metadata().Columns {
		if name := cells.Metadata().Columns[j].Name; slices.Contains(c.given, name) {
			by[name] = string(cells.AppendText(nil, i, j))
		}
	}
	return by
}

// variables are the columns that are compared, and their places in the cells.
func (c *calibrator) variables() (vars []calibration.Variable, at []int) {
	for j := range c.model.codec.Metadata().Columns {
		f := &c.model.codec.Metadata().Columns[j]
		if !f.Modeled() || slices.Contains(c.given, f.Name) || f.Condition && c.cfg() {
			continue
		}
		vars, at = append(vars, calibration.Variable{Name: f.Name, Levels: f.HasLevels()}), append(at, j)
	}
	return vars, at
}

// cellNumbers are those columns of cells: -Inf is a missing cell, a level its index.
func cellNumbers(cells *datasets.Cells, at []int) *mat.Dense {
	x := mat.NewDense(cells.Rows(), len(at), nil)
	for i := range cells.Rows() {
		for k, j := range at {
			switch {
			case cells.Missing(i, j):
				x.Set(i, k, math.Inf(-1))
			case cells.Metadata().Columns[j].HasLevels():
				x.Set(i, k, float64(cells.Level(i, j)))
			default:
				x.Set(i, k, cells.Number(i, j))
			}
		}
	}
	return x
}

// progress of guided rows.
func (c *calibrator) progress(done, of int) error {
	if c.o.Progress == nil {
		return nil
	}
	return c.o.Progress(done, of)
}
