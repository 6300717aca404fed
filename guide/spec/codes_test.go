package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide"
)

// codes is a table of grades 1, 2, 4, 5 and 9, all of which are levels, the same with missing cells, and a number.
func codes(t *testing.T) (*datasets.Cells, *datasets.Codec) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("grade,gaps,x\n")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		v := []int{1, 2, 4, 5, 9}[r.IntN(5)]
		gap := fmt.Sprint(v)
		if i%10 == 0 {
			gap = ""
		}
		fmt.Fprintf(&text, "%d,%s,%.3f\n", v, gap, float64(v)+r.NormFloat64())
	}
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil })
	cells := must(datasets.ReadCells(src, must(datasets.Infer(src, nil))))
	return cells, must(datasets.Fit(cells, nil))
}

// A sum and a formula of a column each of whose values is a level have its value at an encoded row, and between rows
// the mean of the values under the levels.
func TestSumsOfCodes(t *testing.T) {
	cells, c := codes(t)
	x := middles(t, c, cells)
	f := must(NewFormula(c, "grade * x"))
	sum := must(NewColumnSum(c, map[string]float64{"grade": 2}))
	op := NewSumOperator(c, sum)
	y, z := mat.NewDense(cells.Rows(), 1, nil), mat.NewDense(cells.Rows(), 1, nil)
	if err := op.Apply(y, x); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(z, x); err != nil {
		t.Fatal(err)
	}
	w, offset, ok := sum.affine(c)
	if !ok {
		t.Fatal("not affine")
	}
	for i := range cells.Rows() {
		grade := cells.Number(i, 0)
		if y.At(i, 0) != 2*grade || math.Abs(mat.Dot(mat.NewVecDense(len(w), w), x.RowView(i))+offset-2*grade) > 1e-12 {
			t.Fatalf("row %d of grade %g: the sum is %g", i, grade, y.At(i, 0))
		}
		if d := z.At(i, 0) - grade*cells.Number(i, 2); math.Abs(d) > 1e-9 {
			t.Fatalf("row %d: the formula is off by %g", i, d)
		}
	}
	between := mat.DenseCopyOf(x.Slice(0, 20, 0, c.Dim()))
	for i := range 20 {
		for j := range c.Dim() {
			between.Set(i, j, 0.9*between.At(i, j)+0.02*float64((i+j)%5))
		}
	}
	checkDerivatives(t, f, between)
	if _, err := NewColumnSum(c, map[string]float64{"gaps": 1}); err == nil || !strings.Contains(err.Error(), "the rows that have it") {
		t.Errorf("a column with missing cells: %v", err)
	}
	if _, err := (&IntervalEntry{Column: "grade", Min: new(float64)}).build(c); err == nil || !strings.Contains(err.Error(), "is a level") {
		t.Errorf("within: %v", err)
	}
}

// Conditions on such a column allow just the levels of the values that satisfy them, the only value that is no atom among them.
func TestConditionsOnCodes(t *testing.T) {
	cells, c := codes(t)
	x := middles(t, c, cells)
	for _, text := range []string{"grade <= 2", "grade = 1", "grade > 4", "grade != 9", "grade in (2, 5)", "grade >= 9", "grade < 9"} {
		w := must(where.Parse(c, false, []string{text}))
		var event guide.Event
		for _, e := range Terms(w, nil)[0].(guide.Where) {
			if block, _ := w.Positions("grade"); len(e.Block) > 0 && e.Block[0] == block[0] {
				event = e
			}
		}
		if event.Number >= 0 || event.Present >= 0 {
			t.Errorf("%s: the number counts: %+v", text, event)
		}
		for i := range cells.Rows() {
			level := slices.IndexFunc(event.Block, func(at int) bool { return x.At(i, at) == 1 })
			if allowed := slices.Contains(event.Allowed, event.Block[level]); allowed != w.Holds(cells, i) {
				t.Fatalf("%s: grade %g is allowed: %v", text, cells.Number(i, 0), allowed)
			}
		}
	}
	for _, text := range []string{"grade = 3", "grade > 5 and grade < 9", "grade = 1.5"} {
		if _, err := where.Parse(c, false, []string{text}); err == nil || !strings.Contains(err.Error(), "1, 2, 4, 5, 9") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
