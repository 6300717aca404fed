package quickstart

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/datasets/toy"
	"tweedie/train"
	"tweedie/train/tabular"
)

// The demonstration on a model that is trained briefly: what it measures lies where a decent model does, the guides are ordered as
// the page says, and the check finds what the exact posterior shows.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some 15 s of a core")
	}
	ctx := context.Background()
	law, err := toy.Lookup("8gaussians")
	if err != nil {
		t.Fatal(err)
	}
	d := &Demo{Law: law, Folder: t.TempDir(), Seed: 1}
	cells, err := law.Table(20_000, nil, d.Seed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := tabular.LawData("toy:8gaussians", cells)
	if err != nil {
		t.Fatal(err)
	}
	o := &tabular.Options{Steps: 1500, Conditional: 0.5, Observe: func(r train.Report) error { d.Reports = append(d.Reports, r); return nil }}
	run, err := tabular.NewTraining(data, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Run(ctx); err != nil {
		t.Fatal(err)
	}
	d.Model = run.Model()
	for _, part := range []func(context.Context) error{d.Sample, d.Measure, d.Guide, d.Check} {
		if err := part(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if d.gap < -4*d.gse || d.gap > 0.3 {
		t.Errorf("the model's log density lies %.3f ± %.3f nats below the law's: want 0 to 0.3", d.gap, d.gse)
	}
	if d.sliced > 4*d.floor {
		t.Errorf("rows are %.3f from the data, whose halves are %.3f apart", d.sliced, d.floor)
	}
	dps, mmps, tds := d.story.ways[0], d.story.ways[1], d.story.ways[2]
	if !(tds.sliced < mmps.sliced && mmps.sliced < dps.sliced && tds.sliced < 3*d.story.floor+0.1) {
		t.Errorf("distances to the posterior: DPS %.3f, MMPS %.3f, particles %.3f, exact draws %.3f", dps.sliced, mmps.sliced, tds.sliced, d.story.floor)
	}
	for _, line := range d.Verdicts() {
		if strings.Contains(line, "DPS") && !strings.Contains(line, "not right") {
			t.Errorf("%s: want not right", line)
		}
	}
	if err := d.Write("tweedie test"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "samples.csv", "observed.yaml", "guided.png", "check-dps.png"} {
		if s, err := os.Stat(filepath.Join(d.Folder, name)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
