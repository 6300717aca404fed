package boost

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Ones and zeros that one cut parts: the classifier must order unseen rows
// perfectly, and not those of a label that means nothing.
func TestSeparable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	make2 := func(n int, label func(x float64) bool) (*mat.Dense, []int) {
		x, class := mat.NewDense(n, 2, nil), make([]int, n)
		for i := range n {
			row := x.RawRowView(i)
			row[0], row[1] = rng.NormFloat64(), rng.NormFloat64()
			if label(row[1]) {
				class[i] = 1
			}
		}
		return x, class
	}
	above := func(v float64) bool { return v > 0.2 }
	coin := func(float64) bool { return rng.IntN(2) == 1 }
	const n = 2000
	for _, c := range []struct {
		name   string
		label  func(float64) bool
		lo, hi float64
	}{
		{"parted", above, 0.999, 1},
		// Under a meaningless order the area has variance
		// (n₁+n₀+1)/(12 n₁n₀) ≈ 1/(3n); four standard errors.
		{"coin", coin, 0.5 - 4/math.Sqrt(3*n), 0.5 + 4/math.Sqrt(3*n)},
	} {
		x, class := make2(n, c.label)
		m, err := Classify(x, class, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		x, class = make2(n, c.label)
		var p mat.Dense
		m.Probabilities(&p, x)
		if a := auc(class, mat.Col(nil, 1, &p)); a < c.lo || a > c.hi {
			t.Errorf("%s: area under the curve %g, want %g to %g", c.name, a, c.lo, c.hi)
		}
	}
}

func TestSingleClass(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{1, 2, math.NaN(), 4})
	for _, c := range []struct{ classes, only int }{{1, 0}, {2, 0}, {2, 1}, {5, 3}} {
		class := []int{c.only, c.only, c.only, c.only}
		m, err := Classify(x, class, c.classes, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := mat.NewDense(4, c.classes, nil)
		m.Probabilities(p, x)
		for i := range 4 {
			for k := range c.classes {
				want := 0.0
				if k == c.only {
					want = 1
				}
				if p.At(i, k) != want {
					t.Errorf("%d classes, all rows %d: row %d has p(%d) = %g", c.classes, c.only, i, k, p.At(i, k))
				}
			}
		}
	}
}

// Three classes fitted where a fourth has no rows: it has no probability, the
// others are found and sum to one.
func TestAbsentClass(t *testing.T) {
	n := 300
	x, class := mat.NewDense(n, 1, nil), make([]int, n)
	for i := range n {
		x.Set(i, 0, float64(i))
		class[i] = []int{0, 1, 3}[i*3/n]
	}
	m, err := Classify(x, class, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	var p mat.Dense
	m.Probabilities(&p, x)
	for i := range n {
		if s := mat.Sum(p.RowView(i)); math.Abs(s-1) > 1e-12 || p.At(i, 2) != 0 || p.At(i, class[i]) < 0.9 {
			t.Errorf("row %d of class %d: %v", i, class[i], p.RawRowView(i))
		}
	}
}

// Nothing to learn from: the mean, or the shares.
func TestConstantColumns(t *testing.T) {
	nan := math.NaN()
	x := mat.NewDense(4, 3, []float64{7, nan, 0, 7, nan, 0, 7, nan, 0, 7, nan, 0})
	r, err := Regress(x, []float64{1, 2, 3, 6}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float64, 4)
	r.Predict(dst, x)
	for _, v := range dst {
		if math.Abs(v-3) > 1e-12 {
			t.Errorf("constant columns predict %v, want 3", dst)
			break
		}
	}
	c, err := Classify(x, []int{0, 1, 1, 1}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	var p mat.Dense
	c.Probabilities(&p, x)
	if math.Abs(p.At(0, 1)-0.75) > 1e-12 {
		t.Errorf("constant columns give %g, want 0.75", p.At(0, 1))
	}
	none := mat.NewDense(4, 1, nil)
	if r, err = Regress(none, []float64{5, 5, 5, 5}, nil); err != nil {
		t.Fatal(err)
	}
	if r.Predict(dst, none); dst[0] != 5 {
		t.Errorf("equal targets predict %g, want 5", dst[0])
	}
}

func TestErrors(t *testing.T) {
	x := mat.NewDense(2, 1, []float64{1, 2})
	classify := func(x *mat.Dense, class []int, o *Options) error {
		_, err := Classify(x, class, 2, o)
		return err
	}
	_, badY := Regress(x, []float64{1, math.NaN()}, nil)
	for _, c := range []struct {
		want string
		err  error
	}{
		{"row 1 has class 2", classify(x, []int{0, 2}, nil)},
		{"row 0 has class -1", classify(x, []int{-1, 1}, nil)},
		{"row 1, column 0 is +Inf", classify(mat.NewDense(2, 1, []float64{1, math.Inf(1)}), []int{0, 1}, nil)},
		{"no rows", classify(&mat.Dense{}, nil, nil)},
		{"row 1 has target NaN", badY},
		{"Trees is -1", classify(x, []int{0, 1}, &Options{Trees: -1})},
		{"Bins is 257", classify(x, []int{0, 1}, &Options{Bins: 257})},
		{"Rate is NaN", classify(x, []int{0, 1}, &Options{Rate: math.NaN()})},
		{"Lambda is -0.5", classify(x, []int{0, 1}, &Options{Lambda: -0.5})},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", c.err, c.want)
		}
	}
}

func TestPanics(t *testing.T) {
	x := mat.NewDense(2, 1, []float64{1, 2})
	m, err := Classify(x, []int{0, 1}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"labels":  func() { Classify(x, []int{0}, 2, nil) },
		"columns": func() { m.Probabilities(mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)) },
		"dst":     func() { m.Probabilities(mat.NewDense(2, 3, nil), x) },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "boost: ") {
					t.Errorf("%s: recovered %q", name, s)
				}
			}()
			f()
		}()
	}
}
