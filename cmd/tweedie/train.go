package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"tweedie/checkpoints"
	"tweedie/internal/atomicfile"
	"tweedie/train"
)

func (a *app) trainCommand() *cobra.Command {
	var o trainFlags
	c := &cobra.Command{
		Use:   "train --data FILE --out MODEL.safetensors",
		Short: "Train a score model from a table or a toy law",
		Long: `Train a score model from a CSV or Parquet file, or from a law in the plane
(--data toy:NAME; quickstart --help has the names). What the columns are is
found out and printed: numbers, categories, dates, identifiers; missing cells
may be anywhere. Correct it with --type, or edit what describe --json prints and
pass it back with --metadata.

Any columns can be given when rows are drawn or completed. Columns named by
--condition are always given, never generated: the model learns the rows given
their labels, and without them.

The state of the run is kept beside the model (MODEL.safetensors.state) until
it ends. An interrupted run goes on with the same command and --resume, to the
same bits; its number of steps is settled.`,
		Example: `  tweedie train --data toy:2spirals --time-budget 60s --out spirals.safetensors
  tweedie train --data table.csv --type zip=categorical --out model.safetensors`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(c.Flags().Changed); err != nil {
				return err
			}
			return a.train(c.Context(), &o)
		},
	}
	c.Flags().AddFlagSet(trainFlagSet(&o))
	completeFile(c, "data", "csv")
	complete(c, "sde", "vp", "subvp", "ve", "cosine", "rectified")
	complete(c, "weighting", "edm", "sigma2", "likelihood", "minsnr", "constant")
	complete(c, "decay", rates...)
	return c
}

// train reads everything that can be wrong before it takes long: settings,
// outputs, the state to resume, the table.
func (a *app) train(ctx context.Context, o *trainFlags) error {
	s, err := a.newSession(o)
	if err != nil {
		return err
	}
	if err := o.writable(); err != nil {
		return err
	}
	state, err := s.loadState()
	if err != nil {
		return err
	}
	src, err := s.open()
	if err != nil {
		return err
	}
	if err := s.load(src); err != nil {
		return err
	}
	a.describe(src)
	if state == nil {
		if err := s.chooseSteps(ctx); err != nil {
			return err
		}
	}
	t, err := s.trainer()
	if err != nil {
		return err
	}
	if err := s.storable(t); err != nil {
		return err
	}
	if state != nil {
		if err := t.Restore(state); err != nil {
			return fmt.Errorf("cannot resume from %s: %w", stateFile(o.out), err)
		}
		a.log.Info("resuming", "step", t.Step(), "of", s.cfg.Steps)
	}
	return s.run(ctx, t)
}

// describe prints what was found in a table, and what a user should know of it.
func (a *app) describe(src *source) {
	if src.law != nil {
		return
	}
	m := src.codec.Metadata()
	a.summary(m)
	for _, w := range append(m.Warnings(), src.notes...) {
		a.log.Warn(w)
	}
	if d := len(m.Columns); m.Rows < max(100, 10*d) {
		a.log.Warn(fmt.Sprintf("only %d rows for %d columns: the model may be poor or repeat the rows, and held-out losses say little", m.Rows, d))
	}
}

// stateFile is where the state of a run is kept.
func stateFile(out string) string { return out + ".state" }

// loadState returns the state to go on from, nil for a new run, and settles
// the number of steps by it.
func (s *session) loadState() (*checkpoints.File, error) {
	if !s.o.resume {
		return nil, nil
	}
	path := stateFile(s.o.out)
	f, err := checkpoints.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no state to resume: the run has ended, or stopped before its first save; leave --resume away to start anew", path)
	}
	if err != nil {
		return nil, err
	}
	if err := f.CheckKind(train.Kind); err != nil {
		return nil, err
	}
	if err := f.JSON("steps", &s.cfg.Steps); err != nil {
		return nil, err
	}
	if s.o.steps > 0 && s.o.steps != s.cfg.Steps {
		return nil, badUsage("--steps is %d, and the run to resume has %d: give the same, or start anew without --resume", s.o.steps, s.cfg.Steps)
	}
	return f, nil
}

// writable finds out before hours of training whether the files can be
// written. It leaves no trace.
func (o *trainFlags) writable() error {
	if info, err := os.Stat(o.out); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return badUsage("--out %s is not a regular file: a model is replaced as training goes on", o.out)
	}
	paths := []string{o.out}
	if o.metrics != "" {
		paths = append(paths, o.metrics)
	}
	for _, path := range paths {
		if err := apart(path, o.data, o.like, o.table.metadata); err != nil {
			return err
		}
		f, err := atomicfile.Create(path)
		if err != nil {
			return err
		}
		f.Abort()
	}
	return nil
}
