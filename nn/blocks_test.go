package nn

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Rows of a classifier do not depend on how many there are, nor their classes on the
// block that they are in.
func TestClassesOfManyRows(t *testing.T) {
	c := testClassifier(t, 2)
	const n = 2*BlockRows + 9
	x, times, class := normals("classifier/many", n, 2), make([]float64, n), make([]int, n)
	for i := range n {
		times[i], class[i] = 0.05+0.9*float64(i)/n, i*7%3
	}
	of, err := c.Of(class...)
	if err != nil {
		t.Fatal(err)
	}
	lp, grad, logp := mat.NewDense(n, 3, nil), mat.NewDense(n, 2, nil), make([]float64, n)
	if err := errors.Join(c.LogProbs(lp, x, times), of.LogProbGrad(grad, logp, x, times)); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, 127, 128, 129, 200, 256, n - 1} {
		one, err := c.Of(class[i])
		if err != nil {
			t.Fatal(err)
		}
		l, g, p := mat.NewDense(1, 3, nil), mat.NewDense(1, 2, nil), make([]float64, 1)
		xi := mat.NewDense(1, 2, slices.Clone(x.RawRowView(i)))
		if err := errors.Join(c.LogProbs(l, xi, times[i:i+1]), one.LogProbGrad(g, p, xi, times[i:i+1])); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(l.RawRowView(0), lp.RawRowView(i)) || !slices.Equal(g.RawRowView(0), grad.RawRowView(i)) || p[0] != logp[i] || p[0] != lp.At(i, class[i]) {
			t.Errorf("row %d: %v, gradient %v; of many %v, %v", i, l.RawRowView(0), g.RawRowView(0), lp.RawRowView(i), grad.RawRowView(i))
		}
		sum := 0.0
		for _, v := range l.RawRowView(0) {
			sum += math.Exp(v)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("row %d: probabilities add up to %g", i, sum)
		}
	}
	if tau := c.Over(c.Params).(*Classifier).Temperature; tau != c.Temperature {
		t.Errorf("over other parameters the temperature is %g", tau)
	}
}

// A classifier that is too sure is calibrated by a temperature above 1, one that is not
// sure enough by one below, whatever temperature it had.
func TestCalibrationOfBothKinds(t *testing.T) {
	const n = 3000
	x := normals("classifier/both", n, 2)
	r := Regression{X: x, T: slices.Repeat([]float64{0.2}, n), Cond: mat.NewDense(n, 1, nil)}
	for _, want := range []float64{0.5, 3} {
		c := testClassifier(t, 0)
		c.Temperature = 1
		lp := mat.NewDense(n, 3, nil)
		truth := newClassifier(c.inputs, c.Params, c.Label, want)
		if err := truth.LogProbs(lp, x, r.T); err != nil {
			t.Fatal(err)
		}
		u := normals("classifier/draws", n, 1)
		for i := range n {
			v, k := 0.5*math.Erfc(-u.At(i, 0)/math.Sqrt2), 0
			for ; k < 2; k++ {
				if v -= math.Exp(lp.At(i, k)); v < 0 {
					break
				}
			}
			r.Cond.Set(i, 0, float64(k))
		}
		c.Temperature = 7 // plays no role
		got, err := c.Calibrate(r)
		if err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(math.Log(got.Temperature / want)); e > 0.15 {
			t.Errorf("temperature %g, want %g", got.Temperature, want)
		}
	}
}

// A block adds to a gradient or replaces it, and rows of an earlier, longer block leave
// nothing behind.
func TestBlocksAddUp(t *testing.T) {
	c := testConfig
	c.Categories, c.Conditional = nil, true
	m := trained(t, c)
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	block := func(first, n int) Regression {
		x := normals("blocks", 200, 3)
		r := Regression{X: mat.DenseCopyOf(x.Slice(first, first+n, 0, 3)), Target: normals("targets", n, 3), T: slices.Repeat([]float64{0.3}, n), Weight: slices.Repeat([]float64{1.5}, n), Known: mat.NewDense(n, 3, nil)}
		for i := range n {
			known := []float64{math.NaN(), math.NaN(), math.NaN()}
			if i%2 == 0 {
				known[i%3] = x.At(first+i, i%3)
			}
			r.Known.SetRow(i, known)
		}
		return r
	}
	size := len(m.Params.Flat)
	long, short, alone, both := make([]float32, size), make([]float32, size), make([]float32, size), make([]float32, size)
	g.Block(block(0, 128), 1, long, false)
	loss := g.Block(block(128, 5), 1, short, false)
	fresh, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	if l := fresh.Block(block(128, 5), 1, alone, false); l != loss || !slices.Equal(alone, short) {
		t.Errorf("a block of 5 rows after one of 128 has loss %v, alone %v", loss, l)
	}
	g.Block(block(0, 128), 1, both, false)
	g.Block(block(128, 5), 1, both, true)
	for i := range both {
		if want := long[i] + short[i]; math.Abs(float64(both[i]-want)) > 1e-4*(1+math.Abs(float64(want))) {
			t.Fatalf("parameter %d: the sum of two blocks is %v, want %v", i, both[i], want)
		}
	}
	// Twice the scale is twice the loss and the gradient.
	double := make([]float32, size)
	if l := g.Block(block(128, 5), 2, double, false); math.Abs(l-2*loss) > 1e-5*loss {
		t.Errorf("loss %v at scale 2, %v at 1", l, loss)
	}
	rows := make([]float64, 5)
	if err := m.RowLosses(rows, block(128, 5)); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, l := range rows {
		sum += l
	}
	if math.Abs(sum-loss) > 1e-4*loss {
		t.Errorf("losses of the rows add up to %v, the block has %v", sum, loss)
	}
}

// What is given of a row follows the row: through blocks, Rows, Known and dropout.
func TestGivenRowsOfManyBlocks(t *testing.T) {
	c := testConfig
	c.Conditional = true
	m := trained(t, c)
	const n = BlockRows + 40
	x, known, labels, names := normals("given", n, 3), mat.NewDense(n, 3, nil), mat.NewDense(n, 2, nil), make([]uint64, n)
	times := make([]float64, n)
	for i := range n {
		y := []float64{math.NaN(), math.NaN(), math.NaN()}
		if i%4 > 0 {
			y[i%3] = 0.1*float64(i%11) - 1 // also negative
		}
		known.SetRow(i, y)
		labels.SetRow(i, []float64{float64(i % 3), float64(i%5) - 2})
		names[i], times[i] = uint64(1000-i), 0.1+0.8*float64(i)/n
	}
	for _, share := range []float64{0, 0.4} {
		g, err := m.Conditional(labels, known)
		if err != nil {
			t.Fatal(err)
		}
		if share > 0 {
			g = g.WithDropout(share, 3, names)
		}
		d, told := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
		if err := g.Denoise(d, x, times); err != nil {
			t.Fatal(err)
		}
		g.Known(told)
		for i := range n {
			for j, y := range known.RawRowView(i) {
				if got := told.At(i, j); got != y && !(got != got && y != y) || y == y && d.At(i, j) != y {
					t.Fatalf("row %d, position %d: given %v, told %v, D is %v", i, j, y, got, d.At(i, j))
				}
			}
		}
		idx := []int{141, 3, 130, 127, 0, 166, 3}
		xs, ts, ds := mat.NewDense(len(idx), 3, nil), make([]float64, len(idx)), mat.NewDense(len(idx), 3, nil)
		for k, i := range idx {
			xs.SetRow(k, x.RawRowView(i))
			ts[k] = times[i]
		}
		if err := g.Rows(idx).Denoise(ds, xs, ts); err != nil {
			t.Fatal(err)
		}
		for k, i := range idx {
			if !slices.Equal(ds.RawRowView(k), d.RawRowView(i)) {
				t.Errorf("share %g: row %d is %v, alone %v", share, i, d.RawRowView(i), ds.RawRowView(k))
			}
		}
	}
}

func TestWhatMayBeGiven(t *testing.T) {
	c := Config{Hidden: 4, Layers: 1, Mean: []float64{0, 0.5, 0.5}, Variance: []float64{1, 0.25, 0.25}, Categories: []Category{{Start: 1, Shares: []float64{0.5, 0.5}}}, Conditional: true, Conditions: []Condition{{Name: "kind", Levels: 2}}}
	m := trained(t, c)
	nan := math.NaN()
	for what, y := range map[string][]float64{
		"infinite":            {math.Inf(1), nan, nan},
		"minus infinite":      {math.Inf(-1), nan, nan},
		"all levels excluded": {nan, 0, 0},
		"a level in part":     {nan, 1, nan},
	} {
		if _, err := m.Conditional(nil, mat.NewDense(1, 3, y)); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	for _, y := range [][]float64{{nan, nan, nan}, {-3, 0, 1}, {nan, 0, nan}} {
		if _, err := m.Conditional(nil, mat.NewDense(1, 3, y)); err != nil {
			t.Errorf("%v: %v", y, err)
		}
	}
	for _, labels := range [][]float64{{2}, {-1}, {0, 0}} {
		if _, err := m.Conditional(mat.NewDense(1, len(labels), labels), nil); err == nil {
			t.Errorf("labels %v: accepted", labels)
		}
	}
	size := trained(t, testConfig)
	for _, v := range []float64{math.Inf(1), math.Inf(-1)} {
		if _, err := size.Conditional(mat.NewDense(1, 2, []float64{0, v}), nil); err == nil {
			t.Errorf("a condition of %v is accepted", v)
		}
	}
	few, err := size.Conditional(mat.NewDense(3, 2, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 4} { // rows, for the conditions of three
		func() {
			defer func() {
				if what, ok := recover().(string); !ok || what[:3] != "nn:" {
					t.Errorf("%d rows: %v", n, what)
				}
			}()
			_ = few.Denoise(mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil), []float64{0.5})
		}()
	}
	c.Conditional = false
	if _, err := trained(t, c).Conditional(nil, mat.NewDense(1, 3, []float64{0, nan, nan})); err == nil {
		t.Error("a model that was not made for it is given values")
	}
}

// At σ = 0 a number is what it is, and a constant its mean.
func TestNoNoiseAtAll(t *testing.T) {
	m := trained(t, Config{Hidden: 8, Layers: 1, FourierFeatures: 1, Mean: []float64{1, 3, 0}, Variance: []float64{4, 0, 1}})
	x, v := mat.NewDense(2, 3, []float64{0.5, 3, -2, 7, 3, 0}), normals("v", 2, 3)
	d, g := mat.NewDense(2, 3, nil), mat.NewDense(2, 3, nil)
	pull, err := m.Linearize(d, x, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	if err := pull(g, v); err != nil {
		t.Fatal(err)
	}
	if worst(d.RawMatrix().Data, x.RawMatrix().Data) > 1e-12 {
		t.Errorf("D = %v of %v", mat.Formatted(d), mat.Formatted(x))
	}
	for i := range 2 {
		want := []float64{v.At(i, 0), 0, v.At(i, 2)}
		if worst(g.RawRowView(i), want) > 1e-12 {
			t.Errorf("row %d: pulled back %v, want %v", i, g.RawRowView(i), want)
		}
	}
}
