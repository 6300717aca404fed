package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/internal/atomicfile"
	"tweedie/sample"
	"tweedie/train"
)

type quickstartFlags struct {
	out, law string
	steps    int
}

func (a *app) quickstartCommand() *cobra.Command {
	var o quickstartFlags
	c := &cobra.Command{
		Use:   "quickstart",
		Short: "The whole story on built-in data: train, sample, check, report",
		Long: `Train a model on a law in the plane whose entropy is known, draw samples from
it, evaluate its density, and write figures, a checkpoint, the samples and a
page that explains them. Nothing is downloaded; it takes a minute.`,
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
	src      *source
	bundle   *bundle
	dir      string
	reports  []train.Event
	data     *mat.Dense // held-out rows, in the law's units
	samples  *mat.Dense
	nll, se  float64 // of the held-out rows under the model, nats
	gap, gse float64 // of the model's log density below the law's, paired by row
	sliced   float64 // Wasserstein distance of samples to data
	floor    float64 // the same between two sets of data
	fit      time.Duration
	draw     time.Duration
}

const (
	quickSteps = 6000
	quickRows  = 4000
)

func (a *app) quickstart(ctx context.Context, o *quickstartFlags) error {
	src, err := toySource(o.law, nil, 100_000, a.seed)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w; name another one with --out", o.out, err)
	}
	d := &demo{src: src, dir: o.out}
	if err := a.quickTrain(ctx, d, o.steps); err != nil {
		return err
	}
	if err := a.quickSample(ctx, d); err != nil {
		return err
	}
	if err := a.quickCheck(ctx, d); err != nil {
		return err
	}
	if err := d.write(); err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, d.summary())
	return err
}

// quickTrain fits a model with the defaults of the train command.
func (a *app) quickTrain(ctx context.Context, d *demo, steps int) error {
	var o trainFlags
	trainFlagSet(&o) // sets the defaults
	o.data, o.out, o.steps = d.src.name, filepath.Join(d.dir, "model.safetensors"), steps
	s, err := a.newSession(&o)
	if err != nil {
		return err
	}
	if err := s.load(d.src); err != nil {
		return err
	}
	s.cfg.Steps = steps
	if steps == 0 {
		if err := s.fitSteps(ctx, time.Minute); err != nil {
			return err
		}
		s.cfg.Steps = min(s.cfg.Steps, quickSteps)
	}
	t, err := s.trainer()
	if err != nil {
		return err
	}
	start := time.Now()
	s.watch = func(e train.Event) { d.reports = append(d.reports, e) }
	if err := s.run(ctx, t); err != nil {
		return err
	}
	d.fit = time.Since(start)
	d.bundle = s.bundle(t)
	return nil
}

// quickSample draws rows and writes them as the sample command would.
func (a *app) quickSample(ctx context.Context, d *demo) error {
	f, err := atomicfile.Create(filepath.Join(d.dir, "samples.csv"))
	if err != nil {
		return err
	}
	defer f.Abort()
	d.samples = mat.NewDense(quickRows, 2, nil)
	start := time.Now()
	o := &sample.Options{NFE: 50, Seed: a.seed, Workers: a.workers}
	keep := func(first int, x *mat.Dense) {
		n, _ := x.Dims()
		d.bundle.toUnits(d.samples.Slice(first, first+n, 0, 2).(*mat.Dense), x)
	}
	if err := d.bundle.sampleTo(ctx, sample.DPMpp2M{}, quickRows, &guided{Denoiser: d.bundle.model}, o, f, "", keep); err != nil {
		return err
	}
	d.draw = time.Since(start)
	return f.Commit()
}

// quickCheck compares the model with the law that it was trained on.
func (a *app) quickCheck(ctx context.Context, d *demo) error {
	fresh, err := toySource(d.src.law.Name(), nil, quickRows, ^a.seed)
	if err != nil {
		return err
	}
	p := a.progress("check", quickRows)
	lp, err := d.bundle.logProb(ctx, fresh.cells, &sample.LikelihoodOptions{
		Workers: a.workers, Observe: func(rows int) error { p.set(rows, ""); return nil },
	}, false)
	if err != nil {
		return err
	}
	p.finish()
	d.data = mat.NewDense(quickRows, 2, nil)
	d.src.law.Sample(d.data, ^a.seed, 0)
	truth := make([]float64, quickRows)
	d.src.law.LogProb(truth, d.data)
	for i := range truth {
		truth[i] -= lp[i]
	}
	d.nll, d.se = meanSE(lp)
	d.nll = -d.nll
	d.gap, d.gse = meanSE(truth)
	return d.compare(a.seed)
}
