package tabular

import (
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// ProposalNames are the proposals of Feynman-Kac steering: the model, or the model guided by
// the method that observations take.
func ProposalNames() []string { return []string{"prior", "dps", "mmps", "pigdm"} }

// proposal is the method of observations in fk, "fk" with proposals of the model, which need
// no guide (spec.Entry). It errs for
// observations of the guide file with a method of their own, which would stand against it.
func (r *query) proposal() (string, error) {
	name := r.Conditioning.Proposal
	if name == "prior" {
		return "fk", nil
	}
	if r.Guide != nil {
		for i, t := range r.Guide.Terms {
			if t.Method != "" && t.Method != name {
				return "", bad("proposal", "is %s, and guide %d of the file has method %s: leave one of them away", name, i+1, t.Method)
			}
		}
	}
	return name, nil
}

// steeredBy is the Feynman-Kac steering of guided proposals by their log p̃(y|x_t). With the
// difference potential it is TDS.
func (r *query) steeredBy(prior sde.Differentiable, guided *guide.Posterior) (target, error) {
	potential, err := sample.ParsePotential(r.Conditioning.Potential, r.Sampler.Evaluations())
	if err != nil {
		return target{}, err
	}
	return target{Target: sample.FK{Model: prior, Guided: guided, Potential: potential}}, nil
}
