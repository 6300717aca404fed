package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/simulators"
	"tweedie/internal/atomicfile"
	"tweedie/train"
	"tweedie/train/sbi"
)

// roundsFlags say how a model is trained in rounds.
type roundsFlags struct {
	rounds, perRound, steps int
	prior, folder           string
	epsilon                 float64
	simulatorFlags
}

func (o *roundsFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.IntVar(&o.rounds, "rounds", 0, "train a model for one observation in so many rounds, with --simulator")
	f.IntVar(&o.perRound, "rows-per-round", 1000, "simulations of each round")
	f.StringVar(&o.prior, "prior", "", "law of the parameters: file of YAML, or task:NAME")
	f.StringVar(&o.folder, "folder", "", "folder that keeps the simulations and models of the rounds")
	f.Float64Var(&o.epsilon, "epsilon", 1e-4, "mass of the posterior that each round may leave out of the next one")
	f.IntVar(&o.steps, "steps", 0, "most optimizer steps of a round (default by the number of simulations)")
	o.simulatorFlags.define(c)
	c.Flag("simulator").Usage += ", or task:NAME"
	completeFile(c, "prior", "yaml")
}

func (o *roundsFlags) inRounds(changed func(string) bool) bool { return changed("rounds") }

func (o *roundsFlags) check(model string, changed func(string) bool) error {
	if !changed("rounds") {
		for _, flag := range []string{"rows-per-round", "prior", "folder", "epsilon", "steps", "simulator", "batch", "timeout", "keep-failed"} {
			if changed(flag) {
				return badUsage("--%s is for --rounds: give their number", flag)
			}
		}
		return nil
	}
	switch {
	case model != "":
		return badUsage("--rounds trains a model, and --model is one: give one or the other")
	case o.command == "" || o.folder == "":
		return badUsage("--rounds needs --simulator COMMAND, --prior FILE.yaml and --folder DIR, which keeps the rounds")
	case !(o.epsilon > 0 && o.epsilon < 0.5):
		return badUsage("--epsilon is %v: give a small mass, as 1e-4", o.epsilon)
	}
	if changed("steps") {
		if err := between("steps", o.steps, 1, maxSteps); err != nil {
			return err
		}
	}
	if err := cmp.Or(between("rounds", o.rounds, 1, 100), between("rows-per-round", o.perRound, 50, maxSimulations)); err != nil {
		return err
	}
	if strings.HasPrefix(o.command, simulators.TaskPrefix) {
		for _, flag := range []string{"batch", "timeout", "keep-failed"} {
			if changed(flag) {
				return badUsage("--%s is for a --simulator that is a program", flag)
			}
		}
		return nil
	}
	return o.simulatorFlags.check(o.prior, changed)
}

// inferRounds trains a model for one observation.
func (a *app) inferRounds(ctx context.Context, o *inferFlags, src datasets.Source) (*sbi.Model, error) {
	t, err := o.openPrior(ctx, o.command, o.roundsFlags.prior)
	if err != nil {
		return nil, err
	}
	obs, err := sbi.ReadObservations(src, t.Columns())
	if err != nil {
		return nil, err
	}
	if obs.Rows() != 1 {
		return nil, badUsage("--rounds is for one observation, and %s has %d", o.observation, obs.Rows())
	}
	if err := writableFolder(o.folder, "rounds.json"); err != nil {
		return nil, err
	}
	lock, err := atomicfile.Acquire(filepath.Join(o.folder, "rounds.json"))
	if err != nil {
		return nil, fmt.Errorf("%s: another run writes its rounds: wait for its end, or give --folder another name: %w", o.folder, err)
	}
	defer lock.Release()
	seed := a.seed
	stage := new(sbi.Stage)
	m, err := sbi.FitRounds(ctx, obs.X.RawRowView(0), &sbi.RoundsOptions{
		Fit: sbi.Options{
			Prior: t.Prior(), DropNaN: o.keepFailed, Steps: o.steps, Seed: seed, Workers: a.workers, Version: version(),
			Data: "rounds of " + o.folder, Observe: a.roundProgress(stage), Stage: func(s sbi.Stage) { *stage = s },
		},
		Rounds: o.rounds, Rows: o.perRound, Epsilon: o.epsilon, XNames: t.Columns(), Folder: o.folder, Simulator: o.command,
		SimulatorBatch: simulators.BatchOf(t),
		Simulate: func(ctx context.Context, theta *mat.Dense, first int) (*mat.Dense, error) {
			_, x, err := a.draw(ctx, t, &simulators.Drawing{Theta: theta, Seed: seed, First: first, Workers: a.workers})
			return x, err
		},
		Observe: func(r sbi.Round) error {
			a.log.Info("round", "round", r.Round, "of", o.rounds, "simulations", r.Rows, "prior-mass", fmt.Sprintf("%.3g", r.Mass),
				"parameters", r.Method, "log-score", fmt.Sprintf("%.4f", r.LogScore), "model", r.File)
			return nil
		},
	})
	if errors.Is(err, context.Canceled) {
		return nil, interrupted(fmt.Sprintf("interrupted: the rounds that are done are kept in %s; the same command goes on", o.folder))
	}
	if m != nil {
		for _, c := range m.Summary().Caveats {
			a.log.Warn(c)
		}
	}
	return m, err
}

// roundProgress logs now and then how far the training of a round is, at its stage.
func (a *app) roundProgress(stage *sbi.Stage) func(train.Report) error {
	next := time.Now().Add(logEvery)
	return func(e train.Report) error {
		if now := time.Now(); now.After(next) {
			next = now.Add(logEvery)
			a.log.Info("train "+stage.String(), "done", e.Step, "of", e.Steps, "held-out", fmt.Sprintf("%.4f", e.Validation))
		}
		return nil
	}
}
