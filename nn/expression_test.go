package nn

import (
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
)

// pendulum is a made-up bit of physics: y = (x_0 sin x_1, x_0²).
func pendulum(x *G.Node) (*G.Node, error) {
	a, err := G.Slice(x, nil, G.S(0))
	if err != nil {
		return nil, err
	}
	b, err := G.Slice(x, nil, G.S(1))
	if err != nil {
		return nil, err
	}
	first := G.Must(G.HadamardProd(a, G.Must(G.Sin(b))))
	second := G.Must(G.Square(a))
	return G.Concat(1, G.Must(G.Reshape(first, []int{BlockRows, 1})), G.Must(G.Reshape(second, []int{BlockRows, 1})))
}

func TestExpressionAndItsGradient(t *testing.T) {
	e, err := NewExpression(2, pendulum)
	if err != nil {
		t.Fatal(err)
	}
	if d, m := e.Dims(); d != 2 || m != 2 {
		t.Fatalf("dimensions %d and %d", d, m)
	}
	const n = BlockRows + 30
	x, v := normals("expression/x", n, 2), normals("expression/v", n, 2)
	y, g := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	check := func() {
		if err := e.Apply(y, x); err != nil {
			t.Error(err)
		}
		if err := e.Pull(g, x, v); err != nil {
			t.Error(err)
		}
		for i := range n {
			a, b := x.At(i, 0), x.At(i, 1)
			want := []float64{a * math.Sin(b), a * a}
			grad := []float64{v.At(i, 0)*math.Sin(b) + v.At(i, 1)*2*a, v.At(i, 0) * a * math.Cos(b)}
			if e := worst(y.RawRowView(i), want); e > 1e-14 {
				t.Fatalf("row %d: value is off by %g", i, e)
			}
			if e := worst(g.RawRowView(i), grad); e > 1e-14 {
				t.Fatalf("row %d: gradient is off by %g", i, e)
			}
			grad[1] = -grad[1]
			if e := worst(g.RawRowView(i), grad); e < 1e-14 && math.Abs(grad[1]) > 1e-6 {
				t.Fatal("a planted error passes")
			}
		}
	}
	for range 3 { // values must not add up from call to call
		check()
	}
}

func TestExpressionIsSafeForConcurrentUse(t *testing.T) {
	e, err := NewExpression(2, pendulum)
	if err != nil {
		t.Fatal(err)
	}
	x := normals("expression/concurrent", 50, 2)
	want := mat.NewDense(50, 2, nil)
	if err := e.Apply(want, x); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got := mat.NewDense(50, 2, nil)
			if err := e.Apply(got, x); err != nil || !mat.Equal(got, want) {
				t.Errorf("concurrent calls disagree, %v", err)
			}
		})
	}
	wg.Wait()
}

func TestExpressionThatMixesRowsIsRefused(t *testing.T) {
	_, err := NewExpression(2, func(x *G.Node) (*G.Node, error) {
		m, err := G.Mean(x) // over all rows
		if err != nil {
			return nil, err
		}
		return G.Add(x, m)
	})
	if err == nil || !strings.Contains(err.Error(), "depends on row 1") {
		t.Errorf("an expression that mixes rows: %v", err)
	}
	if _, err := NewExpression(2, func(x *G.Node) (*G.Node, error) { return G.Sum(x) }); err == nil {
		t.Error("a scalar result is accepted")
	}
}
