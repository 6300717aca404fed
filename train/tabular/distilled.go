package tabular

import (
	"tweedie/sample"
)

// methodOf is the method of a sampler or, of a distilled model, its own.
func (r *query) methodOf(s sample.Sampler) (sample.Method, error) {
	if m := r.model; m.student != nil {
		return m.student.flowMap(m), nil
	}
	return s.Method(r.model.net.Schedule())
}

// checkStudent refuses what rows of a distilled model cannot have.
func (r *query) checkStudent() error {
	if r.model.student == nil {
		return nil
	}
	q := &r.asked
	for _, c := range []struct {
		option string
		said   bool
		what   string
	}{
		{"nfe", q.Sampler.NFE != 0, "the number of evaluations is its own"},
		{"sampler", q.Sampler != sample.Sampler{}, "it has a sampler of its own"},
		{"guide", q.Guide != nil || len(q.Terms) > 0, "it cannot be guided"},
		{"classifier", q.Classifier != nil, "it cannot be guided"},
		{"cfg", q.CFG != 0 && q.CFG != 1 || q.CFGFormula != "", "the strength of labels is 1"},
		{"where-by", q.WhereBy == "guide", "it cannot be guided (reject is possible)"},
		{"particles", q.Conditioning.Particles != 0, "there is nothing that particles could follow"},
		{"method", q.Conditioning != Conditioning{} && q.Conditioning.Method != "guided", "rows cannot be conditioned on observations"},
	} {
		if c.said {
			return bad(c.option, "is not for this model: %w", r.model.noStudent(c.what))
		}
	}
	if len(q.Where) > 0 {
		r.WhereBy = "reject"
	}
	return nil
}
