package sde

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

func BenchmarkDenoise(b *testing.B) {
	for _, c := range []struct {
		name string
		l    Law
	}{
		{"gaussian-d32", randomGaussian(32, 1, VP{})},
		{"mixture-d8-k25", randomMixture(8, 25, VP{})},
		{"box-d2", must(NewBox([]float64{-1, 0}, []float64{1, 5}, VP{}))},
	} {
		b.Run(c.name, func(b *testing.B) {
			const n = 256
			t := []float64{0.4}
			x, dst := batchAt(c.l, n, t, 1), mat.NewDense(n, c.l.Dim(), nil)
			b.ReportAllocs()
			for b.Loop() {
				if err := c.l.Denoise(dst, x, t); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
