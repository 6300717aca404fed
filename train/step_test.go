package train

import (
	"math"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// passes are rows that are others in each pass, with gaps, and record what is read.
type passes struct {
	Data
	mu    *sync.Mutex
	reads map[uint64][][]int // by pass
}

func newPasses(d Data) passes { return passes{d, new(sync.Mutex), map[uint64][][]int{}} }

func (d passes) Read(x, c *mat.Dense, idx []int, pass uint64) {
	d.Data.Read(x, c, idx, pass)
	for r, i := range idx {
		x.Set(r, 0, x.At(r, 0)+0.01*float64(pass%1000))
		if i%7 == 0 {
			x.Set(r, 1, math.NaN())
		}
	}
	d.mu.Lock()
	d.reads[pass] = append(d.reads[pass], slices.Clone(idx))
	d.mu.Unlock()
}

// everything is a run with all that changes what a step regresses on, and its model.
func everything(t testing.TB) (*nn.Model, Config) {
	t.Helper()
	m, err := nn.New(nn.Config{
		Hidden: 64, Layers: 2, Mean: []float64{1, -1}, Variance: []float64{1, 1}, Seed: 1, // two chunks of parameters
		Conditions: []nn.Condition{{Name: "sign", Levels: 2}}, Conditional: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(10)
	cfg.Objective = losses.Denoising{Sched: sde.VP{}, Control: losses.ControlVariate{Below: 0.7}}
	cfg.Dropout = losses.ConditionDropout{Joint: 0.2, Each: []float64{0.3}}
	cfg.Masking = losses.Masking{Columns: [][]losses.Positions{{{First: 0, End: 1}}, {{First: 1, End: 2}}}, Share: 0.6}
	cfg.Clip, cfg.Rate = -1, Rate{Peak: 5e-3, Warmup: -1, Decay: "constant"}
	return m, cfg
}

// order returns the row at position p of a run: the permutation of its epoch.
func order(seed uint64, n, p int) int {
	perm := make([]int, n)
	for i := range perm {
		perm[i] = i
	}
	stream.New(seed, "train/shuffle", uint64(p/n)).Shuffle(n, func(i, j int) { perm[i], perm[j] = perm[j], perm[i] })
	return perm[p%n]
}

// byHand is block b of a step, drawn as package losses documents it.
func byHand(cfg Config, d Rows, step, b int) nn.Regression {
	const block = 128
	first := b * block
	n := min(block, cfg.Batch-first)
	idx := make([]int, n)
	for i := range idx {
		idx[i] = order(cfg.Seed, d.Len(), step*cfg.Batch+first+i)
	}
	x, c := mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil)
	known, cond := mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil)
	d.Read(x, c, idx, uint64(step))
	var p losses.Problem
	at := losses.Batch{Seed: cfg.Seed, Step: step, First: first, Total: cfg.Batch}
	cfg.Masking.Draw(known, x, at, &p)
	losses.Fill(x, at, &p)
	cfg.Objective.Draw(&p, x, at)
	for i := range n {
		known.SetRow(i, slices.Clone(known.RawRowView(p.Source(i))))
	}
	cfg.Dropout.Apply(cond, c, &p, at)
	return nn.Regression{
		X: p.X, Target: p.Target, T: p.T, Weight: p.Weight, Cond: cond, Known: known,
		Dropout: nn.UnitDropout{Share: cfg.UnitDropout, Seed: cfg.Seed, Step: step, First: first, ConditionalOnly: true},
	}
}

// A step of 700 rows, in six blocks of which accumulators take one or two: its gradient
// is the sum over the blocks, each drawn by hand, divided by the rows of the batch.
func TestStepIsTheSumOfItsBlocks(t *testing.T) {
	m, cfg := everything(t)
	data := table("train", 900)
	tr, err := New(m, newPasses(data), Data{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	first, second := make([]float64, len(m.Params.Flat)), make([]float64, len(m.Params.Flat))
	for step := range 2 { // the second deals from two epochs
		at := m.With(m.Params.Clone())
		g, err := at.NewGradient()
		if err != nil {
			t.Fatal(err)
		}
		want, last := make([]float64, len(m.Params.Flat)), make([]float64, len(m.Params.Flat))
		loss, grad := 0.0, make([]float32, len(want))
		for b := range 6 {
			loss += g.Block(byHand(cfg, newPasses(data), step, b), 1.0/700, grad, false)
			for i, v := range grad {
				want[i] += float64(v)
				last[i] = float64(v)
			}
		}
		if err := tr.advance(); err != nil {
			t.Fatal(err)
		}
		for i, v := range m.Params.Flat { // Adam, without clipping
			g, k := float64(tr.accumulators[0][i]), float64(step+1)
			first[i] += 0.1 * (g - first[i])
			second[i] += 0.01 * (g*g - second[i])
			want := 5e-3 * first[i] / (1 - math.Pow(0.9, k)) / (math.Sqrt(second[i]/(1-math.Pow(0.99, k))) + 1e-8)
			if d := float64(at.Params.Flat[i] - v); math.Abs(d-want) > 1e-6 {
				t.Fatalf("step %d: parameter %d of %d moves by %g, want %g", step, i, len(first), d, want)
			}
		}
		far := func(want []float64) float64 {
			e := 0.0
			for i, v := range tr.accumulators[0] {
				e = max(e, math.Abs(float64(v)-want[i]))
			}
			return e / norm(want)
		}
		if e := far(want); e > 1e-5 {
			t.Errorf("step %d: the gradient is off by %.2g of its norm", step, e)
		}
		near(t, "gradient norm", tr.norm, norm(want), 1e-5)
		sum := 0.0
		for _, l := range tr.loss {
			sum += l
		}
		near(t, "loss", sum, loss, 1e-5)
		// The twin: the last block, of 60 rows, does not go unnoticed.
		for i := range want {
			want[i] -= last[i]
		}
		if e := far(want); e < 1e-3 {
			t.Errorf("step %d: a gradient without the last block is off by %.2g only", step, e)
		}
	}
	if tr.inWindow != 2 || tr.step != 2 {
		t.Errorf("%d steps, %d in the window", tr.step, tr.inWindow)
	}
}

func norm(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x * x
	}
	return math.Sqrt(s)
}

// What a step regresses on, bit for bit, and what it is meant to have of each kind.
func TestDrawOfAStep(t *testing.T) {
	m, cfg := everything(t)
	data := table("train", 900)
	rec := newPasses(data)
	tr, err := New(m, rec, Data{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	tr.step = 1
	tr.order.rows(tr.idx, 700)
	dropped, given, pairs := 0, 0, 0
	for b := range 6 {
		got, want := tr.draw(tr.workers[0], b), byHand(cfg, newPasses(data), 1, b)
		for name, p := range map[string][2]*mat.Dense{"X": {got.X, want.X}, "Target": {got.Target, want.Target}, "Cond": {got.Cond, want.Cond}, "Known": {got.Known, want.Known}} {
			if !sameNumbers(p[0], p[1]) {
				t.Errorf("block %d: %s differs", b, name)
			}
		}
		if !slices.Equal(got.T, want.T) || !slices.Equal(got.Weight, want.Weight) || got.Dropout != want.Dropout {
			t.Errorf("block %d: times, weights or dropout differ: %+v, want %+v", b, got.Dropout, want.Dropout)
		}
		for i, tm := range got.T {
			if got.C[i] != (sde.VP{}).Coeff(tm) {
				t.Errorf("block %d, row %d: the kernel of another time", b, i)
			}
			if math.IsNaN(got.Cond.At(i, 0)) {
				dropped++
			}
			if !math.IsNaN(got.Known.At(i, 0)) || !math.IsNaN(got.Known.At(i, 1)) {
				given++
			}
			if i%2 == 1 && got.Target.At(i, 0) == got.Target.At(i-1, 0) {
				pairs++
				if !sameNumbers(mat.NewDense(1, 2, got.Known.RawRowView(i)), mat.NewDense(1, 2, got.Known.RawRowView(i-1))) {
					t.Errorf("block %d, row %d: a pair is given different parts", b, i)
				}
			}
		}
	}
	// 0.2 + 0.8·0.3 of the rows have no condition, 0.6·(1 − E[(1−r)²]) = 0.4 are given
	// something, but for the gaps; 4 standard errors of 700 rows, more for pairs.
	if share := float64(dropped) / 700; math.Abs(share-0.44) > 4*math.Sqrt(0.44*0.56/350) {
		t.Errorf("%.3f of the conditions are dropped, want 0.44", share)
	}
	if share := float64(given) / 700; math.Abs(share-0.4) > 4*math.Sqrt(0.4*0.6/350)+0.03 {
		t.Errorf("%.3f of the rows are given in part, want 0.4", share)
	}
	if pairs < 50 {
		t.Errorf("%d pairs", pairs)
	}
	if len(rec.reads) != 1 || len(rec.reads[1]) != 6 {
		t.Errorf("step 1 reads passes %v", len(rec.reads))
	}
}

func sameNumbers(a, b *mat.Dense) bool {
	return slices.EqualFunc(a.RawMatrix().Data, b.RawMatrix().Data, func(x, y float64) bool { return x == y || x != x && y != y })
}
