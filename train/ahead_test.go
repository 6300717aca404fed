package train

import "testing"

// oneBlock is a run of steps of one block, whose second worker draws ahead.
func oneBlock(workers int) Config {
	cfg := config(21)
	cfg.Batch, cfg.Workers = 100, workers
	return cfg
}

func TestDrawingAheadChangesNothing(t *testing.T) {
	one, two := newTrainer(t, oneBlock(1)), newTrainer(t, oneBlock(2))
	if one.ahead != nil || two.ahead == nil {
		t.Fatal("the second worker, and only that, is to draw ahead")
	}
	mustRun(t, one)
	mustRun(t, two)
	if !same(one, two) {
		t.Error("two workers give other bits than one")
	}
	if two.ahead.step != 20 {
		t.Errorf("the last batch drawn is of step %d: want 20, the last of the run", two.ahead.step)
	}
	f, err := interrupt(t, oneBlock(2), 10).State()
	if err != nil {
		t.Fatal(err)
	}
	resumed := newTrainer(t, oneBlock(2))
	if err := resumed.Restore(f); err != nil {
		t.Fatal(err)
	}
	mustRun(t, resumed)
	if !same(one, resumed) {
		t.Error("a resumed run gives other bits")
	}
}

func TestDrawingAheadDoesNotAllocate(t *testing.T) {
	cfg := oneBlock(2)
	cfg.Steps = 1000
	tr := newTrainer(t, cfg)
	tr.pool = newWorkerPool(tr.members())
	defer tr.pool.close()
	step := func() {
		if err := tr.advance(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if a := testing.AllocsPerRun(20, step); a > 1 {
		t.Errorf("%g allocations per step", a)
	}
}
