package guide_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// The arithmetic of the guides on a block of 128 rows of an exact law in three
// dimensions; tweedie bench guide has a network under them.
func BenchmarkGuides(b *testing.B) {
	g := full(sde.VP{})
	o := obs(sde.NewLinearMap(A2), 0.3, 2, -1)
	for _, c := range []struct {
		name string
		d    sde.Denoiser
	}{
		{"unguided", g},
		{"DPS", guide.New(g, guide.DPS{Observation: o})},
		{"PiGDM", guide.New(g, guide.PiGDM{Observation: o})},
		{"MMPS", guide.New(g, guide.MMPS{Observation: o})},
		{"MMPS, iterative", guide.New(g, guide.MMPS{Observation: o, Solver: guide.Iterative})},
		{"Within", guide.New(g, guide.Within{guide.Interval(3, 0, 0, 1)})},
	} {
		b.Run(c.name, func(b *testing.B) {
			const n = 128
			x, dst := mat.NewDense(n, 3, nil), mat.NewDense(n, 3, nil)
			g.Sample(x, 1, 0)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.d.Denoise(dst, x, []float64{0.4}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
