package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"tweedie/datasets/toy"
	"tweedie/internal/quickstart"
	"tweedie/train/tabular"
)

type quickstartFlags struct {
	out, law string
	steps    int
}

func (a *app) quickstartCommand() *cobra.Command {
	var o quickstartFlags
	c := &cobra.Command{
		Use:   "quickstart",
		Short: "The whole story on built-in data: train, sample, guide, check, report",
		Long: `Train a model on a law in the plane that is known, draw samples from it, evaluate its
density, guide it by an observation beside the exact posterior, check the guides, and
write figures, a checkpoint, the samples and a page that explains them. Nothing is
downloaded; it takes a minute. Interrupted in training, it keeps nothing.`,
		Example: `  tweedie quickstart --out demo
  tweedie quickstart --law 2spirals --steps 20000 --out spirals`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("steps") {
				if err := between("steps", o.steps, 1, maxSteps); err != nil {
					return err
				}
			}
			return a.quickstart(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "demo", "folder to write into, made if need be")
	f.StringVar(&o.law, "law", "8gaussians", strings.Join(toy.Names(), ", "))
	f.IntVar(&o.steps, "steps", 0, "training steps (default 6000, or as many as a slow machine does in a minute)")
	complete(c, "law", toy.Names()...)
	return c
}

const quickSteps = 6000

func (a *app) quickstart(ctx context.Context, o *quickstartFlags) error {
	law, err := toy.Lookup(o.law)
	if err != nil {
		return usage{err}
	}
	if err := makeFolder(o.out); err != nil {
		return err
	}
	d := &quickstart.Demo{Law: law, Folder: o.out, Seed: a.seed, Workers: a.workers, Progress: a.stages()}
	if err := a.quickTrain(ctx, d, o.steps); err != nil {
		return err
	}
	start := time.Now()
	if err := d.Sample(ctx); err != nil {
		return err
	}
	d.Draw = time.Since(start)
	for _, part := range []func(context.Context) error{d.Measure, d.Guide, d.Check} {
		if err := part(ctx); err != nil {
			return err
		}
		a.endStage()
	}
	if err := d.Write(footer()); err != nil {
		return err
	}
	return printDemo(a.stdout, d)
}

// quickTrain fits a model with the defaults of the train command.
func (a *app) quickTrain(ctx context.Context, d *quickstart.Demo, steps int) error {
	data, err := lawData(d.Law.Name(), nil, 100_000, a.seed)
	if err != nil {
		return err
	}
	o := &trainFlags{data: data.Name, out: filepath.Join(d.Folder, "model.safetensors"), steps: steps, toyRows: 200_000}
	lock, err := a.lockRun(o)
	if err != nil {
		return err
	}
	defer lock.Release()
	opts, err := o.options(a)
	if err != nil {
		return err
	}
	opts.Conditional = 0.5 // either coordinate can be given
	t := &training{app: a, o: o, passing: true}
	if t.Training, err = tabular.NewTraining(data, opts); err != nil {
		return err
	}
	if steps == 0 {
		if _, err := t.StepsWithin(ctx, time.Minute, quickSteps, time.Now); err != nil {
			return err
		}
	}
	start := time.Now()
	if err := t.run(ctx); err != nil {
		return err
	}
	d.Fit, d.Model, d.Reports = time.Since(start), t.Model(), t.reports
	return nil
}

// printDemo prints the results.
func printDemo(w io.Writer, d *quickstart.Demo) error {
	t := aligned(w)
	for _, r := range append([][]string{quickstart.Header()}, d.Results()...) {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(r, "\t"), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n\nwritten to %s: report.html, and its figures; model.safetensors, samples.csv, observed.yaml\n", strings.Join(d.Verdicts(), "\n"), d.Folder)
	return err
}
