package nn

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// However many layers there are, a backward pass works in two matrices: the
// gradients of a layer's output and of what it activates. That of the output is
// replaced by that of the input.
func TestBackwardPassSharesMemory(t *testing.T) {
	a := MLP{Dim: 3, Hidden: 40, Layers: 6, Feat: 4}
	p := a.Init(1)
	for _, what := range []task{regressing, pulling} {
		m, err := newMachine[float32](a, p, p.Flat, what)
		if err != nil {
			t.Fatal(err)
		}
		distinct := func(steps []step[float32]) int {
			wide := map[*float32]bool{}
			for _, s := range steps {
				if len(s.op.buf) >= BlockRows*a.Hidden {
					wide[&s.op.buf[0]] = true
				}
			}
			return len(wide)
		}
		if n := distinct(m.bwd.steps); n != 2 {
			t.Errorf("task %v: the backward pass works in %d matrices", what, n)
		}
		if n := distinct(m.fwd.steps); n != a.Layers {
			t.Errorf("task %v: the forward pass keeps %d activations", what, n)
		}
	}
}

// A pullback may be evaluated again and again after one forward pass.
func TestBackwardPassRunsAgain(t *testing.T) {
	f := newFixture(t, true, pulling)
	f.run()
	once := append([]float64(nil), f.m.gx...)
	f.m.bwd.run()
	if e := worst(f.m.gx, once); e != 0 {
		t.Errorf("the second pass differs by %g", e)
	}
	f.m.v[0]++
	if f.m.bwd.run(); worst(f.m.gx, once) == 0 {
		t.Error("the comparison is blind")
	}
}

// An evaluation without derivatives has the bits of one with them, and does
// not disturb a pullback whose machine it uses in between.
func TestDenoiseWithoutDerivatives(t *testing.T) {
	for _, film := range []bool{false, true} {
		m := trained(t, Config{Hidden: 40, Layers: 3, FiLM: film, Mean: []float64{0, 0}, Variance: []float64{1, 1}})
		x, v, at := normals("lean", 20, 2), normals("cotangent", 20, 2), []float64{0.4}
		mean, d, g, again := mat.NewDense(20, 2, nil), mat.NewDense(20, 2, nil), mat.NewDense(20, 2, nil), mat.NewDense(20, 2, nil)
		pull, err := m.Linearize(mean, x, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{pull(g, v), m.Denoise(d, x, at), pull(again, v)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		sameBits(t, "denoised", d, mean)
		sameBits(t, "pulled back", again, g)
		if g.At(3, 1) == v.At(3, 1) {
			t.Error("nothing was pulled back")
		}
	}
}
