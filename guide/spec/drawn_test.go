package spec

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Observations are drawn from the rows, in the place of the values of the file: affine
// sums and others, with errors of their laws; other terms stay as they are.
func TestDraw(t *testing.T) {
	for _, standard := range []bool{true, false} {
		_, c := table(t, standard)
		f := parse(t, "{within: {column: a, min: 1}}", "{observe: {b: 2, a: 1}, linear: [{weights: {a: 1, b: 3}, value: 7}], noise: {law: laplace, scale: 0.5}, method: dps}", "{observe: {a: 5}, noise: 0.1}")
		const n = 4000
		r, x := rand.New(rand.NewPCG(1, 1)), mat.NewDense(n, c.Dim(), nil)
		x.Apply(func(int, int, float64) float64 { return r.NormFloat64() }, x)
		asked := map[[2]int]bool{}
		g, err := f.Draw(c, x, func(term, row int) *rand.Rand { asked[[2]int{term, row}] = true; return r })
		if err != nil || len(asked) != 2*n || !asked[[2]int{1, 3}] || asked[[2]int{0, 3}] {
			t.Fatalf("%d generators, %v", len(asked), err)
		}
		old, drawn := must(f.Observed().Observations(c)), must(g.Observed().Observations(c))
		for k, want := range []struct {
			m     int
			scale float64 // E|e|
		}{{3, 0.5}, {1, 0.1 * math.Sqrt(2/math.Pi)}} {
			a := mat.NewDense(n, want.m, nil)
			if err := old[k].A.Apply(a, x); err != nil {
				t.Fatal(err)
			}
			var mean, size float64
			for i := range n {
				for j := range want.m {
					e := drawn[k].Y.At(i, j) - a.At(i, j)
					mean += e / float64(n*want.m)
					size += math.Abs(e) / float64(n*want.m)
				}
			}
			// E|e| of Laplace has the standard deviation of its scale
			if math.Abs(size-want.scale) > 4*want.scale/math.Sqrt(n) || math.Abs(mean) > 4*2*want.scale/math.Sqrt(n) {
				t.Errorf("observation %d: errors of mean %v and size %v, want %v", k, mean, size, want.scale)
			}
		}
		idx := []int{7, 7, 2}
		some := must(g.Rows(idx).Observed().Observations(c))
		for k := range some {
			for i, row := range idx {
				if !mat.Equal(some[k].Y.Slice(i, i+1, 0, 1), drawn[k].Y.Slice(row, row+1, 0, 1)) {
					t.Errorf("observation %d: row %d is not row %d", k, i, row)
				}
			}
		}
		if terms := must(g.Rows(idx).Build(c, "")); len(terms) != 3 {
			t.Errorf("guides %v", terms)
		}
		if y := must(f.Observed().Observations(c))[1].Y; y.RawMatrix().Rows != 1 {
			t.Error("the file was written to")
		}
	}
}

func TestObservedAndFixed(t *testing.T) {
	f := parse(t, "{within: {column: a, min: 1}}", "{observe: {a: 5}, noise: 0.1}", "{reward: {weights: {a: 1}}}")
	o, r := f.Observed(), f.Fixed()
	if len(o.Terms) != 1 || o.Terms[0].Observe == nil || len(r.Terms) != 2 || r.Terms[0].Within == nil || r.Terms[1].Reward == nil || o.Path != f.Path {
		t.Errorf("%+v and %+v", o, r)
	}
	if o.Fixed() != nil || r.Observed() != nil {
		t.Error("files without terms")
	}
}
