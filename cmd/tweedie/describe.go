package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/datasets"
)

func (a *app) describeCommand() *cobra.Command {
	var o tableFlags
	var asJSON bool
	var path string
	c := &cobra.Command{
		Use:   "describe FILE",
		Short: "Say what the columns of a table are",
		Long: `Say what the columns of a CSV, Parquet or .npy file are, as train would take them:
numbers, categories, dates, identifiers, constants, how many cells are missing,
and in which form numbers and dates are written. FILE may be compressed by gzip;
- is stdin, as for every table that is read. Texts that one row alone has are not
generated, and new keys start after the real ones: docs/reference/tables.md; --type
COLUMN=categorical keeps a column. --json prints the same as a file to edit (types, ranges, levels and
their grouping, digits) and to pass back with --metadata.`,
		Example: `  tweedie describe adult.csv
  tweedie describe table.csv --type zip=categorical --date-format born=02/01/2006 --missing - --missing unknown
  tweedie describe adult.csv --json --out adult.json
  tweedie train --data adult.csv --metadata adult.json --out adult.safetensors`,
		Args: oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			return a.describeTable(c.Context(), args[0], &o, asJSON, path)
		},
	}
	c.Flags().AddFlagSet(typeFlagSet(&o))
	c.Flags().StringVar(&path, "out", "", "file to write (default stdout)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the metadata as JSON")
	return c
}

// oneFile refuses arguments other than the name of one file.
func oneFile(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return badUsage("%s needs the name of one file, not %d; see tweedie %[1]s --help", c.Name(), len(args))
	}
	return nil
}

// typeFlagSet defines the flags that say what columns are.
func typeFlagSet(o *tableFlags) *pflag.FlagSet {
	f := pflag.NewFlagSet("table", pflag.ContinueOnError)
	f.StringVar(&o.metadata, "metadata", "", "JSON file that says what the columns are, as describe --json prints it")
	f.StringArrayVar(&o.types, "type", nil, "COLUMN=TYPE, repeatable: numeric, integer, categorical, boolean, datetime, identifier or constant")
	f.StringArrayVar(&o.formats, "date-format", nil, "COLUMN=FORMAT, repeatable, as 15:04:05 on 2 January 2006 would be written: born=02.01.2006, visit=02-JAN-06, seen=20060102")
	f.StringArrayVar(&o.missing, "missing", nil, "how missing cells are spelled, repeatable, beside empty cells and the default spellings in CSV, null and NaN in Parquet")
	f.BoolVar(&o.defaultMissing, "default-missing", true, "in CSV, NA, N/A, #N/A, <NA>, NaN, null and ? are missing cells too, in any case; =false for tables where they are values")
	return f
}

func (a *app) describeTable(ctx context.Context, path string, o *tableFlags, asJSON bool, to string) error {
	if err := a.apart([]string{to}, path, o.metadata); err != nil {
		return err
	}
	src, err := a.table(ctx, path)
	if err != nil {
		return err
	}
	opts, err := o.infer()
	if err != nil {
		return err
	}
	m, err := datasets.Infer(src, opts)
	if err != nil {
		return inFile(path, err)
	}
	if !asJSON { // a file of metadata says no more of dates than is known before training
		if err := datasets.FindDateRanges(src, m); err != nil {
			return inFile(path, err)
		}
	}
	err = into(a.textOutput, to, func(w io.Writer) error {
		if !asJSON {
			_, err := io.WriteString(w, m.Summary())
			return err
		}
		return m.WriteJSON(w)
	})
	if err != nil {
		return err
	}
	for _, w := range m.Warnings() {
		a.log.Warn(w)
	}
	return nil
}
