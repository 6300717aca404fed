package tabular

import (
	"strings"
	"testing"
)

// Without labels a model has no meaning that was never trained without: then cfg, which
// asks for it, is refused, whether the file says so itself or only in its settings.
func TestNoDropoutOfLabels(t *testing.T) {
	o := quick("label")
	o.Steps, o.LabelDropout = 10, -1
	m := fit(mixedText(300), *o)
	f := must(m.File())
	if !strings.Contains(f.Meta["model"], `"labels_required":true`) {
		t.Error("the file does not say what the model was trained without")
	}
	f.Meta["model"] = strings.Replace(f.Meta["model"], `,"labels_required":true`, "", 1)
	old := must(FromCheckpoint(f))
	yes := map[string]string{"label": "yes"}
	for _, c := range []struct {
		q       Query
		refused bool
	}{
		{Query{Given: yes}, false},
		{Query{}, false},
		{Query{Given: map[string]string{"kind": "red"}}, false},
		{Query{Where: []string{"size > 12"}, Conditioning: Conditioning{Particles: 4}}, false},
		{Query{Given: yes, CFG: 2}, true},
		{Query{Given: yes, CFG: 2, Where: []string{"size > 12"}}, true},
		{Query{Given: yes, CFG: 0.5, Conditioning: Conditioning{Method: "cfgpp"}}, true},
		{Query{Given: yes, CFG: 2, Conditioning: Conditioning{Method: "fkc"}}, true},
	} {
		c.q.Sampler.NFE = 4
		for _, m := range []*Model{m, old} {
			_, err := m.Sample(t.Context(), 3, &c.q)
			if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "condition-dropout") {
				t.Errorf("%+v: %v", c.q, err)
			}
			if err := m.Check(3, &c.q); (err != nil) != c.refused {
				t.Errorf("Check of %+v: %v", c.q, err)
			}
		}
		if _, err := model(t, "label").Sample(t.Context(), 3, &c.q); err != nil {
			t.Errorf("trained without labels too, %+v: %v", c.q, err)
		}
	}
}
