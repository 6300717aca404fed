package nn

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BenchmarkExecutor compares the ways to run one training block of the fused
// graph: our walk over the sorted graph and Gorgonia's tape machine.
func BenchmarkExecutor(b *testing.B) {
	for _, h := range []int{64, 128, 256, 512} {
		a := MLP{Dim: 2, Hidden: h, Layers: 3, Feat: timeFeatures}
		p := a.Init(1)
		b.Run(fmt.Sprintf("program/hidden=%d", h), func(b *testing.B) {
			m, err := newMachine[float32](a, p, p.Flat, regressing)
			if err != nil {
				b.Fatal(err)
			}
			m.grad = make([]float32, len(p.Flat))
			b.ReportAllocs()
			for b.Loop() {
				m.fwd.run()
				m.bwd.run()
			}
			b.ReportMetric(float64(b.N)*BlockRows/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(fmt.Sprintf("tape/hidden=%d", h), func(b *testing.B) {
			vm := tape(b, a, p)
			defer vm.Close()
			b.ReportAllocs()
			for b.Loop() {
				if err := vm.RunAll(); err != nil {
					b.Fatal(err)
				}
				vm.Reset()
			}
			b.ReportMetric(float64(b.N)*BlockRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// tape is Gorgonia's machine over the same fused graph.
func tape(b *testing.B, a MLP, p *Params) G.VM {
	g := G.NewGraph()
	in := func(name string, cols int) *G.Node {
		return G.NewMatrix(g, tensor.Float32, G.WithName(name), G.WithShape(BlockRows, cols),
			G.WithValue(tensor.New(tensor.WithShape(BlockRows, cols), tensor.Of(tensor.Float32))))
	}
	m := &memory[float32]{grad: make([]float32, len(p.Flat))}
	n := &builder[float32]{p: p, flat: p.Flat, m: m, bound: map[*G.Node][]float32{}}
	y, err := build(a, n, in("x", a.Dim), in("f", a.Feat), nil)
	if err != nil {
		b.Fatal(err)
	}
	cost, err := squaredError(m, y, in("r", a.Dim), in("w", a.Dim))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := G.Grad(cost, n.wrt...); err != nil {
		b.Fatal(err)
	}
	return G.NewTapeMachine(g)
}

func BenchmarkDenoise(b *testing.B) {
	for _, h := range []int{128, 256} {
		b.Run(fmt.Sprintf("hidden=%d", h), func(b *testing.B) {
			m := trained(b, Config{Hidden: h, Layers: 3, Mean: []float64{0, 0}, Variance: []float64{1, 1}})
			x, d, t := normals("bench", BlockRows, 2), mat.NewDense(BlockRows, 2, nil), []float64{0.5}
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Denoise(d, x, t); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*BlockRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
