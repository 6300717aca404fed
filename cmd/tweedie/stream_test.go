package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// tinyModel trains a model of two columns and a label for a moment.
func tinyModel(t *testing.T) *bundle {
	t.Helper()
	dir := runTable(t)
	if code, errs := tweedie(t, context.Background(), runArgs(dir, "m.st", "20", "20")...); code != 0 {
		t.Fatal(errs)
	}
	b, err := loadBundle(filepath.Join(dir, "m.st"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Sampling holds some blocks of rows and their labels, however many rows there
// are: the memory in use does not grow with them.
func TestSampleStreams(t *testing.T) {
	rows := 500_000
	if testing.Short() {
		rows = 200_000
	}
	b := tinyModel(t)
	err := streams(b, rows, func(*mat.Dense) {})
	if err != nil {
		t.Error(err)
	}
	var kept []*mat.Dense
	if streams(b, rows, func(x *mat.Dense) { kept = append(kept, mat.DenseCopyOf(x)) }) == nil {
		t.Errorf("a run that keeps its %d blocks passes", len(kept))
	}
}

// streams errs if more is in use at the end of a run than after a tenth of it,
// by more than one byte a row.
func streams(b *bundle, rows int, seen func(x *mat.Dense)) error {
	var early, late uint64
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	d, err := (&guideFlags{cfg: 1}).guided(b, 1, 0, false)
	if err != nil {
		return err
	}
	o := &sample.Options{NFE: 2, Seed: 1}
	err = b.sampleTo(context.Background(), sample.DPMpp2M{}, rows, d, o, io.Discard, "", func(first int, x *mat.Dense) {
		n, _ := x.Dims()
		seen(x)
		switch {
		case first/(rows/10) == 0 && (first+n)/(rows/10) == 1:
			early = inUse()
		case first+n == rows:
			late = inUse()
		}
	})
	if err == nil && late > early+uint64(rows) {
		err = fmt.Errorf("%d bytes in use after a tenth of %d rows, and %d at the end", early, rows, late)
	}
	return err
}

// The labels that a row is drawn with are those that are written beside it,
// whatever block, shard or order they are drawn in, and have the frequencies of
// the table.
func TestLabelLaw(t *testing.T) {
	table := newLabelTable(mat.NewDense(6, 2, []float64{1, 0, 0, 2, 1, 0, 1, 0, 0, 1, 1, 0}))
	law, err := table.given(nil, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	const n = 60_000
	all, some := mat.NewDense(n, 2, nil), mat.NewDense(3, 2, nil)
	turns{law}.draw(all, func(i int) int { return i })
	turns{law}.draw(some, func(i int) int { return []int{n - 1, 7, 31}[i] })
	for i, r := range []int{n - 1, 7, 31} {
		if !mat.Equal(some.RowView(i), all.RowView(r)) {
			t.Errorf("row %d is %v alone and %v among all", r, some.RawRowView(i), all.RawRowView(r))
		}
	}
	count := map[[2]float64]float64{}
	for i := range n {
		count[[2]float64(all.RawRowView(i))]++
	}
	for row, p := range map[[2]float64]float64{{1, 0}: 4. / 6, {0, 2}: 1. / 6, {0, 1}: 1. / 6} {
		if d := count[row] - p*n; d*d > 16*p*(1-p)*n { // 4 standard errors
			t.Errorf("%v is drawn %v times of %d, want a share of %.4f", row, count[row], n, p)
		}
	}
	if _, err := table.given([]float64{1, 2}, nil, 3); err == nil {
		t.Error("a combination that does not occur is drawn")
	}
}
