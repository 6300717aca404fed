package train

import (
	"slices"
	"testing"
)

// Every row of the table comes once in each epoch, in another order.
func TestEpochs(t *testing.T) {
	m, cfg := everything(t)
	cfg.Batch = 300
	rec := newPasses(table("train", 900))
	tr, err := New(m, rec, Data{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var epochs [2][]int
	for step := range 6 {
		if err := tr.advance(); err != nil {
			t.Fatal(err)
		}
		for _, idx := range rec.reads[uint64(step)] {
			epochs[step/3] = append(epochs[step/3], idx...)
		}
	}
	if slices.Equal(epochs[0], epochs[1]) {
		t.Error("two epochs have one order")
	}
	for e, rows := range epochs {
		slices.Sort(rows)
		for i, r := range rows {
			if i != r {
				t.Fatalf("epoch %d: not every row comes once", e)
			}
		}
	}
}

// A run with dropout of units ends elsewhere than one without.
func TestUnitDropoutIsApplied(t *testing.T) {
	m, cfg := everything(t)
	cfg.Batch = 64
	start := m.Params.Clone()
	var ends [3][]float32
	for i, share := range []float64{0, 0.1, 0.3} {
		copy(m.Params.Flat, start.Flat)
		cfg.UnitDropout = share
		tr, err := New(m, table("train", 900), Data{}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the output layer, 0 at first, hides the units of the first step
			if err := tr.advance(); err != nil {
				t.Fatal(err)
			}
		}
		ends[i] = slices.Clone(m.Params.Flat)
	}
	if slices.Equal(ends[0], ends[1]) || slices.Equal(ends[1], ends[2]) {
		t.Error("shares of dropout give the same parameters")
	}
}
