package tabular

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/losses"
)

// townsModel has the codec of a table with a column of 200 levels, 20 of which have
// positions of their own.
func townsModel() *Model {
	src := source("t.csv", townsText(2000, 200))
	c := must(datasets.ReadCells(src, must(datasets.Infer(src, &datasets.InferOptions{OneHot: 20}))))
	return &Model{codec: must(datasets.Fit(c, nil))}
}

// Training gives a column with a code as a whole, or its clusters alone.
func TestMaskingOfCodedLevels(t *testing.T) {
	b := townsModel()
	m, blocks := masking(b.codec, 1), b.codec.Blocks()
	if len(m.Columns) != 3 || len(m.Columns[0]) != 2 || m.Columns[0][0].End != blocks[1].Start || m.Columns[0][1].End != blocks[2].Start {
		t.Fatalf("masks %v", m.Columns)
	}
	const n = 4000
	x, known := mat.NewDense(n, b.codec.Dim(), nil), mat.NewDense(n, b.codec.Dim(), nil)
	var p losses.Problem
	m.Draw(known, x, losses.Batch{Seed: 1, Total: n}, &p)
	var whole, clusters float64
	for i := range n {
		row := known.RawRowView(i)
		first, second := !math.IsNaN(row[0]), !math.IsNaN(row[blocks[1].Start])
		switch {
		case first && second:
			whole++
		case first:
			clusters++
		case second:
			t.Fatal("members are given without clusters")
		}
	}
	// A column is given in half of the rows, its first part alone in a quarter of these.
	within := func(got, want float64) bool { return math.Abs(got-n*want) < 5*math.Sqrt(n*want*(1-want)) }
	if !within(whole, 3./8) || !within(clusters, 1./8) {
		t.Errorf("%g rows are given the column and %g its cluster, of %d", whole, clusters, n)
	}
	if within(whole, 1./2) || within(clusters, 1./4) {
		t.Error("other shares pass")
	}
}

// The seed of a run and the pass over the table name a stream: no sum of the two gives
// the numbers within their cells a second time.
func TestPassesOfNeighboringSeedsDiffer(t *testing.T) {
	m := model(t)
	c := must(datasets.ReadCells(source("t.csv", mixedText(50)), m.codec.Metadata()))
	read := func(seed, pass uint64) *mat.Dense {
		x := mat.NewDense(50, m.codec.Dim(), nil)
		idx := make([]int, 50)
		for i := range idx {
			idx[i] = i
		}
		tableRows{m.codec, c, seed}.Read(x, nil, idx, pass)
		zeroAbsent(x)
		return x
	}
	const golden = 0x9e3779b97f4a7c15
	if !mat.Equal(read(1, 1), read(1, 1)) {
		t.Error("a pass is not a function of seed and number")
	}
	if mat.Equal(read(1, 1), read(1+golden, 0)) || mat.Equal(read(1, 1), read(1, 2)) {
		t.Error("two passes have the same draws")
	}
	f, g := Imputer{Imputation: Imputation{Seed: 1}}, Imputer{}
	g.Seed = f.Seed + golden
	if f.drawSeed(1) == g.drawSeed(0) {
		t.Error("draw 1 of a seed is draw 0 of another")
	}
}

// Numbers are read anew within their cells in each pass, labels beside them.
func TestTableRows(t *testing.T) {
	m := model(t, "label")
	c := cellsOf(m, mixedText(50))
	r := tableRows{m.codec, c, 3}
	if r.Len() != 50 || (tableRows{}).Len() != 0 {
		t.Error("length")
	}
	idx := []int{7, 20, 3}
	read := func(pass uint64) (x, labels *mat.Dense) {
		x, labels = mat.NewDense(3, m.codec.Dim(), nil), mat.NewDense(3, 1, nil)
		r.Read(x, labels, idx, pass)
		return x, labels
	}
	x, labels := read(0)
	again, _ := read(0)
	other, _ := read(1)
	for k, i := range idx {
		v, _ := m.codec.ToValue(0, x.At(k, 0))
		w, _ := m.codec.ToValue(0, other.At(k, 0))
		if math.Abs(v-c.Number(i, 0)) > 0.0051 || math.Abs(w-c.Number(i, 0)) > 0.0051 || v == w || labels.At(k, 0) != float64(c.Level(i, 3)) || x.At(k, 0) != again.At(k, 0) {
			t.Errorf("row %d: %g and %g, label %g", i, v, w, labels.At(k, 0))
		}
	}
	want := mat.NewDense(3, m.codec.Dim(), nil)
	m.codec.Encode(want, c, idx, stream.Seed(3, "tabular/pass", 0))
	if want.At(0, 0) != x.At(0, 0) {
		t.Error("the first pass is not that of its stream")
	}
	class := mat.NewDense(3, 1, nil)
	classRows{r, 2}.Read(x, class, idx, 0)
	for k, i := range idx {
		if class.At(k, 0) != float64(c.Level(i, 2)) {
			t.Errorf("row %d has class %g", i, class.At(k, 0))
		}
	}
}

// Moments are those of the encoded rows, of which positions without a value count as
// standard normal, and of categories those of their shares.
func TestMoments(t *testing.T) {
	m := model(t)
	c := cellsOf(m, mixedText(300))
	x := mat.NewDense(300, m.codec.Dim(), nil)
	m.codec.Encode(x, c, nil, 3)
	k := momentsOf(tableRows{m.codec, c, 3})
	for j := range m.codec.Dim() {
		sum, square := 0.0, 0.0
		for i := range 300 {
			if v := x.At(i, j); math.IsNaN(v) {
				square++
			} else {
				sum += v
				square += v * v
			}
		}
		mean := sum / 300
		if math.Abs(k.mean[j]-mean) > 1e-9 || math.Abs(k.variance[j]-(square/300-mean*mean)) > 1e-9 {
			t.Errorf("position %d: %g, %g", j, k.mean[j], k.variance[j])
		}
	}
	if len(k.categories) != 3 || k.categories[0].Start != 1 || k.categories[1].Start != 4 || !slices.Equal(k.categories[0].Shares, []float64{0.8, 0.2}) {
		t.Errorf("categories %+v", k.categories)
	}
	y := mat.NewDense(1, 3, []float64{math.NaN(), 2, math.NaN()})
	if zeroAbsent(y); !slices.Equal(y.RawRowView(0), []float64{0, 2, 0}) {
		t.Errorf("%v", y.RawRowView(0))
	}
}

// Blocks that are decoded keep the indices of their rows, and come together as one.
func TestEmitter(t *testing.T) {
	m := fit(townsText(400, 200), Options{Steps: 1, Hidden: 4, Layers: 1, Infer: &datasets.InferOptions{MaxLevels: 20, OneHot: -1, Types: map[string]datasets.Type{"town": datasets.TypeCategorical}}})
	c := cellsOf(m, townsText(400, 200))
	x := mat.NewDense(300, m.codec.Dim(), nil)
	m.codec.Encode(x, c.Subset(tail(c, 300)), nil, 1) // rare towns are drawn by the index of the row
	zeroAbsent(x)
	whole := must(m.decode(nil, x, nil, 5, 10, nil))
	e := &emitter{model: m, seed: 5, first: 10}
	part := func(from, to int, idx []int) {
		d := must(e.decode(x.Slice(from, to, 0, m.codec.Dim()).(*mat.Dense), nil, nil))
		if err := e.emit(d, idx); err != nil {
			t.Fatal(err)
		}
	}
	part(0, 100, nil)
	part(100, 120, []int{})
	part(120, 130, []int{0, 3})
	part(130, 300, nil)
	var want []int
	for i := range 300 {
		if i < 100 || i >= 130 || i == 120 || i == 123 {
			want = append(want, i)
		}
	}
	if got := e.all(); text(t, got) != text(t, whole.Subset(want)) {
		t.Error("other rows")
	}
	other := must(m.decode(nil, x, nil, 5, 11, nil))
	if text(t, other) == text(t, whole) {
		t.Error("the index of a row is of no effect")
	}
	if (&emitter{model: m}).all().Rows() != 0 {
		t.Error("rows from nowhere")
	}
	rows := 0
	e = &emitter{model: m, sink: func(c *datasets.Cells) error { rows += c.Rows(); return nil }}
	part(0, 100, nil)
	part(100, 120, []int{})
	part(120, 130, []int{0, 3})
	if rows != 102 || e.kept != nil {
		t.Errorf("%d rows in the sink", rows)
	}
}

// tail are the last n rows.
func tail(c *datasets.Cells, n int) (idx []int) {
	for i := c.Rows() - n; i < c.Rows(); i++ {
		idx = append(idx, i)
	}
	return idx
}
