package tabular

import (
	"strings"
	"testing"

	"tweedie/train"
)

func TestTrainingPage(t *testing.T) {
	m := model(t, "label")
	p := m.TrainingPage("--")
	if len(p.Columns) != len(m.Metadata().Columns) || p.Columns[0][0] != m.Metadata().Columns[0].Name {
		t.Errorf("columns %v", p.Columns)
	}
	var names []string
	for _, s := range p.Settings {
		names = append(names, s[0])
	}
	if s := strings.Join(names, " "); !strings.HasPrefix(s, "schedule network seed steps done kernels") || !strings.Contains(s, " --hidden") {
		t.Errorf("settings %s", s)
	}
	var b strings.Builder
	if err := train.WriteHTML(&b, nil, p); err != nil || !strings.Contains(b.String(), "A model of ") {
		t.Error(err)
	}
}
