package nn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sde"
)

// A number, a category of three levels, a number, a category of two.
var mixedConfig = Config{
	Hidden: 32, Layers: 2, Conditional: true,
	Mean: []float64{0.5, 0.2, 0.3, 0.5, -1, 0.9, 0.1}, Variance: []float64{1, 0.16, 0.21, 0.25, 4, 0.09, 0.09},
	Categories: []Category{{Start: 1, Shares: []float64{0.2, 0.3, 0.5}}, {Start: 5, Shares: []float64{0.9, 0.1}}},
}

// mixedRows are clean rows: levels go round, numbers are normal.
func mixedRows(n int) *mat.Dense {
	x := normals("mixed", n, 7)
	for i := range n {
		for _, c := range mixedConfig.Categories {
			for j := range c.Shares {
				x.Set(i, c.Start+j, 0)
			}
			x.Set(i, c.Start+i%len(c.Shares), 1)
		}
	}
	return x
}

func TestUntrainedModelDenoisesIndependentCategories(t *testing.T) {
	c := mixedConfig
	c.Schedule = sde.VE{}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	x, d := normals("untrained categories", 5, 7), mat.NewDense(5, 7, nil)
	for _, tm := range []float64{1e-3, 0.3, 0.8} {
		if err := m.Denoise(d, x, []float64{tm}); err != nil {
			t.Fatal(err)
		}
		k := m.Sched.Coeff(tm)
		for i := range 5 {
			// Bayes: the prior times the density of the block around each corner.
			want, sum := make([]float64, 3), 0.0
			for l := range want {
				e := 0.0
				for j := range want {
					v := x.At(i, 1+j)
					if j == l {
						v -= k.Alpha
					}
					e += v * v
				}
				want[l] = c.Categories[0].Shares[l] * math.Exp(-e/(2*k.Sigma*k.Sigma))
				sum += want[l]
			}
			if sum < 1e-290 {
				continue
			}
			for l := range want {
				if e := math.Abs(d.At(i, 1+l) - want[l]/sum); e > 1e-7 {
					t.Errorf("t = %g, level %d: %g, want %g", tm, l, d.At(i, 1+l), want[l]/sum)
				}
			}
		}
	}
}

// Excluded levels have no probability, and the others keep their proportions;
// the network is told nothing.
func TestExcludedLevels(t *testing.T) {
	m := trained(t, mixedConfig)
	known := mat.NewDense(1, 7, []float64{math.NaN(), math.NaN(), 0, math.NaN(), math.NaN(), 0, math.NaN()})
	g, err := m.Conditional(nil, known)
	if err != nil {
		t.Fatal(err)
	}
	x := normals("x", 5, 7)
	free, got := mat.NewDense(5, 7, nil), mat.NewDense(5, 7, nil)
	// check returns how far got is from free restricted to levels 0 and 2, and 1.
	check := func() (worst float64) {
		for i := range 5 {
			p := free.RawRowView(i)
			rest := p[1] + p[3]
			for j, want := range []float64{p[0], p[1] / rest, 0, p[3] / rest, p[4], 0, 1} {
				worst = max(worst, math.Abs(got.At(i, j)-want))
			}
		}
		return worst
	}
	for _, tm := range []float64{0.1, 0.4, 0.9} {
		if err := m.Denoise(free, x, []float64{tm}); err != nil {
			t.Fatal(err)
		}
		if err := g.Denoise(got, x, []float64{tm}); err != nil {
			t.Fatal(err)
		}
		if e := check(); e > 1e-9 {
			t.Errorf("t = %g: the restricted posterior is off by %g", tm, e)
		}
		got.Copy(free)
		if check() < 1e-3 {
			t.Errorf("t = %g: the posterior without restriction passes", tm)
		}
	}
	// What underflows without the exclusion does not with it.
	x = mat.NewDense(1, 7, []float64{0, 0, 1, 0.5, 0, 0, 0})
	if err := g.Denoise(got.Slice(0, 1, 0, 7).(*mat.Dense), x, []float64{1e-3}); err != nil {
		t.Fatal(err)
	}
	if p := got.RawRowView(0)[1:4]; p[0] > 1e-9 || p[1] != 0 || math.Abs(p[2]-1) > 1e-9 {
		t.Errorf("of levels that the row speaks against, %v", p)
	}

	nan := math.NaN()
	for what, y := range map[string][]float64{
		"all levels excluded":       {nan, 0, 0, 0, nan, nan, nan},
		"one given, others unknown": {nan, 1, nan, nan, nan, nan, nan},
		"one given, one excluded":   {nan, 1, 0, nan, nan, nan, nan},
		"an infinite number":        {math.Inf(1), nan, nan, nan, nan, nan, nan},
	} {
		if _, err := m.Conditional(nil, mat.NewDense(1, 7, y)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

// Positions that are given do not look at the noisy row.
func TestGivenPositionsHideTheNoise(t *testing.T) {
	m := trained(t, mixedConfig)
	known := mat.NewDense(1, 7, []float64{0.3, math.NaN(), math.NaN(), math.NaN(), math.NaN(), 0, 1})
	g, err := m.Conditional(nil, known)
	if err != nil {
		t.Fatal(err)
	}
	x := normals("x", 4, 7)
	a, b, c := mat.NewDense(4, 7, nil), mat.NewDense(4, 7, nil), mat.NewDense(4, 7, nil)
	denoise := func(dst *mat.Dense) {
		if err := g.Denoise(dst, x, []float64{0.4}); err != nil {
			t.Fatal(err)
		}
	}
	denoise(a)
	x.Set(2, 0, 9)
	x.Set(2, 5, -9)
	denoise(b)
	sameBits(t, "a noisy value where the row is given", b, a)
	x.Set(2, 4, 9)
	denoise(c)
	if mat.Equal(b, c) {
		t.Error("a noisy value elsewhere has no effect")
	}
	if _, err := m.Conditional(nil, mat.NewDense(1, 7, []float64{0, 1, math.NaN(), 0, 0, 1, 0})); err == nil {
		t.Error("half a category is given, and taken")
	}
}

// The gradient of the mixed loss is that of the losses of the rows.
func TestMixedGradient(t *testing.T) {
	m := trained(t, mixedConfig)
	const n = 11
	clean := mixedRows(n)
	noise := normals("noise", n, 7)
	r := Regression{X: mat.NewDense(n, 7, nil), Target: clean, T: make([]float64, n), Weight: make([]float64, n), Known: mat.NewDense(n, 7, nil)}
	for i := range n {
		r.T[i], r.Weight[i] = 0.2+0.06*float64(i), 1+0.1*float64(i)
		c := m.Sched.Coeff(r.T[i])
		for j := range 7 {
			r.X.Set(i, j, c.Alpha*clean.At(i, j)+c.Sigma*noise.At(i, j))
			r.Known.Set(i, j, math.NaN())
		}
	}
	for j := 1; j < 4; j++ {
		r.Known.Set(4, j, clean.At(4, j))
	}
	r.Known.Set(7, 0, clean.At(7, 0))
	grad := make([]float32, len(m.Params.Flat))
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]float64, n)
	loss := func() float64 {
		if err := m.RowLosses(rows, r); err != nil {
			t.Fatal(err)
		}
		s := 0.0
		for _, l := range rows {
			s += l
		}
		return s
	}
	if got, want := g.Block(r, 1, grad, false), loss(); math.Abs(got-want) > 1e-4*want {
		t.Errorf("the loss of the block is %g, the sum of its rows %g", got, want)
	}
	check := func(grad []float32) (worst float64) {
		for _, a := range m.Params.Arrays {
			const h = 2e-3
			dir := normals(a.Name, 1, len(a.Data)).RawRowView(0)
			want, norm := 0.0, 0.0
			for i, d := range dir {
				want += d * float64(grad[a.At+i])
				norm += math.Abs(d * float64(grad[a.At+i]))
			}
			move := func(by float64) float64 {
				for i, d := range dir {
					a.Data[i] += float32(by * d)
				}
				defer func() {
					for i, d := range dir {
						a.Data[i] -= float32(by * d)
					}
				}()
				return loss()
			}
			got := (move(h) - move(-h)) / (2 * h)
			worst = max(worst, math.Abs(got-want)/(0.1*norm+1))
		}
		return worst
	}
	if e := check(grad); e > 0.02 {
		t.Errorf("the gradient is off by %g", e)
	}
	out := m.Params.Get("out.bias")
	grad[out.At+2] += 1
	if e := check(grad); e < 0.02 {
		t.Errorf("a planted error passes: %g", e)
	}
}

func TestMixedModelsAreSavedWhole(t *testing.T) {
	m := trained(t, mixedConfig)
	f := checkpoints.New(ModelKind)
	if err := m.Store(f); err != nil {
		t.Fatal(err)
	}
	back, err := FromCheckpoint(f)
	if err != nil {
		t.Fatal(err)
	}
	x := normals("x", 3, 7)
	a, b := mat.NewDense(3, 7, nil), mat.NewDense(3, 7, nil)
	for dst, m := range map[*mat.Dense]*Model{a: m, b: back} {
		if err := m.Denoise(dst, x, []float64{0.5}); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, "saved", a, b)
}

func TestCategoriesAreChecked(t *testing.T) {
	for what, cs := range map[string][]Category{
		"beyond the row":   {{Start: 6, Shares: []float64{0.5, 0.5}}},
		"overlapping":      {{Start: 1, Shares: []float64{0.5, 0.5}}, {Start: 2, Shares: []float64{0.5, 0.5}}},
		"shares off":       {{Start: 1, Shares: []float64{0.5, 0.6}}},
		"impossible level": {{Start: 1, Shares: []float64{0, 1}}},
	} {
		c := mixedConfig
		c.Categories = cs
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
