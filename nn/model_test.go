package nn

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

func TestUntrainedModelIsTheGaussianDenoiser(t *testing.T) {
	mean, variance := []float64{1, -2, 0}, []float64{4, 0.25, 0}
	for _, s := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		m, err := New(Config{Mean: mean, Variance: variance, Schedule: s, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		x, d := normals("untrained", 5, 3), mat.NewDense(5, 3, nil)
		for _, tm := range []float64{1e-5, 0.01, 0.3, 1} {
			if err := m.Denoise(d, x, []float64{tm}); err != nil {
				t.Fatal(err)
			}
			c := s.Coeff(tm)
			for i := range 5 {
				for j, v := range variance {
					// E[x_0|x_t] of N(m, v): the precision-weighted mean of prior and observation x_t/α.
					want := (mean[j]*c.Sigma*c.Sigma + v*c.Alpha*x.At(i, j)) / (c.Sigma*c.Sigma + c.Alpha*c.Alpha*v)
					if e := math.Abs(d.At(i, j) - want); e > 1e-10*(1+math.Abs(want)) {
						t.Errorf("%T at %g: D = %g, want %g", s, tm, d.At(i, j), want)
					}
				}
			}
		}
	}
}

var testConfig = Config{
	Hidden: 32, Layers: 3, Mean: []float64{0.5, -1, 0}, Variance: []float64{1, 4, 0.25},
	Conditions: []Condition{{Name: "class", Levels: 3}, {Name: "size"}},
}

func TestPullbackIsTheDifferenceQuotient(t *testing.T) {
	m := trained(t, testConfig)
	const n, h = 9, 1e-2 // float32 inside: differences of 1e-2 leave some 4 digits
	x, v := normals("x", n, 3), normals("v", n, 3)
	for _, tm := range []float64{0.05, 0.4, 0.9} {
		mean, got := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
		pull, err := m.Linearize(mean, x, []float64{tm})
		if err != nil {
			t.Fatal(err)
		}
		if err := pull(got, v); err != nil {
			t.Fatal(err)
		}
		want := mat.NewDense(n, 3, nil)
		up, down := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
		for j := range 3 {
			shift := func(dst *mat.Dense, by float64) {
				y := mat.DenseCopyOf(x)
				for i := range n {
					y.Set(i, j, y.At(i, j)+by)
				}
				if err := m.Denoise(dst, y, []float64{tm}); err != nil {
					t.Fatal(err)
				}
			}
			shift(up, h)
			shift(down, -h)
			for i := range n {
				s := 0.0
				for k := range 3 {
					s += v.At(i, k) * (up.At(i, k) - down.At(i, k)) / (2 * h)
				}
				want.Set(i, j, s)
			}
		}
		if e := worst(got.RawMatrix().Data, want.RawMatrix().Data); e > 2e-3 {
			t.Errorf("t = %g: pullback is off by %g", tm, e)
		}
		got.Set(2, 1, got.At(2, 1)*1.05+0.05)
		if e := worst(got.RawMatrix().Data, want.RawMatrix().Data); e < 2e-3 {
			t.Errorf("t = %g: a planted error passes", tm)
		}
	}
}

// A pullback must not depend on what the model was used for meanwhile, nor on
// how often it is called, nor on the size of the batch.
func TestPullbackSurvivesOtherCalls(t *testing.T) {
	m := trained(t, testConfig)
	const n = 2*BlockRows + 5
	x, v := normals("x", n, 3), normals("v", n, 3)
	mean, all := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
	tm := []float64{0.3}
	pull, err := m.Linearize(mean, x, tm)
	if err != nil {
		t.Fatal(err)
	}
	if err := pull(all, v); err != nil {
		t.Fatal(err)
	}
	part := func(a *mat.Dense) *mat.Dense { return mat.DenseCopyOf(a.Slice(3, 20, 0, 3)) }
	xs, vs := part(x), part(v)
	ms, got := mat.NewDense(17, 3, nil), mat.NewDense(17, 3, nil)
	if pull, err = m.Linearize(ms, xs, tm); err != nil {
		t.Fatal(err)
	}
	for call := range 3 {
		if err := pull(got, vs); err != nil {
			t.Fatal(err)
		}
		sameBits(t, fmt.Sprintf("call %d", call), got, part(all))
		if err := m.Denoise(mean, x, []float64{0.9}); err != nil { // takes the machine
			t.Fatal(err)
		}
	}
}

func TestRowsAreIndependent(t *testing.T) {
	m := trained(t, testConfig)
	const n = 3*BlockRows + 17
	x, times := normals("x", n, 3), make([]float64, n)
	for i := range times {
		times[i] = float64(i+1) / (n + 1)
	}
	cond := mat.NewDense(n, 2, nil)
	for i := range n {
		cond.SetRow(i, []float64{float64(i % 3), float64(i) / n})
		if i%5 == 0 {
			cond.Set(i, 0, math.NaN())
		}
	}
	g, err := m.Conditional(cond, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := mat.NewDense(n, 3, nil)
	if err := g.Denoise(all, x, times); err != nil {
		t.Fatal(err)
	}
	idx := []int{400, 7, 7, 128, 0, 255}
	xs, ts, want := mat.NewDense(len(idx), 3, nil), make([]float64, len(idx)), mat.NewDense(len(idx), 3, nil)
	for i, r := range idx {
		xs.SetRow(i, x.RawRowView(r))
		want.SetRow(i, all.RawRowView(r))
		ts[i] = times[r]
	}
	got := mat.NewDense(len(idx), 3, nil)
	if err := g.Rows(idx).Denoise(got, xs, ts); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "restricted", got, want)
	one, first := mat.NewDense(1, 3, nil), mat.NewDense(1, 3, want.RawRowView(0))
	if err := g.Rows(idx[:1]).Denoise(one, mat.NewDense(1, 3, xs.RawRowView(0)), ts[:1]); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "one row", one, first)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the condition of one row is taken for that of many")
			}
		}()
		_ = g.Rows(idx[:1]).Denoise(got, xs, ts)
	}()

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			o := mat.NewDense(n, 3, nil)
			if err := g.Denoise(o, x, times); err != nil {
				t.Error(err)
			}
			if !mat.Equal(o, all) {
				t.Error("concurrent calls disagree")
			}
		})
	}
	wg.Wait()
}

func TestNullTokensAreTheirOwn(t *testing.T) {
	m := trained(t, testConfig)
	x, nan := normals("x", 1, 3), math.NaN()
	eval := func(c ...float64) []float64 {
		g, err := m.Conditional(mat.NewDense(1, 2, c), nil)
		if err != nil {
			t.Fatal(err)
		}
		d := mat.NewDense(1, 3, nil)
		if err := g.Denoise(d, x, []float64{0.5}); err != nil {
			t.Fatal(err)
		}
		return d.RawRowView(0)
	}
	none := mat.NewDense(1, 3, nil)
	if err := m.Denoise(none, x, []float64{0.5}); err != nil {
		t.Fatal(err)
	}
	if worst(eval(nan, nan), none.RawRowView(0)) != 0 {
		t.Error("all null tokens is not the unconditional model")
	}
	seen := [][]float64{eval(nan, nan), eval(0, nan), eval(1, nan), eval(nan, 0), eval(0, 0), eval(0, 1)}
	for i := range seen {
		for j := range i {
			if worst(seen[i], seen[j]) < 1e-4 {
				t.Errorf("conditions %d and %d give the same denoiser", i, j)
			}
		}
	}
	for _, bad := range [][]float64{{3, 0}, {-1, 0}, {0.5, 0}, {0, math.Inf(1)}} {
		if _, err := m.Conditional(mat.NewDense(1, 2, bad), nil); err == nil {
			t.Errorf("condition %v is accepted", bad)
		}
	}
}

func TestDenoiseDoesNotAllocate(t *testing.T) {
	m := trained(t, testConfig)
	x, d, tm := normals("x", 300, 3), mat.NewDense(300, 3, nil), []float64{0.5}
	if a := testing.AllocsPerRun(20, func() {
		if err := m.Denoise(d, x, tm); err != nil {
			t.Fatal(err)
		}
	}); a != 0 {
		t.Errorf("%g allocations per call", a)
	}
}

// The loss of a block is a loss of the denoiser, whatever the preconditioner:
// the mean of w |D − target|², and its gradient that of the same number.
func TestBlockLossIsTheDenoisersLoss(t *testing.T) {
	m := trained(t, testConfig)
	const n = 50
	p := Regression{X: normals("x", n, 3), Target: normals("y", n, 3), T: make([]float64, n), Weight: make([]float64, n)}
	for i := range n {
		p.T[i], p.Weight[i] = 0.05+0.9*float64(i)/n, float64(1+i%4)
	}
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float32, len(m.Params.Flat))
	got := g.Block(p, 1.0/n, grad, false)
	d, want := mat.NewDense(n, 3, nil), 0.0
	if err := m.Denoise(d, p.X, p.T); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for j := range 3 {
			e := d.At(i, j) - p.Target.At(i, j)
			want += p.Weight[i] * e * e / n
		}
	}
	if math.Abs(got-want) > 1e-5*want {
		t.Errorf("loss %g, want %g", got, want)
	}
	norm, step := 0.0, 1e-4
	for i, v := range grad {
		norm += float64(v) * float64(v)
		m.Params.Flat[i] -= float32(step * float64(v))
	}
	fall := got - g.Block(p, 1.0/n, grad, false)
	if math.Abs(fall/(step*norm)-1) > 0.05 {
		t.Errorf("the loss falls by %g, want about %g", fall, step*norm)
	}
}
