package nn

import (
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ownOf is a model of rows of three with that network.
func ownOf(build func(g *Graph) (*G.Node, error)) (*Model, error) {
	return New(Config{Mean: []float64{0, 0, 0}, Variance: []float64{1, 1, 1}, Network: &Architecture{"mine", build}})
}

// linear is x W + f V, with what is done to it.
func linear(then func(g *Graph, y *G.Node) *G.Node) func(g *Graph) (*G.Node, error) {
	return func(g *Graph) (*G.Node, error) {
		y := G.Must(G.Add(G.Must(G.Mul(g.X, g.Param("w", 1, g.Width(), 3))), G.Must(G.Mul(g.F, g.Param("v", 0, g.Features(), 3)))))
		return then(g, y), nil
	}
}

func TestOwnNetworksThatAreRefused(t *testing.T) {
	column := func(y *G.Node) *G.Node { // the mean over the rows, repeated
		v := make([]float32, BlockRows*BlockRows)
		for i := range v {
			v[i] = 1. / BlockRows
		}
		return G.Must(G.Mul(G.NewConstant(tensor.New(tensor.WithShape(BlockRows, BlockRows), tensor.WithBacking(v))), y))
	}
	for want, build := range map[string]func(g *Graph) (*G.Node, error){
		"the output has the shape (128, 2): want (128, 3)": func(g *Graph) (*G.Node, error) { return G.Mul(g.X, g.Param("w", 1, 3, 2)) },
		"depends on row 1 of the inputs":                   linear(func(_ *Graph, y *G.Node) *G.Node { return G.Must(G.Sub(y, column(y))) }),
		`does not depend on the parameter "unused"`: linear(func(g *Graph, y *G.Node) *G.Node {
			g.Param("unused", 1, 3, 3)
			return y
		}),
		`the parameter "nought": its gradient is 0`: linear(func(g *Graph, y *G.Node) *G.Node {
			z := make([]float32, 9)
			none := G.Must(G.HadamardProd(g.Param("nought", 1, 3, 3), G.NewConstant(tensor.New(tensor.WithShape(3, 3), tensor.WithBacking(z)))))
			return G.Must(G.Add(y, G.Must(G.Mul(g.X, none))))
		}),
		`the node "bias" is neither an input nor made by Param`: linear(func(g *Graph, y *G.Node) *G.Node {
			b := G.NewMatrix(y.Graph(), tensor.Float32, G.WithName("bias"), G.WithShape(BlockRows, 3), G.WithInit(G.GlorotN(1)))
			return G.Must(G.Add(y, b))
		}),
		"two runs with the same inputs differ": linear(func(_ *Graph, y *G.Node) *G.Node { return G.Must(G.Dropout(y, 0.5)) }),
		`two parameters are called "w"`: linear(func(g *Graph, y *G.Node) *G.Node {
			return G.Must(G.Add(y, G.Must(G.Mul(g.X, g.Param("w", 1, 3, 3)))))
		}),
		"give a name, a shape of positive sizes":   func(g *Graph) (*G.Node, error) { return G.Mul(g.X, g.Param("w", 1, 3, 0)) },
		"there is no output":                       func(*Graph) (*G.Node, error) { return nil, nil },
		"has no parameter":                         func(g *Graph) (*G.Node, error) { return g.X, nil },
		`the network "mine": building a node went`: func(*Graph) (*G.Node, error) { panic("building a node went wrong") },
		"the output is NaN":                        linear(func(_ *Graph, y *G.Node) *G.Node { return G.Must(G.Log(y)) }),
	} {
		if _, err := ownOf(build); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	calls := 0
	changing := func(g *Graph) (*G.Node, error) {
		calls++
		return linear(func(g *Graph, y *G.Node) *G.Node {
			return G.Must(G.Add(y, G.Must(G.Mul(g.X, g.Param(strings.Repeat("u", calls), 1, 3, 3)))))
		})(g)
	}
	if _, err := ownOf(changing); err == nil || !strings.Contains(err.Error(), "build the same graph each time") {
		t.Errorf("a graph that changes: %v", err)
	}
	plain := &Architecture{"mine", linear(func(_ *Graph, y *G.Node) *G.Node { return y })}
	c := Config{Mean: []float64{0, 0, 0}, Variance: []float64{1, 1, 1}, Network: plain}
	if _, err := NewClassifier(c, Condition{Name: "k", Levels: 2}); err == nil || !strings.Contains(err.Error(), "leave Network away") {
		t.Errorf("a classifier: %v", err)
	}
	c.Hidden = 8
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "leave Hidden, Layers and FiLM away") {
		t.Errorf("hidden layers: %v", err)
	}
	c.Hidden, c.Network = 0, &Architecture{Build: plain.Build}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "a Name") {
		t.Errorf("no name: %v", err)
	}
}

// Conditions, Fourier features, given values and categories are inputs of a network of one's
// own as of the built-in one; its parameter gradients are those of the fused network with the
// same graph, and an untrained one with a last layer of 0 is the preconditioner.
func TestOwnNetworkSeesWhatTheFusedOneDoes(t *testing.T) {
	one := &Architecture{"one-layer", func(g *Graph) (*G.Node, error) {
		ones := make([]float32, BlockRows)
		for i := range ones {
			ones[i] = 1
		}
		col := G.NewConstant(tensor.New(tensor.WithShape(BlockRows, 1), tensor.WithBacking(ones)))
		z := g.X
		for _, l := range []struct {
			name     string
			in, out  int
			activate bool
		}{{"layer0", g.Width(), 7, true}, {"out", 7, g.Dim(), false}} {
			w, v := lecun(l.in), lecun(g.Features())
			if !l.activate {
				w, v = 0, 0
			}
			z = G.Must(G.Add(G.Must(G.Mul(z, g.Param(l.name+".weight", w, l.in, l.out))), G.Must(G.Mul(g.F, g.Param(l.name+".feature", v, g.Features(), l.out)))))
			z = G.Must(G.Add(z, G.Must(G.Mul(col, g.Param(l.name+".bias", 0, 1, l.out)))))
			if l.activate {
				z = G.Must(G.HadamardProd(z, G.Must(G.Sigmoid(z))))
			}
		}
		return z, nil
	}}
	c := Config{
		Mean: []float64{1, -1, 0.3, 0.7}, Variance: []float64{1, 2, 0.21, 0.21}, FourierFeatures: 2, Conditional: true,
		Categories: []Category{{Start: 2, Shares: []float64{0.3, 0.7}}}, Conditions: []Condition{{Name: "E", Mean: 3, Std: 2}}, Seed: 4,
	}
	own := c
	own.Network = one
	c.Hidden, c.Layers = 7, 1
	a, b := trained(t, c), trained(t, own)
	copy(b.Params.Flat, a.Params.Flat) // the bias has another shape, and so another perturbation
	n := 9
	r := Regression{X: normals("ownx", n, 4), Target: normals("owntarget", n, 4), T: make([]float64, n), Weight: make([]float64, n), Cond: normals("owncond", n, 1)}
	for i := range n {
		r.T[i], r.Weight[i] = 0.1+0.08*float64(i), 1+float64(i%2)
		r.Target.Set(i, 2, float64(i%2))
		r.Target.Set(i, 3, float64(1-i%2))
	}
	ga, gb := make([]float32, len(a.Params.Flat)), make([]float32, len(b.Params.Flat))
	var loss [2]float64
	for k, m := range []*Model{a, b} {
		g, err := m.NewGradient()
		if err != nil {
			t.Fatal(err)
		}
		grad := [][]float32{ga, gb}[k]
		loss[k] = g.Block(r, 1, grad, false)
		if twice := g.Block(r, 1, grad, true); twice != loss[k] {
			t.Errorf("a second run has the loss %g, the first %g", twice, loss[k])
		}
	}
	if e := worst(loss[:1], loss[1:]); e > 1e-5 {
		t.Errorf("losses %v", loss)
	}
	for i := range ga {
		if d := float64(ga[i] - gb[i]); d*d > 1e-8*(1+float64(ga[i])*float64(ga[i])) {
			t.Fatalf("gradient %d: %g fused, %g in stock ops", i, ga[i], gb[i])
		}
	}
	fresh, err := New(own)
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Network() != one || a.Network() != nil || fresh.Params.Count() != a.Params.Count() {
		t.Error("not the network that was given")
	}
	defer func() {
		if recover() == nil {
			t.Error("dropout of units passes")
		}
	}()
	g, err := fresh.Conditional(mat.NewDense(1, 1, []float64{2}), nil)
	if err != nil {
		t.Fatal(err)
	}
	g.WithDropout(0.5, 1, nil)
}
