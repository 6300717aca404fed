package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tweedie/train/tabular"
)

// Training holds the cells of a table once: not the file, nor the cells from
// before they were split.
func TestTrainingHoldsTheTableOnce(t *testing.T) {
	const rows, columns = 100_000, 10
	table := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(table, []byte(tableText(rows, "n*10")), 0o666); err != nil {
		t.Fatal(err)
	}
	inUse := func() uint64 {
		var s runtime.MemStats
		for range 3 { // pools of other tests are emptied by the second, finalizers run before the third
			runtime.GC()
		}
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	var o trainFlags
	if err := trainFlagSet(&o).Parse([]string{"--data", table, "--out", filepath.Join(t.TempDir(), "m.st")}); err != nil {
		t.Fatal(err)
	}
	a := &app{workers: 1}
	before := inUse()
	opts, err := o.options(a)
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.trainingData(t.Context(), &o, opts)
	if err != nil {
		t.Fatal(err)
	}
	kept := d.Cells
	s, err := tabular.NewTraining(d, opts)
	if err != nil {
		t.Fatal(err)
	}
	const cells = 4 * rows * columns
	if with := inUse() - before; with < 2*cells {
		t.Errorf("%d bytes in use with the cells from before", with)
	}
	runtime.KeepAlive(kept)
	if more := inUse() - before; more > cells*3/2 {
		t.Errorf("%d bytes in use, of which the cells are %d", more, cells)
	}
	runtime.KeepAlive(s)
}
