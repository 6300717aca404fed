package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/train/tabular"
)

type sampleFlags struct {
	methodFlags
	queryFlags
	model, out  string
	rows        int
	shard, json string
}

func (a *app) sampleCommand() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample --model MODEL.safetensors --rows N",
		Short: "Draw rows from a model",
		Long: `Draw rows from a model, as CSV or Parquet with the columns of the table that it was
trained on. Label columns are drawn with their frequencies, or fixed with --given.
Row i depends on the seed and on i alone: --shard 2/4 writes the second quarter
of what the whole command would have written.

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
	f.StringVar(&o.model, "model", "", "model file")
	f.IntVar(&o.rows, "rows", 1000, "number of rows")
	f.StringVar(&o.out, "out", "", "CSV, Parquet or .npy file to write (default stdout)")
	o.methodFlags.define(c)
	o.queryFlags.define(c)
	f.StringVar(&o.shard, "shard", "", "i/n: write only the i-th of n parts")
	f.StringVar(&o.json, "json", "", "file for a summary: evidence, effective particles, caveats (- for stdout)")
	completeFile(c, "model", "safetensors")
	return c
}

func (o *sampleFlags) check() error {
	switch {
	case o.model == "":
		return badUsage("sample needs --model; see tweedie sample --help")
	case o.json == "-" && (o.out == "" || o.out == "-"):
		return badUsage("--json - writes to stdout, and so do the rows: give --out FILE")
	case o.shard != "" && len(o.where) > 0:
		return badUsage("--shard does not go with --where: which rows satisfy it is known only when they are drawn; give each part a --seed of its own instead")
	case o.shard != "" && o.particlesAsked():
		return badUsage("--particles draws its rows together: leave --shard away, and give each part a --seed of its own")
	case o.particlesAsked() && o.queryFlags.changed("where-by"):
		return badUsage("--where-by is for rows without --particles, which guide, weight and check them")
	}
	if err := between("rows", o.rows, 1, maxRows); err != nil {
		return err
	}
	if err := o.queryFlags.check(); err != nil {
		return err
	}
	return nil
}

func (a *app) sample(ctx context.Context, o *sampleFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := a.apart([]string{o.out, o.json}, o.model, o.classifier, o.guide); err != nil {
		return err
	}
	first, n, err := part(o.shard, o.rows)
	if err != nil {
		return err
	}
	if d := o.conditioning().Sampler(sample.Sampler{}); d.Name != "" && !o.methodFlags.changed("sampler") {
		o.samplerName = d.Name
	}
	if err := o.methodFlags.check(); err != nil {
		return err
	}
	m, err := a.loadModel(o.model)
	if err != nil {
		return err
	}
	q, err := a.query(&o.queryFlags, m)
	if err != nil {
		return err
	}
	q.Sampler, q.First, q.Seed, q.Workers = o.sampler(), first, a.seed, a.workers
	if s := o.sampler(); o.shard != "" && s.Coupled() {
		return badUsage("--shard does not go with --corrector %s, which couples the rows drawn together: use langevin, or leave --shard away", s.Corrector)
	}
	if err := m.Check(n, q); err != nil {
		return err
	}
	open := a.output
	if len(o.where) > 0 || o.particlesAsked() {
		open = a.heldOutput
	}
	var r *tabular.DrawnRows
	p := a.progress("sample", n)
	err = into(open, o.out, func(out io.Writer) error {
		w := datasets.NewCellsWriter(out, o.out, m.Metadata(), first)
		q.Progress, q.Sink = p.rows, w.Write
		if r, err = m.Sample(ctx, n, q); err != nil {
			return err
		}
		return w.Close()
	})
	if err != nil && r != nil && r.Evidence != nil { // what particles showed, without rows
		if e := a.writeSummary(o.json, 0, r); e != nil {
			return e
		}
	}
	if err != nil {
		return err
	}
	p.finish()
	return a.reportRows(o, n, r)
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
	b, err := json.MarshalIndent(rowsSummary{r.Method, n, r.NFE, append([]string{}, r.Caveats...), r.Warnings, r.Evidence}, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if path == "-" {
		_, err := a.stdout.Write(b)
		return err
	}
	return writeFile(path, b)
}
