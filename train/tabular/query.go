package tabular

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
)

// Query says what rows are asked for. The zero value asks for rows of the model.
// A Query is never written to.
type Query struct {
	Given   map[string]string // values that all rows have, by column
	Where   []string          // conditions that every row satisfies: see datasets/where
	WhereBy string            // reject rows that do not, guide rows towards them, or auto; default auto
	Balance string            // column whose levels, or few whole numbers, get equal shares of the rows

	// CFG is the strength W of what is given, D + (W-1)(D - D without it), between
	// the noise levels σ/α CFGFrom and CFGTo (0 for no bound); default 1, the
	// model's own.
	CFG, CFGFrom, CFGTo float64
	// CFGFormula, in place of CFG, is W as a formula of the time, as "1+2*t" (see
	// sde.ParseOverTime), and ScaleFormula the strength of the classifier in place of
	// ClassifierScale.
	CFGFormula, ScaleFormula string

	Classifier      *Classifier // to guide towards Class, one of its Levels or a value of its Number
	Class           string
	ClassifierScale float64 // default 1
	ClassifierForm  string  // see ClassifierForms; default score

	Guide *spec.File   // observations, constraints and rewards, in units of the table
	Terms []guide.Term // guides of one's own, of encoded rows

	Conditioning Conditioning   // how rows come to agree with what is known
	Sampler      sample.Sampler // default dpmpp2m-sde with 18 evaluations, 32 where columns are given or settings are, 100 under a guide; methods of Conditioning have their own

	// First is the index of the first row in a table of Total rows, so that a table can be
	// drawn in parts (see datasets/shard). Row i depends on the seed and on i alone; with
	// Where, particles or ensembles on its batch (Model.Batch), whose last one depends on
	// Total. Total 0 means that the rows drawn are the last.
	First   int
	Total   int
	Seed    uint64
	Workers int // 0 for one per core; changes no bit of any result

	// Progress, Sink and Encoded are called by the goroutine of Sample. An error of theirs
	// ends it and is returned.
	Progress func(done int) error // called as rows are finished
	// Sink receives the rows block by block, in order; Rows.Cells is then nil, and
	// any number of rows takes no memory. The cells are valid during the call.
	Sink func(*datasets.Cells) error
	// Encoded, when set, is shown the finished rows as the model sees them, before
	// they are decoded, and the index of the first. It is for rows without Where
	// and particles.
	Encoded func(first int, x *mat.Dense) error
}

// DrawnRows are drawn rows of the table, and what is known of how they were drawn.
type DrawnRows struct {
	*datasets.Cells           // nil when they went to a sink
	Method          string    // of conditioning
	NFE             float64   // denoiser evaluations per row, or particle
	Caveats         []string  // in which way the rows are approximate, and the remedy
	Warnings        []string  // what the run has shown of its guides
	Tried           int       // rows or particles that were checked against Where; 0 for none
	Satisfied       float64   // share of those that satisfy it
	WhereBy         string    // how Where was honored: reject, guide, or particles
	Evidence        *Evidence // of particles; nil without
	Batches         []Drawn   // of rows that are not independent, in order
}

// query is a Query that is parsed, checked against its model, and resolved.
type query struct {
	Query
	asked Query // as it was given
	model *Model
	rows  int
	how   method

	chosen bool // the sampler was named
	over   functions

	labels      labelTurns  // laws of the label columns; none for a model without
	known       [][]float64 // of encoded rows, in turn, NaN where free; none when no column is given
	conditioned []int       // columns that are given, whatever their values
	where       *where.Conditions
	given       *given
	guideOn     *spec.File // Guide, on the model

	out    *emitter
	report DrawnRows
}

// Sample draws n rows. The query may be nil. It errs, with an OptionError where a
// part of the query is at fault, before anything is drawn. Where an error ends the
// drawing (that of ctx, of a callback, or rows that Where cannot find),
// the rows finished until then are returned beside it.
func (m *Model) Sample(ctx context.Context, n int, q *Query) (*DrawnRows, error) {
	r, err := m.resolve(n, q)
	if err != nil {
		return nil, err
	}
	r.out = &emitter{model: m, seed: r.Seed, first: r.First, sink: r.Sink}
	if r.Guide != nil {
		if r.out.bounds, err = r.Guide.Bounds(m.codec); err != nil {
			return nil, bad("guide", "%w", err)
		}
	}
	stop := r.startCommands(ctx)
	size := r.batch()
	switch {
	case size > 0 && (r.First != 0 || r.total() > min(size, r.rows)):
		err = r.sampleBatches(ctx, size)
	case size > 0:
		err = r.draw(ctx)
		r.report.Batches = []Drawn{r.drawn(0)}
	default:
		err = r.draw(ctx)
	}
	if e := stop(); err == nil && e != nil {
		err = fmt.Errorf("guide: %w", e)
	}
	r.report.Method = r.Conditioning.Method
	if m.pca != nil {
		r.report.Caveats = appendNew(r.report.Caveats, "rows are decoded from "+DescribeComponents(m.pca)+": what is left of it is lost (train with more, or without latent)")
	}
	if c := r.out.caveat(); c != "" {
		r.report.Caveats = appendNew(r.report.Caveats, c)
	}
	r.note(r.labels)
	if r.Sink == nil {
		r.report.Cells = r.out.all()
	}
	return &r.report, err
}

// draw draws the rows, all together if they are not independent.
func (r *query) draw(ctx context.Context) error {
	switch {
	case r.how.kind == byParticles:
		return r.sampleParticles(ctx)
	case r.how.kind == byEnsemble:
		return r.sampleEnsembles(ctx)
	case r.where != nil:
		return r.sampleWhere(ctx)
	}
	return r.sampleRows(ctx)
}

// Check errs for a query that Sample would refuse, without drawing a row.
func (m *Model) Check(n int, q *Query) error {
	r, err := m.resolve(n, q)
	if err != nil {
		return err
	}
	switch {
	case r.how.kind == byParticles:
		_, err = r.target()
	case r.how.kind == byEnsemble:
		_, err = r.ensemble()
	case r.where != nil:
		_, err = r.denoiser(0, r.WhereBy == "guide")
	default:
		if _, err = r.rowMethod(); err == nil {
			_, err = r.methodDenoiser(r.First)
		}
	}
	return err
}

// resolve reads what is given, the conditions and the balance of a query, chooses
// its sampler, and refuses what contradicts.
func (m *Model) resolve(n int, q *Query) (*query, error) {
	r := &query{model: m, rows: n}
	if q != nil {
		r.Query, r.asked = *q, *q
	}
	if n < 1 {
		return nil, bad("rows", "is %d: give at least 1", n)
	}
	if err := r.checkStudent(); err != nil {
		return nil, err
	}
	if err := r.overTimes(); err != nil {
		return nil, err
	}
	if err := r.defaults(); err != nil {
		return nil, err
	}
	if err := r.checkCombination(); err != nil {
		return nil, err
	}
	if err := r.checkCommands(); err != nil {
		return nil, err
	}
	var err error
	if r.given, err = m.resolveGiven(r.Given, r.how.kind == byValues); err != nil {
		return nil, err
	}
	w, err := where.Parse(m.codec, m.open, r.Where)
	if err != nil {
		return nil, &OptionError{"where", err}
	}
	if err := w.Agree(r.given.cells, r.given.all()); err != nil {
		return nil, &OptionError{"given", err}
	}
	r.conditioned = r.given.all()
	if r.Balance != "" {
		err = r.balance(w)
	} else {
		err = r.settle(w, r.given)
	}
	if err != nil {
		return nil, err
	}
	if !w.Empty() {
		r.where = w
	}
	return r, r.checkGuided()
}

// settle adds one kind of rows: its law of labels, and the values that it has.
func (r *query) settle(w *where.Conditions, g *given) error {
	if g.known != nil {
		r.known = append(r.known, g.known)
	}
	if len(r.model.net.Conds) > 0 {
		allowed := r.model.allowed(w, g.labels)
		law, err := r.model.labels.given(g.labels, r.model.going(g, allowed), r.Seed)
		if err != nil { // given values contradict each other
			law, err = r.model.labels.given(g.labels, allowed, r.Seed)
		}
		if err != nil {
			return err
		}
		r.labels = append(r.labels, law)
	}
	return nil
}

// kinds is the number of kinds of rows that come in turn.
func (r *query) kinds() int { return max(1, len(r.labels), len(r.known)) }

// freeLabels reports whether labels are drawn that the conditions say something of.
func (r *query) freeLabels() bool {
	return slices.ContainsFunc(r.labels, func(l *labelLaw) bool { return len(l.rows) > 1 })
}

// whereTerms are the guides towards the conditions.
func (r *query) whereTerms() []guide.Term {
	if r.where == nil || r.model.pca != nil { // rows of a latent model are rejected
		return nil
	}
	return spec.Terms(r.where, r.conditioned)
}

// giveLevels conditions on the columns of which the conditions leave a single
// level, where they restrict other columns too, and the model can be given columns.
// A guide multiplies the probabilities of several conditions as if they were
// independent given x_t; a value that is given leaves one factor fewer.
func (r *query) giveLevels() error {
	if r.where == nil || !r.model.net.Conditionable || r.guided() < 2 {
		return nil
	}
	for _, k := range r.where.Columns() {
		f := &r.where.Metadata().Columns[k]
		level, one := r.where.Cells(k).OnlyLevel()
		if !one || f.Condition || f.Levels[level].Grouped || slices.Contains(r.conditioned, k) {
			continue
		}
		if len(r.known) == 0 {
			r.known = [][]float64{unknown(r.model.codec.Dim())}
		}
		for i, known := range r.known {
			r.known[i] = slices.Clone(known)
			if err := r.model.codec.EncodeCell(r.known[i], f.Name, f.Levels[level].Name); err != nil {
				return err
			}
		}
		if r.Balance != "" {
			r.conditioned = append(slices.Clone(r.conditioned), k)
			continue
		}
		g := r.given.clone()
		g.known = r.known[0]
		g.columns = append(g.columns, k)
		g.cells.SetLevel(0, k, level)
		r.model.imply(g)
		r.given, r.conditioned = g, g.all()
	}
	return nil
}

// guided is the number of conditions that rows are guided by.
func (r *query) guided() int {
	n := len(r.where.Relations())
	for _, k := range r.where.Columns() {
		if !r.where.Metadata().Columns[k].Condition && !slices.Contains(r.conditioned, k) {
			n++
		}
	}
	return n
}
