package nn

import (
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
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

// products is physics whose backward graph Gorgonia differentiates: y = sin(x W) ⊙ (x W).
func products(x *G.Node) (*G.Node, error) {
	w := G.NewMatrix(x.Graph(), G.Float64, G.WithName("w"), G.WithShape(2, 2), G.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, -1, 0.5}))))
	xw, err := G.Mul(x, w)
	if err != nil {
		return nil, err
	}
	return G.HadamardProd(G.Must(G.Sin(xw)), xw)
}

// Push is the transpose of Pull: by the derivative of the backward graph, and by backward
// passes where Gorgonia has none.
func TestExpressionPush(t *testing.T) {
	const n = BlockRows + 3
	x, u := normals("expression/x", n, 2), normals("expression/u", n, 2)
	for name, c := range map[string]struct {
		build      func(*G.Node) (*G.Node, error)
		transposed bool
		want       func(a, b, du, dv float64) []float64
	}{
		"products": {products, false, func(a, b, du, dv float64) []float64 {
			s, t := a-b, 2*a+0.5*b
			return []float64{(math.Sin(s) + s*math.Cos(s)) * (du - dv), (math.Sin(t) + t*math.Cos(t)) * (2*du + 0.5*dv)}
		}},
		"pendulum": {pendulum, true, func(a, b, du, dv float64) []float64 {
			return []float64{du*math.Sin(b) + dv*a*math.Cos(b), 2 * a * du}
		}},
		"one": {func(x *G.Node) (*G.Node, error) { return G.Sum(G.Must(G.Square(x)), 1) }, true, func(a, b, du, dv float64) []float64 {
			return []float64{2*a*du + 2*b*dv}
		}},
	} {
		e, err := NewExpression(2, c.build)
		if err != nil {
			t.Fatal(err)
		}
		if e.transposed != c.transposed {
			t.Errorf("%s: by backward passes: %v, %v", name, e.transposed, e.tryPush())
		}
		_, m := e.Dims()
		y := mat.NewDense(n, m, nil)
		for range 2 { // values must not add up from call to call
			if err := e.Push(y, x, u); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				want := c.want(x.At(i, 0), x.At(i, 1), u.At(i, 0), u.At(i, 1))
				if w := worst(y.RawRowView(i), want); w > 1e-13 {
					t.Fatalf("%s, row %d: %v, want %v", name, i, y.RawRowView(i), want)
				}
			}
		}
	}
}

// A derivative of the backward graph that is wrong is noticed.
func TestExpressionTriesItsPush(t *testing.T) {
	e, err := NewExpression(2, products)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.free[pushed].take()
	if err != nil {
		t.Fatal(err)
	}
	run := m.run
	m.run = func(rows int) error {
		err := run(rows)
		m.out[0] += 1e-3
		return err
	}
	e.free[pushed].put(m)
	if err := e.tryPush(); err == nil || !strings.Contains(err.Error(), "is wrong") {
		t.Errorf("a wrong Push passes: %v", err)
	}
}
