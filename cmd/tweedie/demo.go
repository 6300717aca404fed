package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/atomicfile"
	"tweedie/internal/figure"
	"tweedie/internal/report"
	"tweedie/train"
)

// results are the rows of a table: what, the measured value, the value to compare with.
func (d *demo) results() [][]string {
	h, _ := d.law.Entropy()
	list := [][]string{
		{"negative log likelihood, fresh rows", fmt.Sprintf("%.4f ± %.4f nats", d.nll, d.se), fmt.Sprintf("%.4f (entropy of the law)", h)},
		{"log density below the law's own, row by row", fmt.Sprintf("%.4f ± %.4f nats", d.gap, d.gse), "0 (a perfect model)"},
		{"sliced Wasserstein distance, samples to data", fmt.Sprintf("%.4f", d.sliced), fmt.Sprintf("%.4f (data to data)", d.floor)},
	}
	return append(append(list, d.story.results()...), [][]string{
		{"training", fmt.Sprintf("%.1f s, %d steps", d.fit.Seconds(), d.model.Provenance().Steps), ""},
		{"drawing " + fmt.Sprint(quickRows) + " rows, 50 evaluations each", fmt.Sprintf("%.2f s", d.draw.Seconds()), ""},
	}...)
}

// print prints the results.
func (d *demo) print(w io.Writer) error {
	t := aligned(w)
	for _, r := range append([][]string{{"", "measured", "to compare with"}}, d.results()...) {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(r, "\t"), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n\nwritten to %s: report.html, and its figures; model.safetensors, samples.csv, observed.yaml\n", strings.Join(d.story.verdicts(), "\n"), d.dir)
	return err
}

// write makes the figures and the page.
func (d *demo) write() error {
	samples, err := figure.Scatter2("", d.data, d.samples)
	if err != nil {
		return err
	}
	score, err := d.scoreFigure()
	if err != nil {
		return err
	}
	loss, err := train.LossFigure(figure.Axes{X: "step", Y: "denoising loss"}, d.reports)
	if err != nil {
		return err
	}
	f := d.model.Metadata().Columns
	cloud, err := d.story.cloud(figure.CloudOptions{XMin: f[0].Range.Min, XMax: f[0].Range.Max, YMin: f[1].Range.Min, YMax: f[1].Range.Max})
	if err != nil {
		return err
	}
	figures := map[string]*figure.Figure{"samples": samples, "score": score, "loss": loss, "guided": cloud}
	for _, w := range d.story.checked() {
		if figures["check-"+w.method], _, err = w.check.Figures(); err != nil {
			return err
		}
	}
	pngs := map[string][]byte{}
	for name, f := range figures {
		pngs[name] = f.PNG()
		if err := writeFile(filepath.Join(d.dir, name+".png"), pngs[name]); err != nil {
			return err
		}
	}
	return d.report(pngs)
}

// scoreNoise is the σ/α, in units of the data's standard deviation, at which
// the score is shown: small enough to see the law, large enough to point
// towards it from everywhere.
const scoreNoise = 0.25

// scoreFigure shows the model's score over the log density of the law.
func (d *demo) scoreFigure() (*figure.Figure, error) {
	p, err := d.model.Plane(scoreNoise)
	if err != nil {
		return nil, err
	}
	one := mat.NewDense(1, 2, nil)
	var failed error
	at := func(px, py float64) (u, v float64) {
		if u, v, err = p.Score(px, py); err != nil {
			failed, u, v = err, math.NaN(), math.NaN()
		}
		return u, v
	}
	var lp [1]float64
	o := figure.FieldOptions{
		XMin: p.XMin, XMax: p.XMax, YMin: p.YMin, YMax: p.YMax,
		LogDensity: func(px, py float64) float64 {
			one.SetRow(0, []float64{px, py})
			d.law.LogProb(lp[:], one)
			return max(lp[0], -12)
		},
	}
	fig, err := figure.Field(o, at)
	if failed != nil {
		return nil, failed
	}
	return fig, err
}

func (d *demo) report(pngs map[string][]byte) error {
	law := d.law.Name()
	p := &report.Page{
		Title: "tweedie quickstart: " + law,
		Intro: []string{
			"A score-based diffusion model was trained on draws from the law " + law + " in the plane. The law's density and entropy are known, so what the model has learnt can be measured and not only looked at.",
			"No model has a smaller expected negative log likelihood than the entropy of the law. The second row of the table compares the two log densities row by row, which takes out most of the chance in the first.",
		},
		Sections: []report.Section{
			{Heading: "What was measured", Table: &report.Table{Header: []string{"", "measured", "to compare with"}, Rows: d.results()}},
			{Heading: "Samples", Figures: []report.Figure{{PNG: pngs["samples"], Caption: "Left: fresh draws of the law. Right: as many draws of the model."}}},
			{Heading: "The score", Text: []string{"The score is the gradient of the log density of the data with noise added. It is what the network has learnt: where to go for more probable points."},
				Figures: []report.Figure{{PNG: pngs["score"], Caption: fmt.Sprintf("The model's score at a noise of %g standard deviations, over the log density of the law.", scoreNoise)}}},
			{Heading: "Training", Figures: []report.Figure{{PNG: pngs["loss"], Caption: "Denoising loss. It does not fall to zero: noise cannot be undone entirely."}}},
		},
	}
	p.Sections = append(append(p.Sections[:3:3], d.story.sections(d, pngs)...), p.Sections[3])
	p.Footer = "tweedie " + version() + ". The seed and the number of steps fix every bit of the result, but for times, on processors of one kind."
	p.Command = fmt.Sprintf("tweedie quickstart --law %s --steps %d --seed %d --out %s", law, d.model.Provenance().Steps, d.model.Provenance().Seed, d.dir)
	return atomicfile.Write(filepath.Join(d.dir, "report.html"), func(w io.Writer) error { return report.Write(w, p) })
}
