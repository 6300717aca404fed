package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/internal/figure"
)

type checkFlags struct {
	methodFlags
	model, file, out string
	replicas, draws  int
	json             bool
}

func (a *app) checkCommand() *cobra.Command {
	var o checkFlags
	c := &cobra.Command{
		Use:   "check --model MODEL.safetensors --guide FILE.yaml",
		Short: "Find out how wrong a guide is on a model",
		Long: `Simulation-based calibration of a guide on a model, with the model as its own
ground truth: draw x from the model, an observation from x and the error model
of the guide, then rows guided by that observation. If they are draws of the
posterior, the rank of x among them is uniform in every column.

The values in the guide file play no role: observations are drawn.`,
		Example: `  tweedie check --model moons.safetensors --guide observed.yaml --replicas 200 --out calibration`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.check(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.StringVar(&o.file, "guide", "", "YAML file of observations, or formulas: docs/guidance.md")
	o.methodFlags.define(c)
	f.IntVar(&o.replicas, "replicas", 200, "observations to draw")
	f.IntVar(&o.draws, "draws", 63, "guided rows for each")
	f.StringVar(&o.out, "out", "", "folder for calibration.json and figures")
	f.BoolVar(&o.json, "json", false, "print JSON instead of sentences")
	return c
}

func (a *app) check(ctx context.Context, o *checkFlags) error {
	if o.model == "" || o.file == "" {
		return badUsage("check needs --model and --guide")
	}
	for _, e := range []error{between("replicas", o.replicas, 20, maxSteps), between("draws", o.draws, 9, maxSteps), o.methodFlags.check()} {
		if e != nil {
			return e
		}
	}
	m, err := a.loadModel(o.model)
	if err != nil {
		return err
	}
	if len(m.Metadata().Conditions()) > 0 {
		return badUsage("%s has label columns: check is for models without --condition", o.model)
	}
	if m.Latent() != nil {
		return badUsage("%s lives on principal components: check is for models without --latent", o.model)
	}
	s := o.sampler()
	s.Name = o.samplerName
	method, err := m.WithLevels(s).Method(m.Network().Schedule())
	if err != nil {
		return err
	}
	f, err := spec.Read(o.file)
	if err == nil {
		f, err = f.Under(m.Network().Schedule())
	}
	if err != nil {
		return usage{err}
	}
	f = f.On(m.Network(), m.Codec(), a.seed)
	obs, err := f.Observations(m.Codec())
	if err == nil {
		_, err = f.Guides(obs, "")
	}
	if err != nil {
		return usage{err}
	}
	opts := s.Options()
	opts.Seed, opts.Workers = a.seed, a.workers
	p := a.progress("check", o.replicas*o.draws)
	r, err := calibration.Run(ctx, m.Network(), m.Codec(), f, &calibration.Options{
		Replicas: o.replicas, Draws: o.draws, Method: method, Sample: opts,
		Progress: func(done, _ int) { p.set(done, "") },
	})
	if err != nil {
		return err
	}
	p.finish()
	a.caveats(r.Caveats)
	if o.out != "" {
		if err := writeCalibration(o.out, r); err != nil {
			return err
		}
	}
	return printCalibration(a.stdout, r, o.json)
}

func printCalibration(w io.Writer, r *calibration.Report, asJSON bool) error {
	if asJSON {
		return encodeJSON(w, r)
	}
	for _, c := range r.Columns {
		if _, err := fmt.Fprintln(w, c.Verdict()); err != nil {
			return err
		}
	}
	return nil
}

// writeCalibration writes the numbers and two figures: ranks against uniform
// ones, and the coverage of central intervals.
func writeCalibration(dir string, r *calibration.Report) error {
	if err := makeFolder(dir); err != nil {
		return err
	}
	if err := writeTo(filepath.Join(dir, "calibration.json"), func(w io.Writer) error { return encodeJSON(w, r) }); err != nil {
		return err
	}
	var ranks, cover []figure.Series
	for k, c := range r.Columns {
		if k == 8 {
			break // more lines than colors say nothing
		}
		x, y := c.Excess(r.Draws)
		ranks = append(ranks, figure.Series{Name: c.Name, X: x, Y: y})
		cover = append(cover, figure.Series{Name: c.Name, X: r.Levels, Y: c.Cover})
	}
	cover = append(cover, figure.Series{Name: "calibrated", X: r.Levels, Y: r.Levels})
	for _, f := range []struct {
		name string
		axes figure.Axes
		s    []figure.Series
		draw func(figure.Axes, ...figure.Series) (*figure.Figure, error)
	}{
		{"ranks.png", figure.Axes{X: "rank, as a share", Y: "share of ranks below it, less its own"}, ranks, figure.Curve},
		{"coverage.png", figure.Axes{X: "central interval", Y: "share of replicas inside"}, cover, figure.Lines},
	} {
		fig, err := f.draw(f.axes, f.s...)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, f.name), fig.PNG()); err != nil {
			return err
		}
	}
	return nil
}
