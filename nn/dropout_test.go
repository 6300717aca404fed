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
	r.Dropout = UnitDropout{Share: share, Seed: 3, Step: 5}
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
	for _, other := range []UnitDropout{{Share: share, Seed: 4, Step: 5}, {Share: share, Seed: 3, Step: 6}} {
		r.Dropout = other
		if g.Block(r, 1, grad, false); slices.Equal(first, grad) {
			t.Errorf("%+v leaves the same units out", other)
		}
	}
	r.Dropout = UnitDropout{}
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
	r.Dropout = UnitDropout{Share: 0.5, Seed: 1, Step: 2, First: 128}
	g.Block(r, 1, grad, false)
	whole := slices.Clone(g.hidden(2))
	const from = 37
	part := Regression{
		X: mat.DenseCopyOf(r.X.Slice(from, 100, 0, 3)), Target: mat.DenseCopyOf(r.Target.Slice(from, 100, 0, 3)),
		T: r.T[from:], Weight: r.Weight[from:], Dropout: r.Dropout,
	}
	part.Dropout.First += from
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
		r.Dropout = UnitDropout{Share: 0.3, Seed: 1, Step: 2}
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
		whole.Dropout = UnitDropout{}
		g.Block(whole, 1, grad, false)
		if e := check(); e < 0.02 {
			t.Errorf("FiLM %v: the gradient of the whole network passes: %g", film, e)
		}
	}
}

// A thinned row is denoised by one network at every noise level, whatever rows
// and blocks are beside it, and its pullback is that network's.
func TestThinned(t *testing.T) {
	m := trained(t, mixedConfig)
	const n = 2*BlockRows + 30
	x, known := normals("x", n, 7), mat.NewDense(n, 7, nil)
	names := make([]uint64, n)
	for i := range n {
		names[i] = uint64(3 * i)
		for j := range 7 {
			known.Set(i, j, math.NaN())
		}
		known.Set(i, 0, 0.3)
	}
	g, err := m.Conditional(nil, known)
	if err != nil {
		t.Fatal(err)
	}
	denoise := func(d interface {
		Denoise(dst, x *mat.Dense, t []float64) error
	}, x *mat.Dense, tm float64) *mat.Dense {
		y := mat.DenseCopyOf(x)
		if err := d.Denoise(y, x, []float64{tm}); err != nil {
			t.Fatal(err)
		}
		return y
	}
	thin := g.WithDropout(0.4, 1, names)
	all := denoise(thin, x, 0.3)
	whole := denoise(g, x, 0.3)
	if mat.Equal(all, whole) || mat.Equal(all, denoise(g.WithDropout(0.4, 2, names), x, 0.3)) {
		t.Error("nothing is left out, or the same whatever the seed")
	}
	sameBits(t, "a share of 0", denoise(g.WithDropout(0, 1, names), x, 0.3), whole)
	idx := []int{200, 7, 131, 0}
	some := mat.NewDense(len(idx), 7, nil)
	for i, r := range idx {
		some.SetRow(i, x.RawRowView(r))
	}
	part := denoise(thin.Rows(idx), some, 0.3)
	for i, r := range idx {
		if !slices.Equal(part.RawRowView(i), all.RawRowView(r)) {
			t.Errorf("row %d is denoised by another network beside other rows", r)
		}
	}
	// The pullback of a batch of one block and of several, by differences.
	for _, rows := range []int{5, n} {
		pick := make([]int, rows)
		for i := range pick {
			pick[i] = i
		}
		d := thin.Rows(pick).(*Conditional)
		at, v := mat.DenseCopyOf(x.Slice(0, rows, 0, 7)), normals("v", rows, 7)
		mean, got := mat.NewDense(rows, 7, nil), mat.NewDense(rows, 7, nil)
		pull, err := d.Linearize(mean, at, []float64{0.5})
		if err != nil {
			t.Fatal(err)
		}
		denoise(g, x, 0.5) // another call, which leaves nothing out, uses the machine
		if err := pull(got, v); err != nil {
			t.Fatal(err)
		}
		const h, j = 1e-2, 4
		up, down := mat.DenseCopyOf(at), mat.DenseCopyOf(at)
		for i := range rows {
			up.Set(i, j, at.At(i, j)+h)
			down.Set(i, j, at.At(i, j)-h)
		}
		off := func(d *Conditional) (worst float64) {
			a, b := denoise(d, up, 0.5), denoise(d, down, 0.5)
			for i := range rows {
				want := 0.0
				for k := range 7 {
					want += v.At(i, k) * (a.At(i, k) - b.At(i, k)) / (2 * h)
				}
				worst = max(worst, math.Abs(got.At(i, j)-want)/(1+math.Abs(want)))
			}
			return worst
		}
		if e := off(d); e > 5e-3 {
			t.Errorf("%d rows: the pullback is off by %g", rows, e)
		}
		if e := off(g.Rows(pick).(*Conditional)); e < 5e-3 {
			t.Errorf("%d rows: the pullback of the whole network passes", rows)
		}
	}
}
