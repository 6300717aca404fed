package nn

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// dropProblem is a model, a block of 100 rows to regress on, and its machine.
func dropProblem(t *testing.T, film bool) (*Model, *Gradient, Regression) {
	t.Helper()
	m := trained(t, Config{Hidden: 64, Layers: 3, FiLM: film, Mean: make([]float64, 3), Variance: []float64{1, 1, 1}})
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	const n = 100
	r := Regression{X: normals("drop x", n, 3), Target: normals("drop target", n, 3), T: make([]float64, n), Weight: make([]float64, n)}
	for i := range n {
		r.T[i], r.Weight[i] = 0.1+0.008*float64(i), 1
	}
	return m, g, r
}

// hidden returns the activations of layer l that the last block left.
func (g *Gradient) hidden(l int) []float32 {
	for _, s := range g.k.fwd.steps {
		if s.op.name == "layer" {
			if l == 0 {
				return s.op.out()
			}
			l--
		}
	}
	panic("no such layer")
}

func TestDropLeavesUnitsOut(t *testing.T) {
	m, g, r := dropProblem(t, false)
	grad := make([]float32, len(m.Params.Flat))
	ld := stride(64 + m.Net.Feat)
	g.Block(r, 1, grad, false)
	whole := slices.Clone(g.hidden(0))
	const share = 0.25
	r.Drop = Drop{Share: share, Seed: 3, Step: 5}
	g.Block(r, 1, grad, false)
	some := slices.Clone(g.hidden(0))
	out, total := 0, 0
	for i := range 100 {
		for j := range 64 {
			total++
			switch w, s := whole[i*ld+j], some[i*ld+j]; {
			case s == 0:
				out++
			case math.Abs(float64(s-w/(1-share))) > 1e-5:
				t.Fatalf("row %d, unit %d: %g became %g", i, j, w, s)
			}
		}
	}
	n := float64(total)
	if e := math.Abs(float64(out)/n-share) / math.Sqrt(share*(1-share)/n); e > 4 {
		t.Errorf("%d of %d units are left out: %.1f standard errors from %g", out, total, e, share)
	}
	first := slices.Clone(grad)
	if g.Block(r, 1, grad, false); !slices.Equal(first, grad) {
		t.Error("the same step leaves other units out")
	}
	for _, other := range []Drop{{Share: share, Seed: 4, Step: 5}, {Share: share, Seed: 3, Step: 6}} {
		r.Drop = other
		if g.Block(r, 1, grad, false); slices.Equal(first, grad) {
			t.Errorf("%+v leaves the same units out", other)
		}
	}
	r.Drop = Drop{}
	if g.Block(r, 1, grad, false); !slices.Equal(whole, g.hidden(0)) {
		t.Error("units are left out of a step that asks for none")
	}
	if a, b := g.hidden(1), g.hidden(0); slices.Equal(a, b) {
		t.Error("two layers are one")
	}
}

// What is left out of a row does not depend on how a batch is cut into blocks.
func TestDropIsOfTheRow(t *testing.T) {
	m, g, r := dropProblem(t, false)
	grad := make([]float32, len(m.Params.Flat))
	ld := stride(64 + m.Net.Feat)
	r.Drop = Drop{Share: 0.5, Seed: 1, Step: 2, First: 128}
	g.Block(r, 1, grad, false)
	whole := slices.Clone(g.hidden(2))
	const from = 37
	part := Regression{
		X: mat.DenseCopyOf(r.X.Slice(from, 100, 0, 3)), Target: mat.DenseCopyOf(r.Target.Slice(from, 100, 0, 3)),
		T: r.T[from:], Weight: r.Weight[from:], Drop: r.Drop,
	}
	part.Drop.First += from
	g.Block(part, 1, grad, false)
	for i := from; i < 100; i++ {
		if !slices.Equal(whole[i*ld:i*ld+64], g.hidden(2)[(i-from)*ld:(i-from)*ld+64]) {
			t.Fatalf("row %d is another in another block", i)
		}
	}
}

// The gradient of a step is that of the network without the units.
func TestDropGradient(t *testing.T) {
	for _, film := range []bool{false, true} {
		m, g, r := dropProblem(t, film)
		r.Drop = Drop{Share: 0.3, Seed: 1, Step: 2}
		grad, scratch := make([]float32, len(m.Params.Flat)), make([]float32, len(m.Params.Flat))
		g.Block(r, 1, grad, false)
		check := func() (worst float64) {
			for _, a := range m.Params.Arrays {
				const h = 2e-3
				dir := normals(a.Name, 1, len(a.Data)).RawRowView(0)
				want, norm := 0.0, 0.0
				for i, d := range dir {
					want += d * float64(grad[a.At+i])
					norm += math.Abs(d * float64(grad[a.At+i]))
				}
				move := func(by float64) float64 {
					old := slices.Clone(a.Data)
					defer copy(a.Data, old)
					for i, d := range dir {
						a.Data[i] += float32(by * d)
					}
					return g.Block(r, 1, scratch, false)
				}
				worst = max(worst, math.Abs((move(h)-move(-h))/(2*h)-want)/(0.1*norm+1))
			}
			return worst
		}
		if e := check(); e > 0.02 {
			t.Errorf("FiLM %v: the gradient is off by %g", film, e)
		}
		whole := r
		whole.Drop = Drop{}
		g.Block(whole, 1, grad, false)
		if e := check(); e < 0.02 {
			t.Errorf("FiLM %v: the gradient of the whole network passes: %g", film, e)
		}
	}
}
