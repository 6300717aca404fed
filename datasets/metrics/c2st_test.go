package metrics

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/mersenne"
	"tweedie/internal/stream"
)

type c2stCase struct {
	name     string
	accuracy float64
	folds    []float64
	loss     []float64 // of the first fold
	epochs   int       // of the first fold
}

// c2stPeer is what .ci/c2st_peer.py prints with scikit-learn 1.9.1.
var c2stPeer = []c2stCase{
	{"shift", 0.578500, []float64{0.571250, 0.572500, 0.573750, 0.578750, 0.596250}, []float64{0.704407, 0.687964, 0.676753}, 45},
	{"equal", 0.471000, []float64{0.435000, 0.452500, 0.457500, 0.535000, 0.475000}, []float64{0.708671, 0.696983, 0.693354}, 498},
	{"wider", 0.686000, []float64{0.712500, 0.670000, 0.685000, 0.680000, 0.682500}, []float64{0.688423, 0.671959, 0.657022}, 798},
	{"correlated", 0.567000, []float64{0.506667, 0.610000, 0.556667, 0.555000, 0.606667}, []float64{0.692414, 0.676500, 0.665234}, 524},
	{"apart", 0.996078, []float64{0.980392, 1.000000, 1.000000, 1.000000, 1.000000}, []float64{0.440976, 0.424283, 0.409705}, 189},
	{"ring", 0.975667, []float64{0.978333, 0.971667, 0.973333, 0.980000, 0.975000}, []float64{0.726896, 0.712408, 0.701048}, 701},
	{"protocol", 0.624000, []float64{0.627750, 0.621000, 0.630250, 0.619250, 0.621750}, []float64{0.693287, 0.659565, 0.641822}, 40},
}

// normals are the next draws of RandomState as rows, in single precision.
func normals(r *mersenne.State, n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	m.Apply(func(int, int, float64) float64 { return r.NormFloat64() }, m)
	return m
}

func (c c2stCase) samples() (x, y *mat.Dense) {
	at := map[string]uint32{"shift": 11, "equal": 12, "wider": 13, "correlated": 14, "apart": 15, "ring": 16, "protocol": 17}[c.name]
	size := map[string][3]int{"shift": {2000, 2000, 2}, "equal": {1000, 1000, 3}, "wider": {1000, 1000, 5}, "correlated": {1500, 1500, 10}, "apart": {303, 204, 2}, "ring": {1500, 1500, 2}, "protocol": {10_000, 10_000, 2}}[c.name]
	r := mersenne.New(at)
	x, y = normals(r, size[0], size[2]), normals(r, size[1], size[2])
	n, _ := y.Dims()
	for i := range n {
		row := y.RawRowView(i)
		switch c.name {
		case "shift":
			row[0] += .5
		case "wider":
			for j := range row {
				row[j] = 3 + .15*row[j]
				x.Set(i, j, 3+.1*x.At(i, j))
			}
		case "correlated", "protocol":
			row[1] = .6*row[0] + .8*row[1]
		case "apart":
			row[0], row[1] = row[0]+4, row[1]+4
		case "ring":
			s := 1 / math.Sqrt(row[0]*row[0]+row[1]*row[1])
			row[0], row[1] = row[0]*s, row[1]*s
		}
	}
	for _, m := range []*mat.Dense{x, y} {
		m.Apply(func(_, _ int, v float64) float64 { return float64(float32(v)) }, m)
	}
	return x, y
}

// The losses of the first epochs follow scikit-learn's to rounding, draw by draw; the
// accuracies are the same to the chaos that rounding makes over hundreds of epochs.
func TestC2STPeer(t *testing.T) {
	for _, c := range c2stPeer {
		t.Run(c.name, func(t *testing.T) {
			x, y := c.samples()
			o := C2STOptions{}
			quick := c.name == "shift" || c.name == "apart" || c.name == "protocol" && !testing.Short()
			if os.Getenv("TWEEDIE_LONG") == "" && !quick {
				o.Epochs = 3 // the others take up to half a minute of a core: set TWEEDIE_LONG=1
			}
			r, err := C2ST(context.Background(), x, y, o)
			if err != nil {
				t.Fatal(err)
			}
			for e, want := range c.loss {
				if got := r.Loss[0][e]; math.Abs(got-want) > 3e-6 {
					t.Errorf("loss %.6f after epoch %d, want %.6f", got, e+1, want)
				}
			}
			t.Logf("%.4f, scikit-learn %.4f; folds %.4f, %.4f; %d epochs", r.Accuracy, c.accuracy, r.Folds, c.folds, len(r.Loss[0]))
			if got := len(r.Loss[0]); quick && o.Epochs == 0 && (got < c.epochs*9/10 || got > c.epochs*11/10) {
				t.Errorf("%d epochs, want about %d", got, c.epochs)
			}
			if o.Epochs == 0 && math.Abs(r.Accuracy-c.accuracy) > .01 {
				t.Errorf("accuracy %.4f, want %.4f", r.Accuracy, c.accuracy)
			}
		})
	}
}

func TestC2STRefuses(t *testing.T) {
	rng := stream.New(1, "c2st")
	sample := func(n, d int) *mat.Dense {
		m := mat.NewDense(n, d, nil)
		m.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, m)
		return m
	}
	nan, flat := sample(30, 2), sample(30, 2)
	nan.Set(3, 1, math.NaN())
	for i := range 30 {
		flat.Set(i, 1, 2)
	}
	for _, c := range []struct {
		x, y *mat.Dense
		o    C2STOptions
		want string
	}{
		{sample(30, 2), nan, C2STOptions{}, "row 4, column 2 of the sample is NaN"},
		{nan, sample(30, 2), C2STOptions{}, "row 4, column 2 of the reference is NaN"},
		{flat, sample(30, 2), C2STOptions{}, "column 2 of the reference is constant"},
		{sample(10, 2), sample(30, 2), C2STOptions{}, "10 and 30 rows: give at least 20"},
		{sample(30, 2), sample(30, 2), C2STOptions{Folds: 1}, "at least 2 folds"},
		{sample(30, 2), sample(30, 2), C2STOptions{Folds: 50}, "fewer folds"},
	} {
		if _, err := C2ST(context.Background(), c.x, c.y, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := C2ST(ctx, sample(30, 2), sample(30, 2), C2STOptions{}); err != context.Canceled {
		t.Errorf("canceled: %v", err)
	}
}

// Workers and a second call change no bit; a seed and a number of folds do.
func TestC2STIsAFunction(t *testing.T) {
	c := c2stPeer[4]
	x, y := c.samples()
	run := func(o C2STOptions) *C2STResult {
		o.Epochs = 5
		r, err := C2ST(context.Background(), x, y, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := run(C2STOptions{Workers: 1}), run(C2STOptions{Workers: 3})
	for k := range a.Loss {
		if a.Loss[k][4] != b.Loss[k][4] || a.Folds[k] != b.Folds[k] {
			t.Error("workers change bits")
		}
	}
	if s := run(C2STOptions{Seed: 2}); s.Loss[0][4] == a.Loss[0][4] {
		t.Error("the seed is ignored")
	}
	if s := run(C2STOptions{Folds: 3}); len(s.Folds) != 3 {
		t.Error("the folds are ignored")
	}
}

// The folds differ by one row at most and hold each row once.
func TestFolds(t *testing.T) {
	count := [4]int{}
	for _, f := range folds(14, 4, 1) {
		count[f]++
	}
	if count != [4]int{4, 4, 3, 3} {
		t.Errorf("folds of %v rows", count)
	}
}

func BenchmarkC2ST(b *testing.B) {
	r := mersenne.New(1)
	x, y := normals(r, 10_000, 10), normals(r, 10_000, 10)
	for b.Loop() {
		res, err := C2ST(context.Background(), x, y, C2STOptions{Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(res.Accuracy, "accuracy")
		b.ReportMetric(float64(len(res.Loss[0])), "epochs")
	}
}

// A step of ten columns, the most frequent size of the benchmark.
func BenchmarkClassifierStep(b *testing.B) {
	const n, d = 4000, 10
	rng := rand.New(rand.NewPCG(1, 2))
	rows, class := make([]float32, n*d), make([]float32, n)
	for i := range rows {
		rows[i] = float32(rng.NormFloat64())
	}
	for i := range class {
		class[i] = float32(i % 2)
	}
	batch := rng.Perm(n)[:c2stBatch]
	c := newClassifier(d, 1)
	for b.Loop() {
		c.step(rows, class, batch)
	}
}
