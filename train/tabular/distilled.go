package tabular

import (
	"fmt"

	"tweedie/checkpoints"
	"tweedie/sample"
)

// student is what the file of a distilled model has beside it.
type student struct {
	Times   []float64 `json:"times"`            // of its evaluations
	Reach   []float64 `json:"reach,omitempty"`  // where its stretches end: see sample.FlowMap
	Method  string    `json:"method,omitempty"` // matched, or empty for flow maps
	Teacher string    `json:"teacher"`          // SHA-256 digest of the teacher's file
}

// matched is the method of students that are drawn as sample.MomentMatched.
const matched = "moment-matching"

// studentKey is the key of a student in a model file, which other models do not have.
const studentKey = "student"

// maxEvaluations bounds what a file claims.
const maxEvaluations = 64

// readStudent reads what a file says of a distilled model, nil for others.
func readStudent(f *checkpoints.File) (*student, error) {
	if f.Meta[studentKey] == "" {
		return nil, nil
	}
	s := new(student)
	if err := f.JSON(studentKey, s); err != nil {
		return nil, err
	}
	ok := len(s.Times) > 0 && len(s.Times) <= maxEvaluations
	for k, t := range s.Times {
		ok = ok && t > 0 && t <= 1 && (k == 0 || t < s.Times[k-1])
	}
	switch s.Method {
	case matched:
		ok = ok && len(s.Reach) == 0
	case "":
		ok = ok && len(s.Reach) == len(s.Times)-1
		for k := 1; ok && k < len(s.Times); k++ {
			ok = s.Reach[k-1] >= 0 && s.Reach[k-1] <= s.Times[k]
		}
	default:
		return nil, fmt.Errorf("it is a student by %q, which this version does not know: take the version that wrote it", s.Method)
	}
	if !ok {
		return nil, fmt.Errorf("its evaluations are at the times %v, and reach to %v: the file is damaged", s.Times, s.Reach)
	}
	return s, nil
}

// Student returns the times of the evaluations of a distilled model, nil for others.
func (m *Model) Student() []float64 {
	if m.student == nil {
		return nil
	}
	return m.student.Times
}

// noStudent errs for a distilled model, which cannot do what is said.
func (m *Model) noStudent(what string) error {
	if m.student == nil {
		return nil
	}
	return fmt.Errorf("the model is distilled to %d evaluations, and only draws rows: %s; take its teacher, %s", len(m.student.Times), what, m.provenance.Config["distill"])
}

// steps is the method by which rows of a model are drawn that this is the student of.
func (s *student) steps(m *Model) sample.Method {
	if s.Method == matched {
		return sample.MomentMatched{At: s.Times, Levels: m.categories()}
	}
	return sample.FlowMap{At: s.Times, Reach: s.Reach, Levels: m.categories()}
}

// methodOf is the method of a sampler or, of a distilled model, its own.
func (r *query) methodOf(s sample.Sampler) (sample.Method, error) {
	if m := r.model; m.student != nil {
		return m.student.steps(m), nil
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
		{"temperature", q.Sampler.Temperature != 0 && q.Sampler.Temperature != 1, "rows are drawn as it has learnt to"},
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
