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
	all, err := datasets.OpenCSV(path, &datasets.Options{Labels: []string{label}})
	if err != nil {
		t.Fatal(err)
	}
	tr, te := datasets.Split(all.Rows(), 0.3, seed)
	s, err := datasets.NewSchema(all)
	if err != nil {
		t.Fatal(err)
	}
	e := datasets.NewEncoder(s)
	dir := t.TempDir()
	in, model, out := filepath.Join(dir, "train.csv"), filepath.Join(dir, "m"), filepath.Join(dir, "s.csv")
	x := encodedRows(t, e, all.Subset(tr))
	f, err := os.Create(in)
	if err != nil {
		t.Fatal(err)
	}
	labels := mat.NewDense(len(tr), 1, nil)
	if err := e.Conditions(labels, all.Subset(tr)); err != nil {
		t.Fatal(err)
	}
	if err := datasets.NewCSVWriter(f, s).WriteBlock(x, labels); err != nil {
		t.Fatal(err)
	}
	f.Close()
	sd := fmt.Sprint(seed)
	command(t, "train", "--data", in, "--condition", label, "--out", model, "--seed", sd)
	command(t, "sample", "--model", model, "--rows", "5000", "--out", out, "--seed", sd)
	drawn, err := datasets.OpenCSV(out, &datasets.Options{Schema: s})
	if err != nil {
		t.Fatal(err)
	}
	y, z := encodedRows(t, e, all.Subset(te)), encodedRows(t, e, drawn)
	own, got := meanKS(x, y), meanKS(z, y)
	corr := metrics.CorrelationDifference(x, z)
	worstShare := 0.0
	for k := range s.Column(label).Levels {
		worstShare = max(worstShare, math.Abs(share(all.Subset(tr), label, k)-share(drawn, label, k)))
	}
	t.Logf("| %s, seed %d | %.4f | %.4f | %+.4f | %.4f | %.4f |", filepath.Base(path), seed, own, got, got-own, corr, worstShare)
	if got-own > 0.03 || worstShare > 0.03 {
		t.Errorf("%s, seed %d: KS %.4f above the training rows' own, label shares off by %.4f", path, seed, got-own, worstShare)
	}
	return corr
}

func encodedRows(t *testing.T, e *datasets.Encoder, tab *datasets.Table) *mat.Dense {
	t.Helper()
	x := mat.NewDense(tab.Rows(), e.Dim(), nil)
	if err := e.Encode(x, tab); err != nil {
		t.Fatal(err)
	}
	return x
}

func share(tab *datasets.Table, column string, level int) float64 {
	v, n := tab.Column(column).Values, 0.0
	for _, l := range v {
		if int(l) == level {
			n++
		}
	}
	return n / float64(len(v))
}

func meanKS(x, y *mat.Dense) float64 {
	ks := make([]float64, x.RawMatrix().Cols)
	metrics.KolmogorovSmirnovColumns(ks, x, y)
	m, _ := meanSE(ks)
	return m
}
