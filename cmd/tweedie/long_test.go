package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/sample"
)

// The tests of this file train for minutes. They run with TWEEDIE_LONG=1, as
//
//	TWEEDIE_LONG=1 go test ./cmd/tweedie -run Long -v -timeout 1h
//
// and print the numbers of docs/measurements.md.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("set TWEEDIE_LONG=1 to train for minutes")
	}
}

func command(t *testing.T, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), append(args, "--quiet"), &out, &errs); code != 0 {
		t.Fatalf("tweedie %v: exit %d: %s", args, code, errs.String())
	}
}

// Held-out negative log likelihood of the toy laws, with the defaults of the
// train command: within 0.05 nats of the entropy, and not below it by more than
// chance.
func TestLongToyLikelihood(t *testing.T) {
	long(t)
	const rows = 10000
	for _, name := range []string{"8gaussians", "checkerboard", "moons", "2spirals"} {
		model := filepath.Join(t.TempDir(), "m")
		command(t, "train", "--data", "toy:"+name, "--out", model, "--seed", "3")
		b, err := loadBundle(model)
		if err != nil {
			t.Fatal(err)
		}
		law, err := toy.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := toySource(name, nil, rows, 99)
		if err != nil {
			t.Fatal(err)
		}
		lp, err := b.logProb(context.Background(), fresh.cells, &sample.LikelihoodOptions{}, false)
		if err != nil {
			t.Fatal(err)
		}
		x, gap := mat.NewDense(rows, 2, nil), make([]float64, rows)
		law.Sample(x, 99, 0)
		law.LogProb(gap, x)
		for i := range gap {
			gap[i] -= lp[i]
		}
		h, _ := law.Entropy()
		nll, se := meanSE(lp)
		g, gse := meanSE(gap)
		t.Logf("| %s | %.4f | %.4f ± %.4f | %+.4f ± %.4f | %d |", name, h, -nll, se, g, gse, b.provenance.Steps)
		if -nll-h > 0.05 || -nll-h < -3*se {
			t.Errorf("%s: %.4f ± %.4f nats, entropy %.4f", name, -nll, se, h)
		}
	}
}

// Tables with a label column: marginals and correlations against held-out rows.
func TestLongTables(t *testing.T) {
	long(t)
	for _, c := range []struct{ file, label string }{{"wine", "class"}, {"abalone", "sex"}} {
		path := filepath.Join("..", "..", "..", "shared", "data", "tabular", c.file+".csv")
		if _, err := os.Stat(path); err != nil {
			t.Skipf("no %s: the tables for checking are not part of the repository", path)
		}
		var corr float64
		for seed := range uint64(3) {
			corr += tableCase(t, path, c.label, seed) / 3
		}
		if corr > 0.05 {
			t.Errorf("%s: correlations are off by %.4f on average", c.file, corr)
		}
	}
}

// tableCase trains on a part of the table and compares with the rest. It returns
// the mean error of the correlations.
func tableCase(t *testing.T, path, label string, seed uint64) float64 {
	all, err := (&tableFlags{}).readTable(path, []string{label})
	if err != nil {
		t.Fatal(err)
	}
	dir, m := t.TempDir(), all.Metadata()
	in, model, out := filepath.Join(dir, "train.csv"), filepath.Join(dir, "m"), filepath.Join(dir, "s.csv")
	tr, te := datasets.Split(all.Rows(), 0.3, seed)
	train, test := all.Subset(tr), all.Subset(te)
	if err := writeCells(in, train); err != nil {
		t.Fatal(err)
	}
	sd := fmt.Sprint(seed)
	command(t, "train", "--data", in, "--condition", label, "--out", model, "--seed", sd)
	command(t, "sample", "--model", model, "--rows", "5000", "--out", out, "--seed", sd)
	src, err := datasets.OpenTable(out)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	x, y, z := numbers(train), numbers(test), numbers(drawn)
	own, got := meanKS(x, y), meanKS(z, y)
	corr := metrics.CorrelationDifference(x, z)
	worstShare := 0.0
	for k := range m.Field(label).Levels {
		worstShare = max(worstShare, math.Abs(share(train, label, k)-share(drawn, label, k)))
	}
	t.Logf("| %s, seed %d | %.4f | %.4f | %+.4f | %.4f | %.4f |", filepath.Base(path), seed, own, got, got-own, corr, worstShare)
	if got-own > 0.03 || worstShare > 0.03 {
		t.Errorf("%s, seed %d: KS %.4f above the training rows' own, label shares off by %.4f", path, seed, got-own, worstShare)
	}
	return corr
}

// numbers are the columns of numbers.
func numbers(c *datasets.Cells) *mat.Dense {
	var columns []int
	for j, f := range c.Metadata().Columns {
		if f.Type == datasets.TypeNumeric || f.Type == datasets.TypeInteger {
			columns = append(columns, j)
		}
	}
	x := mat.NewDense(c.Rows(), len(columns), nil)
	for i := range c.Rows() {
		for k, j := range columns {
			x.Set(i, k, c.Number(i, j))
		}
	}
	return x
}

func share(c *datasets.Cells, column string, level int) float64 {
	n := 0.0
	for j, f := range c.Metadata().Columns {
		for i := 0; f.Name == column && i < c.Rows(); i++ {
			if c.Level(i, j) == level {
				n++
			}
		}
	}
	return n / float64(c.Rows())
}

func meanKS(x, y *mat.Dense) float64 {
	ks := make([]float64, x.RawMatrix().Cols)
	metrics.KolmogorovSmirnovColumns(ks, x, y)
	m, _ := meanSE(ks)
	return m
}
