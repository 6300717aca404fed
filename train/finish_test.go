package train

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// shifting are held-out rows that lie apart from those of training by what is wanted.
type shifting struct {
	Data
	by *float64
}

func (s shifting) Read(x, c *mat.Dense, idx []int, pass uint64) {
	s.Data.Read(x, c, idx, pass)
	for i := range idx {
		x.Set(i, 0, x.At(i, 0)+*s.by)
	}
}

// scripted is a run whose validations get better twice and then worse, and what it had
// at each of them.
type scripted struct {
	*Trainer
	losses   []float64
	averages [][]float32
}

func newScripted(t *testing.T, cfg Config) *scripted {
	t.Helper()
	far := []float64{6, 3, 0, 3, 6, 9, 9, 9, 9}
	by := far[0]
	tr, err := New(newModel(t, true), table("train", 900), shifting{table("held", 100), &by}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Trainer: tr}
	tr.Observe(func(r Report) error {
		s.losses, s.averages = append(s.losses, r.Validation), append(s.averages, slices.Clone(tr.ema.Flat))
		by = far[r.Step/cfg.Every%len(far)]
		return nil
	})
	return s
}

// An early stop returns the averages of the best validation: neither the last nor the
// first that was better than none.
func TestEarlyStopReturnsTheBest(t *testing.T) {
	cfg := config(500)
	cfg.Patience = 3
	s := newScripted(t, cfg)
	mustRun(t, s.Trainer)
	if !s.Early() || !s.Last().Final || len(s.losses) != 6 || s.Step() != 30 {
		t.Fatalf("ends at step %d after validations of %v", s.Step(), s.losses)
	}
	if best := slices.Min(s.losses); s.losses[2] != best || s.Last().Best != best {
		t.Fatalf("validations %v, best %v", s.losses, s.Last().Best)
	}
	if !slices.Equal(s.Result().Parameters().Flat, s.averages[2]) || !slices.Equal(s.Model().Params.Flat, s.averages[2]) {
		t.Error("the result is not what the best validation saw")
	}
	if slices.Equal(s.averages[2], s.averages[0]) || slices.Equal(s.averages[2], s.averages[5]) {
		t.Error("the averages do not change")
	}

	// Without patience the result is the last average, and the best loss is told all the same.
	cfg.Patience, cfg.Steps = 0, 30
	s = newScripted(t, cfg)
	mustRun(t, s.Trainer)
	if s.Early() || len(s.losses) != 6 || s.Last().Best != slices.Min(s.losses) {
		t.Errorf("without patience: %v, best %v", s.losses, s.Last().Best)
	}
	if !slices.Equal(s.Result().Parameters().Flat, s.averages[5]) {
		t.Error("without patience the result is not the last average")
	}
}

// A resumed run stops by the validations before the interruption, too, and returns the
// parameters of the best of them.
func TestResumeKeepsPatience(t *testing.T) {
	cfg := config(500)
	cfg.Patience = 3
	whole := newScripted(t, cfg)
	mustRun(t, whole.Trainer)

	first := newScripted(t, cfg)
	observe := first.cfg.Observe
	ctx, cancel := context.WithCancel(context.Background())
	first.Observe(func(r Report) error {
		if r.Step == 20 { // one validation after the best
			cancel()
		}
		return observe(r)
	})
	if first.Run(ctx) == nil {
		t.Fatal("not interrupted")
	}
	f, err := first.State()
	if err != nil {
		t.Fatal(err)
	}
	rest := newScripted(t, cfg)
	if err := rest.Restore(f); err != nil {
		t.Fatal(err)
	}
	if rest.since != 1 || rest.best != first.best || rest.Last() != first.Last() || rest.Step() != 20 {
		t.Errorf("restored at step %d, %d validations after the best, %v", rest.Step(), rest.since, rest.best)
	}
	if !slices.Equal(rest.Result().Parameters().Flat, whole.averages[2]) {
		t.Error("the restored result is not the best")
	}
	*rest.held.held.(shifting).by = 6
	mustRun(t, rest.Trainer)
	if rest.Step() != whole.Step() || !same(whole.Trainer, rest.Trainer) || rest.since != whole.since {
		t.Errorf("resumed, the run ends at step %d after %d without improvement; whole, at %d", rest.Step(), rest.since, whole.Step())
	}
	if !slices.Equal(rest.Result().Parameters().Flat, whole.Result().Parameters().Flat) {
		t.Error("the results differ")
	}
}

// A state in between two reports keeps the losses since the one before.
func TestResumeBetweenReports(t *testing.T) {
	cfg := config(10)
	whole := newTrainer(t, cfg)
	mustRun(t, whole)
	part := newTrainer(t, cfg)
	for range 3 {
		if err := part.advance(); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := mustState(t, part).Meta["position"]; !ok || !math.IsInf(part.best, 1) {
		t.Fatal("no position")
	}
	var reports []Report
	rest := newTrainer(t, cfg)
	rest.best = 0 // as of a run that was restored before
	if err := rest.Restore(mustState(t, part)); err != nil {
		t.Fatal(err)
	}
	rest.Observe(func(r Report) error { reports = append(reports, r); return nil })
	mustRun(t, rest)
	if len(reports) != 2 || reports[1] != whole.Last() || !same(whole, rest) {
		t.Errorf("reports %+v, want the last to be %+v", reports, whole.Last())
	}
	want := newTrainer(t, cfg)
	want.Observe(func(r Report) error {
		if r.Step == 5 && r != reports[0] {
			t.Errorf("first report %+v, want %+v", reports[0], r)
		}
		return nil
	})
	mustRun(t, want)
}

func mustState(t *testing.T, tr *Trainer) *checkpoints.File {
	t.Helper()
	f, err := tr.State()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

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
	if err := tr.validate(&e); err != nil {
		t.Fatal(err)
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
