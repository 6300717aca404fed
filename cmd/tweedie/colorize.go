package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"tweedie/checkpoints"
	"tweedie/internal/atomicfile"
	"tweedie/internal/bench/coloring"
	"tweedie/nn"
	"tweedie/train"
)

type colorizeFlags struct {
	coloring.Options
	out, model string
}

func (a *app) colorizeCommand() *cobra.Command {
	var o colorizeFlags
	c := &cobra.Command{
		Use:     "colorize",
		Aliases: []string{"colourize"},
		Short:   "Give colors to small gray pictures: train, draw, compare",
		Long: `Train a network on procedural pictures of 8x8 pixels, take the gray values of
pictures that it has not seen, and draw colorings of each, guided by the grays
or with these put in, as known coordinates among orthonormal ones. Nothing is
downloaded; it takes a minute or two.

The grid has the gray picture, draws, and the truth. What is printed: how far the
colors of draws are from the true ones, from each other (equal, if they are
draws of the posterior), and how far those of other pictures are.`,
		Example: `  tweedie colorize --out colors`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.colorize(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "colors", "folder to write into, made if need be")
	f.StringVar(&o.Method, "method", "mmps", "mmps (a guide) or repaint (known grays put in, each step taken ten times)")
	f.StringVar(&o.model, "model", "", "network of an earlier run, OUT/pictures.safetensors, in place of training one")
	f.IntVar(&o.Steps, "steps", 12000, "training steps")
	f.IntVar(&o.Pictures, "pictures", 32, "pictures to color; the grid shows eight")
	f.IntVar(&o.Draws, "draws", 6, "colorings of each")
	f.IntVar(&o.NFE, "nfe", 100, "denoiser evaluations per draw")
	complete(c, "method", coloring.Methods()...)
	return c
}

func (a *app) colorize(ctx context.Context, o colorizeFlags) error {
	if err := o.Validate(); err != nil {
		return usage{err}
	}
	o.Seed, o.Workers = a.seed, a.workers
	if err := makeFolder(o.out); err != nil {
		return err
	}
	m, err := a.pictureModel(ctx, &o)
	if err != nil {
		return err
	}
	p := a.progress("color", 1)
	g, err := coloring.Draw(ctx, m, &o.Options)
	if err != nil {
		return err
	}
	p.finish()
	for _, c := range g.Caveats {
		a.log.Warn("approximate", "why", c)
	}
	if err := atomicfile.Write(filepath.Join(o.out, "colorize.png"), g.Grid(min(8, o.Pictures)).WritePNG); err != nil {
		return err
	}
	return a.printColoring(g.Compare(a.seed))
}

// pictureModel trains a network and saves it, or loads one.
func (a *app) pictureModel(ctx context.Context, o *colorizeFlags) (*nn.Model, error) {
	if o.model != "" {
		m, err := nn.Load(o.model)
		if err == nil && coloring.Fits(m) != nil {
			return nil, fmt.Errorf("%s is no network of pictures: give one that colorize has written", o.model)
		}
		return m, err
	}
	p := a.progress("train", o.Steps)
	o.Observe = func(e train.Report) error {
		p.set(e.Step, fmt.Sprintf("loss %.4f  held-out %.4f", e.Loss, e.Validation))
		return nil
	}
	m, err := coloring.Train(ctx, &o.Options)
	if err != nil {
		return nil, err
	}
	p.finish()
	f := checkpoints.New(nn.ModelKind)
	if err := m.Store(f); err != nil {
		return nil, err
	}
	return m, checkpoints.Save(filepath.Join(o.out, "pictures.safetensors"), f)
}

func (a *app) printColoring(s coloring.Score) error {
	_, err := fmt.Fprintf(a.stdout, `%d pictures, %d colorings of each; distances of colors, root mean square in units of [0, 1]:
  draws to the truth           %.4f ± %.4f
  draws to each other          %.4f ± %.4f (equal to that, if they are draws of the posterior)
  colors of other pictures     %.4f
  colors of the most similar   %.4f (by gray, of %d others)
grays are met to %.1e
`, s.Pictures, s.Draws, s.Truth, s.TruthSE, s.Apart, s.ApartSE, s.Other, s.Nearest, s.Library, s.Gray)
	return err
}
