package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tweedie/datasets"
	"tweedie/datasets/imputation"
)

// imputed are the tables of docs/measurements/tables.md, with what Jolicoeur-Martineau et al.
// 2024 (arXiv:2309.09968, results of their repository) have of KNN(1) and
// MissForest: average MAE.
var imputed = []struct {
	table, target string
	category      bool
	knn, forest   float64
}{
	{"iris", "species", true, 0.105, 0.072},
	{"wine", "class", true, 0.139, 0.106},
	{"breast_cancer", "diagnosis", true, 0.063, 0.036},
	{"concrete", "strength", false, 0.094, 0.061},
	{"penguins", "species", true, math.NaN(), math.NaN()},
	{"titanic", "survived", true, math.NaN(), math.NaN()},
}

// TestLongImpute prints the table of docs/measurements/tables.md: a fifth of the cells of 80 %
// of the rows is hidden, none of them of the target, and a model that is trained
// on what is left fills them. Means over splits.
//
// TWEEDIE_MECHANISM says how cells are hidden, TWEEDIE_TABLES chooses tables,
// TWEEDIE_SEEDS the number of splits, TWEEDIE_TRAIN and TWEEDIE_IMPUTE add flags.
func TestLongImpute(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("some minutes: set TWEEDIE_LONG=1")
	}
	only := strings.Fields(os.Getenv("TWEEDIE_TABLES"))
	seeds, err := strconv.Atoi(os.Getenv("TWEEDIE_SEEDS"))
	if err != nil {
		seeds = 3
	}
	mechanism := imputation.Mechanism(os.Getenv("TWEEDIE_MECHANISM"))
	t.Setenv("TWEEDIE_MECHANISM", "") // restored afterwards: the commands would take it for their flag
	os.Unsetenv("TWEEDIE_MECHANISM")
	for _, p := range imputed {
		if len(only) > 0 && !strings.Contains(" "+strings.Join(only, " ")+" ", " "+p.table+" ") {
			continue
		}
		var sum [9]float64
		for seed := range uint64(seeds) {
			c := realCells(t, p.table, p.target, p.category)
			rows, _ := datasets.Split(c.Rows(), 0.2, seed)
			took := time.Now()
			m := retrained(t, seed, p.target, p.category)
			h := imputation.MaskingPlan{Mechanism: mechanism, Share: 0.2, Seed: seed, Keep: []string{p.target}}
			r, err := imputation.Compare(t.Context(), c.Subset(rows), h, []imputation.Imputer{m}, 19)
			if err != nil {
				t.Fatal(err)
			}
			s := r.Methods[0]
			for k, x := range []*float64{&s.MedianMAE, &s.AvgMAE, &s.MinMAE, s.CRPS, s.Coverage, s.Accuracy, s.LogLoss, &s.W1} {
				if x != nil {
					sum[k] += *x / float64(seeds)
				}
			}
			sum[8] += time.Since(took).Seconds() / float64(seeds)
		}
		line := fmt.Sprintf("| %s (%.3f, %.3f) |", p.table, p.knn, p.forest)
		for _, x := range sum {
			line += fmt.Sprintf(" %.4f |", x)
		}
		t.Log(line)
	}
}

// realCells reads a table that is kept beside the repository.
func realCells(t *testing.T, table, target string, category bool) *datasets.Cells {
	path := filepath.Join("..", "..", "..", "shared", "data", "tabular", table+".csv")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real tables are not here: ", err)
	}
	types := map[string]datasets.Type{}
	if category {
		types[target] = datasets.TypeCategorical
	}
	src, err := datasets.OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: types})
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// retrained is an imputer that trains a model on the table with its missing cells, by
// the command, and fills them.
func retrained(t *testing.T, seed uint64, target string, category bool) imputation.Imputer {
	return imputation.Func("tweedie", func(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error) {
		dir := t.TempDir()
		file := func(name string) string { return filepath.Join(dir, name) }
		f, err := os.Create(file("masked.csv"))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		w := datasets.NewCSVCells(f, c.Metadata(), 0)
		if err := w.Write(c); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		command := func(line, more string) error {
			args := append(strings.Fields(line), strings.Fields(more)...)
			var out, errs bytes.Buffer
			if code := run(ctx, append(args, "--quiet", "--seed", fmt.Sprint(seed)), &out, &errs); code != 0 {
				return fmt.Errorf("%s: exit %d: %s", line, code, errs.String())
			}
			return nil
		}
		line := "train --data " + file("masked.csv") + " --out " + file("m.st")
		if category {
			line += " --type " + target + "=categorical"
		}
		if err := command(line, os.Getenv("TWEEDIE_TRAIN")); err != nil {
			return nil, err
		}
		line = fmt.Sprintf("impute --model %s --in %s --out %s --draws %d", file("m.st"), file("masked.csv"), file("full.csv"), draws)
		if err := command(line, os.Getenv("TWEEDIE_IMPUTE")); err != nil {
			return nil, err
		}
		all := make([]*datasets.Cells, draws)
		for k := range all {
			src, err := datasets.OpenTable((&imputeFlags{out: file("full.csv"), draws: draws}).paths()[k])
			if err != nil {
				return nil, err
			}
			if all[k], err = datasets.ReadCells(src, c.Metadata()); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
}
