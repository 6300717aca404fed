package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"tweedie/internal/atomicfile"
	"tweedie/internal/bench/accuracy"
	"tweedie/internal/figure"
)

type benchSamplersFlags struct {
	out     string
	trained bool
	seeds   int
	steps   int
}

func (a *app) benchSamplersCommand() *cobra.Command {
	var o benchSamplersFlags
	c := &cobra.Command{
		Use:   "samplers --out DIR",
		Short: "Measure the accuracy of every sampler",
		Long: `Measure the accuracy of every sampler: its error against evaluations on exact
laws, the adaptive ones against their tolerance, and what a step costs beside the
network. With --trained, also on models trained here for some minutes: schedules,
predictors, correctors, objectives and depth compared, and whether two networks
encode alike. The report goes to DIR as JSON and figures, and to stdout as the
tables of docs/measurements/samplers.md. Seeds are fixed; only the costs differ between runs.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.out == "" {
				return badUsage("bench samplers needs --out, a folder")
			}
			if err := between("seeds", o.seeds, 2, 100); err != nil {
				return err
			}
			if err := between("steps", o.steps, 1, maxSteps); err != nil {
				return err
			}
			if !o.trained && (c.Flags().Changed("seeds") || c.Flags().Changed("steps")) {
				return badUsage("--seeds and --steps are for --trained")
			}
			return a.benchSamplers(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "folder for samplers.json and the figures")
	f.BoolVar(&o.trained, "trained", false, "train models and compare on them, too")
	f.IntVar(&o.seeds, "seeds", 3, "repetitions of each training")
	f.IntVar(&o.steps, "steps", 3000, "optimizer steps of each training")
	return c
}

func (a *app) benchSamplers(ctx context.Context, o *benchSamplersFlags) error {
	if err := makeFolder(o.out); err != nil {
		return err
	}
	opts := &accuracy.Options{Seed: a.seed, Workers: a.workers, Clock: time.Now, Seeds: o.seeds, Steps: o.steps}
	r, err := a.benchSamplersOnLaws(ctx, o, opts)
	if err != nil {
		return err
	}
	if o.trained {
		if r.Trained, err = a.benchSamplersOnModels(ctx, o, opts); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(o.out, "samplers.json"), func(w io.Writer) error { return encodeJSON(w, r) })
}

func (a *app) benchSamplersOnLaws(ctx context.Context, o *benchSamplersFlags, opts *accuracy.Options) (*accuracy.Report, error) {
	r := &accuracy.Report{}
	var err error
	if r.Gaussian, err = accuracy.Gaussian(ctx); err != nil {
		return nil, err
	}
	a.printAccuracy("Error (2-Wasserstein distance) on N(1, 0.5²), VP, exact denoiser, without sampling error", r.Gaussian)
	f, err := accuracy.Plot("N(1, 0.5²), exact denoiser", "2-Wasserstein distance", r.Gaussian)
	if err := o.draw("samplers-gaussian", f, err); err != nil {
		return nil, err
	}
	var floor float64
	if r.Mixture, floor, err = accuracy.Mixture(ctx, opts); err != nil {
		return nil, err
	}
	const law = ".7 N(-2, .3²) + .3 N(1.5, .4²)"
	a.printAccuracy(fmt.Sprintf("Error (1-Wasserstein distance) on %s, VP, exact denoiser; %d exact draws have %.1e, which stochastic samplers cannot be seen to undercut", law, accuracy.ManyRows, floor), r.Mixture)
	f, err = accuracy.Plot(law+", exact denoiser", "1-Wasserstein distance", r.Mixture)
	if err := o.draw("samplers-mixture", f, err); err != nil {
		return nil, err
	}
	if r.Tolerance, err = accuracy.Tolerances(ctx, opts); err != nil {
		return nil, err
	}
	a.printTolerances(r.Tolerance)
	f, err = accuracy.PlotPaths(ctx, a.seed)
	if err := o.draw("samplers-paths", f, err); err != nil {
		return nil, err
	}
	if r.Cost, err = accuracy.Costs(ctx, opts); err != nil {
		return nil, err
	}
	a.printCosts(r.Cost)
	return r, nil
}

func (a *app) benchSamplersOnModels(ctx context.Context, o *benchSamplersFlags, opts *accuracy.Options) (*accuracy.Trained, error) {
	r := &accuracy.Trained{}
	var board *accuracy.Models
	for _, law := range []string{"checkerboard", "2spirals"} {
		var p *progress
		opts.Observe = func(what string, done, all int) {
			if p == nil {
				p = a.progress("train", all)
			}
			p.set(done, what)
		}
		m, err := accuracy.Train(ctx, opts, law)
		if err != nil {
			return nil, err
		}
		p.set(p.max, "")
		p.finish()
		a.printModels(m, o)
		r.Models = append(r.Models, m.Quality...)
		if board == nil {
			board = m
		}
	}
	for _, schedule := range accuracy.Schedules() {
		q, err := board.Samplers(ctx, schedule)
		if err != nil {
			return nil, err
		}
		a.printOnModels(schedule, q)
		r.Samplers = append(r.Samplers, q...)
	}
	opts.Observe = nil
	e, f, err := board.Encodings(ctx)
	if err != nil {
		return nil, err
	}
	a.printEncodings(e)
	r.Encodings = e
	return r, o.draw("samplers-encodings", f, nil)
}

// draw writes a figure to the folder, or passes the error of making it on.
func (o *benchSamplersFlags) draw(name string, f *figure.Figure, err error) error {
	if err != nil {
		return err
	}
	b, err := accuracy.PNG(f)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(o.out, name+".png"), b)
}
