package boost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// classes3 returns rows with gaps and one-hot columns, and three classes.
func classes3(n int) (*mat.Dense, []int) {
	rng := rand.New(rand.NewPCG(11, 11))
	x, class := mat.NewDense(n, 9, nil), make([]int, n)
	for i := range n {
		row := x.RawRowView(i)
		for j := range 4 {
			row[j] = math.Round(40 * rng.NormFloat64())
		}
		k := rng.IntN(5)
		row[4+k] = 1
		if class[i] = 1; row[0]+20*float64(k)+20*rng.NormFloat64() > 50 {
			class[i] = 2
		} else if row[1] > 30 {
			class[i] = 0
		}
		if rng.IntN(5) == 0 {
			row[0] = math.NaN()
		}
	}
	return x, class
}

// fitted returns the probabilities of x after a fit to rows.
func fitted(t *testing.T, rows *mat.Dense, class []int, x *mat.Dense, o Options) []float64 {
	t.Helper()
	m, err := Classify(rows, class, 3, &o)
	if err != nil {
		t.Fatal(err)
	}
	var p mat.Dense
	m.Probabilities(&p, x)
	return p.RawMatrix().Data
}

// The number of goroutines never changes a bit.
func TestWorkersChangeNothing(t *testing.T) {
	x, class := classes3(5000)
	want := fitted(t, x, class, x, Options{Trees: 8, Workers: 1})
	for _, workers := range []int{2, 3, 16} {
		if !slices.Equal(fitted(t, x, class, x, Options{Trees: 8, Workers: workers}), want) {
			t.Errorf("%d workers give other bits", workers)
		}
	}
}

// Sums are exact: the order of the rows is nothing.
func TestOrderOfRowsChangesNothing(t *testing.T) {
	x, class := classes3(3000)
	want := fitted(t, x, class, x, Options{Trees: 10})
	px, pc := mat.NewDense(3000, 9, nil), make([]int, 3000)
	for to, from := range rand.New(rand.NewPCG(1, 5)).Perm(3000) {
		px.SetRow(to, x.RawRowView(from))
		pc[to] = class[from]
	}
	if !slices.Equal(fitted(t, px, pc, x, Options{Trees: 10}), want) {
		t.Error("another order of the rows gives other bits")
	}
	pc[0] = (pc[0] + 1) % 3
	if slices.Equal(fitted(t, px, pc, x, Options{Trees: 10}), want) {
		t.Error("another label gives the same bits")
	}
}

// Trees see the order of values only: an increasing function of a column with
// fewer values than bins changes nothing, in rows of the fit.
func TestIncreasingFunctionsChangeNothing(t *testing.T) {
	x, class := classes3(2000)
	want := fitted(t, x, class, x, Options{Trees: 10, Workers: 2})
	y := mat.DenseCopyOf(x)
	y.Apply(func(_, j int, v float64) float64 {
		if j < 2 {
			return math.Exp(v / 20)
		}
		return 3 + v/7
	}, x)
	if !slices.Equal(fitted(t, y, class, y, Options{Trees: 10}), want) {
		t.Error("an increasing function of the columns gives other bits")
	}
	y.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, x)
	if slices.Equal(fitted(t, y, class, y, Options{Trees: 10}), want) {
		t.Error("a function that is not increasing gives the same bits")
	}
}

// decreases says at which round the training loss grows.
func decreases(m *model, x *mat.Dense, loss func(row int, mean []float64) float64) error {
	n, _ := x.Dims()
	k := m.obj.outputs
	before := math.Inf(1)
	margin, mean := make([]float64, k), make([]float64, k)
	for rounds := 0; rounds <= len(m.trees); rounds += k {
		var sum float64
		for i := range n {
			m.margin(margin, x.RawRowView(i), m.trees[:rounds])
			m.obj.mean(mean, margin)
			sum += loss(i, mean) / float64(n)
		}
		if !(sum <= before+1e-12) {
			return fmt.Errorf("round %d takes the loss from %g to %g", rounds/k, before, sum)
		}
		before = sum
	}
	return nil
}

func TestTrainingLossDecreases(t *testing.T) {
	x, class := classes3(1500)
	c, err := Classify(x, class, 3, &Options{Trees: 30})
	if err != nil {
		t.Fatal(err)
	}
	logLoss := func(i int, p []float64) float64 { return -math.Log(p[class[i]]) }
	if err := decreases(c.m, x, logLoss); err != nil {
		t.Errorf("softmax: %v", err)
	}
	y := make([]float64, len(class))
	for i := range y {
		y[i] = float64(class[i]) + 0.01*x.At(i, 2)
	}
	r, err := Regress(x, y, &Options{Trees: 30})
	if err != nil {
		t.Fatal(err)
	}
	square := func(i int, p []float64) float64 { return (p[0]*r.unit - y[i]) * (p[0]*r.unit - y[i]) }
	if err := decreases(r.m, x, square); err != nil {
		t.Errorf("squared error: %v", err)
	}
	// Twins: a tree that goes the wrong way.
	for i := range r.m.trees[5] {
		if n := &r.m.trees[5][i]; n.column < 0 {
			n.value = -n.value
		}
	}
	if decreases(r.m, x, square) == nil {
		t.Error("a tree of the wrong sign passes")
	}
}

// Units of y are nothing: a power of two comes out exactly, and small numbers
// are learned as well as large ones.
func TestUnitsOfTarget(t *testing.T) {
	x, class := classes3(800)
	y := make([]float64, len(class))
	for i := range y {
		y[i] = float64(class[i]) + 0.01*x.At(i, 2)
	}
	predict := func(unit float64) []float64 {
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * unit
		}
		r, err := Regress(x, scaled, &Options{Trees: 20, Gamma: 0.01 * unit * unit})
		if err != nil {
			t.Fatal(err)
		}
		r.Predict(scaled, x)
		for i := range scaled {
			scaled[i] /= unit
		}
		return scaled
	}
	want := predict(1)
	for _, unit := range []float64{0x1p-60, 0x1p20, 0x1p300} {
		if !slices.Equal(predict(unit), want) {
			t.Errorf("unit %g changes the predictions", unit)
		}
	}
}

// Missing values go where they belong: with the class that they mark, on
// either side, and with most rows if the fit saw none.
func TestMissing(t *testing.T) {
	nan := math.NaN()
	n := 400
	for _, mark := range []int{0, 1} { // the class of missing rows
		x, class := mat.NewDense(n, 1, nil), make([]int, n)
		for i := range n {
			x.Set(i, 0, float64(i%100))
			if class[i] = 0; i%100 >= 40 {
				class[i] = 1
			}
			if i%5 == 0 {
				x.Set(i, 0, nan)
				class[i] = mark
			}
		}
		m, err := Classify(x, class, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		var p mat.Dense
		m.Probabilities(&p, mat.NewDense(3, 1, []float64{nan, 10, 90}))
		if p.At(0, mark) < 0.95 || p.At(1, 0) < 0.95 || p.At(2, 1) < 0.95 {
			t.Errorf("missing marks %d: probabilities %v", mark, p.RawMatrix().Data)
		}
	}
	for _, cut := range []int{30, 70} {
		x, class := mat.NewDense(n, 1, nil), make([]int, n)
		for i := range n {
			x.Set(i, 0, float64(i%100))
			if i%100 >= cut {
				class[i] = 1
			}
		}
		m, err := Classify(x, class, 2, &Options{Trees: 1, Depth: 1})
		if err != nil {
			t.Fatal(err)
		}
		var p mat.Dense
		m.Probabilities(&p, mat.NewDense(3, 1, []float64{nan, 10, 90}))
		most, least := p.At(1, 1), p.At(2, 1)
		if cut < 50 {
			most, least = least, most
		}
		if p.At(0, 1) != most || most == least {
			t.Errorf("cut at %d: an unseen missing value has %g, want that of most rows, %g", cut, p.At(0, 1), most)
		}
	}
}

// Of two columns that part the rows alike the first is used, also where the
// second is in an earlier bundle.
func TestTiesTakeTheFirstColumn(t *testing.T) {
	x, class := mat.NewDense(40, 3, nil), make([]int, 40)
	for i := range 40 {
		class[i] = i / 30
		if i >= 5 && i < 10 { // in no row together with the last ten
			x.Set(i, 0, 1)
		}
		x.Set(i, 1, float64(class[i]))
		x.Set(i, 2, float64(class[i]))
	}
	// Column 1 shares the first bundle with column 0; given many values it has
	// a bundle of its own, the second, and column 2 is in the first.
	for _, swap := range []bool{false, true} {
		y := mat.DenseCopyOf(x)
		if swap {
			for i := range 40 {
				y.Set(i, 1, 100*float64(class[i])+float64(i)) // its own bundle
			}
		}
		m, err := Classify(y, class, 2, &Options{Trees: 1, Depth: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.m.trees[0][0].column; got != 1 {
			t.Errorf("swap %t: split by column %d, want 1", swap, got)
		}
	}
}

// The margins that the fit keeps are those of its trees.
func TestMarginsOfFit(t *testing.T) {
	x, class := classes3(2000)
	o, err := (&Options{}).resolve()
	if err != nil {
		t.Fatal(err)
	}
	obj := softmax(class, 3)
	w := newGrower(newTable(x, o.Bins, 2), &o)
	mean := make([]float64, 3*2000)
	for i := range 2000 {
		obj.mean(mean[3*i:3*i+3], obj.prior)
	}
	w.derive(&obj, 2, mean)
	tr := w.grow()
	margin := make([]float64, 3*2000)
	w.step(margin, 2, 3)
	for i := range 2000 {
		if got, want := margin[3*i+2], tr.leaf(x.RawRowView(i)); got != want || margin[3*i] != 0 {
			t.Fatalf("row %d has margin %g, want %g", i, got, want)
		}
	}
}
