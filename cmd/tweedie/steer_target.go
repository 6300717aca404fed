package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// aim is what particles are steered to.
type aim struct {
	target   sample.Target
	logScale float64 // what brings the evidence to units of the table
	caveats  []string
}

// aim builds the target of the method. What holds something of its own for each row
// does so for each group here.
func (o *sampleFlags) aim(b *bundle, r *request) (aim, error) {
	if o.steer.method == "fkc" {
		return o.corrected(b, r)
	}
	prior, err := o.guide.prior(b, r, 0)
	if err != nil {
		return aim{}, err
	}
	var a aim
	if c, ok := prior.(*guide.CFG); ok {
		a.caveats = c.Caveats()
	}
	if o.steer.method == "mcgdiff" {
		m, err := o.measurement(b)
		if err != nil {
			return aim{}, err
		}
		a.target, a.logScale = sample.MCGDiff{Model: prior, Observation: m.linear}, m.logScale
		return a, nil
	}
	flags := o.guide
	if o.steer.method == "tds" { // a twist that learned Jacobians cannot make too sharp
		flags.observedBy = "pigdm"
	}
	terms, err := flags.terms(b)
	if err != nil {
		return aim{}, err
	}
	if terms = append(terms, r.terms()...); len(terms) == 0 {
		return aim{}, badUsage("--particles: there is nothing to weight by in these conditions; leave it away")
	}
	post := guide.New(prior, terms...)
	if err := post.Err(); err != nil {
		return aim{}, usage{err}
	}
	if o.steer.method == "tds" {
		a.target = sample.TDS{Model: prior, Guided: eased{post}}
		return a, nil
	}
	a.target, err = o.steeredBy(b, prior, terms)
	return a, err
}

// steeredBy is the Feynman-Kac steering of plain proposals by log p(y|x_0) and rewards.
func (o *sampleFlags) steeredBy(b *bundle, prior sde.Denoiser, terms []guide.Term) (sample.Target, error) {
	for _, t := range terms {
		switch t.(type) {
		case guide.Within, guide.Where, guide.Bounds:
			return nil, badUsage("--method fk weighs by the likelihood of the mean, which says nothing of how near a hard condition is: use tds")
		}
	}
	likelihood := guide.New(b.model, terms...) // of rows without noise, whatever is given of them
	reward := func(dst []float64, x *mat.Dense, _ int) error { return likelihood.LogLikelihood(dst, x) }
	return sample.FK{Model: prior, Reward: reward, Potential: potentials[o.steer.potential](o.evaluations())}, nil
}

// corrected is the law p_c^{βW} p^{β(1-W)} e^r of Feynman-Kac correctors.
func (o *sampleFlags) corrected(b *bundle, r *request) (aim, error) {
	flags := o.guide
	flags.cfg = 1
	cond, err := flags.prior(b, r, 0)
	if err != nil {
		return aim{}, err
	}
	f := sample.FKC{Models: []sde.Denoiser{cond}, Weights: []float64{o.steer.anneal}}
	if w := o.guide.cfg; w != 1 {
		if cond == sde.Differentiable(b.model) {
			return aim{}, badUsage("--cfg strengthens what is given, and nothing is: give columns with --given, or train with --condition")
		}
		if len(r.known) > 0 {
			return aim{}, badUsage("--method fkc takes --cfg for labels: the law of a given column is a point, which has no powers")
		}
		f.Models, f.Weights = append(f.Models, b.model), []float64{o.steer.anneal * w, o.steer.anneal * (1 - w)}
	}
	terms, err := o.guide.terms(b)
	if err != nil {
		return aim{}, err
	}
	var rewards []guide.Reward
	for i, t := range terms {
		reward, ok := t.(guide.Reward)
		if !ok {
			return aim{}, badUsage("%s: guide %d: --method fkc takes rewards alone: use tds for what is observed", o.guide.file, i+1)
		}
		rewards = append(rewards, reward)
	}
	if len(rewards) > 0 {
		f.Tilt = tilt(b.model.Dim(), rewards)
	}
	if o.guide.cfg == 1 && o.steer.anneal == 1 && f.Tilt == nil {
		return aim{}, badUsage("--method fkc has nothing to correct: give --cfg, --anneal or a --guide with a reward")
	}
	return aim{target: f}, nil
}

// tilt is the sum of rewards at the rows themselves.
func tilt(d int, rewards []guide.Reward) *sample.Tilt {
	sum := func(grad, x []float64) (value float64) {
		one := make([]float64, d)
		for _, r := range rewards {
			strength := r.Strength
			if strength == 0 {
				strength = 1
			}
			clear(one)
			value += strength * r.R(one, x, 0)
			for j, v := range one {
				grad[j] += strength * v
			}
		}
		return value
	}
	return &sample.Tilt{
		Reward: func(dst []float64, x *mat.Dense, _ int) error {
			grad := make([]float64, d)
			for i := range dst {
				dst[i] = sum(grad, x.RawRowView(i))
			}
			return nil
		},
		Gradient: func(dst, x *mat.Dense, _ int) error {
			dst.Zero()
			n, _ := x.Dims()
			for i := range n {
				sum(dst.RawRowView(i), x.RawRowView(i))
			}
			return nil
		},
	}
}

// cellBound is an interval of the guide file, as it is checked on the cells that are
// written.
type cellBound struct {
	columns []int
	weights []float64
	within  *interval
}

// cellBounds are those of the file of --guide.
func (o *sampleFlags) cellBounds(b *bundle) ([]cellBound, error) {
	if o.guide.file == "" {
		return nil, nil
	}
	f, err := readGuide(o.guide.file)
	if err != nil {
		return nil, err
	}
	var list []cellBound
	for _, t := range f.Guide {
		if t.Within == nil {
			continue
		}
		by, c := t.Within.Weights, cellBound{within: t.Within}
		if by == nil {
			by = map[string]float64{t.Within.Column: 1}
		}
		for _, name := range sortedKeys(by) {
			for j := range b.codec.Metadata().Columns {
				if b.codec.Metadata().Columns[j].Name == name {
					c.columns, c.weights = append(c.columns, j), append(c.weights, by[name])
				}
			}
		}
		if len(c.columns) != len(by) {
			return nil, fmt.Errorf("%s: within: a column is missing", o.guide.file)
		}
		list = append(list, c)
	}
	return list, nil
}

func (b cellBound) holds(c *datasets.Cells, i int) bool {
	v := 0.0
	for k, j := range b.columns {
		v += b.weights[k] * c.Number(i, j)
	}
	return (b.within.Min == nil || v >= *b.within.Min) && (b.within.Max == nil || v <= *b.within.Max)
}
