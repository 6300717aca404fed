package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/train/tabular"
)

type imputeFlags struct {
	methodFlags
	shardFlags
	models        []string
	in, out       string
	draws         int
	dropout       float64
	point         bool
	check, strict bool
	imputeCheckFlags
}

// maxImputed is the most draws, of which each is a table of its own or a row in
// memory.
const maxImputed = 1000

func (a *app) imputeCommand() *cobra.Command {
	var o imputeFlags
	c := &cobra.Command{
		Use:   "impute --model MODEL.safetensors --in FILE.csv",
		Short: "Fill the missing cells of a table",
		Long: `Fill every missing cell of a table by a draw from the model's law given the known
cells of its row. Known cells, identifiers and constants are written as they
were read: byte for byte as CSV, with their spaces, and as the same values with the
same types from Parquet to Parquet. Rows stay in their order. The model may have been trained on this
very table: it learns from rows with missing cells.

With --draws M, --out FILE.csv becomes FILE.1.csv … FILE.M.csv: complete tables,
which differ where cells are filled as much as the model is uncertain of them.
With --point there is one table of medians, or of most frequent levels, of the
draws. A draw has the spread of the data, a median has not.

Draw k of row i depends on the seed, k and i alone. Cells of a column of
--condition must be known: the model takes them, and cannot give them.

Values that training had not, levels and numbers beyond the range among them,
stay as they are, with a warning: other cells of the row are filled without the
level, and as if the number were the end of the range. --strict refuses them.
A missing cell of a column that was constant gets its one value, and one of a
column that was empty stays empty.

A model of a small table was trained with units left out (train --dropout), and
then every draw leaves out others: what the network cannot know from so few rows
differs from draw to draw, too.

With --check nothing is written: known cells are hidden and filled, and the
errors stand beside those of simple imputers. Take a table that the model was
not trained on, or it will have seen what it is to guess.`,
		Example: `  tweedie impute --model gaps.safetensors --in gaps.csv --out full.csv --draws 5
  tweedie impute --model gaps.safetensors --in gaps.csv --out medians.csv --point
  tweedie impute --model gaps.safetensors --in test.csv --check --share 0.2`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.line = commandLine(c)
			return a.impute(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "model file; repeatable: of several, trained from other seeds, the mean is taken")
	f.StringVar(&o.in, "in", "", "CSV, Parquet or .npy file with missing cells, - for stdin")
	f.StringVar(&o.out, "out", "", "file to write: Parquet for .parquet, compressed for .csv.gz, else CSV (default stdout)")
	f.IntVar(&o.draws, "draws", 1, "complete tables to write (with --point, draws of each cell: default 20; with --check 19)")
	f.BoolVar(&o.point, "point", false, "write one table, of medians and most frequent levels")
	f.BoolVar(&o.strict, "strict", false, "refuse values that training had not: levels, constants, numbers beyond the range")
	f.Float64Var(&o.dropout, "dropout", 0, "share of the hidden units left out, others for each draw and row (default that of train --dropout)")
	o.methodFlags.define(c)
	o.samplerName = "dpmpp2m-sde" // of the library
	f.Lookup("sampler").DefValue = o.samplerName
	o.imputeCheckFlags.define(c, &o.check)
	o.shardFlags.define(c, "fill and write only the i-th of n parts of the rows", "model", "in")
	completeFile(c, "model", "safetensors")
	completeFile(c, "in", "csv")
	return c
}

// checkImpute refuses what cannot be done, before any file is looked at.
func (o *imputeFlags) checkImpute() error {
	if len(o.models) == 0 || o.in == "" {
		return badUsage("impute needs --model and --in; see tweedie impute --help")
	}
	if err := o.methodFlags.check(); err != nil {
		return err
	}
	if err := between("draws", o.draws, 1, maxImputed); err != nil {
		return err
	}
	if err := o.imputeCheckFlags.checkFlags(o.check, o.changed); err != nil {
		return err
	}
	switch {
	case !(o.dropout >= 0 && o.dropout < 1):
		return badUsage("--dropout is %v: give a share from 0 to below 1", o.dropout)
	case o.check && o.shard != "":
		return badUsage("--shard does not go with --check, which judges all rows together")
	case o.check && (o.point || o.out != ""):
		return badUsage("--check writes no table: leave --out and --point away")
	case o.draws > 1 && !o.point && !o.check && (o.out == "" || o.out == "-"):
		return badUsage("--draws %d writes %d tables: give --out FILE.csv, for FILE.1.csv …, or --point for one", o.draws, o.draws)
	}
	return o.shardFlags.check()
}

func (a *app) impute(ctx context.Context, o *imputeFlags) error {
	if err := o.checkImpute(); err != nil {
		return err
	}
	if err := a.apart(append(o.paths(), o.json, o.report), append(slices.Clone(o.models), o.in)...); err != nil {
		return err
	}
	m, err := a.loadModels(o.models)
	if err != nil {
		return err
	}
	how := &tabular.Imputation{Point: o.point, Sampler: o.methodFlags.sampler(), Seed: a.seed, Workers: a.workers}
	if o.check {
		how.Draws = checkDraws
	}
	given(o.changed("draws"), &how.Draws, o.draws)
	given(o.changed("dropout"), &how.Dropout, o.dropout) // -1 is none
	f, err := m.NewImputer(how)
	if err != nil {
		return fmt.Errorf("%s: %w", o.models[0], err)
	}
	a.caveats(f.Caveats())
	if o.check {
		return a.imputeCheck(ctx, o, m, f)
	}
	return a.imputeTable(ctx, o, m, f)
}

// imputeTable writes the table with its missing cells filled.
func (a *app) imputeTable(ctx context.Context, o *imputeFlags, m *tabular.Model, f *tabular.Imputer) error {
	src, err := a.table(ctx, o.in)
	if err != nil {
		return err
	}
	outs, err := a.outputs(o.paths())
	if err != nil {
		return err
	}
	defer outs.abort()
	s, err := m.CountMissing(src)
	if err != nil {
		return err
	}
	if s.Strange != nil && o.strict {
		return strictly(s.Strange)
	}
	for _, n := range s.Notes {
		a.log.Warn(n)
	}
	first, n := o.part.Range(s.Rows, 1)
	if s.Cells == 0 && o.unchanged() && !o.part.Whole() {
		return badUsage("no cell of %s is missing, so that it is written as it is: there is nothing to do in parts; leave --shard away", o.in)
	}
	if s.Cells == 0 && o.unchanged() {
		a.log.Info("no cell is missing: written unchanged", "file", o.in)
		err = outs.copy(o.in)
	} else {
		p := a.progress("impute", n*f.Draws)
		f.Progress = func(done, _ int) error { return p.rows(done) }
		if err = f.RewriteRows(ctx, src, datasets.FormatOf(o.out), outs.writers(), first, n); err == nil {
			p.finish()
		}
	}
	if err != nil {
		return err
	}
	if err := outs.commit(); err != nil {
		return err
	}
	if err := a.writeManifests(&o.shardFlags, o.paths(), o.drawNames(), first, n, s.Rows, nil); err != nil {
		return err
	}
	if s.Cells > 0 {
		a.log.Info("filled", "cells", s.Cells, "rows", s.Incomplete, "of", s.Rows)
	}
	return nil
}
