package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/train/tabular"
)

// queryFlags say what rows are asked for, and how they come to agree with it.
type queryFlags struct {
	given, where      []string
	balance, whereBy  string
	cfg, scale        overTime
	lambda, zeta      overTime
	cfgFrom, cfgTo    float64
	classifier, class string
	classifierForm    string
	guide             string
	how               tabular.Conditioning
	flags             *pflag.FlagSet
}

func (o *queryFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&o.given, "given", nil, "COLUMN=VALUE that all rows have, repeatable")
	f.StringArrayVar(&o.where, "where", nil, "condition that every row satisfies, as 'age >= 30' or '\"Order Date\" >= 2001-01-01', repeatable: docs/reference/where.md")
	f.StringVar(&o.whereBy, "where-by", "auto", "reject draws rows until enough satisfy --where, guide draws towards it and checks, auto rejects, and weights particles if few do")
	f.StringVar(&o.balance, "balance", "", "column whose levels, or few whole numbers, get equal shares of the rows")
	o.cfg, o.scale, o.lambda, o.zeta = overTime{number: 1}, overTime{number: 1}, overTime{number: 1}, overTime{number: 1}
	f.Var(&o.cfg, "cfg", "strength W of what is given, D + (W-1)(D - D without it): 1 for the model's own; or a formula of the time as 1+2*t")
	f.Float64Var(&o.cfgFrom, "cfg-from", 0, "use --cfg where the noise σ/α is above this")
	f.Float64Var(&o.cfgTo, "cfg-to", 0, "and below this, 0 for no bound")
	f.StringVar(&o.classifier, "classifier", "", "classifier file to guide by")
	f.StringVar(&o.class, "class", "", "label, or number, to guide towards with --classifier")
	f.Var(&o.scale, "scale", "strength of the classifier, or a formula of the time")
	f.StringVar(&o.classifierForm, "classifier-form", "score", "where its gradient enters: score, for every sampler; epsilon, for ddim; mean, for ddim with --eta and ancestral")
	f.StringVar(&o.guide, "guide", "", "YAML file of observations, formulas, programs, constraints, rewards and changes of the score: docs/reference/guide-file.md")
	f.StringVar(&o.how.Method, "method", "guided", strings.Join(tabular.ConditioningMethods(), ", ")+": docs/explanation/guides.md (default tds with --particles)")
	f.IntVar(&o.how.Particles, "particles", 0, "weight groups of so many rows, which mends an approximate guide (64 for methods that need them; of enkg the rows of an ensemble, 128 or more)")
	f.StringVar(&o.how.Resampler, "resampler", "systematic", "of particles: "+strings.Join(sample.ResamplerNames(), ", "))
	f.Float64Var(&o.how.ESS, "ess", 0.5, "resample when the effective number of particles is below this fraction: 0 for never, 1 for always")
	f.StringVar(&o.how.Potential, "potential", "difference", "of fk: "+strings.Join(sample.PotentialNames(), ", "))
	f.StringVar(&o.how.Proposal, "proposal", "prior", "of fk, what moves particles: "+strings.Join(tabular.ProposalNames(), ", "))
	f.Float64Var(&o.how.Anneal, "anneal", 1, "power of the law that fkc samples (that of a likelihood is affine of --guide)")
	f.IntVar(&o.how.Jump, "jump", 1, "steps that repaint takes back at a time")
	f.IntVar(&o.how.Repeats, "repeats", 10, "times that repaint takes them")
	f.Var(&o.lambda, "lambda", "weight of the prior in diffpir, or a formula of the time")
	f.Var(&o.zeta, "zeta", "length of the published step of dps-step, or fraction of new noise of diffpir; or a formula of the time as 0.3*(1-t)")
	f.Float64Var(&o.how.Rho, "rho", 0.1, "coupling of gibbs at the end, in standard deviations of columns")
	f.IntVar(&o.how.Iterations, "iterations", 100, "of gibbs")
	complete(c, "where-by", tabular.WhereMethods()...)
	complete(c, "classifier-form", tabular.ClassifierForms()...)
	complete(c, "method", tabular.ConditioningMethods()...)
	complete(c, "resampler", sample.ResamplerNames()...)
	complete(c, "potential", sample.PotentialNames()...)
	complete(c, "proposal", tabular.ProposalNames()...)
	o.flags = f
}

func (o *queryFlags) changed(flag string) bool { return o.flags.Changed(flag) }

// particlesAsked tells whether rows are drawn by particles.
func (o *queryFlags) particlesAsked() bool {
	return o.changed("particles") || tabular.UsesParticles(o.how.Method)
}

// check refuses combinations without a meaning, before any file is read.
func (o *queryFlags) check() error {
	switch {
	case o.cfg == (overTime{}):
		return badUsage("--cfg 0 is the model without what is given, whose rows would not have it: leave --given away")
	case o.cfg == (overTime{number: 1}) && (o.changed("cfg-from") || o.changed("cfg-to")):
		return badUsage("--cfg-from and --cfg-to bound where --cfg works: give a --cfg other than 1")
	case (o.classifier == "") != (o.class == ""):
		return badUsage("--classifier and --class need each other")
	case o.classifier == "" && o.changed("scale"):
		return badUsage("--scale is the strength of --classifier: give one")
	case len(o.where) == 0 && o.changed("where-by"):
		return badUsage("--where-by says how --where is honored: give one")
	}
	_, err := tabular.ParseConditioning(o.conditioning())
	return err
}

// settle chooses the sampler of the conditioning method unless one is given, and refuses settings
// that no schedule can honor.
func (o *queryFlags) settle(m *methodFlags) error {
	if d := o.conditioning().Sampler(sample.Sampler{}); d.Name != "" && !m.changed("sampler") {
		m.samplerName = d.Name
	}
	return m.check()
}

// conditioning is the conditioning method, with the settings that the user gave.
func (o *queryFlags) conditioning() tabular.Conditioning {
	var c tabular.Conditioning
	for flag, to := range map[string]*string{"method": &c.Method, "resampler": &c.Resampler, "potential": &c.Potential, "proposal": &c.Proposal} {
		if o.changed(flag) {
			*to = o.flags.Lookup(flag).Value.String()
		}
	}
	given(o.changed("particles"), &c.Particles, o.how.Particles)
	given(o.changed("ess"), &c.ESS, o.how.ESS) // -1 is never
	given(o.changed("anneal"), &c.Anneal, o.how.Anneal)
	given(o.changed("jump"), &c.Jump, o.how.Jump)
	given(o.changed("repeats"), &c.Repeats, o.how.Repeats)
	o.lambda.to(o.changed("lambda"), &c.Lambda, &c.LambdaFormula)
	o.zeta.to(o.changed("zeta"), &c.Zeta, &c.ZetaFormula)
	given(o.changed("rho"), &c.Rho, o.how.Rho)
	given(o.changed("iterations"), &c.Iterations, o.how.Iterations)
	return c
}

// given sets what the user gave. A zero, which would mean the library's default,
// becomes -1, which it refuses, or takes for none.
func given[T int | float64](changed bool, to *T, v T) {
	if changed {
		if *to = v; v == 0 {
			*to = -1
		}
	}
}

// query is what the flags ask of a model.
func (a *app) query(o *queryFlags, m *tabular.Model) (*tabular.Query, error) {
	by, err := m.ParseGiven(o.given)
	if err != nil {
		return nil, err
	}
	q := &tabular.Query{
		Given: by, Where: o.where, WhereBy: o.whereBy, Balance: o.balance,
		CFG: o.cfg.number, CFGFormula: o.cfg.formula, CFGFrom: o.cfgFrom, CFGTo: o.cfgTo, Class: o.class, ClassifierForm: o.classifierForm,
		Conditioning: o.conditioning(),
	}
	o.scale.to(o.changed("scale"), &q.ClassifierScale, &q.ScaleFormula)
	if o.classifier != "" {
		if q.Classifier, err = a.loadClassifier(o.classifier); err != nil {
			return nil, err
		}
	}
	if o.guide != "" {
		if q.Guide, err = spec.Read(o.guide); err != nil {
			return nil, usage{err}
		}
	}
	return q, nil
}
