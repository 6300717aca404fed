package train

import (
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// counted are rows that need no memory.
type counted int

func (c counted) Len() int { return int(c) }

func (c counted) Read(x, _ *mat.Dense, idx []int, pass uint64) {
	for r, i := range idx {
		row := x.RawRowView(r)
		for j := range row {
			row[j] = float64((i+j)%7) - 3 + float64(pass%2)
		}
	}
}

// Held-out rows are drawn when they are looked at: many of them take no more
// memory than few.
func TestValidationHoldsOneBlock(t *testing.T) {
	const held, dim = 20_000, 50
	m, err := nn.New(nn.Config{Hidden: 4, Layers: 1, Mean: make([]float64, dim), Variance: ones(dim), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	inUse := func() uint64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := inUse()
	tr, err := New(m, counted(100), counted(held), Config{Steps: 1, Batch: 8, Workers: 2, Seed: 3, Objective: losses.Denoising{Sched: sde.VP{}}})
	if err != nil {
		t.Fatal(err)
	}
	const most = 4 * held * dim // bytes: half of the clean rows
	if more := inUse() - before; more > most {
		t.Errorf("%d held-out rows take %d bytes before they are looked at", held, more)
	}
	if tr.validate(&Report{}) != nil {
		t.Fatal("no validation")
	}
	if more := inUse() - before; more > most {
		t.Errorf("%d held-out rows take %d bytes", held, more)
	}
	all := tr.HeldOut()
	if more := inUse() - before; more < most {
		t.Errorf("%d held-out rows take only %d bytes when all are kept", held, more)
	}
	runtime.KeepAlive(all)
	runtime.KeepAlive(tr)
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// Every validation sees the same rows, and as many members as there are see them
// as one does.
func TestValidationRepeats(t *testing.T) {
	cfg := config(1)
	tr := newTrainer(t, cfg)
	loss := func() float64 {
		var e Report
		if err := tr.validate(&e); err != nil {
			t.Fatal(err)
		}
		return e.Validation
	}
	first := loss()
	if again := loss(); again != first {
		t.Errorf("the loss is %v and then %v", first, again)
	}
	sum, n := 0.0, 0
	for _, r := range tr.HeldOut() {
		rows := make([]float64, len(r.T))
		if err := tr.held.model.RowLosses(rows, r); err != nil {
			t.Fatal(err)
		}
		part := 0.0
		for _, l := range rows {
			part += l
		}
		sum, n = sum+part, n+len(rows)
	}
	if kept := sum / float64(n); kept != first {
		t.Errorf("the rows that are kept have a loss of %v, not %v", kept, first)
	}
	tr.held.cfg.Seed++
	if loss() == first {
		t.Error("another seed is the same")
	}
}
