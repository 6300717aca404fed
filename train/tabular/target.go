package tabular

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// target is the law that particles follow.
type target struct {
	sample.Target
	logScale float64 // what brings the evidence to units of the table
}

// target builds the target of the method. What holds something of its own for each
// row does so for each group of particles here.
func (r *query) target() (target, error) {
	if r.Conditioning.Method == "fkc" {
		return r.corrected()
	}
	prior, err := r.prior(0)
	if err != nil {
		return target{}, err
	}
	if c, ok := prior.(*guide.CFG); ok {
		r.note(c)
	}
	if r.Conditioning.Method == "mcgdiff" {
		o, err := r.measurement()
		if err != nil {
			return target{}, err
		}
		return target{sample.MCGDiff{Model: prior, Observation: o.Linear}, o.LogScale}, nil
	}
	observedBy := ""
	switch r.Conditioning.Method {
	case "tds": // see spec.Entry for the default twist
		observedBy = "tds"
	case "fk":
		if observedBy, err = r.proposal(); err != nil {
			return target{}, err
		}
	}
	terms, err := r.terms(observedBy)
	if err != nil {
		return target{}, err
	}
	if terms = append(terms, r.whereTerms()...); len(terms) == 0 {
		return target{}, bad("particles", "there is nothing to weight by in these conditions; leave them away")
	}
	if i := affineAt(terms); i >= 0 {
		return target{}, bad("method", "%s weighs by likelihoods, and guide %d is affine, the score of none: use fkc, which reaches the law that it names", r.Conditioning.Method, i+1)
	}
	if err := lasting(terms); err != nil {
		return target{}, err
	}
	post := guide.New(prior, terms...)
	if err := post.Err(); err != nil {
		return target{}, bad("guide", "%w", err)
	}
	if r.Conditioning.Method == "tds" {
		return target{Target: sample.TDS{Model: prior, Guided: post}}, nil
	}
	if r.Conditioning.Proposal != "prior" {
		return r.steeredBy(prior, post)
	}
	return r.steered(prior, terms)
}

// steered is the Feynman-Kac steering of plain proposals by log p(y|x_0) and rewards.
func (r *query) steered(prior sde.Differentiable, terms []guide.Term) (target, error) {
	for _, t := range terms {
		switch t.(type) {
		case guide.Within, guide.Where, guide.Bounds:
			return target{}, bad("method", "fk weighs by the likelihood of the mean, which says nothing of how near a hard condition is: use tds, or a guided proposal")
		}
	}
	potential, err := sample.ParsePotential(r.Conditioning.Potential, r.Sampler.Evaluations())
	if err != nil {
		return target{}, err
	}
	if err := constant("fk", terms); err != nil {
		return target{}, err
	}
	row := sde.Restrict(prior, []int{0}).(sde.Differentiable)
	likelihood := guide.New(row, terms...) // of rows without noise, whatever is given of them
	reward := func(dst []float64, x *mat.Dense, _ int) error { return likelihood.LogLikelihood(dst, x) }
	return target{Target: sample.FK{Model: prior, Reward: reward, Potential: potential}}, nil
}

// corrected is the law p_c^{βW} p^{β(1-W)} e^r of Feynman-Kac correctors, and with an
// affine guide its tempered law: see temper. Below strengthFloor p counts as p_c.
func (r *query) corrected() (target, error) {
	cond, err := r.conditional(0)
	if err != nil {
		return target{}, err
	}
	anneal, w := r.Conditioning.Anneal, r.CFG
	f := sample.FKC{Models: []sde.Denoiser{cond}, Weights: []float64{anneal}}
	if w != 1 {
		if cond == sde.Differentiable(r.model.net) {
			return target{}, errNothingGiven
		}
		if r.model.net.Err() != nil {
			return target{}, errNoDropout
		}
		if len(r.known) > 0 {
			return target{}, bad("method", "fkc takes cfg for labels: the law of a given column is a point, which has no powers")
		}
		f.Models, f.Weights = append(f.Models, equalBelow{r.model.net, cond, strengthFloor}), []float64{anneal * w, anneal * (1 - w)}
		r.report.Caveats = appendNew(r.report.Caveats, strengthCaveat)
	}
	terms, err := r.terms("")
	if err != nil {
		return target{}, err
	}
	if err := constant("fkc", terms); err != nil {
		return target{}, err
	}
	var rewards []guide.Reward
	logScale := 0.0
	for i, t := range terms {
		switch t := t.(type) {
		case guide.Reward:
			rewards = append(rewards, t)
		case guide.AffineScore:
			more, scale, err := r.temper(&f, cond, t)
			if err != nil {
				return target{}, err
			}
			rewards, logScale = append(rewards, more...), logScale+scale
		default:
			return target{}, bad("method", "fkc takes rewards alone, and guide %d is none: use tds for what is observed, or give it a power by affine", i+1)
		}
	}
	if len(rewards) > 0 {
		f.Tilt = tilt(rewards)
	}
	if w == 1 && anneal == 1 && f.Tilt == nil && affineAt(terms) < 0 {
		return target{}, bad("method", "fkc has nothing to correct: give cfg, anneal or a guide with a reward")
	}
	return target{f, logScale}, nil
}

// tilt is the sum of rewards at the rows themselves.
func tilt(rewards []guide.Reward) *sample.Tilt {
	return &sample.Tilt{
		Reward: func(dst []float64, x *mat.Dense, _ int) error {
			one := make([]float64, len(dst))
			clear(dst)
			for _, r := range rewards {
				if err := r.Values(one, x); err != nil {
					return err
				}
				floats.Add(dst, one)
			}
			return nil
		},
		Gradient: func(dst, x *mat.Dense, _ int) error {
			dst.Zero()
			for _, r := range rewards {
				if err := r.AddGradients(dst, x); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// measurement is the observation of the guide file, for a method that needs one.
func (r *query) measurement() (*spec.Measurement, error) {
	method := r.Conditioning.Method
	switch {
	case r.Guide == nil:
		return nil, bad("method", "%s needs an observation: give a guide", method)
	case r.Classifier != nil:
		return nil, bad("method", "%s takes no classifier: use guided, or tds", method)
	}
	o, err := r.Guide.Measurement(r.model.codec, method)
	if err != nil {
		return nil, bad("guide", "%w", err)
	}
	r.report.Caveats = appendNew(r.report.Caveats, r.Guide.Caveats(r.model.codec)...)
	if r.model.pca != nil {
		return decoder{r.model.pca}.measurement(o)
	}
	return o, nil
}
