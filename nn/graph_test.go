package nn

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/stream"
)

// fixture is a network in float64 with random parameters, inputs and targets.
type fixture struct {
	a    MLP
	p    *Params
	flat []float64
	m    *machine[float64]
}

func newFixture(t *testing.T, film bool, what task) *fixture {
	t.Helper()
	return newFixtureOf(t, MLP{Dim: 3, Hidden: 6, Layers: 3, Feat: 4, FiLM: film}, what)
}

func newFixtureOf(t *testing.T, a MLP, what task) *fixture {
	t.Helper()
	f := &fixture{a: a}
	f.p = f.a.alloc()
	f.flat = make([]float64, len(f.p.Flat))
	r := stream.New(1, "graph")
	for i := range f.flat {
		f.flat[i] = 0.5 * r.NormFloat64()
	}
	m, err := newMachine[float64](f.a, f.p, f.flat, what)
	if err != nil {
		t.Fatal(err)
	}
	f.m = m
	m.grad = make([]float64, len(f.flat))
	for _, in := range [][]float64{m.x, m.f, m.v, m.r, m.w} {
		for i := range in {
			in[i] = r.NormFloat64()
		}
	}
	for i := range m.w {
		m.w[i] = m.w[i] * m.w[i]
	}
	return f
}

func (f *fixture) run() {
	f.m.fwd.run()
	f.m.bwd.run()
}

// checkDifferences compares a gradient with central differences of cost in w.
func checkDifferences(w, grad []float64, cost func() float64, every int) float64 {
	const h = 1e-5
	var got, want []float64
	for i := 0; i < len(w); i += every {
		old := w[i]
		w[i] = old + h
		up := cost()
		w[i] = old - h
		want, got = append(want, (up-cost())/(2*h)), append(got, grad[i])
		w[i] = old
	}
	return worst(got, want)
}

func TestParameterGradientIsTheDifferenceQuotient(t *testing.T) {
	for _, film := range []bool{false, true} {
		f := newFixture(t, film, regressing)
		f.run()
		grad := append([]float64(nil), f.m.grad...)
		cost := func() float64 { f.m.fwd.run(); return f.m.cost[0] }
		if e := checkDifferences(f.flat, grad, cost, 1); e > 1e-6 {
			t.Errorf("FiLM %v: gradient is off by %g", film, e)
		}
		grad[3] *= 1.05 // the twin: a gradient 5 % wrong in one place
		if e := checkDifferences(f.flat, grad, cost, 1); e < 1e-6 {
			t.Errorf("FiLM %v: a planted error of 5 %% passes", film)
		}
	}
}

func TestGradientAccumulates(t *testing.T) {
	f := newFixture(t, false, regressing)
	f.run()
	once := append([]float64(nil), f.m.grad...)
	f.m.acc = true
	f.run()
	for i, g := range once {
		if math.Abs(f.m.grad[i]-2*g) > 1e-12*(1+math.Abs(g)) {
			t.Fatalf("gradient %d: %g after two passes of %g", i, f.m.grad[i], g)
		}
	}
}

func TestInputGradientIsTheDifferenceQuotient(t *testing.T) {
	for _, film := range []bool{false, true} {
		f := newFixture(t, film, pulling)
		f.run()
		grad := append([]float64(nil), f.m.gx...)
		cost := func() float64 {
			f.m.fwd.run()
			s := 0.0
			for i, v := range f.m.out {
				s += v * f.m.v[i]
			}
			return s
		}
		if e := checkDifferences(f.m.x, grad, cost, 7); e > 1e-6 {
			t.Errorf("FiLM %v: gradient is off by %g", film, e)
		}
	}
}

// stock builds the same network from Gorgonia's own ops.
func stock(f *fixture, x, feat *G.Node, node map[string]*G.Node) *G.Node {
	return stockLayers(f, f.a.layers(), x, feat, node)
}

func stockLayers(f *fixture, ls []layerSpec, x, feat *G.Node, node map[string]*G.Node) *G.Node {
	g := x.Graph()
	h := x
	for _, l := range ls {
		param := func(name string) *G.Node {
			a := f.p.Get(l.name + "." + name)
			shape := tensor.Shape(a.Shape)
			if len(shape) == 1 {
				shape = tensor.Shape{1, shape[0]}
			}
			n := G.NewMatrix(g, tensor.Float64, G.WithName(l.name+"."+name), G.WithShape(shape...),
				G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(f.flat[a.At:a.At+len(a.Data)]))))
			node[l.name+"."+name] = n
			return n
		}
		z := G.Must(G.Mul(h, param("weight")))
		if l.film {
			one := G.NewConstant(1.0)
			z = G.Must(G.HadamardProd(z, G.Must(G.Add(G.Must(G.Mul(feat, param("scale"))), one))))
		}
		if l.feat > 0 {
			z = G.Must(G.Add(z, G.Must(G.Mul(feat, param("feature")))))
		}
		z = G.Must(G.BroadcastAdd(z, param("bias"), nil, []byte{0}))
		if l.silu {
			z = G.Must(G.HadamardProd(z, G.Must(G.Sigmoid(z))))
		}
		if l.skip {
			z = G.Must(G.Add(h, z))
		}
		h = z
	}
	return h
}

func input(g *G.ExprGraph, name string, data []float64, cols int) *G.Node {
	shape := tensor.Shape{BlockRows, cols}
	return G.NewMatrix(g, tensor.Float64, G.WithName(name), G.WithShape(shape...),
		G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float64(nil), data...)))))
}

func TestFusedGraphEqualsStockGraph(t *testing.T) {
	for _, film := range []bool{false, true} {
		f := newFixture(t, film, regressing)
		f.run()
		g, node := G.NewGraph(), map[string]*G.Node{}
		y := stock(f, input(g, "x", f.m.x, 3), input(g, "f", f.m.f, 4), node)
		e := G.Must(G.Sub(y, input(g, "r", f.m.r, 3)))
		cost := G.Must(G.Sum(G.Must(G.HadamardProd(input(g, "w", f.m.w, 3), G.Must(G.Square(e))))))
		var wrt G.Nodes
		for _, a := range f.p.Arrays {
			wrt = append(wrt, node[a.Name])
		}
		grads, err := G.Grad(cost, wrt...)
		if err != nil {
			t.Fatal(err)
		}
		var out G.Value
		G.Read(y, &out)
		vals := make([]G.Value, len(grads))
		for i, n := range grads {
			G.Read(n, &vals[i])
		}
		vm := G.NewTapeMachine(g)
		defer vm.Close()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if e := worst(f.m.out, out.Data().([]float64)); e > 1e-13 {
			t.Errorf("FiLM %v: outputs differ by %g", film, e)
		}
		for i, a := range f.p.Arrays {
			if e := worst(f.m.grad[a.At:a.At+len(a.Data)], vals[i].Data().([]float64)); e > 1e-11 {
				t.Errorf("FiLM %v: gradients of %s differ by %g", film, a.Name, e)
			}
		}
	}
}

// The ops are Gorgonia ops: its own tape machine runs the graph too, and gives
// the bits of our program.
func TestTapeMachineRunsTheFusedOps(t *testing.T) {
	f := newFixture(t, false, regressing)
	f.run()
	g, bound := G.NewGraph(), map[*G.Node][]float64{}
	m := &memory[float64]{grad: make([]float64, len(f.flat))}
	b := &builder[float64]{p: f.p, flat: f.flat, m: m, bound: bound}
	y, err := build(f.a, b, input(g, "x", f.m.x, 3), input(g, "f", f.m.f, 4), nil)
	if err != nil {
		t.Fatal(err)
	}
	cost, err := squaredError(m, y, input(g, "r", f.m.r, 3), input(g, "w", f.m.w, 3))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := G.Grad(cost, b.wrt...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, v := range m.grad {
		if v != f.m.grad[i] {
			t.Fatalf("gradient %d: tape machine %g, program %g", i, v, f.m.grad[i])
		}
	}
}
