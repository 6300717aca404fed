package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sde"
)

// The networks serve as guides without knowing of them.
var (
	_ guide.Classifier = (*nn.OfClass)(nil)
	_ guide.Operator   = (*nn.Expression)(nil)
	_ guide.Puller     = (*nn.Expression)(nil)
)

// guideFlags are the settings of the commands that guide a model.
type guideFlags struct {
	given             []string
	where             []string
	balance           string
	cfg               float64
	cfgFrom, cfgTo    float64
	classifier, class string
	scale             float64
	file              string
	observedBy        string // method of the observations of file that name none; empty for mmps
}

func guideFlagSet(o *guideFlags) *pflag.FlagSet {
	f := pflag.NewFlagSet("guide", pflag.ContinueOnError)
	f.StringArrayVar(&o.given, "given", nil, "COLUMN=VALUE that all rows have, repeatable")
	f.StringArrayVar(&o.where, "where", nil, "condition that every row satisfies, as 'age >= 30', repeatable: docs/tables.md")
	f.StringVar(&o.balance, "balance", "", "categorical column whose levels get equal shares of the rows")
	f.Float64Var(&o.cfg, "cfg", 1, "strength W of what is given, D + (W-1)(D - D without it): 1 for the model's own")
	f.Float64Var(&o.cfgFrom, "cfg-from", 0, "use --cfg where the noise σ/α is above this")
	f.Float64Var(&o.cfgTo, "cfg-to", 0, "and below this, 0 for no bound")
	f.StringVar(&o.classifier, "classifier", "", "classifier file to guide by")
	f.StringVar(&o.class, "class", "", "label to guide towards with --classifier")
	f.Float64Var(&o.scale, "scale", 1, "strength of the classifier")
	f.StringVar(&o.file, "guide", "", "YAML file of observations and constraints")
	return f
}

// check refuses combinations without a meaning.
func (o *guideFlags) check(given func(flag string) bool) error {
	switch {
	case math.IsNaN(o.cfg) || math.IsInf(o.cfg, 0):
		return badUsage("--cfg is %v: give a number", o.cfg)
	case o.cfg == 1 && (given("cfg-from") || given("cfg-to")):
		return badUsage("--cfg-from and --cfg-to bound where --cfg works: give a --cfg other than 1")
	case (o.classifier == "") != (o.class == ""):
		return badUsage("--classifier and --class need each other")
	case o.classifier == "" && given("scale"):
		return badUsage("--scale is the strength of --classifier: give one")
	case !(o.scale > 0) || math.IsInf(o.scale, 0):
		return badUsage("--scale is %v: give a positive number", o.scale)
	}
	return nil
}

// guided is a model made ready to be sampled: labels bound, guides on.
type guided struct {
	sde.Denoiser
	laws    turns       // of the labels; none without
	known   [][]float64 // what is given of the rows, in turn; none without
	where   *where      // what every row must satisfy besides; nil for nothing
	monitor *guide.Monitor
}

// guided builds the denoiser of the flags for rows from global index first on.
// The conditions of --where become a guide of it if towards is set; either way
// they are in the result, for its rows to be checked.
func (o *guideFlags) guided(b *bundle, seed uint64, first int, towards bool) (*guided, error) {
	r, err := o.request(b, seed)
	if err != nil {
		return nil, err
	}
	if towards && o.cfg == 1 {
		if err := r.giveLevels(b); err != nil {
			return nil, err
		}
	}
	g := &guided{laws: r.laws, known: r.known, where: r.where}
	prior, err := o.prior(b, r, first)
	if err != nil {
		return nil, err
	}
	terms, err := o.terms(b)
	if err != nil {
		return nil, err
	}
	if towards {
		terms = append(terms, r.terms()...)
	}
	if len(terms) == 0 {
		g.Denoiser = prior
		return g, nil
	}
	g.monitor = &guide.Monitor{}
	p := guide.New(prior, terms...)
	if err := p.Err(); err != nil {
		return nil, usage{err}
	}
	g.Denoiser = p.WithObserver(g.monitor.Observe)
	return g, nil
}

// prior is the model with what is given of its rows, from global index first on.
func (o *guideFlags) prior(b *bundle, r *request, first int) (sde.Differentiable, error) {
	prior, err := r.conditioned(b, first)
	if err != nil || o.cfg == 1 {
		return prior, err
	}
	if prior == sde.Differentiable(b.model) {
		return nil, badUsage("--cfg strengthens what is given, and nothing is: give columns with --given, or train with --condition")
	}
	if o.cfg == 0 {
		return nil, badUsage("--cfg 0 is the model without labels, whose rows have no labels to write")
	}
	c := &guide.CFG{Cond: prior, Uncond: b.model, W: o.cfg, SigmaMin: o.cfgFrom, SigmaMax: o.cfgTo}
	if err := c.Err(); err != nil {
		return nil, usage{err}
	}
	return c, nil
}

// conditioned is prior at its own strength.
func (r *request) conditioned(b *bundle, first int) (sde.Differentiable, error) {
	switch {
	case len(r.laws) > 0 || len(r.known) > 1:
		return labelled{b.model, r.laws, first, r.known}, nil
	case len(r.known) == 1:
		return b.model.Knowing(nil, mat.NewDense(1, b.model.Dim(), r.known[0]))
	}
	return b.model, nil
}

func (o *guideFlags) terms(b *bundle) ([]guide.Term, error) {
	var terms []guide.Term
	if o.classifier != "" {
		c, err := loadClassifier(o.classifier)
		if err != nil {
			return nil, err
		}
		if err := c.fits(b); err != nil {
			return nil, fmt.Errorf("%s: %w", o.classifier, err)
		}
		of, err := c.of(o.class)
		if err != nil {
			return nil, err
		}
		terms = append(terms, guide.Classified{Classifier: of, Scale: o.scale})
	}
	if o.file != "" {
		f, err := readGuide(o.file)
		if err != nil {
			return nil, err
		}
		f.observe(o.observedBy)
		ts, err := f.terms(b.codec)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.file, err)
		}
		terms = append(terms, ts...)
	}
	return terms, nil
}

// of binds the classifier to a label.
func (b *classifierBundle) of(label string) (*nn.OfClass, error) {
	k := slices.Index(b.levels, label)
	if k < 0 {
		return nil, badUsage("--class %q: the classifier knows %s", label, strings.Join(b.levels, ", "))
	}
	return b.classifier.Of(k)
}

// labels are those of the rows of a block, nil for a model without.
func (g *guided) labels(dst *mat.Dense, first, rows, columns int) *mat.Dense {
	if len(g.laws) == 0 {
		return nil
	}
	if dst == nil || dst.RawMatrix().Rows != rows {
		dst = mat.NewDense(rows, columns, nil)
	}
	g.laws.draw(dst, func(i int) int { return first + i })
	return dst
}

// settle puts what is given into the finished rows of a block: a sampler leaves it
// with the noise of its last time.
func (g *guided) settle(x *mat.Dense, first int) {
	if len(g.known) == 0 {
		return
	}
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j, v := range g.known[(first+i)%len(g.known)] {
			if !math.IsNaN(v) {
				row[j] = v
			}
		}
	}
}

// warnings are what the run has shown of the guide: where it left the data.
func (g *guided) warnings() []string {
	if g.monitor == nil {
		return nil
	}
	return g.monitor.Warnings()
}

// caveat says once what is approximate about the rows to come.
func (a *app) caveat(d sde.Denoiser) {
	if c, ok := d.(interface{ Caveats() []string }); ok {
		for _, s := range c.Caveats() {
			a.log.Warn("approximate", "why", s)
		}
	}
}
