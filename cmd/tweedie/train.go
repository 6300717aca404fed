package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/losses"
	"tweedie/sde"
	"tweedie/train"
)

// trainFlags are the settings of the train command.
type trainFlags struct {
	data, out  string
	conditions []string
	toyRows    int
	holdout    float64

	sde, times, weighting string
	hidden, layers        int
	film                  bool

	steps, batch         int
	budget               time.Duration
	lr, decay, clip, ema float64
	rate                 string
	dropout              float64
	every, patience      int
	metrics              string
}

func (a *app) trainCommand() *cobra.Command {
	var o trainFlags
	var resume bool
	c := &cobra.Command{
		Use:   "train --data FILE.csv --out MODEL.safetensors",
		Short: "Train a score model from a table or a toy law",
		Long: `Train a score model from the numeric columns of a CSV file, or from a toy law
(--data toy:NAME). Columns named by --condition hold labels: the model learns
the rows given the labels, and without them.

The state of the run is kept beside the model (MODEL.safetensors.state). An
interrupted run goes on with --resume, to the same bits.`,
		Example: `  tweedie train --data toy:2spirals --time-budget 60s --out spirals.safetensors
  tweedie train --data wine.csv --condition class --out wine.safetensors`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.train(c.Context(), c, &o, resume) },
	}
	c.Flags().AddFlagSet(trainFlagSet(&o, &resume))
	_ = c.MarkFlagFilename("data", "csv")
	return c
}

// trainFlagSet defines the flags of the train command, and so their defaults.
func trainFlagSet(o *trainFlags, resume *bool) *pflag.FlagSet {
	f := pflag.NewFlagSet("train", pflag.ContinueOnError)
	f.StringVar(&o.data, "data", "", "CSV file, or toy:NAME")
	f.StringVar(&o.out, "out", "", "model file to write")
	f.StringSliceVar(&o.conditions, "condition", nil, "label columns, separated by commas")
	f.IntVar(&o.toyRows, "toy-rows", 200_000, "rows drawn from a toy law")
	f.Float64Var(&o.holdout, "holdout", 0.1, "share of the rows kept for validation")
	f.StringVar(&o.sde, "sde", "vp", "noise schedule: vp, subvp, ve, cosine or rectified, as vp:beta_max=20")
	f.StringVar(&o.times, "times", "stratified:lognormal:-1.5,1.5", "law of the training times: uniform, logsnr, lognormal:MEAN,STD or likelihood, best after stratified:")
	f.StringVar(&o.weighting, "weighting", "edm", "weight of the loss over time: edm, sigma2, likelihood, minsnr or constant")
	f.IntVar(&o.hidden, "hidden", 128, "width of the hidden layers")
	f.IntVar(&o.layers, "layers", 4, "number of hidden layers")
	f.BoolVar(&o.film, "film", false, "let time and labels scale the layers, not only shift them")
	f.IntVar(&o.steps, "steps", 0, "optimiser steps (default by the size of the data)")
	f.DurationVar(&o.budget, "time-budget", 0, "choose the steps that fit into this time, as 60s")
	f.IntVar(&o.batch, "batch", 512, "rows per step")
	f.Float64Var(&o.lr, "lr", 5e-3, "peak learning rate")
	f.StringVar(&o.rate, "decay", "cosine", "learning rate after the warm-up: cosine, linear, rsqrt or constant")
	f.Float64Var(&o.decay, "weight-decay", 0, "decoupled weight decay")
	f.Float64Var(&o.clip, "clip", 1, "bound of the gradient norm, negative for none")
	f.Float64Var(&o.ema, "ema", 0.999, "decay of the average of the parameters")
	f.Float64Var(&o.dropout, "condition-dropout", 0.1, "share of the rows trained without labels")
	f.IntVar(&o.every, "every", 0, "steps between validations and saves (default 50 in a run)")
	f.IntVar(&o.patience, "patience", 10, "validations without improvement before stopping, 0 for never")
	f.StringVar(&o.metrics, "metrics", "", "append reports to this file as JSON lines")
	f.BoolVar(resume, "resume", false, "go on from the state beside --out")
	return f
}

// stateFile is where the state of a run is kept.
func stateFile(out string) string { return out + ".state" }

func (a *app) train(ctx context.Context, c *cobra.Command, o *trainFlags, resume bool) error {
	if o.data == "" || o.out == "" {
		return badUsage("train needs --data and --out")
	}
	if !(o.holdout >= 0 && o.holdout < 1) {
		return badUsage("--holdout is %v: give a share in [0, 1)", o.holdout)
	}
	if c.Flags().Changed("steps") && o.steps < 1 {
		return badUsage("--steps is %d: give a positive number", o.steps)
	}
	if o.steps > 0 && o.budget > 0 {
		return badUsage("give --steps or --time-budget, not both")
	}
	if err := writable(o.out); err != nil {
		return err
	}
	src, err := openSource(o.data, o.conditions, o.toyRows, a.seed)
	if err != nil {
		return err
	}
	for _, w := range src.encoder.Schema().Warnings() {
		a.log.Warn(w)
	}
	return a.trainSource(ctx, src, o, resume)
}

// session is a training run in the making.
type session struct {
	app    *app
	o      *trainFlags
	src    *source
	labels labelTable
	data   train.Data
	held   train.Data
	cfg    train.Config
	sched  sde.Schedule
	watch  func(train.Event) // nil for none
}

func (a *app) trainSource(ctx context.Context, src *source, o *trainFlags, resume bool) error {
	s := &session{app: a, o: o, src: src}
	if err := s.configure(); err != nil {
		return err
	}
	var state *checkpoints.File
	var err error
	if resume {
		if state, err = checkpoints.Load(stateFile(o.out)); err != nil {
			return err
		}
		if err := state.JSON("steps", &s.cfg.Steps); err != nil {
			return err
		}
	} else if err := s.chooseSteps(ctx); err != nil {
		return err
	}
	t, err := s.trainer()
	if err != nil {
		return err
	}
	if state != nil {
		if err := t.Restore(state); err != nil {
			return fmt.Errorf("%s: %w", stateFile(o.out), err)
		}
		a.log.Info("resuming", "step", t.Step(), "of", s.cfg.Steps)
	}
	return s.run(ctx, t)
}

// configure splits and encodes the data and fixes all settings but the steps.
func (s *session) configure() error {
	o := s.o
	all, err := encodeTable(s.src.encoder, s.src.table)
	if err != nil {
		return err
	}
	s.labels = newLabelTable(all.Cond)
	tr, he := datasets.Split(s.src.table.Rows(), o.holdout, s.app.seed)
	if s.data, err = s.src.data(tr); err != nil {
		return err
	}
	if s.held, err = s.src.data(he); err != nil {
		return err
	}
	if s.sched, err = sde.ParseSchedule(o.sde); err != nil {
		return usage{err}
	}
	w, err := losses.ParseWeighting(o.weighting)
	if err != nil {
		return usage{err}
	}
	obj := losses.Denoising{Sched: s.sched, Weight: w}
	if obj.Times, err = losses.ParseTimes(o.times); err != nil {
		return usage{err}
	}
	val := obj
	val.Times.Spread, val.Times.Points = losses.Fixed, 16
	for _, v := range []losses.Denoising{obj, val} {
		if err := v.Validate(); err != nil {
			return usage{err}
		}
	}
	s.cfg = train.Config{
		Steps: o.steps, Batch: o.batch, Rate: train.Rate{Peak: o.lr, Decay: o.rate},
		WeightDecay: o.decay, Clip: o.clip, EMA: o.ema, Objective: obj, Validation: val,
		Every: o.every, Patience: o.patience, Seed: s.app.seed, Workers: s.app.workers,
	}
	if s.data.Cond != nil {
		s.cfg.Dropout.Joint = o.dropout
	}
	return nil
}

// chooseSteps settles the number of steps: given, measured, or by the data.
func (s *session) chooseSteps(ctx context.Context) error {
	switch {
	case s.o.steps > 0:
	case s.o.budget > 0:
		s.cfg.Steps = 1 << 20 // for the measurement only: the rate is still warming up
		t, err := s.trainer()
		if err != nil {
			return err
		}
		if s.cfg.Steps, err = t.StepsWithin(ctx, s.o.budget, time.Now); err != nil {
			return err
		}
		s.app.log.Info("steps that fit into the budget", "steps", s.cfg.Steps, "budget", s.o.budget, "repeat-with", "--steps "+strconv.Itoa(s.cfg.Steps))
	default:
		s.cfg.Steps = defaultSteps(s.src.table.Rows(), s.o.batch)
	}
	return nil
}

// defaultSteps grows with the table: small ones are learnt, and overfitted,
// soon.
func defaultSteps(rows, batch int) int {
	return min(20000, max(3000, 100*rows/max(1, batch)))
}
