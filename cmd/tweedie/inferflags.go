package main

import (
	"cmp"

	"github.com/spf13/cobra"
	"tweedie/internal/figure"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train/sbi"
)

type inferFlags struct {
	model, observation, out string
	rows                    int
	logProb, json           string
	report, line            string // page, and the command for it
	summary, mode           bool
	level                   float64
	sampler                 string
	plot, truth             string
	nfe                     int
	roundsFlags
	guidedFlags
	shardFlags
	changed func(flag string) bool
}

func (o *inferFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file of a posterior")
	f.StringVar(&o.observation, "observation", "", "CSV, Parquet or .npy file of observations, - for stdin")
	f.IntVar(&o.rows, "rows", 10_000, "draws for each observation")
	f.StringVar(&o.out, "out", "", "file to write the draws to (default stdout; none with --summary, --map, --json, --plot or --report alone)")
	f.BoolVar(&o.summary, "summary", false, "print a table of the parameters")
	f.StringVar(&o.report, "report", "", "write a page with the table and figures of the posteriors to this HTML file")
	completeFile(c, "report", "html")
	f.BoolVar(&o.mode, "map", false, "find the parameters of the largest posterior density (MAP) for the table")
	f.Float64Var(&o.level, "level", 0.95, "mass of the credible intervals, which have equal tails")
	f.StringVar(&o.json, "json", "", "write the table as JSON to this file, - for stdout")
	f.StringVar(&o.logProb, "log-prob", "", "file of parameters whose log density is written, in place of draws")
	f.StringVar(&o.plot, "plot", "", "corner plot of the draws of one observation, .png or .svg; more settings has tweedie plot corner")
	f.StringVar(&o.truth, "truth", "", "table of one row with true parameters, for the plot")
	f.StringVar(&o.sampler, "sampler", "dpmpp2m-sde", "how draws are made; docs/explanation/samplers.md says which for what")
	f.IntVar(&o.nfe, "nfe", 0, "denoiser evaluations per draw (default 40, of samplers that have a budget)")
	o.roundsFlags.define(c)
	o.guidedFlags.define(c)
	o.shardFlags.define(c, "write only the i-th of n parts of the rows of all observations", "model", "observation", "log-prob", "prior-swap", "guide")
	complete(c, "sampler", sample.SamplerNames()...)
	completeFile(c, "model", "safetensors")
}

// tabulates tells whether a table of the parameters is asked for.
func (o *inferFlags) tabulates() bool { return o.prints() || o.report != "" }

// prints tells whether the table is printed, or written as JSON.
func (o *inferFlags) prints() bool { return o.summary || o.mode || o.json != "" }

// draws tells whether draws are written.
func (o *inferFlags) draws() bool {
	return o.logProb == "" && (o.out != "" || !o.tabulates() && o.plot == "")
}

func (o *inferFlags) check() error {
	if o.observation == "" || o.model == "" && !o.inRounds(o.changed) {
		return badUsage("infer needs --model, or --rounds, and --observation; see tweedie infer --help")
	}
	if err := cmp.Or(o.roundsFlags.check(o.model, o.changed), o.guidedFlags.check(o.changed), o.checkShard()); err != nil {
		return err
	}
	if o.logProb != "" {
		for _, flag := range []string{"rows", "summary", "map", "level", "json", "sampler", "nfe", "plot", "truth", "report"} {
			if o.changed(flag) {
				return badUsage("--%s is of draws, and --log-prob makes none: leave one away", flag)
			}
		}
		if o.logProb == "-" && o.observation == "-" {
			return badUsage("stdin is named twice: it can be read for one table only")
		}
		return nil
	}
	if o.plot != "" {
		if err := plottable("plot", o.plot); err != nil {
			return err
		}
		if o.rows < figure.LeastRows {
			return badUsage("--rows is %d: --plot %s needs at least %d draws", o.rows, o.plot, figure.LeastRows)
		}
	}
	switch {
	case o.truth != "" && o.plot == "":
		return badUsage("--truth is for --plot: give it too")
	case !(o.level > 0 && o.level < 1):
		return badUsage("--level is %v: give a share between 0 and 1, as 0.9", o.level)
	case o.changed("level") && !o.tabulates():
		return badUsage("--level is of the credible intervals of --summary: give it too")
	case o.report != "" && o.rows < 20:
		return badUsage("--rows is %d: the figures of --report need at least 20 draws", o.rows)
	case o.out == "-" && o.prints():
		return badUsage("--out - and the table would both go to stdout: give --out a file")
	case o.json == "-" && o.summary:
		return badUsage("--summary prints the table, and --json - would too: leave one away")
	}
	if o.changed("nfe") {
		if err := between("nfe", o.nfe, 1, maxNFE); err != nil {
			return err
		}
	}
	return between("rows", o.rows, 1, maxSimulations)
}

// checkShard reads --shard, and errs for what needs all draws.
func (o *inferFlags) checkShard() error {
	if err := o.shardFlags.check(); err != nil || o.part.Whole() {
		return err
	}
	for _, flag := range []string{"summary", "json", "report", "plot"} {
		if o.changed(flag) {
			return badUsage("--shard does not go with --%s, which needs all draws: merge the parts, and see tweedie plot corner", flag)
		}
	}
	switch {
	case o.mode:
		return badUsage("--shard does not go with --map, which is no draw: run it without")
	case o.particles != 0:
		return badUsage("--shard does not go with --particles, whose weights are shared by all draws: leave one away")
	case o.rounds != 0:
		return badUsage("--shard does not go with --rounds, which trains a model: run the rounds first, and give --model the last one in their --folder")
	}
	return nil
}

// drawOptions are those of draws.
func (a *app) drawOptions(o *inferFlags) (*sbi.DrawOptions, error) {
	r := &sbi.DrawOptions{Seed: a.seed, Workers: a.workers, NFE: o.nfe}
	if o.changed("sampler") {
		s := sample.Sampler{Name: o.sampler}
		if err := s.Validate(); err != nil {
			return nil, err
		}
		var err error
		if r.Sampler, err = s.Method(sde.VP{}); err != nil {
			return nil, err
		}
		if r.Sampler == nil {
			return nil, badUsage("--sampler %s moves nothing: give one of docs/explanation/samplers.md", o.sampler)
		}
	}
	return r, nil
}
