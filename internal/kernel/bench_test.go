package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkProducts(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const rows = 128
	for _, h := range [][2]int{{64, 64}, {128, 128}, {256, 256}, {512, 512}, {256, 2}, {2, 256}, {64, 2}, {2, 64}, {258, 256}, {256, 16}} {
		in, out := h[0], h[1]
		for _, p := range []*product[float32]{
			newProduct[float32](r, "NN", rows, out, in, 0, false),
			newProduct[float32](r, "TN", in, out, rows, 0, false),
			newProduct[float32](r, "NT", rows, in, out, 0, false),
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", p.op, p.m, p.n, p.k), func(b *testing.B) {
				var ws Workspace
				p.run(&ws, p.c)
				for b.Loop() {
					p.run(&ws, p.c)
				}
				flops := 2 * float64(p.m) * float64(p.n) * float64(p.k) * float64(b.N)
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}

func BenchmarkVectors(b *testing.B) {
	const rows, n = 128, 256
	r := rand.New(rand.NewPCG(2, 2))
	x, y, z, u, v := randoms[float32](r, rows*n), randoms[float32](r, rows*n), randoms[float32](r, rows*n), randoms[float32](r, rows*n), randoms[float32](r, rows*n)
	for i := range v {
		v[i] *= v[i]
	}
	bias := randoms[float32](r, n)
	step := AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Correction1: 1, Correction2: 1, EMADecay: 0.99}
	for _, k := range []struct {
		name string
		f    func()
	}{
		{"BiasSiLU", func() { copy(z, x); BiasSiLU(y, z, bias, rows, n, n) }},
		{"MulColSum", func() { MulColSum(y, x, z, bias, rows, n, n, false) }},
		{"ColSum", func() { ColSum(bias, x, rows, n, n, false) }},
		{"AddBias", func() { AddBias(y, bias, rows, n, n) }},
		{"Add", func() { Add(y, x, z) }},
		{"SinCos", func() { SinCos(y, z, x) }},
		{"ExpMinus", func() { ExpMinus(y, x) }},
		{"Adam", func() { Adam(y, x, u, v, nil, step) }},
		{"AdamEMA", func() { Adam(y, x, u, v, z, step) }},
		{"SumSquares", func() { SumSquares(x) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			for b.Loop() {
				k.f()
			}
			b.ReportMetric(rows*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
		})
	}
}

// BenchmarkSubnormals shows that operands below 2^-126 cost nothing extra.
func BenchmarkSubnormals(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, scale := range []float32{1, 1e-39} {
		p := newProduct[float32](r, "NN", 128, 128, 128, 0, false)
		for i := range p.a {
			p.a[i] *= scale
		}
		y := make([]float32, len(p.a))
		var ws Workspace
		b.Run(fmt.Sprintf("product/%g", scale), func(b *testing.B) {
			for b.Loop() {
				p.run(&ws, p.c)
			}
		})
		b.Run(fmt.Sprintf("MulColSum/%g", scale), func(b *testing.B) {
			for b.Loop() {
				MulColSum(y, p.a, p.b, p.c, 128, 128, 128, false)
			}
		})
		b.Run(fmt.Sprintf("SumSquares/%g", scale), func(b *testing.B) {
			for b.Loop() {
				SumSquares(p.a)
			}
		})
	}
}
