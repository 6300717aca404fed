package spec

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sde"
)

// levelSum is a sum of columns that may have levels besides their numbers.
func levelSum(t *testing.T, c *datasets.Codec, weights map[string]float64) (s ColumnSum) {
	t.Helper()
	for _, name := range []string{"a", "b", "m", "z"} {
		if w, ok := weights[name]; ok {
			s = append(s, must(newPart(c, name, w)))
		}
	}
	return s
}

// Of encoded rows of the table, the operator returns the sums of their cells.
func TestOperatorReturnsSumsOfCells(t *testing.T) {
	for _, standard := range []bool{true, false} {
		cells, c := table(t, standard)
		x := mat.NewDense(cells.Rows(), c.Dim(), nil)
		c.Encode(x, cells, nil, 1)
		for i := range cells.Rows() { // a number that has no meaning
			for j := range c.Dim() {
				if math.IsNaN(x.At(i, j)) {
					x.Set(i, j, 0.3)
				}
			}
		}
		sums := []ColumnSum{must(NewColumnSum(c, map[string]float64{"a": 2, "b": -3})), levelSum(t, c, map[string]float64{"a": 1, "m": 0.5, "z": -2})}
		o := NewSumOperator(c, sums...)
		if d, m := o.Dims(); d != c.Dim() || m != 2 {
			t.Fatalf("Dims %d, %d", d, m)
		}
		y := mat.NewDense(cells.Rows(), 2, nil)
		if err := o.Apply(y, x); err != nil {
			t.Fatal(err)
		}
		cell := func(i, j int) float64 {
			if cells.Missing(i, j) {
				return 0
			}
			return cells.Number(i, j)
		}
		for i := range cells.Rows() {
			want := []float64{2*cell(i, 0) - 3*cell(i, 1), cell(i, 0) + 0.5*cell(i, 2) - 2*cell(i, 3)}
			for k, w := range want { // numbers are drawn within cells of 0.001
				if math.Abs(y.At(i, k)-w) > 0.003 {
					t.Fatalf("standard %v, row %d, sum %d: %v, want %v", standard, i, k, y.At(i, k), w)
				}
			}
		}
	}
}

// Push and Pull agree with differences of Apply, at rows that are no levels.
func TestOperatorDerivatives(t *testing.T) {
	_, c := table(t, false)
	o := NewSumOperator(c, must(NewColumnSum(c, map[string]float64{"a": 1.7, "b": -0.4})), levelSum(t, c, map[string]float64{"b": 0.6, "m": 3, "z": -1.3}))
	const n, h = 3, 1e-6
	d := c.Dim()
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, 0.2+0.6*math.Sin(float64(5*i+3*j)))
		}
	}
	apply := func(x mat.Matrix) *mat.Dense {
		y := mat.NewDense(n, 2, nil)
		if err := o.Apply(y, x.(*mat.Dense)); err != nil {
			t.Fatal(err)
		}
		return y
	}
	v := dense(n, 2, 0.3, -1, 2, 0.5, -0.7, 1.1)
	pulled := mat.NewDense(n, d, nil)
	pulled.Apply(func(int, int, float64) float64 { return 9 }, pulled) // must be overwritten
	if err := o.Pull(pulled, x, v); err != nil {
		t.Fatal(err)
	}
	for j := range d {
		e := mat.NewDense(n, d, nil)
		for i := range n {
			e.Set(i, j, 1)
		}
		pushed := mat.NewDense(n, 2, nil)
		if err := o.Push(pushed, x, e); err != nil {
			t.Fatal(err)
		}
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		for i := range n {
			up.Set(i, j, x.At(i, j)+h)
			down.Set(i, j, x.At(i, j)-h)
		}
		a, b := apply(up), apply(down)
		for i := range n {
			pull := 0.0
			for k := range 2 {
				slope := (a.At(i, k) - b.At(i, k)) / (2 * h)
				pull += slope * v.At(i, k)
				if !near(pushed.At(i, k), slope, 1e-5) {
					t.Errorf("row %d, position %d, sum %d: Push %v, by differences %v", i, j, k, pushed.At(i, k), slope)
				}
			}
			if !near(pulled.At(i, j), pull, 1e-5) {
				t.Errorf("row %d, position %d: Pull %v, by differences %v", i, j, pulled.At(i, j), pull)
			}
		}
	}
}

func TestSumRefuses(t *testing.T) {
	_, c := table(t, false)
	for _, p := range []struct {
		weights map[string]float64
		want    string
	}{
		{nil, "weights of columns are missing"},
		{map[string]float64{"x": 1, "a": 1}, "x"},
		{map[string]float64{"k": 1}, "k"},
		{map[string]float64{"m": 1}, `column "m" has missing cells`},
		{map[string]float64{"z": 1}, `column "z" has missing cells`},
		{map[string]float64{"a": math.Inf(1)}, `the weight of column "a"`},
		{map[string]float64{"a": math.NaN()}, `the weight of column "a"`},
	} {
		_, err := NewColumnSum(c, p.weights)
		refuses(t, p.want, err, p.want)
	}
	for range 50 { // the first in alphabetical order, always
		_, err := NewColumnSum(c, map[string]float64{"z": 1, "m": 1, "q": 1, "k": 1})
		refuses(t, "order of errors", err, `"k"`)
	}
}

// An observation of standardized columns is linear in encoded rows: it says the same
// of them as the operator in units of the table does.
func TestObserveIsLinearWhereItCanBe(t *testing.T) {
	_, c := table(t, true)
	a, b := numberAt(t, c, "a"), numberAt(t, c, "b")
	ma, sa, _ := c.Affine(a)
	mb, sb, _ := c.Affine(b)
	sums := []ColumnSum{must(NewColumnSum(c, map[string]float64{"a": 2, "b": -1})), must(NewColumnSum(c, map[string]float64{"b": 3}))}
	y := dense(2, 2, 5, 6, 7, 8)
	o := Observe(c, sums, y, sde.LaplaceError{Scale: 0.3})
	l, ok := o.A.(sde.LinearMap)
	if !ok || o.Error != (sde.LaplaceError{Scale: 0.3}) {
		t.Fatalf("an observation of %T with errors %v", o.A, o.Error)
	}
	want := mat.NewDense(2, c.Dim(), nil)
	want.Set(0, a, 2*sa)
	want.Set(0, b, -sb)
	want.Set(1, b, 3*sb)
	if !mat.EqualApprox(l.M, want, 1e-14) {
		t.Errorf("A is %v, want %v", mat.Formatted(l.M), mat.Formatted(want))
	}
	if want := dense(2, 2, 5-(2*ma-mb), 6-3*mb, 7-(2*ma-mb), 8-3*mb); !mat.EqualApprox(o.Y, want, 1e-13) {
		t.Errorf("Y is %v, want %v", mat.Formatted(o.Y), mat.Formatted(want))
	}
	if !mat.Equal(y, dense(2, 2, 5, 6, 7, 8)) {
		t.Error("y was modified")
	}
	_, q := table(t, false)
	o = Observe(q, []ColumnSum{must(NewColumnSum(q, map[string]float64{"a": 1}))}, dense(1, 1, 4), sde.NormalError{SD: 1})
	if _, ok := o.A.(SumOperator); !ok || o.Y.At(0, 0) != 4 {
		t.Errorf("of quantiles: %T, Y %v", o.A, o.Y.At(0, 0))
	}
	if _, _, ok := levelSum(t, c, map[string]float64{"z": 1}).affine(c); ok {
		t.Error("a column with atoms counts as affine")
	}
}
