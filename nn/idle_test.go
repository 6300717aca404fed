package nn

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Flags are the last features, and 0 where nothing is given: products without them give the same bits.
func TestIdleFeatures(t *testing.T) {
	m := trained(t, mixedConfig)
	k, err := m.free.take()
	if err != nil {
		t.Fatal(err)
	}
	known := mat.NewDense(1, 7, slices.Repeat([]float64{math.NaN()}, 7))
	known.Set(0, 4, 0.3) // the third of four parts
	for _, c := range []struct {
		cond conds
		want int
	}{{conds{}, 4}, {conds{known: known, shared: true}, 1}} {
		x, n := m.view(normals("x", 5, 7))
		m.prepare(k, x, []float64{0.4}, c.cond, 0, n)
		if k.idle != c.want {
			t.Errorf("%d idle features, want %d", k.idle, c.want)
		}
		k.fwd.run()
		out := slices.Clone(k.out[:n*7])
		k.idle = 0
		k.fwd.run()
		if !slices.Equal(out, k.out[:n*7]) {
			t.Error("the products of idle features change bits")
		}
	}
}
