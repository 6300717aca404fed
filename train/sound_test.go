package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// Averages that are not finite end a run before anything is saved.
func TestInfiniteAveragesStop(t *testing.T) {
	for _, held := range []Data{{}, table("held", 100)} {
		for _, what := range []string{"averages", "parameters"} {
			tr, err := New(newModel(t, true), table("train", 900), held, config(5))
			if err != nil {
				t.Fatal(err)
			}
			tr.step = 4
			if err := tr.advance(); err != nil {
				t.Fatal(err)
			}
			flat := tr.ema.Flat
			if what == "parameters" {
				flat = tr.model.Parameters().Flat
			}
			flat[0] = float32(math.Inf(1))
			tr.Save(func(*Trainer) error { t.Error("saved"); return nil })
			if err := tr.report(); err == nil || !strings.Contains(err.Error(), "step 5: the parameters are no longer finite") {
				t.Errorf("%d held-out rows, infinite %s: %v", held.Len(), what, err)
			}
		}
	}
}

// So does a loss of theirs that is not finite, where there are no held-out rows to tell.
func TestInfiniteLossOfAveragesStops(t *testing.T) {
	tr, err := New(newModel(t, true), table("train", 900), nil, config(5))
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.advance(); err != nil {
		t.Fatal(err)
	}
	for i := range tr.ema.Flat {
		tr.ema.Flat[i] = 1e30
	}
	if err := tr.report(); err == nil || !strings.Contains(err.Error(), "step 1: the loss of the averaged parameters is") {
		t.Errorf("error %v", err)
	}
}

// What validation regresses on: each held-out row the same number of times, a row that
// comes again read in another pass, conditions kept, noise that is not of training.
func TestValidationDraws(t *testing.T) {
	m, cfg := everything(t)
	cfg.Draws = 250
	cfg.Validation = losses.Denoising{Sched: sde.VP{}}.Fixed(10)
	data := table("held", 100)
	rec := newPasses(data)
	tr, err := New(m, table("train", 900), rec, cfg)
	if err != nil {
		t.Fatal(err)
	}
	all := tr.HeldOut()
	if len(all) != 3 {
		t.Fatalf("%d blocks", len(all))
	}
	at := 0
	for b, r := range all {
		n := []int{128, 128, 44}[b]
		x, c, idx := mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil), make([]int, n)
		for i := range idx {
			idx[i] = (at + i) % 100
		}
		pass := uint64(math.MaxUint64) - uint64(at/100)
		newPasses(data).Read(x, c, idx, pass)
		if got := rec.reads[pass]; len(got) != 1 || !slices.Equal(got[0], idx) {
			t.Errorf("block %d reads rows %v in pass -%d, want %v", b, got, at/100, idx)
		}
		var p losses.Problem
		known := mat.NewDense(n, 2, nil)
		batch := losses.Batch{Seed: ^cfg.Seed, First: at, Total: 300}
		cfg.Masking.Draw(known, x, batch, &p)
		losses.Fill(x, batch, &p)
		cfg.Validation.Draw(&p, x, batch)
		if !mat.Equal(r.X, p.X) || !mat.Equal(r.Target, p.Target) || !slices.Equal(r.T, p.T) || !slices.Equal(r.Weight, p.Weight) {
			t.Errorf("block %d: another problem", b)
		}
		if !mat.Equal(r.Cond, c) || !sameNumbers(r.Known, known) || r.C != nil || r.Dropout != (nn.UnitDropout{}) {
			t.Errorf("block %d: other conditions or known values", b)
		}
		at += n
	}
	var e Report
	for i := range tr.ema.Flat { // conditions do nothing to the untrained network
		tr.ema.Flat[i] += 0.1
	}
	if err := tr.validate(&e); err != nil {
		t.Fatal(err)
	}
	gap, loss := 0.0, 0.0
	for _, r := range all {
		g, err := tr.held.model.(*nn.Model).Gap(r)
		rows := make([]float64, len(r.T))
		if err = errors.Join(err, tr.held.model.RowLosses(rows, r)); err != nil {
			t.Fatal(err)
		}
		gap += g * float64(len(rows)) / 300
		for _, l := range rows {
			loss += l / 300
		}
	}
	near(t, "condition gap", e.ConditionGap, gap, 1e-12)
	near(t, "validation", e.Validation, loss, 1e-12)
	if gap == 0 {
		t.Error("no gap")
	}
	if len(rec.reads) != 3 || at != 300 {
		t.Errorf("%d passes, %d rows", len(rec.reads), at)
	}
	for _, draws := range []int{1, 100} { // every row at least once
		cfg.Draws = draws
		if tr, err = New(m, table("train", 900), rec, cfg); err != nil || tr.held.total != 100 {
			t.Errorf("%d draws: %d rows (%v)", draws, tr.held.total, err)
		}
	}
}

// A loss that is not finite is blamed on the row of the table that made it, by its pair
// where rows come in pairs.
func TestBlameNamesTheRow(t *testing.T) {
	m, cfg := everything(t)
	cfg.Masking = losses.Masking{}
	for row := 3; row < 900; row += 60 {
		d := table("train", 900)
		d.X.Set(row, 0, math.Inf(1))
		tr, err := New(m.With(m.Params.Clone()), d, Data{}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = tr.Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "(training row "+strconv.Itoa(row)+")") || !strings.Contains(err.Error(), "step "+strconv.Itoa(tr.Step())+":") {
			t.Errorf("row %d: %v", row, err)
		}
	}
}
