package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/train/tabular"
)

// tinyModel trains a model of two columns and a label for a moment.
func tinyModel(t *testing.T) *tabular.Model {
	t.Helper()
	dir := runTable(t)
	if code, errs := tweedie(t, context.Background(), runArgs(dir, "m.st", "20", "20")...); code != 0 {
		t.Fatal(errs)
	}
	m, err := tabular.Load(filepath.Join(dir, "m.st"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Sampling holds some blocks of rows and their labels, however many rows there
// are: the memory in use does not grow with them.
func TestSampleStreams(t *testing.T) {
	rows := 500_000
	if testing.Short() {
		rows = 200_000
	}
	m := tinyModel(t)
	if err := streams(m, rows, func(*mat.Dense) {}); err != nil {
		t.Error(err)
	}
	var kept []*mat.Dense
	if streams(m, rows, func(x *mat.Dense) { kept = append(kept, mat.DenseCopyOf(x)) }) == nil {
		t.Errorf("a run that keeps its %d blocks passes", len(kept))
	}
}

// streams errs if more is in use at the end of a run than after a tenth of it,
// by more than one byte a row.
func streams(m *tabular.Model, rows int, seen func(x *mat.Dense)) error {
	var early, late uint64
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	w := datasets.NewCSVCells(io.Discard, m.Metadata(), 0)
	_, err := m.Sample(context.Background(), rows, &tabular.Query{
		Sampler: sample.Sampler{Name: "dpmpp2m", NFE: 2}, Seed: 1,
		Sink: func(c *datasets.Cells) error { return w.Write(c) },
		Encoded: func(first int, x *mat.Dense) error {
			n, _ := x.Dims()
			seen(x)
			switch {
			case first/(rows/10) == 0 && (first+n)/(rows/10) == 1:
				early = inUse()
			case first+n == rows:
				late = inUse()
			}
			return nil
		},
	})
	if err == nil && late > early+uint64(rows) {
		err = fmt.Errorf("%d bytes in use after a tenth of %d rows, and %d at the end", early, rows, late)
	}
	return err
}
