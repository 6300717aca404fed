package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/bench"
	"tweedie/internal/bench/mixture25"
	"tweedie/internal/bench/pictures"
)

// benchGuideFlags are the settings of bench guide.
type benchGuideFlags struct {
	benchFlags
	benchSamplingFlags
	pictures, problems string
	exact              mixture25.Options // of --problems
}

func (a *app) benchGuideCommand() *cobra.Command {
	var o benchGuideFlags
	c := &cobra.Command{
		Use:   "guide",
		Short: "Measure guided sampling against unguided, or against exact posteriors",
		Long: `Measure guided sampling against unguided, in turn. What guides is
one number: the first column, observed with a normal error of 0.5.

With --problems mixture25, measure how far guided rows are from the exact
posterior: the sliced 1-Wasserstein distance, over random problems with a
mixture of 25 normals in eight dimensions as prior, whose scores are exact. The
distance of exact rows among themselves, and of the prior, always come first.
--trained adds a network trained on draws of the prior, and its error. There
--rows is 500 and --nfe, the number of steps, 100 unless given.`,
		Example: `  tweedie bench guide --guide mmps
  tweedie bench guide --problems mixture25 --remedies --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.benchGuide(c.Context(), &o, c.Flags().Changed) },
	}
	f := c.Flags()
	o.benchFlags.define(f)
	o.defineProblems(f)
	o.benchSamplingFlags.define(f)
	f.StringVar(&o.guide, "guide", "mmps", "dps, pigdm or mmps")
	f.StringVar(&o.pictures, "pictures", "", "write a PNG of draws of each guide over the exact law to this directory, and measure nothing")
	return c
}

func (o *benchGuideFlags) defineProblems(f *pflag.FlagSet) {
	e := &o.exact
	f.StringVar(&o.problems, "problems", "", mixture25.Name+": measure how far guided rows are from exact ones, not speed")
	f.IntVar(&e.Count, "count", 20, "problems for each number of observations, with --problems")
	f.IntSliceVar(&e.Observations, "observations", []int{1, 2, 4}, "numbers observed, up to 8, with --problems")
	f.BoolVar(&e.Remedies, "remedies", false, "with --problems, measure what corrects MMPS as well: recurrence, a corrector, its curvature, particles")
	f.BoolVar(&e.All, "all", false, "with --problems, measure the methods that need no gradient and the particle methods as well")
	f.BoolVar(&e.Trained, "trained", false, "with --problems, one prior for all, and everything with a network trained on draws of it as well")
	f.IntVar(&e.TrainSteps, "train-steps", 10000, "steps of training, with --trained")
}

// benchGuide measures what the flags ask for: problems, pictures or speed.
func (a *app) benchGuide(ctx context.Context, o *benchGuideFlags, given func(flag string) bool) error {
	if err := o.checkProblems(given); err != nil {
		return err
	}
	switch {
	case o.pictures != "":
		for _, other := range []string{"problems", "json", "guide", "sampler", "rows", "nfe"} {
			if given(other) {
				return badUsage("--%s with --pictures, which measures nothing: leave one out", other)
			}
		}
		return a.guidePictures(ctx, o.pictures)
	case o.problems != "":
		e := o.problemOptions(given)
		e.Seed, e.Workers = a.seed, a.workers
		r, err := mixture25.Run(ctx, &e)
		if err != nil {
			return err
		}
		if o.json {
			return a.printJSON(r)
		}
		return a.printProblems(r)
	}
	how, err := o.sampling()
	if err != nil {
		return err
	}
	opts, err := o.benchFlags.options(a)
	if err != nil {
		return err
	}
	r, err := bench.Sample(ctx, opts, how)
	return a.printBench(r, err, o.json)
}

// problemOptions are the options of --problems, which has defaults of its own.
func (o *benchGuideFlags) problemOptions(given func(flag string) bool) mixture25.Options {
	e := o.exact
	e.Rows, e.Steps = 500, 100
	if given("rows") {
		e.Rows = o.rows
	}
	if given("nfe") {
		e.Steps = o.nfe
	}
	return e
}

// checkProblems refuses settings of the other kind of measurement, and values that are
// out of range.
func (o *benchGuideFlags) checkProblems(given func(flag string) bool) error {
	if o.problems == "" {
		for _, f := range []string{"count", "observations", "remedies", "all", "trained", "train-steps"} {
			if given(f) {
				return badUsage("--%s is a setting of --problems %s: give that too", f, mixture25.Name)
			}
		}
		return nil
	}
	if o.problems != mixture25.Name {
		return badUsage("--problems %q: there is %s", o.problems, mixture25.Name)
	}
	for _, f := range []string{"dim", "hidden", "layers", "film", "seconds", "scaling", "cpuprofile", "sampler", "guide"} {
		if given(f) {
			return badUsage("--%s is a setting of the measurement of speed, not of --problems", f)
		}
	}
	if given("train-steps") && !o.exact.Trained {
		return badUsage("--train-steps is a setting of --trained: give that too")
	}
	e := o.problemOptions(given)
	if err := e.Validate(); err != nil {
		return usage{err}
	}
	return nil
}

// guidePictures writes a PNG of each guide to dir.
func (a *app) guidePictures(ctx context.Context, dir string) error {
	list, err := pictures.All()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--pictures: %w", err)
	}
	for _, p := range list {
		f, err := p.Draw(ctx, a.seed, a.workers)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Title, err)
		}
		if err := writeFile(filepath.Join(dir, p.File+".png"), f.PNG()); err != nil {
			return fmt.Errorf("--pictures: %w", err)
		}
	}
	return nil
}
