package tabular

import (
	"slices"

	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// ClassifierForms are the ways in which the gradient of a classifier enters: into the
// score, for every sampler; into the noise that is predicted (epsilon), for ddim; and
// into the mean of a step (mean), for ddim with noise and ancestral sampling.
func ClassifierForms() []string { return []string{"score", "epsilon", "mean"} }

// checkForm refuses forms where they were not published.
func (r *query) checkForm() error {
	form := r.ClassifierForm
	switch {
	case !slices.Contains(ClassifierForms(), form):
		return bad("classifier-form", "%q: use score, epsilon or mean", form)
	case form == "score":
	case r.Classifier == nil:
		return bad("classifier-form", "is how a classifier guides: give one")
	case r.how.kind != byGuide || len(r.Where) > 0:
		return bad("classifier-form", "%s is for rows drawn one by one, without conditions and by the method guided: use score", form)
	case form == "epsilon" && r.Sampler.Name != "ddim":
		return bad("classifier-form", "epsilon is a step of the sampler ddim, and %s is another: use score", r.Sampler.Name)
	case form == "mean" && !slices.Contains([]string{"ddim", "ancestral", "reverse"}, r.Sampler.Name):
		return bad("classifier-form", "mean is for samplers whose steps are a mean and noise, as ddim with eta 1 and ancestral, and %s is another: use score", r.Sampler.Name)
	case form == "mean" && (r.Sampler.Corrector != "" || r.Sampler.Recurrence != 0):
		return bad("classifier-form", "mean has no corrector and no recurrence, which would not be guided: use score")
	case form == "mean" && r.Sampler.Name == "ddim" && (r.Sampler.Eta == nil || *r.Sampler.Eta == 0):
		return bad("classifier-form", "mean needs steps with noise: give ddim an eta above 0")
	}
	return nil
}

// formSampler is the sampler of forms that not every sampler has, unless one was chosen.
func (r *query) formSampler(s sample.Sampler) sample.Sampler {
	if s.Name == "" && (r.ClassifierForm == "epsilon" || r.ClassifierForm == "mean") {
		s.Name = "ddim"
		if r.ClassifierForm == "mean" && s.Eta == nil {
			one := 1.0
			s.Eta = &one
		}
		set(&s.NFE, 100)
	}
	return s
}

// inForm adds a classifier that guides the noise that is predicted.
func (r *query) inForm(d *drawing) error {
	if r.ClassifierForm != "epsilon" {
		return nil
	}
	of, err := r.Classifier.of(r.Class)
	if err != nil {
		return err
	}
	f := &guide.EpsilonForm{
		Prior:    d.Denoiser.(sde.Differentiable),
		Guidance: r.classifierGuidance(of),
	}
	d.Denoiser = f
	return f.Err()
}

// shiftedMean is a method whose steps are guided in their mean.
func (r *query) shiftedMean(m sample.Method) (sample.Method, error) {
	of, err := r.Classifier.of(r.Class)
	if err != nil {
		return nil, err
	}
	g := r.classifierGuidance(of)
	return sample.MeanShift{Inner: m, Score: of, Scale: g.Scale, ScaleFunc: g.ScaleFunc}, nil
}

// classifierGuidance guides by a class score with the strength of the query.
func (r *query) classifierGuidance(of sde.ClassScore) guide.ClassifierGuidance {
	if r.over.scale != nil {
		return guide.ClassifierGuidance{ClassScore: of, ScaleFunc: r.over.scale}
	}
	return guide.ClassifierGuidance{ClassScore: of, Scale: r.ClassifierScale}
}
