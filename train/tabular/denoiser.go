package tabular

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// drawing is a denoiser made ready to be sampled: conditions bound, guides on.
type drawing struct {
	sde.Denoiser
	query   *query
	monitor *guide.Monitor
}

// denoiser builds the denoiser of the query for rows from global index first on.
// With towards set, the conditions of Where guide it.
func (r *query) denoiser(first int, towards bool) (*drawing, error) {
	if towards && r.plain() {
		if err := r.giveLevels(); err != nil {
			return nil, err
		}
	}
	terms, err := r.terms("")
	if err != nil {
		return nil, err
	}
	if towards {
		terms = append(terms, r.whereTerms()...)
	}
	return r.guidedBy(first, terms)
}

// guidedBy is the model, with what is given of its rows, under guides.
func (r *query) guidedBy(first int, terms []guide.Term) (*drawing, error) {
	prior, err := r.prior(first)
	if err != nil {
		return nil, err
	}
	d := &drawing{Denoiser: prior, query: r}
	if len(terms) == 0 {
		return d, nil
	}
	d.monitor = &guide.Monitor{}
	p := guide.New(prior, terms...)
	if err := p.Err(); err != nil {
		return nil, bad("guide", "%w", err)
	}
	d.Denoiser = p.WithObserver(d.monitor.Observe)
	return d, nil
}

// prior is the model with what is given of its rows, from global index first on, at
// the strength of CFG.
func (r *query) prior(first int) (sde.Differentiable, error) {
	prior, err := r.conditional(first)
	if err != nil || r.plain() {
		return prior, err
	}
	if prior == sde.Differentiable(r.model.net) {
		return nil, errNothingGiven
	}
	if r.model.net.Err() != nil {
		return nil, errNoDropout
	}
	c := &guide.CFG{Cond: prior, Uncond: r.model.net, W: r.CFG, WFunc: r.over.cfg, SigmaMin: r.CFGFrom, SigmaMax: r.CFGTo}
	if c.WFunc != nil {
		c.W = 0
	}
	if err := c.Err(); err != nil {
		return nil, bad("cfg-from", "and cfg-to: %w", err)
	}
	return c, nil
}

// plain reports whether what is given has the model's own strength.
func (r *query) plain() bool { return r.CFG == 1 && r.over.cfg == nil }

var errNoDropout = bad("cfg", "needs the model without labels, and it was trained with them in every row: leave it at 1, or train with a condition-dropout above 0, as 0.1")

var errNothingGiven = bad("cfg", "strengthens what is given, and nothing is: give columns, or train with label columns")

// terms are the guides of the query but those of Where. method is that of the
// observations of the guide file that name none.
func (r *query) terms(method string) ([]guide.Term, error) {
	var terms []guide.Term
	if r.Classifier != nil {
		if err := r.Classifier.fits(r.model); err != nil {
			return nil, err
		}
		of, err := r.Classifier.of(r.Class)
		if err != nil {
			return nil, err
		}
		if r.ClassifierForm == "score" {
			terms = append(terms, r.classifierGuidance(of))
		}
	}
	if r.Guide != nil {
		ts, err := r.guideFile().Build(r.model.codec, method)
		if err != nil {
			return nil, bad("guide", "%w", err)
		}
		if err := r.checkAffine(ts); err != nil {
			return nil, err
		}
		terms = append(terms, ts...)
		r.report.Caveats = appendNew(r.report.Caveats, r.Guide.Caveats(r.model.codec)...)
	}
	terms = append(terms, r.Terms...)
	if r.model.pca != nil {
		return decoder{r.model.pca}.terms(terms)
	}
	return terms, nil
}

// labels are those of the rows of a block, nil for a model without.
func (d *drawing) labels(dst *mat.Dense, first, rows int) *mat.Dense {
	laws := d.query.labels
	if len(laws) == 0 {
		return nil
	}
	if dst == nil || dst.RawMatrix().Rows != rows {
		dst = mat.NewDense(rows, len(d.query.model.net.Conds), nil)
	}
	laws.draw(dst, func(i int) int { return first + i })
	return dst
}

// note keeps what is approximate about the rows of a denoiser or method, and what
// the run has shown of its guides.
func (r *query) note(of ...any) {
	for _, v := range of {
		if c, ok := v.(interface{ Caveats() []string }); ok {
			r.report.Caveats = appendNew(r.report.Caveats, c.Caveats()...)
		}
		if d, ok := v.(*drawing); ok && d.monitor != nil {
			r.report.Warnings = appendNew(r.report.Warnings, d.monitor.Warnings()...)
		}
	}
}

func appendNew(to []string, lines ...string) []string {
	for _, l := range lines {
		if !slices.Contains(to, l) {
			to = append(to, l)
		}
	}
	return to
}

// methodDenoiser is the denoiser of a method that changes the trajectory.
func (r *query) methodDenoiser(first int) (*drawing, error) {
	switch r.how.kind {
	case byValues:
		return r.withValues(first)
	case byObservation, byGibbs:
		return r.withObservation(first)
	case byCFG:
		if len(r.labels) == 0 && len(r.Given) == 0 {
			return nil, bad("method", "cfgpp strengthens what is given, and nothing is: give columns, or train with label columns")
		}
		if r.Guide != nil || r.Classifier != nil {
			return nil, bad("method", "cfgpp takes what is given alone: leave guide and classifier away")
		}
	}
	d, err := r.denoiser(first, false)
	if err != nil {
		return nil, err
	}
	return d, r.inForm(d)
}

// withValues is the model with known values put into its rows, which any model
// allows. Labels are bound as usual.
func (r *query) withValues(first int) (*drawing, error) {
	method, g, m := r.Conditioning.Method, r.given, r.model
	switch {
	case r.Balance != "":
		return nil, bad("method", "%s does not go with balance", method)
	case g.known == nil:
		return nil, bad("method", "%s puts known columns into the rows: give some", method)
	}
	meta := m.codec.Metadata()
	for _, j := range g.columns {
		if f := &meta.Columns[j]; !f.Condition && f.Levels != nil && !g.cells.Missing(0, j) && f.Levels[g.cells.Level(0, j)].Grouped {
			return nil, bad("method", "%s cannot tell the rare levels of %s apart: use guided", method, f.Name)
		}
	}
	var k sample.ValueCondition
	var values []float64
	for j, v := range g.known {
		if !math.IsNaN(v) {
			k.Index, values = append(k.Index, j), append(values, v)
		}
	}
	if len(k.Index) == len(g.known) {
		return nil, bad("method", "%s: every column is given, and nothing is left to draw", method)
	}
	k.Values = mat.NewDense(1, len(values), values)
	free := *r
	free.known = nil
	d, err := free.denoiser(first, false)
	if err != nil {
		return nil, err
	}
	d.Denoiser, err = sample.ConditionOnValues(d.Denoiser, k)
	return d, err
}

// withObservation is the model with an observation, for methods that take it in
// their own steps.
func (r *query) withObservation(first int) (*drawing, error) {
	o, err := r.measurement()
	if err != nil {
		return nil, err
	}
	own := *r
	own.Guide, own.Classifier = nil, nil
	terms, err := own.terms("")
	if err != nil {
		return nil, err
	}
	d, err := r.guidedBy(first, terms)
	if err != nil {
		return nil, err
	}
	if o.General != nil {
		d.Denoiser, err = sample.ConditionOnObservation(d.Denoiser, *o.General)
	} else {
		d.Denoiser, err = sample.ConditionOnLinear(d.Denoiser, o.Linear)
	}
	return d, err
}

// rowMethod is the method of rows that are drawn one by one.
func (r *query) rowMethod() (sample.Method, error) {
	c := r.Conditioning
	switch c.Method {
	case "diffpir":
		return r.diffpir(), nil
	case "ddnm":
		return sample.DDNM{}, nil
	case "daps":
		return sample.DAPS{}, nil
	case "dps-step":
		if r.over.zeta != nil {
			return sample.DPSStep{ZetaFunc: r.over.zeta}, nil
		}
		return sample.DPSStep{Zeta: c.Zeta}, nil
	case "cfgpp":
		if r.model.net.Err() != nil {
			return nil, errNoDropout
		}
		return sample.CFGPlusPlus{Uncond: r.model.net}, nil
	}
	m, err := r.methodOf(r.Sampler)
	if err != nil {
		return nil, err
	}
	if r.ClassifierForm == "mean" {
		return r.shiftedMean(m)
	}
	if r.First != 0 && m.Info().Coupled {
		return nil, bad("first", "does not go with %s, which couples the rows drawn together: take another corrector", m.Info().Name)
	}
	switch c.Method {
	case "replacement":
		return sample.Replacement{Inner: m}, nil
	case "repaint":
		if n := r.Sampler.Evaluations(); n < c.Repeats {
			return nil, bad("nfe", "is %d: one step of repaint, taken %d times, takes as many evaluations", n, c.Repeats)
		}
		return sample.RePaint{Inner: m, Length: c.Jump, Repeats: c.Repeats}, nil
	case "guided":
		if !r.guides() {
			return r.model.withLevels(m, r.Sampler), nil
		}
		return m, nil
	case "gibbs":
		return m, nil
	}
	return nil, fmt.Errorf("method %s does not draw single rows", c.Method)
}
