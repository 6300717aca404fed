package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
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
