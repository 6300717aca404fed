package sbi

import (
	"math"
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
		if len(p.Columns) != 4+2 || p.Columns[2] != [3]string{"c", "parameter", "-1 to 3"} || p.Settings[len(p.Settings)-1] != [2]string{"--hidden", "16"} {
			t.Errorf("%+v", p)
		}
		var b strings.Builder
		if err := train.WriteHTML(&b, nil, p); err != nil || !strings.Contains(b.String(), "300 simulations") || strings.Contains(b.String(), "3 networks were trained") != want {
			t.Errorf("%d networks: %v, %s", networks, err, b.String())
		}
	}
}

func TestInterval(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{{-inf, inf, "any number"}, {0, inf, "from 0"}, {-inf, 1.5, "up to 1.5"}, {-1, 2, "-1 to 2"}} {
		if got := interval(c.lo, c.hi); got != c.want {
			t.Errorf("from %g to %g is %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}

// The longest run is the first of those with most steps.
func TestLongestRun(t *testing.T) {
	runs := [][]train.Report{nil, {{Step: 5}}, {{Step: 2}, {Step: 9}}, {{Step: 9}}}
	if r := LongestRun(runs); len(r) != 2 {
		t.Errorf("%+v", r)
	}
	if r := LongestRun(nil); r != nil {
		t.Errorf("%+v", r)
	}
}
