package tabular

import (
	"slices"

	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// guideFile is the guide file on the model: what it says fitted is fitted to rows of the
// model without anything given.
func (r *query) guideFile() *spec.File {
	if r.guideOn == nil {
		r.guideOn = r.Guide.On(r.model.net, r.model.codec, r.Seed)
	}
	return r.guideOn
}

// forCorrectors is s with the default sampler of fkc. Its weights are those of continuous
// time, so that the error of a step stays, other than with tds: one of second order.
func forCorrectors(method string, s sample.Sampler) sample.Sampler {
	if method == "fkc" && s.Name == "" {
		s.Name = tableSampler
	}
	return s
}

// affineAt is the index of the first affine guide, or -1.
func affineAt(terms []guide.Term) int {
	return slices.IndexFunc(terms, func(t guide.Term) bool { _, ok := t.(guide.AffineScore); return ok })
}

// checkAffine errs for an affine guide that takes a model apart which is given nothing.
func (r *query) checkAffine(terms []guide.Term) error {
	i := affineAt(terms)
	if i < 0 || terms[i].(guide.AffineScore).Likelihood != nil || len(r.labels) > 0 || len(r.known) > 0 {
		return nil
	}
	return bad("guide", "%d is affine without an observation, and rows are given nothing, so that there is no likelihood to scale: give it in the entry of an observation, or give columns", i+1)
}

// temper makes f, the law of Feynman-Kac correctors of the model cond, that of an affine
// guide: p^p p(y|x)^a, with the power a of the likelihood, and that of the prior
// multiplied into those of f. It returns rewards and what the evidence lacks.
func (r *query) temper(f *sample.FKC, cond sde.Differentiable, a guide.AffineScore) (rewards []guide.Reward, logScale float64, err error) {
	if a.Likelihood == nil && r.CFG != 1 {
		return nil, 0, bad("method", "fkc takes one of cfg and an affine without observation: both scale what is given")
	}
	t, err := a.Tempered(cond)
	if err != nil {
		return nil, 0, bad("guide", "affine: %w", err)
	}
	for k := range f.Weights {
		f.Weights[k] *= t.Powers[0]
	}
	for k, law := range t.Laws[1:] {
		f.Models, f.Weights = append(f.Models, law), append(f.Weights, t.Powers[k+1])
	}
	return t.Rewards, t.LogScale, nil
}
