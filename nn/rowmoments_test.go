package nn

import (
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sde"
)

var rowMomentsConfig = Config{
	Hidden: 24, Layers: 2, Mean: []float64{0.5, -1, 0}, Variance: []float64{1, 4, 0.25}, RowMoments: true,
	Conditions: []Condition{{Name: "class", Levels: 3}, {Name: "size"}},
}

// momentLabels are two conditions and the moments of n rows, no two alike.
func momentLabels(n int) *mat.Dense {
	m, l := normals("moments", n, 6), mat.NewDense(n, 8, nil)
	for i := range n {
		l.SetRow(i, append([]float64{float64(i % 3), float64(i) / 10}, m.RawRowView(i)...))
		for j := 5; j < 8; j++ {
			l.Set(i, j, math.Exp(l.At(i, j)))
		}
	}
	return l
}

func TestUntrainedModelHasTheMomentsOfItsRows(t *testing.T) {
	const n = 7
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Rectified{}} {
		c := rowMomentsConfig
		c.Schedule, c.FourierFeatures, c.Conditional = s, 2, true
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		labels, x := momentLabels(n), normals("x", n, 3)
		labels.Set(3, 6, 0) // a constant
		g, err := m.Conditional(labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, pulled, want := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil), mat.NewDense(1, 3, nil)
		for _, tm := range []float64{1e-4, 0.2, 1} {
			pull, err := g.Linearize(got, x, []float64{tm})
			if err != nil {
				t.Fatal(err)
			}
			if err := pull(pulled, x); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				law, err := sde.NewGaussian(labels.RawRowView(i)[2:5], mat.NewDiagDense(3, labels.RawRowView(i)[5:]), s)
				if err != nil {
					t.Fatal(err)
				}
				row := mat.NewDense(1, 3, x.RawRowView(i))
				exact, err := law.Linearize(want, row, []float64{tm})
				if err != nil {
					t.Fatal(err)
				}
				if e := worst(got.RawRowView(i), want.RawRowView(0)); e > 1e-6 {
					t.Errorf("%T at %g, row %d: off by %g", s, tm, i, e)
				}
				if err := exact(want, row); err != nil {
					t.Fatal(err)
				}
				if e := worst(pulled.RawRowView(i), want.RawRowView(0)); e > 1e-6 {
					t.Errorf("%T at %g, row %d: pullback off by %g", s, tm, i, e)
				}
				if worst(got.RawRowView(i), got.RawRowView((i+1)%n)) < 1e-6 {
					t.Errorf("%T at %g: rows %d and %d have one denoiser", s, tm, i, (i+1)%n)
				}
			}
		}
	}
}

func TestMomentsOfAConditional(t *testing.T) {
	m := trained(t, rowMomentsConfig)
	one, err := m.Conditional(mat.NewDense(1, 8, []float64{1, 0, 7, math.NaN(), 9, math.NaN(), 0.5, 2}), nil)
	if err != nil {
		t.Fatal(err)
	}
	mean, variance := one.Moments()
	if e := worst(append(mean, variance...), []float64{7, -1, 9, 1, 0.5, 2}); e != 0 {
		t.Errorf("shared moments are %v and %v", mean, variance)
	}
	if c := m.momentsOf(one.cond.row(0)).clean; worst(c, []float64{1, math.Sqrt2, math.Sqrt(0.5)}) > 1e-15 {
		t.Errorf("values that are given are multiplied by %v", c)
	}
	two, err := m.Conditional(momentLabels(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	if mean, _ := two.Moments(); worst(mean, []float64{0.5, -1, 0}) != 0 {
		t.Errorf("the moments of two rows are %v", mean)
	}
	for what, row := range map[string][]float64{
		"no moments":            {1, 0},
		"a negative variance":   {1, 0, 0, 0, 0, 1, 1, -1},
		"an infinite variance":  {1, 0, 0, 0, 0, 1, math.Inf(1), 1},
		"an infinite mean":      {1, 0, 0, math.Inf(-1), 0, 1, 1, 1},
		"a class of no meaning": {3, 0, 0, 0, 0, 1, 1, 1},
	} {
		if _, err := m.Conditional(mat.NewDense(1, len(row), row), nil); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	c := rowMomentsConfig
	c.Categories = []Category{{Start: 0, Shares: []float64{0.5, 0.5}}}
	if _, err := New(c); err == nil {
		t.Error("categories with moments of rows are accepted")
	}
	c = rowMomentsConfig
	c.Conditions = nil
	if _, err := NewClassifier(c, Condition{Name: "c", Levels: 2}); err == nil {
		t.Error("a classifier with moments of rows is accepted")
	}
}

// Dropped moments are those of the model, so that conditions dropped together leave the
// unconditional model.
func TestDroppedMomentsAreThoseOfTheModel(t *testing.T) {
	m := trained(t, rowMomentsConfig)
	labels := mat.NewDense(1, 8, nil)
	for j := range 8 {
		labels.Set(0, j, math.NaN())
	}
	g, err := m.Conditional(labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, a, b := normals("x", 5, 3), mat.NewDense(5, 3, nil), mat.NewDense(5, 3, nil)
	if err := g.Denoise(a, x, []float64{0.3}); err != nil {
		t.Fatal(err)
	}
	if err := m.Denoise(b, x, []float64{0.3}); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "dropped", a, b)
}

// A row has the same bits alone, in its block and in another, with the time of all or
// its own, after rows of other moments; and rows of one set of moments those of a shared one.
func TestRowsWithMomentsAreIndependent(t *testing.T) {
	m := trained(t, rowMomentsConfig)
	const n = 2*BlockRows + 9
	x, labels, all := normals("x", n, 3), momentLabels(n), mat.NewDense(n, 3, nil)
	g, err := m.Conditional(labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	times := make([]float64, n)
	for i := range times {
		times[i] = 0.3
	}
	for _, tm := range [][]float64{{0.3}, times} {
		if err := g.Denoise(all, x, tm); err != nil {
			t.Fatal(err)
		}
		for _, r := range []int{0, 5, BlockRows, n - 1} {
			one, want := mat.NewDense(1, 3, nil), mat.NewDense(1, 3, all.RawRowView(r))
			row := mat.NewDense(1, 3, x.RawRowView(r))
			if err := g.Rows([]int{r}).Denoise(one, row, []float64{0.3}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, "one row", one, want)
			shared, err := m.Conditional(mat.NewDense(1, 8, labels.RawRowView(r)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := shared.Denoise(one, row, []float64{0.3}); err != nil {
				t.Fatal(err)
			}
			sameBits(t, "shared", one, want)
		}
	}
}

func TestGradientWithMomentsOfRows(t *testing.T) {
	c := rowMomentsConfig
	c.FourierFeatures = 2
	m := trained(t, c)
	const n = 40
	p := Regression{X: normals("x", n, 3), Target: normals("y", n, 3), T: make([]float64, n), Weight: make([]float64, n), Cond: momentLabels(n)}
	for i := range n {
		p.T[i], p.Weight[i] = 0.05+0.9*float64(i)/n, float64(1+i%4)
	}
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	grad := make([]float32, len(m.Params.Flat))
	got := g.Block(p, 1.0/n, grad, false)
	p.C = make([]sde.Coeff, n)
	for i, tm := range p.T {
		p.C[i] = m.Sched.Coeff(tm)
	}
	if again := g.Block(p, 1.0/n, grad, false); again != got {
		t.Errorf("with kernels at hand the loss is %v, without %v", again, got)
	}
	cond, err := m.Conditional(p.Cond, nil)
	if err != nil {
		t.Fatal(err)
	}
	loss := func() float64 { // the loss of the denoiser, by its other path
		d, s := mat.NewDense(n, 3, nil), 0.0
		if err := cond.Denoise(d, p.X, p.T); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range 3 {
				e := d.At(i, j) - p.Target.At(i, j)
				s += p.Weight[i] * e * e / n
			}
		}
		return s
	}
	if want := loss(); math.Abs(got-want) > 1e-5*want {
		t.Errorf("loss %g, want %g", got, want)
	}
	for k := 3; k < len(grad); k += 97 {
		const h = 1.0 / 64
		old := m.Params.Flat[k]
		m.Params.Flat[k] = old + h
		up := loss()
		m.Params.Flat[k] = old - h
		want := (up - loss()) / (2 * h)
		m.Params.Flat[k] = old
		if e := math.Abs(float64(grad[k]) - want); e > 2e-3*(1+math.Abs(want)) {
			t.Errorf("derivative %d is %g, want %g", k, grad[k], want)
		}
	}
	checkPullback(t, cond, p.X, 2e-3)
}

// saved returns the model after a round through a file.
func saved(t *testing.T, m *Model) *Model {
	t.Helper()
	f := checkpoints.New(ModelKind)
	if err := m.Store(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// checkPullback compares the pullback of d with central differences.
func checkPullback(t *testing.T, d sde.Differentiable, x *mat.Dense, tolerance float64) {
	t.Helper()
	const h = 1e-2
	n, dim := x.Dims()
	v := normals("v", n, dim)
	for _, tm := range []float64{0.05, 0.4, 0.9} {
		mean, got, want := mat.NewDense(n, dim, nil), mat.NewDense(n, dim, nil), mat.NewDense(n, dim, nil)
		pull, err := d.Linearize(mean, x, []float64{tm})
		if err != nil {
			t.Fatal(err)
		}
		if err := pull(got, v); err != nil {
			t.Fatal(err)
		}
		side := [2]*mat.Dense{mat.NewDense(n, dim, nil), mat.NewDense(n, dim, nil)}
		for j := range dim {
			for k, by := range []float64{h, -h} {
				y := mat.DenseCopyOf(x)
				for i := range n {
					y.Set(i, j, y.At(i, j)+by)
				}
				if err := d.Denoise(side[k], y, []float64{tm}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range n {
				for k := range dim {
					want.Set(i, j, want.At(i, j)+v.At(i, k)*(side[0].At(i, k)-side[1].At(i, k))/(2*h))
				}
			}
		}
		if e := worst(got.RawMatrix().Data, want.RawMatrix().Data); e > tolerance {
			t.Errorf("t = %g: pullback is off by %g", tm, e)
		}
	}
}

func TestMomentsOfRowsAreSaved(t *testing.T) {
	m := trained(t, rowMomentsConfig)
	again := saved(t, m)
	if !again.RowMoments || again.Labels() != 8 {
		t.Errorf("saved and read: %s", again.Architecture())
	}
	plain := rowMomentsConfig
	plain.RowMoments = false
	if trained(t, plain).Architecture() == m.Architecture() {
		t.Error("a state of training does not tell the two apart")
	}
}

func TestDenoiseWithMomentsDoesNotAllocate(t *testing.T) {
	m := trained(t, rowMomentsConfig)
	g, err := m.Conditional(momentLabels(300), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, d, tm := normals("x", 300, 3), mat.NewDense(300, 3, nil), []float64{0.5}
	if a := testing.AllocsPerRun(20, func() {
		if err := g.Denoise(d, x, tm); err != nil {
			t.Fatal(err)
		}
	}); a != 0 {
		t.Errorf("%g allocations per call", a)
	}
}
