package quickstart

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
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

// story is an observation, and what guides make of it.
type story struct {
	posterior toy.Posterior
	exact     *mat.Dense
	floor     float64 // distance of two sets of exact draws
	ways      []*guided
}

const (
	guidedRows = 2000
	replicas   = 400
	draws      = 31
	observedSD = 0.3
)

// Guide observes a coordinate and draws guided rows in several ways, beside exact draws of the
// posterior, which the law has. The guide file is kept as observed.yaml.
func (d *Demo) Guide(ctx context.Context) error {
	at := mat.NewDense(1, 2, nil)
	d.Law.Sample(at, ^d.Seed, 0)
	s := &d.story
	s.posterior = toy.Posterior{Law: d.Law, Value: math.Round(100*at.At(0, 0)) / 100, SD: observedSD}
	s.ways = []*guided{
		{name: "DPS", method: "dps"}, {name: "MMPS", method: "mmps"},
		{name: "particles (TDS)", method: "mmps", how: tabular.Conditioning{Method: "tds", Particles: 500}},
	}
	exact := mat.NewDense(2*guidedRows, 2, nil)
	if err := s.posterior.Sample(exact, d.Seed, 0); err != nil {
		return err
	}
	again := exact.Slice(guidedRows, 2*guidedRows, 0, 2).(*mat.Dense)
	s.exact = exact.Slice(0, guidedRows, 0, 2).(*mat.Dense)
	s.floor = metrics.SlicedWasserstein(s.exact, again, projections, d.Seed)
	for _, w := range s.ways {
		f, err := s.file(w.method)
		if err != nil {
			return err
		}
		r, err := d.Model.Sample(ctx, guidedRows, &tabular.Query{Guide: f, Conditioning: w.how, Seed: d.Seed, Workers: d.Workers})
		if err != nil {
			return err
		}
		w.rows = mat.NewDense(guidedRows, 2, nil)
		for i := range guidedRows {
			w.rows.SetRow(i, []float64{r.Cells.Number(i, 0), r.Cells.Number(i, 1)})
		}
		w.sliced = metrics.SlicedWasserstein(s.exact, w.rows, projections, d.Seed)
	}
	return report.WriteFiles(d.Folder, report.File{Name: "observed.yaml", Fill: func(w io.Writer) error {
		_, err := io.WriteString(w, s.text("mmps"))
		return err
	}})
}

// text is the guide file.
func (s *story) text(method string) string {
	return fmt.Sprintf("guide:\n  - observe: {x: %g}\n    noise: %g\n    method: %s\n", s.posterior.Value, s.posterior.SD, method)
}

func (s *story) file(method string) (*spec.File, error) {
	return spec.Parse("observed.yaml", []byte(s.text(method)))
}

// Check checks the guides on the model, as the check command does.
func (d *Demo) Check(ctx context.Context) error {
	for _, w := range d.story.checked() {
		f, err := d.story.file(w.method)
		if err != nil {
			return err
		}
		told := d.rows("check "+w.name, replicas*draws)
		w.check, err = d.Model.Calibrate(ctx, &tabular.Query{Guide: f, Seed: d.Seed, Workers: d.Workers},
			&tabular.CalibrationOptions{Replicas: replicas, Draws: draws, Progress: func(done, _ int) error { return told(done) }})
		if err != nil {
			return err
		}
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
