package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/internal/atomicfile"
	"tweedie/train/tabular"
)

type sampleFlags struct {
	methodFlags
	queryFlags
	shardFlags
	models    []string
	out, json string
	rows      int
}

func (a *app) sampleCommand() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample --model MODEL.safetensors --rows N",
		Short: "Draw rows from a model",
		Long: `Draw rows from a model, as CSV or Parquet with the columns of the table that it was
trained on. Label columns are drawn with their frequencies, or fixed with --given.
Row i depends on the seed and on i alone: --shard 2/4 writes the second quarter
of what the whole command would have written, and merge puts the parts together.
Rows under --where, particles and ensembles are drawn in batches: parts draw
nothing twice if there are at least as many batches, of 1024 rows, or 32 groups.

--guide takes a YAML file of what is known, in units of the table; a forward model
is a formula of columns:

  guide:
    - {formula: "alcohol / magnesium", value: 0.13, noise: 0.005}`,
		Example: `  tweedie train --data toy:moons --time-budget 20s --out moons.safetensors
  tweedie sample --model moons.safetensors --rows 10000 --out moons.csv
  # of a table wine.csv with the columns alcohol, in percent, and class, from 1 to 3
  tweedie train --data wine.csv --condition class --out wine.safetensors
  tweedie sample --model wine.safetensors --rows 500 --given class=2
  tweedie sample --model wine.safetensors --where 'alcohol >= 13' --where 'class != 3'
  tweedie sample --model wine.safetensors --rows 300 --balance class`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.sample(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "model file; repeatable: of several, trained from other seeds, the mean is taken")
	f.IntVar(&o.rows, "rows", 1000, "number of rows")
	f.StringVar(&o.out, "out", "", "CSV, Parquet or .npy file to write (default stdout)")
	o.methodFlags.define(c)
	o.queryFlags.define(c)
	o.shardFlags.define(c, "write only the i-th of n parts of the rows", "model", "classifier", "guide")
	f.StringVar(&o.json, "json", "", "file for a summary: evidence, effective particles, caveats (- for stdout)")
	completeFile(c, "model", "safetensors")
	return c
}

func (o *sampleFlags) check() error {
	switch {
	case len(o.models) == 0:
		return badUsage("sample needs --model; see tweedie sample --help")
	case o.json == "-" && (o.out == "" || o.out == "-"):
		return badUsage("--json - writes to stdout, and so do the rows: give --out FILE")
	case o.particlesAsked() && o.queryFlags.changed("where-by"):
		return badUsage("--where-by is for rows without --particles, which guide, weight and check them")
	}
	if err := between("rows", o.rows, 1, maxRows); err != nil {
		return err
	}
	if err := o.queryFlags.check(); err != nil {
		return err
	}
	return o.shardFlags.check()
}

func (a *app) sample(ctx context.Context, o *sampleFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := a.apart([]string{o.out, o.json}, append(slices.Clone(o.models), o.classifier, o.guide)...); err != nil {
		return err
	}
	if err := o.queryFlags.settle(&o.methodFlags); err != nil {
		return err
	}
	m, err := a.loadModels(o.models)
	if err != nil {
		return err
	}
	q, err := a.sampleQuery(o, m)
	if err != nil {
		return err
	}
	batch, err := m.Batch(o.rows, q)
	if err != nil {
		return err
	}
	first, n := o.part.Range(o.rows, batch)
	q.First, q.Total = first, o.rows
	r, err := a.sampleRows(ctx, o, m, q, n)
	if err != nil && r != nil && r.Evidence != nil { // what particles showed, without rows
		if e := a.writeSummary(o.json, 0, r); e != nil {
			return e
		}
	}
	if err != nil {
		return err
	}
	if err := a.writeManifests(&o.shardFlags, []string{o.out}, nil, first, n, o.rows, r.Part(n)); err != nil {
		return err
	}
	return a.reportRows(o, n, r)
}

// sampleQuery is what the flags ask of the model, for all rows.
func (a *app) sampleQuery(o *sampleFlags, m *tabular.Model) (*tabular.Query, error) {
	q, err := a.query(&o.queryFlags, m)
	if err != nil {
		return nil, err
	}
	q.Sampler, q.Seed, q.Workers = o.sampler(), a.seed, a.workers
	if s := o.sampler(); !o.part.Whole() && s.Coupled() {
		return nil, badUsage("--shard does not go with --corrector %s, which couples the rows drawn together: use langevin, or leave --shard away", s.Corrector)
	}
	return q, m.Check(o.rows, q)
}

// sampleRows draws n rows and writes them. It may return what particles showed with an error.
func (a *app) sampleRows(ctx context.Context, o *sampleFlags, m *tabular.Model, q *tabular.Query, n int) (*tabular.DrawnRows, error) {
	open := a.output
	if len(o.where) > 0 || o.particlesAsked() {
		open = a.heldOutput
	}
	r := new(tabular.DrawnRows)
	p := a.progress("sample", n)
	err := into(open, o.out, func(out io.Writer) (err error) {
		w := datasets.NewCellsWriter(out, o.out, m.Metadata(), q.First)
		q.Progress, q.Sink = p.rows, w.Write
		if n > 0 { // there may be fewer rows than parts
			if r, err = m.Sample(ctx, n, q); err != nil {
				return err
			}
		}
		return w.Close()
	})
	if err == nil {
		p.finish()
	}
	return r, err
}

// reportRows says how rows were drawn.
func (a *app) reportRows(o *sampleFlags, n int, r *tabular.DrawnRows) error {
	if err := a.writeSummary(o.json, n, r); err != nil {
		return err
	}
	a.caveats(r.Caveats)
	for _, w := range r.Warnings {
		a.log.Warn(w)
	}
	if e := r.Evidence; e != nil {
		args := []any{"rows", n, "groups", e.Groups, "particles", e.Particles}
		if e.LogEvidence != nil {
			args = append(args, "log-evidence", fmt.Sprintf("%.4f", *e.LogEvidence))
		}
		if e.SE != nil {
			args = append(args, "se", fmt.Sprintf("%.2g", *e.SE))
		}
		if len(e.ESS) > 0 {
			args = append(args, "ess", fmt.Sprintf("%.1f", e.ESS[len(e.ESS)-1]))
		}
		a.log.Info("sample", args...)
	}
	if r.WhereBy != "" {
		a.log.Info("rows that satisfy the conditions", "by", r.WhereBy, "share", fmt.Sprintf("%.4g", r.Satisfied), "of", r.Tried)
	}
	return nil
}

// rowsSummary is what --json writes of a run.
type rowsSummary struct {
	Method    string            `json:"method"`
	Rows      int               `json:"rows"`
	NFE       float64           `json:"nfe"` // denoiser evaluations per row, or particle
	Caveats   []string          `json:"caveats"`
	Warnings  []string          `json:"warnings,omitempty"`
	Particles *tabular.Evidence `json:"particles,omitempty"`
}

func (a *app) writeSummary(path string, n int, r *tabular.DrawnRows) error {
	if path == "" {
		return nil
	}
	return a.writeJSON(path, rowsSummary{r.Method, n, r.NFE, append([]string{}, r.Caveats...), r.Warnings, r.Evidence})
}

// writeJSON writes v to a file, or to stdout for -.
func (a *app) writeJSON(path string, v any) error {
	if path == "-" {
		return encodeJSON(a.stdout, v)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encodeJSON(w, v) })
}
