package architectures_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/architectures"
	"tweedie/nn"
)

// BenchmarkNetworks has rows per second on one core of the built-in network, of the same
// one in stock ops, and of the examples: a block of training, of denoising and of the
// pullback with its forward pass.
func BenchmarkNetworks(b *testing.B) {
	plane := make([]float64, 8)
	unit := func(d int) (v []float64) {
		for range d {
			v = append(v, 1)
		}
		return v
	}
	model := func(c nn.Config) *nn.Model { return must(nn.New(c)) }
	for _, c := range []struct {
		name string
		m    *nn.Model
	}{
		{"fused-64", model(nn.Config{Hidden: 64, Layers: 3, Mean: plane, Variance: unit(8)})},
		{"stock-64", model(nn.Config{Mean: plane, Variance: unit(8), Network: architectures.MLP(64, 3)})},
		{"fused-256", model(nn.Config{Hidden: 256, Layers: 3, Mean: plane, Variance: unit(8)})},
		{"stock-256", model(nn.Config{Mean: plane, Variance: unit(8), Network: architectures.MLP(256, 3)})},
		{"deep-set", model(nn.Config{Mean: plane, Variance: unit(8), Network: architectures.DeepSet(4, 2, 32)})},
		{"convolution", model(nn.Config{Mean: make([]float64, 64), Variance: unit(64), Network: architectures.Convolution(8, 8)})},
	} {
		d := c.m.Dim()
		x, v, g := mat.NewDense(nn.BlockRows, d, nil), mat.NewDense(nn.BlockRows, d, nil), mat.NewDense(nn.BlockRows, d, nil)
		for i := range nn.BlockRows {
			for j := range d {
				x.Set(i, j, float64((3*i+5*j)%7)-3)
				v.Set(i, j, 1)
			}
		}
		run := func(what string, f func() error) {
			b.Run(fmt.Sprintf("%s/%s", what, c.name), func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*nn.BlockRows/b.Elapsed().Seconds(), "rows/s")
			})
		}
		k := must(c.m.NewGradient())
		r := nn.Regression{X: x, Target: v, T: make([]float64, nn.BlockRows), Weight: make([]float64, nn.BlockRows)}
		for i := range r.T {
			r.T[i], r.Weight[i] = 0.5, 1
		}
		grad := make([]float32, len(c.m.Params.Flat))
		run("train", func() error { k.Block(r, 1, grad, false); return nil })
		run("denoise", func() error { return c.m.Denoise(g, x, []float64{0.5}) })
		run("pullback", func() error {
			pull, err := c.m.Linearize(g, x, []float64{0.5})
			if err != nil {
				return err
			}
			return pull(g, v)
		})
	}
}
