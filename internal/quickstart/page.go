package quickstart

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/internal/report"
	"tweedie/train"
)

// Write makes the figures and report.html, whose footer begins with the program and its version.
func (d *Demo) Write(program string) error {
	samples, err := figure.Scatter2("", d.data, d.samples)
	if err != nil {
		return err
	}
	score, err := d.scoreFigure()
	if err != nil {
		return err
	}
	loss, err := train.LossFigure(figure.Axes{X: "step", Y: "denoising loss", Width: 3.7, Height: 2.8}, d.Reports)
	if err != nil {
		return err
	}
	f := d.Model.Metadata().Columns
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
	var files []report.File
	for name, f := range figures {
		pngs[name] = f.PNG()
		files = append(files, report.File{Name: name + ".png", Fill: f.WritePNG})
	}
	return report.WriteFiles(d.Folder, append(files, report.File{Name: "report.html", Fill: func(w io.Writer) error {
		return report.Write(w, d.page(pngs, program))
	}})...)
}

// scoreNoise is the σ/α, in units of the data's standard deviation, at which
// the score is shown: small enough to see the law, large enough to point
// towards it from everywhere.
const scoreNoise = 0.25

// scoreFigure shows the model's score over the log density of the law.
func (d *Demo) scoreFigure() (*figure.Figure, error) {
	p, err := d.Model.Plane(scoreNoise)
	if err != nil {
		return nil, err
	}
	one := mat.NewDense(1, 2, nil)
	var lp [1]float64
	return p.Figure(figure.FieldOptions{LogDensity: func(px, py float64) float64 {
		one.SetRow(0, []float64{px, py})
		d.Law.LogProb(lp[:], one)
		return max(lp[0], -12)
	}})
}

// page is the report.
func (d *Demo) page(pngs map[string][]byte, program string) *report.Page {
	law := d.Law.Name()
	p := &report.Page{
		Title: "tweedie quickstart: " + law,
		Intro: []string{
			"A score-based diffusion model was trained on draws from the law " + law + " in the plane. The law's density and entropy are known, so what the model has learnt can be measured and not only looked at.",
			"No model has a smaller expected negative log likelihood than the entropy of the law. The second row of the table compares the two log densities row by row, which takes out most of the chance in the first.",
		},
		Sections: []report.Section{
			{Heading: "What was measured", Table: &report.Table{Header: Header(), Rows: d.Results()}},
			{Heading: "Samples", Figures: []report.Figure{{PNG: pngs["samples"], Caption: "Left: fresh draws of the law. Right: as many draws of the model."}}},
			{Heading: "The score", Text: []string{"The score is the gradient of the log density of the data with noise added. It is what the network has learnt: where to go for more probable points."},
				Figures: []report.Figure{{PNG: pngs["score"], Caption: fmt.Sprintf("The model's score at a noise of %g standard deviations, over the log density of the law.", scoreNoise)}}},
			{Heading: "Training", Figures: []report.Figure{{PNG: pngs["loss"], Caption: "Denoising loss. It does not fall to zero: noise cannot be undone entirely."}}},
		},
	}
	p.Sections = append(append(p.Sections[:3:3], d.story.sections(d, pngs)...), p.Sections[3])
	p.Footer = program + ". The seed and the number of steps fix every bit of the result, but for times, on processors of one kind."
	p.Command = fmt.Sprintf("tweedie quickstart --law %s --steps %d --seed %d --out %s", law, d.Model.Provenance().Steps, d.Model.Provenance().Seed, d.Folder)
	return p
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
func (s *story) sections(d *Demo, pngs map[string][]byte) []report.Section {
	list := []report.Section{
		{Heading: "Guide: an observation", Text: []string{
			fmt.Sprintf("The first coordinate of a row was observed as %g, with a normal error of %g. A guide bends the sampling of the same model towards it; nothing is trained anew. The law is known, and so is the exact posterior: draws of the law, accepted by their likelihood.", s.posterior.Value, s.posterior.SD),
			"DPS leaves out how much of a row is still unknown at each noise level. MMPS takes it into account, as if it were normal, which on a law of several modes it is not. Particles weigh rows, and are exact as their number grows."},
			Figures: []report.Figure{{PNG: pngs["guided"], Caption: "Guided rows over the density of the exact posterior. The line is what was observed."}},
			Code:    fmt.Sprintf("tweedie sample --model %s/model.safetensors --guide %s/observed.yaml\n\n# observed.yaml\n%s", d.Folder, d.Folder, s.text("mmps"))},
		{Heading: "Check: is this guide right on this model?", Text: []string{
			"On data of one's own there is no exact posterior to compare with. The check does without: it draws a row of the model, an observation of it, and guided rows. If these are draws of the posterior, the rank of the first row among them is uniform, in each column and in how well it fits the observation."},
			List: s.verdicts(), Code: fmt.Sprintf("tweedie check --model %s/model.safetensors --guide %s/observed.yaml --replicas %d --draws %d --out check", d.Folder, d.Folder, replicas, draws)},
	}
	check := &list[1]
	for _, w := range s.checked() {
		check.Figures = append(check.Figures, report.Figure{PNG: pngs["check-"+w.method], Caption: fmt.Sprintf("%s: share of the ranks below each, less what uniform ranks have. The line of a right guide stays in the band in 99 %% of the cases.", w.name)})
	}
	return list
}
