package nn

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Which units are dropped, by hand: unit j of a row has the j-th 16 bits of the stream of
// (seed, step, layer, row of the batch), and is dropped where they are below the share.
func TestDroppedUnitsByHand(t *testing.T) {
	m, g, r := dropProblem(t, false)
	r.Dropout = UnitDropout{Share: 0.25, Seed: 3, Step: 5, First: 256}
	g.Block(r, 1, make([]float32, len(m.Params.Flat)), false)
	ld := stride(64 + m.Net.Feat)
	for l := range 3 {
		h, dropped := g.hidden(l), 0
		for i := range 100 {
			s := stream.New(3, "nn/drop", 5, uint64(l), uint64(256+i))
			for j := 0; j < 64; j += 4 {
				word := s.Uint64()
				for k := range 4 {
					below := 0.0 // what a dropped unit has: nothing, or the unit of the layer below
					if l > 0 {
						below = float64(g.hidden(l - 1)[i*ld+j+k])
					}
					is, want := float64(h[i*ld+j+k]) == below, word>>(16*k)&0xffff < 1<<14
					if is != want {
						t.Fatalf("layer %d, row %d, unit %d: dropped %v, want %v", l, i, j+k, is, want)
					}
					if want {
						dropped++
					}
				}
			}
		}
		if dropped < 1400 || dropped > 1800 {
			t.Errorf("layer %d: %d of 6400 units are dropped", l, dropped)
		}
	}
}

// At inference the units are those of (seed, layer, name of the row), at every time.
func TestThinnedUnitsByHand(t *testing.T) {
	c := testConfig
	c.Hidden, c.Layers, c.Conditional = 64, 2, true
	m := trained(t, c)
	names := []uint64{7, 1 << 40, 3}
	g, err := m.Conditional(mat.NewDense(3, 2, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tm := range []float64{0.1, 0.9} {
		if err := g.WithDropout(0.25, 4, names).Denoise(mat.NewDense(3, 3, nil), normals("thinned", 3, 3), []float64{tm}); err != nil {
			t.Fatal(err)
		}
		first := (&Gradient{k: m.free.idle[0]}).hidden(0)
		ld := stride(64 + m.Net.Feat)
		for i, name := range names {
			s := stream.New(4, "nn/thinned", 0, name)
			for j := 0; j < 64; j += 4 {
				word := s.Uint64()
				for k := range 4 {
					if is, want := first[i*ld+j+k] == 0, word>>(16*k)&0xffff < 1<<14; is != want {
						t.Fatalf("t = %g, row %d, unit %d: dropped %v, want %v", tm, i, j+k, is, want)
					}
				}
			}
		}
	}
}
