package nn

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/stream"
)

// encoderFixtures are networks with encoders of vectors and of sets, of random inputs.
func encoderFixtures(t *testing.T, film bool) map[string]*fixture {
	fs := map[string]*fixture{}
	for name, e := range map[string]Encoder{
		"vector":  {Width: 3, Hidden: 5, Layers: 2, Out: 2},
		"set":     {Width: 2, Points: 3, Hidden: 4, Layers: 1, PointLayers: 2, Out: 3},
		"moments": {Width: 1, Points: 2, Hidden: 4, Layers: 2, PointLayers: 1, Out: 2, SecondMoment: true},
	} {
		f := newFixtureOf(t, MLP{Dim: 3, Hidden: 6, Layers: 3, Feat: 4 + e.Out, FiLM: film, Encoder: e}, regressing)
		r := stream.New(2, "encoder")
		for i := range BlockRows {
			in := make([]float64, e.inputs())
			for j := range in {
				in[j] = r.NormFloat64()
			}
			if i%5 == 0 {
				in = nil
			} else if e.set() && i%3 == 0 {
				in = in[:e.Width]
			}
			f.m.enc.fill(i, in)
		}
		if film { // gorgonia.Sigmoid is 1 from 19 on
			for i := range f.flat {
				f.flat[i] *= 0.6
			}
		}
		fs[name] = f
	}
	return fs
}

func TestEncoderGradientIsTheDifferenceQuotient(t *testing.T) {
	const every = 5 // of the parameters
	for _, film := range []bool{false, true} {
		for name, f := range encoderFixtures(t, film) {
			f.run()
			grad := append([]float64(nil), f.m.grad...)
			cost := func() float64 { f.m.fwd.run(); return f.m.cost[0] }
			if e := checkDifferences(f.flat, grad, cost, every); e > 1e-6 {
				t.Errorf("%s, FiLM %v: gradient is off by %g", name, film, e)
			}
			at := (f.p.Get("encoder.layer0.weight").At/every + 1) * every
			grad[at] = grad[at]*1.05 + 0.01 // the twin
			if e := checkDifferences(f.flat, grad, cost, every); e < 1e-6 {
				t.Errorf("%s, FiLM %v: a planted error of 5 %% passes", name, film)
			}
		}
	}
}

// stockEncoder builds the encoder from Gorgonia's own ops: the pool is a product with the
// matrix of the weights.
func stockEncoder(f *fixture, g *G.ExprGraph, node map[string]*G.Node) *G.Node {
	a, in := f.a.Encoder, f.m.enc
	data := func(rows, cols, ld int, from []float64, at int) *G.Node {
		d := make([]float64, 0, rows*cols)
		for i := range rows {
			d = append(d, from[i*ld+at:i*ld+at+cols]...)
		}
		return constant(g, fmt.Sprint("in", rows, cols, at), rows, cols, d)
	}
	if !a.set() {
		ld := stride(a.Width + 1)
		return stockLayers(f, a.layers(), data(BlockRows, a.Width, ld, in.rows, 0), data(BlockRows, 1, ld, in.rows, a.Width), node)
	}
	n := BlockRows * a.Points
	h := stockLayers(f, a.pointLayers(), data(n, a.Width, stride(a.Width), in.points, 0), nil, node)
	w := make([]float64, BlockRows*n)
	for i := range BlockRows {
		copy(w[i*n+i*a.Points:], in.weight[i*a.Points:(i+1)*a.Points])
	}
	pool := constant(g, "pool", BlockRows, n, w)
	y := G.Must(G.Mul(pool, h))
	if a.SecondMoment {
		y = G.Must(G.Concat(1, y, G.Must(G.Mul(pool, G.Must(G.Square(h))))))
	}
	return stockLayers(f, a.rowLayers(), y, data(BlockRows, 2, 2, in.flags, 0), node)
}

func constant(g *G.ExprGraph, name string, rows, cols int, data []float64) *G.Node {
	return G.NewMatrix(g, tensor.Float64, G.WithName(name), G.WithShape(rows, cols),
		G.WithValue(tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(data))))
}

func TestFusedEncoderEqualsStockGraph(t *testing.T) {
	for _, film := range []bool{false, true} {
		for name, f := range encoderFixtures(t, film) {
			f.run()
			g, node := G.NewGraph(), map[string]*G.Node{}
			out := f.a.Encoder.Out
			place := make([]float64, out*f.a.Feat) // e goes behind the other features
			for j := range out {
				place[j*f.a.Feat+f.a.Feat-out+j] = 1
			}
			rest := append([]float64(nil), f.m.f...)
			for i := range BlockRows {
				clear(rest[(i+1)*f.a.Feat-out : (i+1)*f.a.Feat])
			}
			e := G.Must(G.Mul(stockEncoder(f, g, node), constant(g, "place", out, f.a.Feat, place)))
			y := stock(f, input(g, "x", f.m.x, 3), G.Must(G.Add(e, input(g, "f", rest, f.a.Feat))), node)
			d := G.Must(G.Sub(y, input(g, "r", f.m.r, 3)))
			cost := G.Must(G.Sum(G.Must(G.HadamardProd(input(g, "w", f.m.w, 3), G.Must(G.Square(d))))))
			var wrt G.Nodes
			for _, a := range f.p.Arrays {
				wrt = append(wrt, node[a.Name])
			}
			grads, err := G.Grad(cost, wrt...)
			if err != nil {
				t.Fatal(err)
			}
			var v G.Value
			G.Read(y, &v)
			vals := make([]G.Value, len(grads))
			for i, n := range grads {
				G.Read(n, &vals[i])
			}
			vm := G.NewTapeMachine(g)
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if e := worst(f.m.out, v.Data().([]float64)); e > 1e-12 {
				t.Errorf("%s, FiLM %v: outputs differ by %g", name, film, e)
			}
			for i, a := range f.p.Arrays {
				if e := worst(f.m.grad[a.At:a.At+len(a.Data)], vals[i].Data().([]float64)); e > 1e-11 {
					t.Errorf("%s, FiLM %v: gradients of %s differ by %g", name, film, a.Name, e)
				}
			}
			vm.Close()
		}
	}
}
