package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"tweedie/train"
	"tweedie/train/tabular"
)

func (a *app) trainCommand() *cobra.Command {
	var o trainFlags
	c := &cobra.Command{
		Use:   "train (--data FILE | --distill MODEL | --theta FILE --x FILE --prior FILE.yaml) --out MODEL.safetensors",
		Short: "Train a score model from a table, a toy law or simulations",
		Long: `Train a score model from a CSV, Parquet or .npy file, or from a law in the plane
(--data toy:NAME; quickstart --help has the names). What the columns are is
found out and printed: numbers, categories, dates, identifiers; missing cells
may be anywhere. Correct it with --type, or edit what describe --json prints and
pass it back with --metadata.

Any columns can be given when rows are drawn or completed. Columns named by
--condition are always given, never generated: the model learns the rows given
their labels, and without them.

--theta and --x are simulations: parameters drawn from --prior, and the data that a
simulator made with each. What is trained then is their posterior, for infer. Of the
flags below it takes --steps, --batch, --lr, --hidden, --layers, --metrics and --report, has
other defaults and keeps no state: docs/tutorial/simulator.md.

--distill MODEL trains a student of a model, which draws rows in --evaluations of its
network, 1, 2 or 4, and does nothing else: no densities, no guides, no other sampler,
no given columns. It needs no rows, and takes the flags of the optimizer alone:
docs/howto/distill.md.

The model is written when the run has come to its end. Until then the state of
the run is kept beside it (MODEL.safetensors.state). An interrupted run goes on
with the same command and --resume, to the same bits; its number of steps is
settled. --force starts anew instead. Other commands take the state as --model,
for the model as it stands. One run at a time writes a model.`,
		Example: `  tweedie train --data toy:2spirals --time-budget 60s --out spirals.safetensors
  tweedie train --data table.csv --type zip=categorical --out model.safetensors
  tweedie train --distill spirals.safetensors --evaluations 2 --out fast.safetensors
  tweedie train --theta theta.csv --x x.csv --prior prior.yaml --out posterior.safetensors`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.changed, o.line = c.Flags().Changed, commandLine(c)
			if err := o.check(); err != nil {
				return err
			}
			if o.isPosterior() {
				return a.trainPosterior(c.Context(), &o)
			}
			return a.train(c.Context(), &o)
		},
	}
	c.Flags().AddFlagSet(trainFlagSet(&o))
	completeFile(c, "data", "csv")
	completeFile(c, "distill", "safetensors")
	completeFile(c, "prior", "yaml")
	completeFile(c, "report", "html")
	complete(c, "sde", "vp", "subvp", "ve", "cosine", "rectified")
	complete(c, "weighting", "edm", "sigma2", "likelihood", "minsnr", "constant")
	complete(c, "decay", tabular.Decays()...)
	return c
}

// training is the run of one command.
type training struct {
	*tabular.Training
	app   *app
	o     *trainFlags
	saved int // step of the state, 0 before this run has written it

	reports []train.Report // for the page

	passing bool // so short that its state is not kept
}

// train reads everything that can be wrong before it takes long: settings,
// outputs, the state to resume, the table.
func (a *app) train(ctx context.Context, o *trainFlags) error {
	opts, err := o.options(a)
	if err != nil {
		return err
	}
	if err := opts.Validate(); err != nil {
		return err
	}
	lock, err := a.lockRun(o)
	if err != nil {
		return err
	}
	defer lock.Release()
	state, err := o.loadState()
	if err != nil {
		return err
	}
	t := &training{app: a, o: o}
	start := time.Now()
	if t.Training, err = a.newTraining(ctx, o, opts); err != nil {
		return err
	}
	if state == nil && o.budget > 0 {
		left := o.budget
		if o.distill != "" { // paths are a part of the run
			left = max(left/10, left-time.Since(start))
		}
		n, err := t.StepsWithin(ctx, left, 0, time.Now)
		if err != nil {
			return err
		}
		a.log.Info("steps that fit into the budget", "steps", n, "budget", o.budget, "repeat-with", "--steps "+strconv.Itoa(n))
	}
	if err := t.Prepare(); err != nil {
		return usage{err}
	}
	if err := t.Storable(); err != nil {
		return err
	}
	if state != nil {
		if err := t.Restore(state); err != nil {
			return fmt.Errorf("cannot resume from %s: %w", stateFile(o.out), err)
		}
		a.log.Info("resuming", "step", t.Trainer().Step(), "of", t.Steps())
	}
	return t.run(ctx)
}

// newTraining reads the data of the run, says what was found in them, and prepares
// the run.
func (a *app) newTraining(ctx context.Context, o *trainFlags, opts *tabular.Options) (*tabular.Training, error) {
	if o.distill != "" {
		return a.newDistillation(ctx, o, opts)
	}
	if o.classifier == "" {
		d, err := a.trainingData(ctx, o, opts)
		if err != nil {
			return nil, err
		}
		a.describe(d)
		t, err := tabular.NewTraining(d, opts)
		if err == nil && t.Latent() != nil {
			a.log.Info("latent", "rows", tabular.DescribeComponents(t.Latent()))
		}
		return t, err
	}
	like, err := a.loadModel(o.like)
	if err != nil {
		return nil, err
	}
	d, err := a.classifierData(ctx, o, like)
	if err != nil {
		return nil, err
	}
	t, err := like.NewClassifierTraining(d, o.classifier, opts)
	return t, err
}

// describe prints what was found in a table, and what a user should know of it.
func (a *app) describe(d *tabular.TrainingData) {
	if d.Open {
		return
	}
	m := d.Codec.Metadata()
	a.summary(m)
	for _, w := range append(m.Warnings(), d.Cells.Notes()...) {
		a.log.Warn(w)
	}
	if d := len(m.Columns); m.Rows < max(100, 10*d) {
		a.log.Warn(fmt.Sprintf("only %d rows for %d columns: the model may be poor or repeat the rows, and held-out losses say little", m.Rows, d))
	}
}
