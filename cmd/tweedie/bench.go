package main

import (
	"io"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/atomicfile"
	"tweedie/internal/bench"
	"tweedie/internal/kernel"
	"tweedie/sample"
)

// benchFlags are the settings that the measurements of speed share.
type benchFlags struct {
	bench.Options
	json    bool
	profile string
}

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of this machine at training, sampling and guiding",
		Long: `Measure the speed of this machine at training, sampling and guiding: rows per second,
milliseconds per step, allocations, and the share of the peak. The peak is the
speed of the matrix kernel on one thread with its operands in the first-level
cache, measured before and after, times the number of workers. Only the
products of the network count as work. Everything else that a step does lowers
the share.`,
		Example: `  tweedie bench train --hidden 256 --layers 3 --batch 512 --json
  tweedie bench sample --hidden 256 --layers 3 --rows 10000 --nfe 50 --scaling`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.benchTrainCommand(), a.benchSampleCommand(), a.benchGuideCommand(), a.benchSamplersCommand(), a.benchTablesCommand(), a.benchInferenceCommand(), a.benchGrowthCommand())
	return c
}

func (o *benchFlags) define(f *pflag.FlagSet) {
	f.IntVar(&o.Dim, "dim", 2, "columns of the data")
	f.IntVar(&o.Hidden, "hidden", 128, "width of the hidden layers")
	f.IntVar(&o.Layers, "layers", 4, "number of hidden layers")
	f.BoolVar(&o.FiLM, "film", false, "let time and labels scale the layers, not only shift them")
	f.DurationVar(&o.Duration, "seconds", 3*time.Second, "how long to measure, as 3s")
	f.BoolVar(&o.Scaling, "scaling", false, "measure one worker as well, in turn with all of them")
	f.BoolVar(&o.json, "json", false, "write one JSON object")
	f.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile to this file")
}

// options are those of the measurement that the flags ask for.
func (o *benchFlags) options(a *app) (*bench.Options, error) {
	o.Seed, o.Workers, o.Clock, o.Profile = a.seed, a.workers, time.Now, o.profiled
	if err := o.Validate(); err != nil {
		return nil, usage{err}
	}
	return &o.Options, kernel.PathError()
}

// profiled runs measure under the CPU profile that --cpuprofile asks for.
func (o *benchFlags) profiled(measure func() error) error {
	if o.profile == "" {
		return measure()
	}
	return atomicfile.Write(o.profile, func(w io.Writer) error {
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		return measure()
	})
}

func (a *app) benchTrainCommand() *cobra.Command {
	var o benchFlags
	var batch, steps int
	c := &cobra.Command{
		Use:   "train",
		Short: "Measure training steps",
		Long: `Measure training steps as the train command takes them: drawing rows, times and
noise, forward and backward pass, clipping, AdamW and the average of the
parameters, on a table of rows from a mixture.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if batch < 1 || steps < 0 {
				return badUsage("--batch is %d and --steps %d: give positive numbers", batch, steps)
			}
			if steps > 0 && c.Flags().Changed("seconds") {
				return badUsage("give --steps or --seconds, not both")
			}
			opts, err := o.options(a)
			if err != nil {
				return err
			}
			r, err := bench.Train(c.Context(), opts, batch, steps)
			return a.printBench(r, err, o.json)
		},
	}
	o.define(c.Flags())
	c.Flags().IntVar(&batch, "batch", 512, "rows per step")
	c.Flags().IntVar(&steps, "steps", 0, "measure this many steps (default: as many as --seconds holds)")
	return c
}

// benchSamplingFlags say which rows are drawn, and how.
type benchSamplingFlags struct {
	methodFlags
	rows  int
	guide string
}

func (o *benchSamplingFlags) define(f *pflag.FlagSet) {
	f.IntVar(&o.rows, "rows", 10000, "rows per run")
	f.IntVar(&o.nfe, "nfe", 50, "denoiser evaluations per row")
	f.StringVar(&o.samplerName, "sampler", "dpmpp2m", strings.Join(sample.SamplerNames(), ", "))
}

func (o *benchSamplingFlags) sampling() (*bench.Sampling, error) {
	s := &bench.Sampling{Name: o.samplerName, Rows: o.rows, NFE: o.nfe, Guide: o.guide}
	if err := s.Validate(); err != nil {
		return nil, usage{err}
	}
	var err error
	s.Method, err = o.method()
	return s, err
}

func (a *app) benchSampleCommand() *cobra.Command {
	var o benchFlags
	var s benchSamplingFlags
	c := &cobra.Command{
		Use:   "sample",
		Short: "Measure sampling",
		Long: `Measure sampling: runs that draw all rows, one after the other. A step moves all
rows of a run; allocations are counted per step of one block of rows.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			how, err := s.sampling()
			if err != nil {
				return err
			}
			opts, err := o.options(a)
			if err != nil {
				return err
			}
			r, err := bench.Sample(c.Context(), opts, how)
			return a.printBench(r, err, o.json)
		},
	}
	o.define(c.Flags())
	s.define(c.Flags())
	return c
}
