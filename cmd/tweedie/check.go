package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/figure"
	"tweedie/internal/stream"
	"tweedie/sample"
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
	f.StringVar(&o.file, "guide", "", "YAML file of observations")
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
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	if len(b.model.Conds) > 0 {
		return badUsage("%s has label columns: check is for models without --condition", o.model)
	}
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return err
	}
	f, err := readGuide(o.file)
	if err != nil {
		return err
	}
	run := calibrationRun{a, b, m, o}
	truth, err := run.truth(ctx)
	if err != nil {
		return err
	}
	terms, err := f.simulated(b, truth, o.draws, a.seed)
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, err)
	}
	x, err := run.guided(ctx, terms)
	if err != nil {
		return err
	}
	cs := calibrate(b.codec.Names(), truth, x, o.draws)
	if o.out != "" {
		if err := writeCalibration(o.out, cs, o.draws); err != nil {
			return err
		}
	}
	return printCalibration(a.stdout, cs, o.json)
}

// calibrationRun draws what check needs.
type calibrationRun struct {
	app *app
	b   *bundle
	m   sample.Method
	o   *checkFlags
}

func (r calibrationRun) truth(ctx context.Context) (*mat.Dense, error) {
	opts := r.o.options()
	opts.Seed, opts.Workers = r.app.seed, r.app.workers
	res, err := sample.Run(ctx, r.b.model, r.m, r.o.replicas, opts)
	if err != nil {
		return nil, err
	}
	return res.X, nil
}

func (r calibrationRun) guided(ctx context.Context, terms []guide.Term) (*mat.Dense, error) {
	g := guide.New(r.b.model, terms...)
	if err := g.Err(); err != nil {
		return nil, usage{err}
	}
	r.app.caveat(g)
	n := r.o.replicas * r.o.draws
	p := r.app.progress("check", n)
	x := mat.NewDense(n, r.b.model.Dim(), nil)
	opts := r.o.options()
	opts.Seed, opts.Workers = ^r.app.seed, r.app.workers
	opts.Sink = func(first int, block *mat.Dense) error {
		rows, d := block.Dims()
		x.Slice(first, first+rows, 0, d).(*mat.Dense).Copy(block)
		p.set(first+rows, "")
		return nil
	}
	if _, err := sample.Run(ctx, g, r.m, n, opts); err != nil {
		return nil, err
	}
	p.finish()
	return x, nil
}

// simulated are the terms of the file with observations drawn for each row of
// truth, and repeated for its draws.
func (g *guideFile) simulated(b *bundle, truth *mat.Dense, draws int, seed uint64) ([]guide.Term, error) {
	var ts []guide.Term
	n, _ := truth.Dims()
	for i, t := range g.Guide {
		if t.Within != nil {
			return nil, badUsage("guide %d: within has no observation to draw: check takes observations only", i+1)
		}
		obs, err := t.observation(b.codec)
		if err != nil {
			return nil, badUsage("guide %d: %w", i+1, err)
		}
		_, m := obs.A.Dims()
		y := mat.NewDense(n, m, nil)
		if err := obs.A.Apply(y, truth); err != nil {
			return nil, err
		}
		obs.Y = mat.NewDense(n*draws, m, nil)
		key := stream.NewKey(seed, "check/noise").At(uint64(i))
		src := stream.NewSource(key)
		for r := range n {
			src.Seek(key.At(uint64(r)))
			row := y.RawRowView(r)
			for j := range row {
				row[j] += t.Noise.draw(src)
			}
			for l := range draws {
				obs.Y.SetRow(r*draws+l, row)
			}
		}
		term, err := t.term(obs)
		if err != nil {
			return nil, badUsage("guide %d: %w", i+1, err)
		}
		ts = append(ts, term)
	}
	return ts, nil
}

func printCalibration(w io.Writer, cs []calibration, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"levels": levels, "columns": cs})
	}
	for _, c := range cs {
		if _, err := fmt.Fprintln(w, c.verdict()); err != nil {
			return err
		}
	}
	return nil
}

// writeCalibration writes the numbers and two figures: ranks against uniform
// ones, and the coverage of central intervals.
func writeCalibration(dir string, cs []calibration, draws int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w; name another one with --out", dir, err)
	}
	b, err := json.MarshalIndent(map[string]any{"levels": levels, "columns": cs}, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "calibration.json"), append(b, '\n')); err != nil {
		return err
	}
	var ranks, cover []figure.Series
	for k, c := range cs {
		if k == 8 {
			break // more lines than colours say nothing
		}
		s := figure.Series{Name: c.Column}
		seen := make([]float64, draws+1)
		for _, r := range c.Ranks {
			seen[r] += 1 / float64(len(c.Ranks))
		}
		sum := 0.0
		for r, p := range seen {
			sum += p
			s.X, s.Y = append(s.X, float64(r+1)/float64(draws+1)), append(s.Y, sum-float64(r+1)/float64(draws+1))
		}
		ranks = append(ranks, s)
		cover = append(cover, figure.Series{Name: c.Column, X: levels, Y: c.Cover})
	}
	cover = append(cover, figure.Series{Name: "calibrated", X: levels, Y: levels})
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
