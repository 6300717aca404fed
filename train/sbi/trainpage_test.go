package sbi

import (
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/train"
)

func TestTrainingPage(t *testing.T) {
	m := &Model{prior: mixedPrior(t), xNames: []string{"x", "y"}, summary: Summary{Rows: 300, Held: 30, LogScore: 1.5, Networks: "two of them"},
		provenance: checkpoints.Provenance{Config: map[string]string{"hidden": "16"}}}
	for networks, want := range map[int]bool{1: false, 3: true} {
		p := m.TrainingPage("--", networks)
		if len(p.Columns) != 4+2 || p.Columns[2] != [3]string{"c", "parameter", "from -1 to 3"} || p.Settings[len(p.Settings)-1] != [2]string{"--hidden", "16"} {
			t.Errorf("%+v", p)
		}
		var b strings.Builder
		if err := train.WriteHTML(&b, nil, p); err != nil || !strings.Contains(b.String(), "300 simulations") || strings.Contains(b.String(), "3 networks were trained") != want {
			t.Errorf("%d networks: %v, %s", networks, err, b.String())
		}
	}
}
