package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/metrics"
)

type c2stFlags struct {
	reference, samples string
	json               bool
}

func (a *app) c2stCommand() *cobra.Command {
	var o c2stFlags
	c := &cobra.Command{
		Use:   "c2st",
		Short: "Say how well a classifier tells two samples apart",
		Long: `Train a network to tell the rows of two tables of numbers apart, and print its
accuracy on rows that it has not seen: ½ where the laws are the same, 1 where they
are apart. The protocol is that of the benchmark of simulation-based inference,
which takes 10,000 rows of each: z-scores by the reference, two layers of 10 d
rectified units, five folds, the initial weights and order of rows of scikit-learn
with random_state=1.`,
		Example: `  tweedie c2st --reference posterior.csv --samples draws.csv`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.reference == "" || o.samples == "" {
				return badUsage("c2st needs --reference FILE and --samples FILE")
			}
			return a.c2st(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.reference, "reference", "", "CSV, Parquet or .npy file of numbers, of the law to compare with")
	f.StringVar(&o.samples, "samples", "", "CSV, Parquet or .npy file of numbers with the same columns")
	f.BoolVar(&o.json, "json", false, "print the result as JSON")
	return c
}

func (a *app) c2st(ctx context.Context, o *c2stFlags) error {
	var columns [2][]string
	var rows [2]*mat.Dense
	for k, path := range []string{o.reference, o.samples} {
		src, err := a.table(ctx, path)
		if err != nil {
			return err
		}
		if columns[k], rows[k], err = datasets.ReadNumbers(src); err != nil {
			return err
		}
	}
	if !slices.Equal(columns[0], columns[1]) {
		return fmt.Errorf("%s has the columns %s and %s has %s: give the same, in the same order", o.reference, strings.Join(columns[0], ", "), o.samples, strings.Join(columns[1], ", "))
	}
	r, err := metrics.C2ST(ctx, rows[0], rows[1], metrics.C2STOptions{Workers: a.workers})
	if err != nil {
		return err
	}
	if n, _ := rows[0].Dims(); n != 10_000 {
		a.log.Warn("the benchmark compares 10,000 rows of each: with other numbers the accuracy is another", "rows", n)
	}
	if o.json {
		return encodeJSON(a.stdout, map[string]any{"c2st": r.Accuracy, "folds": r.Folds})
	}
	_, err = fmt.Fprintf(a.stdout, "%.4f\n", r.Accuracy)
	return err
}
