package spec

import (
	"errors"
	"fmt"
	"math"

	"github.com/goccy/go-yaml"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// AffineEntry scales and shifts the scores of a likelihood and of the prior,
//
//	s = a s_likelihood + b + p s_prior + q.
//
// In the entry of an observation the likelihood is that of the observation, and the prior
// the model; with a Prior its score at noise is that under this law, in closed form. In an
// entry of its own, for rows that are given something, the likelihood is the model less
// the Prior.
type AffineEntry struct {
	LikelihoodScale PerColumn  `yaml:"likelihood_scale"` // a; default 1
	LikelihoodShift PerColumn  `yaml:"likelihood_shift"` // b, per unit of the table; default 0
	PriorScale      PerColumn  `yaml:"prior_scale"`      // p; default 1
	PriorShift      PerColumn  `yaml:"prior_shift"`      // q; default 0
	Prior           *LawsEntry `yaml:"prior"`
}

// PerColumn is a number for every column, or for some by name. The zero value is none.
type PerColumn struct {
	All    *float64
	Column map[string]float64
}

// UnmarshalYAML reads a number, or numbers by column.
func (p *PerColumn) UnmarshalYAML(b []byte) error {
	var v float64
	if yaml.Unmarshal(b, &v) == nil {
		p.All = &v
		return nil
	}
	return yaml.UnmarshalWithOptions(b, &p.Column, yaml.Strict())
}

// encoded are the numbers of the positions of encoded rows; other positions have other.
// A shift, of a score, is multiplied by the unit of its column.
func (p PerColumn) encoded(c *datasets.Codec, what string, other float64, shift bool) ([]float64, error) {
	if p.All == nil && p.Column == nil {
		return nil, nil
	}
	if p.All != nil && (math.IsNaN(*p.All) || math.IsInf(*p.All, 0)) {
		return nil, fmt.Errorf("%s is %g: give a number", what, *p.All)
	}
	if p.All != nil && (!shift || *p.All == 0) {
		return []float64{*p.All}, nil
	}
	v := make([]float64, c.Dim())
	for j := range v {
		v[j] = other
	}
	set := func(at int, x float64, name string) error {
		if shift {
			_, std, affine := c.Affine(at)
			if !affine {
				return fmt.Errorf("%s: column %q is encoded by its quantiles, where a shift of the score is no constant: train with --encoding standard", what, name)
			}
			x *= std
		}
		v[at] = x
		return nil
	}
	if p.All != nil {
		for _, k := range c.Blocks() {
			if k.Kind == datasets.Category {
				continue
			}
			for at := k.Start; at < k.Start+k.Len; at++ {
				if err := set(at, *p.All, k.Column); err != nil {
					return nil, err
				}
			}
		}
		return v, nil
	}
	for name, x := range p.Column {
		at, _, err := c.Number(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s of column %q is %g: give a number", what, name, x)
		}
		if err := set(at, x, name); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// score is the guide but for its likelihood.
func (a *AffineEntry) score(c *datasets.Codec) (f guide.AffineScore, err error) {
	for _, p := range []struct {
		from  PerColumn
		to    *[]float64
		what  string
		other float64
		shift bool
	}{
		{a.LikelihoodScale, &f.LikelihoodScale, "likelihood_scale", 1, false},
		{a.LikelihoodShift, &f.LikelihoodShift, "likelihood_shift", 0, true},
		{a.PriorScale, &f.PriorScale, "prior_scale", 1, false},
		{a.PriorShift, &f.PriorShift, "prior_shift", 0, true},
	} {
		if *p.to, err = p.from.encoded(c, "affine: "+p.what, p.other, p.shift); err != nil {
			return f, err
		}
	}
	return f, nil
}

// law is the prior of the entry, of whole rows.
func (a *AffineEntry) law(c *datasets.Codec, s *subject) (sde.Law, error) {
	if s == nil {
		return nil, errNoSubject
	}
	if k := a.Prior.Fitted; k != 0 {
		if k < 0 {
			k = 3
		}
		return s.fit(k, nil)
	}
	blocks, err := a.Prior.blocks(c, s.model.Schedule())
	if err != nil {
		return nil, fmt.Errorf("affine: prior: %w", err)
	}
	named := make([]bool, c.Dim())
	for _, b := range blocks {
		for _, at := range b.index {
			named[at] = true
		}
	}
	for at, ok := range named {
		if !ok {
			return nil, fmt.Errorf("affine: prior: column %q has no law, and the prior is one of whole rows: name all columns, or say {fitted: 3} for normals fitted to draws", c.Names()[at])
		}
	}
	law, err := whole(blocks, c.Dim(), s.model.Schedule())
	if err != nil {
		return nil, fmt.Errorf("affine: prior: %w", err)
	}
	return law, nil
}

// alone is the guide of an entry without an observation.
func (a *AffineEntry) alone(c *datasets.Codec, s *subject) (guide.Term, error) {
	if a.Prior == nil {
		return nil, errors.New("affine without an observation: give it in the entry of one (observe, noise, affine), or, where rows are given something, name the prior")
	}
	f, err := a.score(c)
	if err != nil {
		return nil, err
	}
	f.Prior, err = a.law(c, s)
	return f, err
}

// scaled is the guide of an observation with affine.
func (t Entry) scaled(o sde.Observation, method string) (guide.Term, error) {
	a := t.Affine
	if t.codec == nil {
		return nil, errNoSubject
	}
	f, err := a.score(t.codec)
	if err != nil {
		return nil, err
	}
	if a.Prior == nil {
		t.Affine = nil
		f.Likelihood, err = t.guide(o, method)
		return f, err
	}
	if t.hasOptions() {
		return nil, errors.New("affine: the prior gives the score of the likelihood, so there is no method: leave one of them out")
	}
	prior, err := a.law(t.codec, t.subject)
	if err != nil {
		return nil, err
	}
	law, ok := prior.(sde.Observable)
	if !ok {
		return nil, errors.New("affine: this prior has no posterior in closed form: give normals, or leave it out")
	}
	l, err := guide.NewLawLikelihood(law, o)
	if err != nil {
		return nil, fmt.Errorf("affine: %w; leave the prior out, for the guide of a method", err)
	}
	f.Likelihood = l
	return f, nil
}
