package tabular

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
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
