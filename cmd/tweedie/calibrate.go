package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/guide/calibration/inference"
	"tweedie/train/sbi"
)

type calibrateFlags struct {
	model, theta, x, out          string
	observation, task             string
	simulations, draws, densities int
	pairs, nulls, nfe             int
	dropNaN, json                 bool
	line                          string // of the command
	simulatorFlags
	shardFlags
}

func (a *app) calibrateCommand() *cobra.Command {
	var o calibrateFlags
	c := &cobra.Command{
		Use:   "calibrate --model MODEL.safetensors --theta FILE --x FILE",
		Short: "Find out whether the posteriors of an inference model are right",
		Long: `Find out whether the posteriors of an inference model are right, from simulations
that it was not trained on: for each, the model draws parameters given the data, and
these are compared with those that the data were simulated with.

Reported are the ranks of each parameter, how often regions of all parameters hold the
truth (TARP, and highest density), contraction and z-scores, with p-values; and with
--observation, a row each, whether the posterior there is told from the true one
(L-C2ST), whether the observation is such as the simulator makes and, with --task or
--simulator, whether data simulated with draws look as it does.

With --shard, each part ranks some of the simulations and trains some of the
classifiers of L-C2ST, and merge has the verdict.

A model that is not right is a verdict and no error: the exit code is 0.`,
		Example: `  tweedie calibrate --model posterior.safetensors --theta held-theta.csv --x held-x.csv --out calibration
  tweedie calibrate --model posterior.safetensors --theta held-theta.csv --x held-x.csv --observation observed.csv
  tweedie calibrate --model posterior.safetensors --theta held-theta.csv --x held-x.csv --shard 2/4 --out part-2`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.line = commandLine(c)
			return a.calibrate(c.Context(), &o, c.Flags().Changed)
		},
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file of train --theta --x")
	f.StringVar(&o.theta, "theta", "", "parameters of simulations that the model has not seen")
	f.StringVar(&o.x, "x", "", "their data, a row each in the same order")
	f.StringVar(&o.out, "out", "", "folder for calibrate.html, calibration.json and figures")
	f.IntVar(&o.simulations, "simulations", 0, "simulations to draw for, the first ones (default all, at most 500)")
	f.IntVar(&o.draws, "draws", 99, "draws for each")
	f.IntVar(&o.densities, "densities", 19, "draws for each whose log density is taken, 0 for no regions of highest density")
	f.IntVar(&o.nfe, "nfe", 0, "evaluations per draw (default that of infer)")
	f.StringVar(&o.observation, "observation", "", "file of observations, a row each, to test the posteriors of")
	f.IntVar(&o.pairs, "pairs", 0, "simulations that L-C2ST learns from, the first ones (default all, at most 5000)")
	f.IntVar(&o.nulls, "nulls", 99, "classifiers of L-C2ST's null hypothesis, 0 for no L-C2ST")
	f.StringVar(&o.task, "task", "", "simulator of a posterior predictive check, one of: "+strings.Join(simulators.Names(), ", "))
	o.simulatorFlags.define(c)
	f.BoolVar(&o.dropNaN, "drop-nan", false, "leave out simulations whose data are empty or not finite")
	f.BoolVar(&o.json, "json", false, "print JSON instead of sentences")
	o.shardFlags.define(c, "only the i-th of n parts of --simulations and of --nulls, to --out; merge joins the files calibration.json", "model", "theta", "x", "observation")
	completeFile(c, "model", "safetensors")
	return c
}

func (o *calibrateFlags) check(changed func(string) bool) error {
	switch {
	case o.model == "" || o.theta == "" || o.x == "":
		return badUsage("calibrate needs --model FILE, --theta FILE and --x FILE")
	case o.task != "" && o.command != "":
		return badUsage("--task and --simulator are two simulators: give one")
	case (o.task != "" || o.command != "") && o.observation == "":
		return badUsage("--task and --simulator are for a predictive check of --observation: give one")
	}
	if o.observation == "" {
		for _, flag := range []string{"pairs", "nulls"} {
			if changed(flag) && !(flag == "nulls" && o.nulls == 0) { // which asks for nothing
				return badUsage("--%s is for L-C2ST, which tests the posterior of --observation: give one, or leave --%[1]s away", flag)
			}
		}
	}
	if err := o.simulatorFlags.check("the model's", changed); err != nil {
		return err
	}
	for _, p := range []struct {
		name   string
		v, min int
	}{{"simulations", o.simulations, 20}, {"draws", o.draws, 9}, {"pairs", o.pairs, 20}, {"nfe", o.nfe, 1}} {
		if changed(p.name) {
			if err := between(p.name, p.v, p.min, maxRows); err != nil {
				return err
			}
		}
	}
	if o.densities != 0 {
		if err := between("densities", o.densities, 9, o.draws); err != nil {
			return err
		}
	}
	if err := between("nulls", o.nulls, 0, 10_000); err != nil {
		return err
	}
	return o.shardFlags.checkFolder(o.out, o.json)
}

func (a *app) calibrate(ctx context.Context, o *calibrateFlags, changed func(string) bool) error {
	if err := o.check(changed); err != nil {
		return err
	}
	m, err := sbi.Load(o.model)
	if err != nil {
		return notFinished(o.model, err)
	}
	s, err := a.simulations(ctx, o.theta, o.x)
	if err != nil {
		return err
	}
	opts := &sbi.CalibrateOptions{
		Simulations: o.simulations, Draws: o.draws, Densities: o.densities, DropNaN: o.dropNaN, Pairs: o.pairs, Nulls: o.nulls,
		Part: o.part, Draw: sbi.DrawOptions{Seed: a.seed, Workers: a.workers, NFE: o.nfe}, Progress: a.stages(),
	}
	if o.densities == 0 {
		opts.Densities = -1
	}
	if o.nulls == 0 {
		opts.Nulls = -1
	}
	if o.observation != "" {
		if opts.Observations, err = a.observations(ctx, o.observation, m); err != nil {
			return err
		}
	}
	if opts.Simulate, err = o.predictive(ctx, m); err != nil {
		return err
	}
	if err := writableFolder(o.out, inference.PageFile); err != nil {
		return err
	}
	r, err := m.Calibrate(ctx, s, opts)
	if err != nil {
		return err
	}
	a.endStage()
	a.caveats(r.Caveats)
	if o.out != "" {
		if err := r.WriteFolder(o.out, calibrationPage(o.line)); err != nil {
			return err
		}
	}
	if r.Part != nil {
		return a.writePart(&o.shardFlags, o.out, r.Simulations, *r.Part)
	}
	if o.json {
		return encodeJSON(a.stdout, r)
	}
	return printLines(a.stdout, r.Findings())
}

// simulations reads parameters and data.
func (a *app) simulations(ctx context.Context, theta, x string) (*sbi.Simulations, error) {
	t, err := a.table(ctx, theta)
	if err != nil {
		return nil, err
	}
	d, err := a.table(ctx, x)
	if err != nil {
		return nil, err
	}
	return sbi.ReadSimulations(t, d)
}

// observations reads rows of the data of a model.
func (a *app) observations(ctx context.Context, path string, m *sbi.Model) (*mat.Dense, error) {
	src, err := a.table(ctx, path)
	if err != nil {
		return nil, err
	}
	obs, err := m.ReadObservations(src)
	if err != nil {
		return nil, err
	}
	return obs.X, nil
}

// predictive is the simulator of a predictive check, nil for none.
func (o *calibrateFlags) predictive(ctx context.Context, m *sbi.Model) (func(dst, theta *mat.Dense, seed uint64, first int) error, error) {
	text := o.command
	if o.task != "" {
		text = simulators.TaskPrefix + o.task
	}
	if text == "" {
		return nil, nil
	}
	t, err := o.open(ctx, text, m.Prior())
	if err != nil {
		return nil, err
	}
	return t.Simulate, simulators.Fits(t, m.Prior(), m.XNames())
}
