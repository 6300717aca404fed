package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/internal/numeric"
	"tweedie/train"
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

// demo is what quickstart measures and shows.
type demo struct {
	law      toy.Law
	model    *tabular.Model
	dir      string
	reports  []train.Report
	data     *mat.Dense // held-out rows, in the law's units
	samples  *mat.Dense
	nll, se  float64 // of the held-out rows under the model, nats
	gap, gse float64 // of the model's log density below the law's, paired by row
	sliced   float64 // Wasserstein distance of samples to data
	floor    float64 // the same between two sets of data
	fit      time.Duration
	draw     time.Duration
	story    story
}

const (
	quickSteps = 6000
	quickRows  = 4000
)

func (a *app) quickstart(ctx context.Context, o *quickstartFlags) error {
	law, err := toy.Lookup(o.law)
	if err != nil {
		return usage{err}
	}
	if err := makeFolder(o.out); err != nil {
		return err
	}
	d := &demo{law: law, dir: o.out}
	if err := a.quickTrain(ctx, d, o.steps); err != nil {
		return err
	}
	if err := a.quickSample(ctx, d); err != nil {
		return err
	}
	for _, part := range []func(context.Context, *demo) error{a.quickMeasure, a.quickGuide, a.quickCalibrate} {
		if err := part(ctx, d); err != nil {
			return err
		}
	}
	if err := d.write(); err != nil {
		return err
	}
	return d.print(a.stdout)
}

// quickTrain fits a model with the defaults of the train command.
func (a *app) quickTrain(ctx context.Context, d *demo, steps int) error {
	data, err := lawData(d.law.Name(), nil, 100_000, a.seed)
	if err != nil {
		return err
	}
	o := &trainFlags{data: data.Name, out: filepath.Join(d.dir, "model.safetensors"), steps: steps, toyRows: 200_000}
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
	t := &training{app: a, o: o, passing: true, watch: func(e train.Report) { d.reports = append(d.reports, e) }}
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
	d.fit, d.model = time.Since(start), t.Model()
	return nil
}

// quickSample draws rows and writes them as the sample command would.
func (a *app) quickSample(ctx context.Context, d *demo) error {
	d.samples = mat.NewDense(quickRows, 2, nil)
	start := time.Now()
	r, err := d.model.Sample(ctx, quickRows, &tabular.Query{
		Seed: a.seed, Workers: a.workers,
		Encoded: func(first int, x *mat.Dense) error {
			n, _ := x.Dims()
			d.model.Units(d.samples.Slice(first, first+n, 0, 2).(*mat.Dense), x)
			return nil
		},
	})
	if err != nil {
		return err
	}
	d.draw = time.Since(start)
	return datasets.WriteTable(filepath.Join(d.dir, "samples.csv"), r.Cells)
}

// quickMeasure compares the model with the law that it was trained on: log densities of
// fresh rows, and the distance of the samples from them beside that of two sets of
// fresh rows.
func (a *app) quickMeasure(ctx context.Context, d *demo) error {
	fresh, err := d.law.Cells(d.model.Metadata(), quickRows, ^a.seed)
	if err != nil {
		return err
	}
	p := a.progress("density", quickRows)
	lp, err := d.model.Densities(ctx, fresh, &tabular.DensityOptions{Workers: a.workers, Progress: p.rows})
	if err != nil {
		return err
	}
	p.finish()
	d.data = mat.NewDense(quickRows, 2, nil)
	d.law.Sample(d.data, ^a.seed, 0)
	truth := make([]float64, quickRows)
	d.law.LogProb(truth, d.data)
	for i := range truth {
		truth[i] -= lp.LogProb[i]
	}
	d.nll, d.se = numeric.MeanSE(lp.LogProb)
	d.nll = -d.nll
	d.gap, d.gse = numeric.MeanSE(truth)
	again := mat.NewDense(quickRows, 2, nil)
	d.law.Sample(again, ^a.seed, quickRows)
	d.sliced = metrics.SlicedWasserstein(d.data, d.samples, 100, a.seed)
	d.floor = metrics.SlicedWasserstein(d.data, again, 100, a.seed)
	return nil
}
