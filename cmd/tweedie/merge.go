package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"tweedie/datasets/shard"
	"tweedie/train/tabular"
)

type mergeFlags struct{ out, json, line string }

func (a *app) mergeCommand() *cobra.Command {
	var o mergeFlags
	c := &cobra.Command{
		Use:   "merge PARTS... --out FILE",
		Short: "Put the parts of --shard together",
		Long: `Put files that were written with --shard together, in any order: what is written
are the bytes of the command without --shard. Beside each part stands its
manifest, PART.shard.json; a name of one among the parts is passed over, so that
part-*.csv* is a way to give them all.

Parts that do not belong together are refused: of another model, table, query,
seed or version, or of machines that round differently (amd64 and arm64; on one of
them, the plain Go kernels, which TWEEDIE_KERNEL=go chooses, and the others);
missing or double ones; and files that are not as their manifest says.

The whole has the format of the parts: CSV, Parquet, .npy or .npz; CSV and .npy are
compressed if its name ends in .gz. The reports of check and of calibrate,
calibration.json, become one, FILE.json, or a folder with the page and the figures
too; its sentences are printed.`,
		Example: `  tweedie sample --model moons.safetensors --rows 1000 --shard 1/2 --out part-1.csv
  tweedie sample --model moons.safetensors --rows 1000 --shard 2/2 --out part-2.csv
  tweedie merge part-1.csv part-2.csv --out moons.csv`,
		RunE: func(c *cobra.Command, args []string) error {
			o.line = commandLine(c)
			for _, p := range args {
				o.line += " " + quoted(p)
			}
			return a.merge(args, &o)
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "file to write: CSV, Parquet, .npy, .npz or JSON, as the parts are; .gz compresses CSV and .npy; of reports a folder too")
	c.Flags().StringVar(&o.json, "json", "", "of sample: file for the summary of all rows, as its own --json writes it (- for stdout)")
	return c
}

func (a *app) merge(paths []string, o *mergeFlags) error {
	switch {
	case o.out == "" || o.out == "-":
		return badUsage("merge needs --out FILE")
	case len(paths) == 0:
		return badUsage("merge needs the files that were written with --shard")
	}
	if err := a.apart([]string{o.out, o.json}, paths...); err != nil {
		return err
	}
	parts, err := shard.Open(paths)
	if err != nil {
		return err
	}
	if o.json != "" && parts[0].Command != "sample" {
		return badUsage("--json is the summary of sample, and these are parts of %s: leave it away", parts[0].Command)
	}
	if join, ok := joins[parts[0].Command]; ok {
		return a.mergeReports(parts, join, o)
	}
	test, err := a.output(o.out)
	if err != nil {
		return err
	}
	test.Abort()
	if err := parts.Merge(o.out); err != nil {
		if f := new(shard.FormatError); errors.As(err, &f) {
			return badUsage("--out %w", err)
		}
		return err
	}
	a.log.Info("merge", "parts", len(parts), "rows", parts[0].Total)
	if o.json == "" {
		return nil
	}
	return a.mergeSummaries(parts, o.json)
}

// mergeSummaries writes the summary of all rows.
func (a *app) mergeSummaries(parts shard.Parts, path string) error {
	list := make([]tabular.DrawnPart, len(parts))
	for k, p := range parts {
		if err := json.Unmarshal(p.Result, &list[k]); err != nil {
			return fmt.Errorf("%s: %w: run that part again", shard.Path(p.Path), err)
		}
	}
	all, rows, err := tabular.SummarizeParts(list)
	if err != nil {
		return err
	}
	return a.writeSummary(path, rows, all)
}
