package nn

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/stream"
	"tweedie/sde"
)

func testClassifier(t *testing.T, waves int) *Classifier {
	t.Helper()
	c, err := NewClassifier(Config{Hidden: 24, Layers: 2, Mean: []float64{0, 1}, Variance: []float64{1, 4}, FourierFeatures: waves, Seed: 4}, Condition{Name: "class", Levels: 3})
	if err != nil {
		t.Fatal(err)
	}
	r := stream.New(2, "nn/test/classifier")
	for _, a := range c.Params.Arrays {
		for i := range a.Data {
			a.Data[i] += float32(r.NormFloat64() / math.Sqrt(float64(a.Shape[0])))
		}
	}
	c.Temperature = 1.7
	return c
}

func TestClassProbabilitiesAndGradient(t *testing.T) {
	for _, waves := range []int{0, 3} {
		t.Run(fmt.Sprint(waves, " waves"), func(t *testing.T) { classGradient(t, testClassifier(t, waves)) })
	}
}

func classGradient(t *testing.T, c *Classifier) {
	const n, h = 7, 1e-2
	x, tm := normals("classifier/x", n, 2), []float64{0.3}
	class := []int{0, 1, 2, 0, 1, 2, 1}
	lp := mat.NewDense(n, 3, nil)
	if err := c.LogProbs(lp, x, tm); err != nil {
		t.Fatal(err)
	}
	of, err := c.Of(class...)
	if err != nil {
		t.Fatal(err)
	}
	g, logp := mat.NewDense(n, 2, nil), make([]float64, n)
	if err := of.LogProbGrad(g, logp, x, tm); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		sum := 0.0
		for _, l := range lp.RawRowView(i) {
			sum += math.Exp(l)
		}
		if math.Abs(sum-1) > 1e-12 || logp[i] != lp.At(i, class[i]) {
			t.Errorf("row %d: probabilities sum to %g, ln p %g and %g", i, sum, logp[i], lp.At(i, class[i]))
		}
	}
	want, up, down := mat.NewDense(n, 2, nil), mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
	for j := range 2 {
		shift := func(dst *mat.Dense, by float64) {
			y := mat.DenseCopyOf(x)
			for i := range n {
				y.Set(i, j, y.At(i, j)+by)
			}
			if err := c.LogProbs(dst, y, tm); err != nil {
				t.Fatal(err)
			}
		}
		shift(up, h)
		shift(down, -h)
		for i, k := range class {
			want.Set(i, j, (up.At(i, k)-down.At(i, k))/(2*h))
		}
	}
	if e := worst(g.RawMatrix().Data, want.RawMatrix().Data); e > 2e-3 {
		t.Errorf("gradient is off by %g", e)
	}
	g.Scale(c.Temperature, g) // the twin: the temperature left out of the gradient
	if e := worst(g.RawMatrix().Data, want.RawMatrix().Data); e < 2e-3 {
		t.Error("a planted error passes")
	}
}

// Classes stay with their rows when rows are taken, over several blocks and again.
func TestClassesStayWithTheirRows(t *testing.T) {
	c := testClassifier(t, 0)
	const n = 2*BlockRows + 44
	x, tm, class := normals("classifier/rows", n, 2), []float64{0.3}, make([]int, n)
	for i := range class {
		class[i] = (i*i + i/BlockRows) % 3
	}
	of, err := c.Of(class...)
	if err != nil {
		t.Fatal(err)
	}
	values := func(s sde.ClassScore, idx []int) *mat.Dense { // the gradient, and ln p beside it
		rows, g, logp := mat.NewDense(len(idx), 2, nil), mat.NewDense(len(idx), 2, nil), make([]float64, len(idx))
		for i, k := range idx {
			rows.SetRow(i, x.RawRowView(k))
		}
		if err := s.LogProbGrad(g, logp, rows, tm); err != nil {
			t.Fatal(err)
		}
		all := mat.NewDense(len(idx), 3, nil)
		for i, v := range logp {
			all.SetRow(i, append([]float64{v}, g.RawRowView(i)...))
		}
		return all
	}
	var every, back, last []int
	for i := range n {
		every, back = append(every, i), append(back, n-1-i)
	}
	last = every[2*BlockRows:]
	all := values(of, every)
	for i, k := range class { // one by one, the class said for the row alone
		one, err := c.Of(k)
		if err != nil {
			t.Fatal(err)
		}
		if got := values(one, []int{i}); !slices.Equal(got.RawRowView(0), all.RawRowView(i)) {
			t.Fatalf("row %d: %v, alone %v", i, all.RawRowView(i), got.RawRowView(0))
		}
	}
	var per sde.PerRowClassScore = of
	for name, idx := range map[string][]int{"backwards": back, "the last block": last, "two swapped": {1, 0}, "one twice": {200, 200}} {
		want := mat.NewDense(len(idx), 3, nil)
		for i, k := range idx {
			want.SetRow(i, all.RawRowView(k))
		}
		sameBits(t, name, values(per.Rows(idx), idx), want)
	}
	again := values(per.Rows(back).(sde.PerRowClassScore).Rows(last), back[2*BlockRows:])
	for i := range last {
		if !slices.Equal(again.RawRowView(i), all.RawRowView(back[last[i]])) {
			t.Fatalf("row %d of rows of rows", i)
		}
	}
}

// The cross-entropy of the graph is that of the probabilities, and its gradient
// in float64 the difference quotient.
func TestCrossEntropyGradient(t *testing.T) {
	f := newFixture(t, false, classifying)
	for i := range f.m.w { // rows with one class, some with none (padding)
		f.m.w[i] = 0
		if k := i / 3; k%7 != 0 && i%3 == k%3 {
			f.m.w[i] = 0.5 + float64(k%2)
		}
	}
	f.run()
	grad := slices.Clone(f.m.grad)
	cost := func() float64 { f.m.fwd.run(); return f.m.cost[0] }
	if e := checkDifferences(f.flat, grad, cost, 1); e > 1e-6 {
		t.Errorf("gradient is off by %g", e)
	}
	want := 0.0
	for i := range BlockRows {
		p := make([]float64, 3)
		softmax(p, f.m.out[3*i:3*i+3])
		for j, w := range f.m.w[3*i : 3*i+3] {
			want -= w * math.Log(p[j])
		}
	}
	if got := cost(); math.Abs(got-want) > 1e-10*want {
		t.Errorf("cost %g, want %g", got, want)
	}
}

func TestCalibrationFindsTheTemperature(t *testing.T) {
	c := testClassifier(t, 0)
	const n = 4000
	x := normals("classifier/calibrate", n, 2)
	r := Regression{X: x, T: make([]float64, n), Cond: mat.NewDense(n, 1, nil)}
	for i := range n {
		r.T[i] = 0.2
	}
	lp := mat.NewDense(n, 3, nil)
	if err := c.LogProbs(lp, x, r.T); err != nil {
		t.Fatal(err)
	}
	src := stream.New(3, "nn/test/calibrate")
	for i := range n { // classes drawn from the classifier itself: its temperature is right
		u, k := src.Float64(), 0
		for ; k < 2; k++ {
			if u -= math.Exp(lp.At(i, k)); u < 0 {
				break
			}
		}
		r.Cond.Set(i, 0, float64(k))
	}
	got, err := c.Calibrate(r)
	if err != nil {
		t.Fatal(err)
	}
	if e := math.Abs(math.Log(got.Temperature / c.Temperature)); e > 0.1 {
		t.Errorf("temperature %g, want %g", got.Temperature, c.Temperature)
	}
}

func TestClassifierFile(t *testing.T) {
	c := testClassifier(t, 0)
	f := checkpoints.New(ClassifierKind)
	if err := c.Store(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "c")
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	if f, _ = checkpoints.Load(path); f == nil {
		t.Fatal("cannot load")
	}
	got, err := ClassifierFromCheckpoint(f)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Params.Flat, c.Params.Flat) || got.Label != c.Label || got.Temperature != c.Temperature {
		t.Error("the loaded classifier differs")
	}
	if _, err := FromCheckpoint(f); err == nil {
		t.Error("a classifier is read as a model")
	}
}

func TestClassesAreChecked(t *testing.T) {
	c := testClassifier(t, 0)
	for _, bad := range [][]int{{3}, {-1}, {0, 5}, nil} {
		if _, err := c.Of(bad...); err == nil {
			t.Errorf("classes %v are accepted", bad)
		}
	}
	if _, err := NewClassifier(Config{Mean: []float64{0}, Variance: []float64{1}}, Condition{Levels: 1}); err == nil {
		t.Error("a classifier of one class is accepted")
	}
}
