package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/internal/figure"
	"tweedie/internal/report"
	"tweedie/train/tabular"
)

// guided is one way to guide: its rows and what the check says of it.
type guided struct {
	name   string // on the page
	method string // in the guide file
	how    tabular.Conditioning
	rows   *mat.Dense
	sliced float64             // Wasserstein distance to the exact posterior
	check  *calibration.Report // nil for the remedy, whose check takes as long as all else
}

// story is the observation of quickstart, and what guides make of it.
type story struct {
	posterior toy.Posterior
	exact     *mat.Dense
	floor     float64 // distance of two sets of exact draws
	ways      []*guided
}

const (
	guidedRows    = 2000
	quickReplicas = 400
	quickDraws    = 31
	observedSD    = 0.3
)

// quickGuide observes a coordinate and draws guided rows in several ways, beside exact
// draws of the posterior, which the law has.
func (a *app) quickGuide(ctx context.Context, d *demo) error {
	at := mat.NewDense(1, 2, nil)
	d.law.Sample(at, ^a.seed, 0)
	s := &d.story
	s.posterior = toy.Posterior{Law: d.law, Value: math.Round(100*at.At(0, 0)) / 100, SD: observedSD}
	s.ways = []*guided{
		{name: "DPS", method: "dps"}, {name: "MMPS", method: "mmps"},
		{name: "particles (TDS)", method: "mmps", how: tabular.Conditioning{Method: "tds", Particles: 500}},
	}
	s.exact = mat.NewDense(2*guidedRows, 2, nil)
	if err := s.posterior.Sample(s.exact, a.seed, 0); err != nil {
		return err
	}
	again := s.exact.Slice(guidedRows, 2*guidedRows, 0, 2).(*mat.Dense)
	s.exact = s.exact.Slice(0, guidedRows, 0, 2).(*mat.Dense)
	s.floor = metrics.SlicedWasserstein(s.exact, again, 100, a.seed)
	for _, w := range s.ways {
		f, err := s.file(w.method)
		if err != nil {
			return err
		}
		r, err := d.model.Sample(ctx, guidedRows, &tabular.Query{Guide: f, Conditioning: w.how, Seed: a.seed, Workers: a.workers})
		if err != nil {
			return err
		}
		w.rows = mat.NewDense(guidedRows, 2, nil)
		for i := range guidedRows {
			w.rows.SetRow(i, []float64{r.Cells.Number(i, 0), r.Cells.Number(i, 1)})
		}
		w.sliced = metrics.SlicedWasserstein(s.exact, w.rows, 100, a.seed)
	}
	return writeFile(filepath.Join(d.dir, "observed.yaml"), []byte(s.text("mmps")))
}

// text is the guide file.
func (s *story) text(method string) string {
	return fmt.Sprintf("guide:\n  - observe: {x: %g}\n    noise: %g\n    method: %s\n", s.posterior.Value, s.posterior.SD, method)
}

func (s *story) file(method string) (*spec.File, error) {
	return spec.Parse("observed.yaml", []byte(s.text(method)))
}

// quickCalibrate checks the guides on the model, as the check command does.
func (a *app) quickCalibrate(ctx context.Context, d *demo) error {
	for _, w := range d.story.checked() {
		f, err := d.story.file(w.method)
		if err != nil {
			return err
		}
		p := a.progress("check "+w.name, quickReplicas*quickDraws)
		w.check, err = d.model.Calibrate(ctx, &tabular.Query{Guide: f, Seed: a.seed, Workers: a.workers},
			&tabular.CalibrationOptions{Replicas: quickReplicas, Draws: quickDraws, Progress: func(done, _ int) error { return p.rows(done) }})
		if err != nil {
			return err
		}
		p.finish()
	}
	return nil
}

// checked are the ways that are checked: the guides by themselves.
func (s *story) checked() []*guided { return s.ways[:2] }

// results are the rows of the table that are about guides.
func (s *story) results() (rows [][]string) {
	for _, w := range s.ways {
		rows = append(rows, []string{"sliced Wasserstein distance, " + w.name + " to exact posterior", fmt.Sprintf("%.4f", w.sliced), fmt.Sprintf("%.4f (exact draws to exact draws)", s.floor)})
	}
	return rows
}

// verdicts are what the check says, a line for each way.
func (s *story) verdicts() (lines []string) {
	for _, w := range s.checked() {
		lines = append(lines, "check of "+w.name+": "+strings.TrimPrefix(w.check.Verdict("--"), "verdict: "))
	}
	return lines
}

// cloud shows the guided rows over the exact posterior.
func (s *story) cloud(box figure.CloudOptions) (*figure.Figure, error) {
	top := math.Inf(-1)
	for i := range guidedRows {
		top = math.Max(top, s.posterior.LogDensity(s.exact.At(i, 0), s.exact.At(i, 1)))
	}
	box.LogDensity = func(x, y float64) float64 { return math.Max(s.posterior.LogDensity(x, y), top-9) }
	box.Line = [][2]float64{{s.posterior.Value, box.YMin}, {s.posterior.Value, box.YMax}}
	names, rows := []string{"exact"}, []*mat.Dense{s.exact}
	for _, w := range s.ways {
		names, rows = append(names, w.name), append(rows, w.rows)
	}
	return figure.Clouds(box, names, rows...)
}

// sections are the parts of the page about guides, with the figures that were written.
func (s *story) sections(d *demo, pngs map[string][]byte) []report.Section {
	list := []report.Section{
		{Heading: "Guide: an observation", Text: []string{
			fmt.Sprintf("The first coordinate of a row was observed as %g, with a normal error of %g. A guide bends the sampling of the same model towards it; nothing is trained anew. The law is known, and so is the exact posterior: draws of the law, accepted by their likelihood.", s.posterior.Value, s.posterior.SD),
			"DPS leaves out how much of a row is still unknown at each noise level. MMPS takes it into account, as if it were normal, which on a law of several modes it is not. Particles weigh rows, and are exact as their number grows."},
			Figures: []report.Figure{{PNG: pngs["guided"], Caption: "Guided rows over the density of the exact posterior. The line is what was observed."}},
			Code:    fmt.Sprintf("tweedie sample --model %s/model.safetensors --guide %s/observed.yaml\n\n# observed.yaml\n%s", d.dir, d.dir, s.text("mmps"))},
		{Heading: "Check: is this guide right on this model?", Text: []string{
			"On data of one's own there is no exact posterior to compare with. The check does without: it draws a row of the model, an observation of it, and guided rows. If these are draws of the posterior, the rank of the first row among them is uniform, in each column and in how well it fits the observation."},
			List: s.verdicts(), Code: fmt.Sprintf("tweedie check --model %s/model.safetensors --guide %s/observed.yaml --replicas %d --draws %d --out check", d.dir, d.dir, quickReplicas, quickDraws)},
	}
	check := &list[1]
	for _, w := range s.checked() {
		check.Figures = append(check.Figures, report.Figure{PNG: pngs["check-"+w.method], Caption: fmt.Sprintf("%s: share of the ranks below each, less what uniform ranks have. The line of a right guide stays in the band in 99 %% of the cases.", w.name)})
	}
	return list
}
