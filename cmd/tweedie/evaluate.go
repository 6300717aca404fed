package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/datasets/evaluate"
)

type evaluateFlags struct {
	real, synthetic, holdout string
	metadata, target         string
	out, json                string
	rows                     int
	line                     string // of the command
}

func (a *app) evaluateCommand() *cobra.Command {
	var o evaluateFlags
	c := &cobra.Command{
		Use:   "evaluate",
		Short: "Say how good a synthetic table is, beside simple baselines",
		Long: `Compare a synthetic table with the real rows it was learnt from and, better,
with real rows that no model has seen: columns, pairs of columns, whether a
classifier tells the rows apart, whether they train a predictor as well as real
rows do, distances, coverage, and whether training rows were copied. Every score
stands beside that of independent columns, a Gaussian copula, a small mixture
and other real rows.

Tables are CSV or Parquet. What the columns are is found from the real rows, or
said by --metadata. Without --holdout, prediction splits the real rows in two
halves, and whether rows are copied nearly cannot be told.`,
		Example: `  tweedie evaluate --real train.csv --synthetic fake.csv --holdout test.csv
  tweedie evaluate --real train.csv --synthetic fake.csv --out report.html --json report.json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.real == "" || o.synthetic == "" {
				return badUsage("evaluate needs --real FILE and --synthetic FILE")
			}
			if err := between("detection-rows", o.rows, 0, 10_000_000); err != nil {
				return err
			}
			o.line = commandLine(c)
			return a.evaluate(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.real, "real", "", "CSV, Parquet or .npy file of the rows that the model was trained on")
	f.StringVar(&o.synthetic, "synthetic", "", "CSV, Parquet or .npy file of synthetic rows")
	f.StringVar(&o.holdout, "holdout", "", "CSV, Parquet or .npy file of real rows that the model has not seen")
	f.StringVar(&o.metadata, "metadata", "", "JSON file that says what the columns are, as describe --json prints it")
	f.StringVar(&o.target, "target", "", "column to predict (default the last one that is no constant, key or text)")
	f.StringVar(&o.out, "out", "", "HTML file to write the report to")
	f.StringVar(&o.json, "json", "", "JSON file to write the report to, - for stdout")
	f.IntVar(&o.rows, "detection-rows", 0, "most rows of each kind that the classifier sees (default 50000)")
	completeFile(c, "metadata", "json")
	completeFile(c, "out", "html")
	completeFile(c, "json", "json")
	return c
}

func (a *app) evaluate(ctx context.Context, o *evaluateFlags) error {
	r, err := a.evaluated(ctx, o)
	if err != nil {
		return err
	}
	var paths []string
	var fill []func(io.Writer) error
	asJSON := func(w io.Writer) error { return encodeJSON(w, r) }
	text := func(w io.Writer) error { _, err := io.WriteString(w, r.Text()); return err }
	if o.out != "" {
		paths, fill = append(paths, o.out), append(fill, func(w io.Writer) error {
			return r.WriteHTML(w, evaluate.Page{Command: o.line, Footer: footer()})
		})
	}
	switch o.json {
	case "":
	case "-":
		text = asJSON
	default:
		paths, fill = append(paths, o.json), append(fill, asJSON)
	}
	outs, err := a.outputs(paths)
	if err != nil {
		return err
	}
	defer outs.abort()
	for k, f := range outs {
		if err := fill[k](f); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := text(a.stdout); err != nil {
		return err
	}
	return outs.commit()
}

// evaluated compares the files of the flags.
func (a *app) evaluated(ctx context.Context, o *evaluateFlags) (*evaluate.Report, error) {
	if err := a.apart([]string{o.out, o.json}, o.real, o.synthetic, o.holdout, o.metadata); err != nil {
		return nil, err
	}
	var m *datasets.Metadata
	var err error
	if o.metadata != "" {
		if m, err = datasets.ReadMetadata(o.metadata); err != nil {
			return nil, usage{err}
		}
	}
	var src [3]datasets.Source
	for k, path := range []string{o.real, o.synthetic, o.holdout} {
		if path == "" {
			continue
		}
		if src[k], err = a.table(ctx, path); err != nil {
			return nil, err
		}
	}
	t, err := evaluate.Read(src[0], src[1], src[2], m)
	if err != nil {
		return nil, err
	}
	p, stages := a.progress("evaluate", evaluate.Stages), 0
	r, err := evaluate.Evaluate(ctx, t, &evaluate.Options{
		Target: o.target, Seed: a.seed, Workers: a.workers, DetectionRows: o.rows,
		Observe: func(stage string) error { p.set(stages, stage); stages++; return nil },
	})
	if err != nil {
		return nil, err
	}
	p.set(evaluate.Stages, "")
	p.finish()
	r.Names.Real, r.Names.Synthetic, r.Names.Holdout = o.real, o.synthetic, o.holdout
	return r, nil
}
