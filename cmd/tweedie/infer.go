package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/train/sbi"
)

func (a *app) inferCommand() *cobra.Command {
	var o inferFlags
	c := &cobra.Command{
		Use:   "infer --model MODEL.safetensors --observation FILE --rows N --out DRAWS.csv",
		Short: "Draws of the posterior of a simulator's parameters",
		Long: `Draw parameters from the posterior given an observation, of a model that train
--theta --x has made. The file has a row for each observation, with the columns of
the simulated data, and may have a column observation that names them; draws of
several observations have such a column too, and stand in the order of the file.

--summary prints mean, standard deviation, median and the credible interval of each
parameter, --map where the posterior density is largest. --log-prob FILE evaluates
the log density in nats, per unit of the parameters, of those of a file instead: of
each row for each observation, or for the one that its column observation names.

--rounds R trains a model for one observation in place of --model: each round draws
parameters from the prior, from the second on within the region where the posteriors
so far have nearly all their mass, and simulates --rows-per-round of them. Where
simulations are dear, this takes fewer than train. --folder keeps simulations and
models of all rounds, from which the same command goes on: modelR.safetensors is the
last, and model1.safetensors is of all observations.

--compose, --temper, --prior-swap and --guide change the posterior after training: they
put independent observations together, take the likelihood to a power, replace the
prior, and add bounds, rewards and observations by formulas. With
--prior-swap and --guide, --particles makes draws exact in their number, and --evidence
prints how well the change goes with the data.

--plot draws a corner plot of one observation's draws, over the prior.

Row i depends on the seed, on its observation and on i alone: --shard 2/4 writes the
second quarter of the rows of all observations, of draws or of --log-prob. With
--particles, or bounds of --prior-swap or --guide, draws depend on each other.`,
		Example: `  tweedie infer --model posterior.safetensors --observation observed.csv --rows 10000 --out draws.csv
  tweedie infer --model posterior.safetensors --observation observed.csv --summary --map
  tweedie infer --model posterior.safetensors --observation observed.csv --plot corner.png
  tweedie infer --model posterior.safetensors --observation observed.csv --log-prob theta.csv --out logprob.csv
  tweedie infer --model posterior.safetensors --observation observed.csv --rows 10000 --shard 2/4 --out part-2.csv
  tweedie infer --rounds 3 --rows-per-round 1000 --simulator "python3 sim.py" --prior prior.yaml --observation observed.csv --folder rounds --out draws.csv
  tweedie infer --model posterior.safetensors --observation many.csv --compose auto-gauss --out draws.csv
  tweedie infer --model posterior.safetensors --observation observed.csv --prior-swap prior2.yaml --particles 1000 --evidence --out draws.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.changed, o.line = c.Flags().Changed, commandLine(c)
			if err := o.check(); err != nil {
				return err
			}
			return keptNothing(&o, a.infer(c.Context(), &o))
		},
	}
	o.define(c)
	return c
}

// keptNothing says so of an interruption that has not said what it leaves.
func keptNothing(o *inferFlags, err error) error {
	var said interrupted
	switch {
	case !errors.Is(err, context.Canceled) || errors.As(err, &said):
		return err
	case o.folder != "":
		return interrupted("interrupted: no draws are kept; the rounds are, in " + o.folder)
	}
	return interrupted("interrupted: nothing is kept")
}

func (a *app) infer(ctx context.Context, o *inferFlags) error {
	if err := a.apart([]string{o.out, o.json, o.plot, o.report}, o.model, o.observation, o.logProb, o.truth, o.prior, o.swap, o.guide); err != nil {
		return err
	}
	if err := writable(o.out, o.json, o.plot, o.report); err != nil {
		return err
	}
	opts, err := a.drawOptions(o)
	if err != nil {
		return err
	}
	src, err := a.table(ctx, o.observation)
	if err != nil {
		return err
	}
	m, err := a.posteriorModel(ctx, o, src)
	if err != nil {
		return err
	}
	obs, err := m.ReadObservations(src)
	if err != nil {
		return err
	}
	post, err := m.Posterior(obs.X)
	if err != nil {
		return err
	}
	if o.logProb != "" {
		return a.inferLogProb(ctx, o, post, obs)
	}
	corner, err := a.inferPlot(ctx, o, m, obs)
	if err != nil {
		return err
	}
	if most := maxSimulations * 10; o.rows > most/obs.Rows() {
		return badUsage("--rows is %d for each of %d observations: give at most %d", o.rows, obs.Rows(), most/obs.Rows())
	}
	from, obs, err := a.guidedPosterior(ctx, o, post, obs, opts)
	if err != nil {
		return err
	}
	d, err := a.inferDraws(ctx, o, from, obs, opts)
	if err != nil {
		return err
	}
	if err := corner(d); err != nil {
		return err
	}
	if !o.tabulates() {
		return nil
	}
	return a.inferSummary(ctx, o, post, obs, d, opts)
}

// inferDraws makes the draws, all or those of the part, and writes them if they are asked for.
func (a *app) inferDraws(ctx context.Context, o *inferFlags, from drawer, obs *sbi.Observations, opts *sbi.DrawOptions) (*sbi.Draws, error) {
	out, err := a.drawsOutput(o)
	if err != nil {
		return nil, err
	}
	defer out.Abort()
	total := o.rows * obs.Rows()
	first, n := o.part.Range(total, 1)
	p := a.progress("infer", n)
	opts.Progress = p.rows
	d, err := from.SampleRows(ctx, o.rows, first, n, opts)
	if errors.Is(err, sbi.ErrNoParts) {
		return nil, badUsage("%w: leave --shard away", err)
	}
	if err != nil {
		return nil, err
	}
	p.set(n, "") // there may be fewer rows than parts
	p.finish()
	a.caveats(d.Caveats)
	if o.draws() {
		t := from.Model().Table(d, obs)
		w := datasets.NewCellsWriter(out, o.out, t.Metadata(), first)
		if err := errors.Join(w.Write(t), w.Close()); err != nil {
			return nil, err
		}
	}
	if err := out.Commit(); err != nil {
		return nil, err
	}
	return d, a.writeManifests(&o.shardFlags, []string{o.out}, nil, first, n, total, nil)
}

// posteriorModel reads the model, or trains it in rounds.
func (a *app) posteriorModel(ctx context.Context, o *inferFlags, observation datasets.Source) (*sbi.Model, error) {
	if o.model == "" {
		return a.inferRounds(ctx, o, observation)
	}
	m, err := sbi.Load(o.model)
	if err != nil {
		return nil, notFinished(o.model, err)
	}
	return m, nil
}

// nothing is an output that is not asked for.
type nothing struct{}

func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) Commit() error               { return nil }
func (nothing) Abort()                      {}

func (a *app) drawsOutput(o *inferFlags) (sink, error) {
	if !o.draws() {
		return nothing{}, nil
	}
	return a.output(o.out)
}
