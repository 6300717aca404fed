package kernel

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// goldenBits are hashes of what the assembly computes, on every machine: AVX-512, AVX2 and NEON.
// A change of an operation or of their order changes results of models, and the CHANGELOG says so.
var goldenBits = map[string]string{
	"product NN":    "41a127711d4eb745",
	"product NT":    "4611f184757a740c",
	"product TN":    "2fb55384a08d2f4c",
	"Adam":          "18036c5b4c4c763b",
	"AddBias":       "2ed31eeacbaf3286",
	"BiasSiLU":      "5c52c00c3dcdb2c3",
	"BiasSiLUSkip":  "e4ac40099a219482",
	"BiasSiLUValue": "adab67a52553061f",
	"ColSum":        "f3a5cf46ce8b4f02",
	"ExpMinus":      "b7de5c23b47403e5",
	"MulColSum":     "b906d4195ad9c093",
	"ReduceLanes":   "8c0ca29f991b1b1b",
	"SinCos":        "8c285f963c947ae9",
	"SumSquares":    "63524358b894dd02",
}

// numbers are n floats that do not depend on how a machine rounds: of ordinary size, now and
// then very large or small, or special.
func numbers(r *rand.Rand, n int) []float32 {
	inf := float32(math.Inf(1))
	special := []float32{inf, -inf, inf - inf, 0, float32(math.Copysign(0, -1)), 1e-40, -1e-45, math.MaxFloat32, -0x1p-126, 0x1.fffffep-127}
	s := make([]float32, n)
	for i := range s {
		u := r.Uint32()
		s[i] = float32(int32(u)>>8) * 0x1p-20
		switch {
		case u%31 == 0:
			s[i] *= float32(math.Ldexp(1, r.IntN(120)-60))
		case u%61 == 0:
			s[i] = special[r.IntN(len(special))]
		}
	}
	return s
}

// bits hashes floats; all NaN are one, as which results is not promised.
type bits struct{ hash.Hash64 }

func (b bits) add(slices ...[]float32) {
	for _, s := range slices {
		for _, v := range s {
			u := math.Float32bits(v)
			if v != v {
				u = 0x7fc00000
			}
			binary.Write(b, binary.LittleEndian, u)
		}
	}
}

// goldenProducts hashes products of one kind, of shapes with every kind of tile and edge.
func goldenProducts(b bits, op string) {
	r := rand.New(rand.NewPCG(21, 22))
	var ws Workspace
	shapes := [][3]int{{1, 1, 1}, {7, 300, 9}, {300, 2, 300}, {40, 131, 270}, {64, 16, 5}, {33, 3, 33}, {130, 257, 3}}
	for range 60 {
		shapes = append(shapes, [3]int{1 + r.IntN(40), 1 + r.IntN(90), 1 + r.IntN(30)})
	}
	for i, s := range shapes {
		p := newProduct[float32](r, op, s[0], s[1], s[2], i%3, i%2 == 0)
		p.a, p.b, p.c = numbers(r, len(p.a)), numbers(r, len(p.b)), numbers(r, len(p.c))
		p.run(&ws, p.c)
		b.add(p.c)
	}
}

// goldenVectors are the vector kernels: each runs on rows of n and ld floats.
var goldenVectors = map[string]func(b bits, r *rand.Rand, rows, n, ld int){
	"BiasSiLU": func(b bits, r *rand.Rand, rows, n, ld int) {
		y, z := numbers(r, rows*ld), numbers(r, rows*ld)
		BiasSiLU(y, z, numbers(r, n), rows, n, ld)
		b.add(y, z)
	},
	"BiasSiLUSkip": func(b bits, r *rand.Rand, rows, n, ld int) {
		y, z := numbers(r, rows*ld), numbers(r, rows*ld)
		BiasSiLUSkip(y, z, numbers(r, n), numbers(r, rows*ld), rows, n, ld)
		b.add(y, z)
	},
	"BiasSiLUValue": func(b bits, r *rand.Rand, rows, n, ld int) {
		y, z, bias := numbers(r, rows*ld), numbers(r, rows*ld), numbers(r, n)
		BiasSiLUValue(y, bias, nil, rows, n, ld)
		BiasSiLUValue(z, bias, numbers(r, rows*ld), rows, n, ld)
		b.add(y, z)
	},
	"AddBias": func(b bits, r *rand.Rand, rows, n, ld int) {
		z := numbers(r, rows*ld)
		AddBias(z, numbers(r, n), rows, n, ld)
		b.add(z)
	},
	"MulColSum": func(b bits, r *rand.Rand, rows, n, ld int) {
		dz, sum := numbers(r, rows*ld), numbers(r, n)
		MulColSum(dz, numbers(r, rows*ld), numbers(r, rows*ld), sum, rows, n, ld, rows%2 == 0)
		b.add(dz, sum)
	},
	"ColSum": func(b bits, r *rand.Rand, rows, n, ld int) {
		sum := numbers(r, n)
		ColSum(sum, numbers(r, rows*ld), rows, n, ld, rows%2 == 0)
		b.add(sum)
	},
	"ReduceLanes": func(b bits, r *rand.Rand, rows, n, ld int) {
		dst := numbers(r, rows*n)
		ReduceLanes(dst, [][]float32{dst, numbers(r, rows*n), numbers(r, rows*n)})
		b.add(dst)
	},
	"SinCos": func(b bits, r *rand.Rand, rows, n, ld int) {
		x, sin, cos := numbers(r, rows*n), make([]float32, rows*n), make([]float32, rows*n)
		for i := range x {
			if i%3 == 0 {
				x[i] *= 1000
			}
		}
		SinCos(sin, cos, x)
		b.add(sin, cos)
	},
	"ExpMinus": func(b bits, r *rand.Rand, rows, n, ld int) {
		x := numbers(r, rows*n)
		ExpMinus(x, x)
		b.add(x)
	},
	"Adam": func(b bits, r *rand.Rand, rows, n, ld int) {
		w, m, v, ema := numbers(r, n), numbers(r, n), numbers(r, n), numbers(r, n)
		for i := range v {
			v[i] *= v[i]
		}
		for i := range rows {
			s := AdamStep{LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, Correction1: 0.3, Correction2: 0.1, EMADecay: 0.9, GradScale: 0.75}
			avg := ema
			if i%3 == 1 {
				avg = nil
			}
			Adam(w, numbers(r, n), m, v, avg, s)
		}
		b.add(w, m, v, ema)
	},
	"SumSquares": func(b bits, r *rand.Rand, rows, n, ld int) {
		x := numbers(r, rows*n)
		for i, v := range x {
			if v-v != 0 || math.Abs(float64(v)) < 0x1p-126 {
				x[i] = 1
			}
		}
		binary.Write(b, binary.LittleEndian, math.Float64bits(SumSquares(x)))
	},
}

// TestGoldenBits compares all kernels with the bits that each assembly path must give.
func TestGoldenBits(t *testing.T) {
	check := func(name string, f func(b bits)) {
		for _, p := range paths() {
			if p == pathGo {
				continue
			}
			b := bits{fnv.New64a()}
			onPath(p, func() { f(b) })
			if got := fmt.Sprintf("%016x", b.Sum64()); got != goldenBits[name] {
				t.Errorf("%s: %q: %q, want %q", pathNames[p], name, got, goldenBits[name])
			}
		}
	}
	for _, op := range []string{"NN", "TN", "NT"} {
		check("product "+op, func(b bits) { goldenProducts(b, op) })
	}
	for name, f := range goldenVectors {
		check(name, func(b bits) {
			r := rand.New(rand.NewPCG(23, 24))
			for n := 1; n < 70; n++ {
				f(b, r, 1+n%4, n, n+n%3)
			}
			f(b, r, 2, 1000, 1001)
		})
	}
}

// TestLeastNormal shows the one number that amd64 and arm64 round apart: what is below 2^-126 and
// would round up to it. amd64 looks after rounding whether a result is subnormal, arm64 before.
func TestLeastNormal(t *testing.T) {
	want := map[path]float32{pathAVX512: 0x1p-126, pathAVX2: 0x1p-126, pathNEON: 0, pathGo: 0x1p-126}
	x, y := []float32{(1 - 0x1p-13) * 0x1p-63}, []float32{(1 + 0x1p-13) * 0x1p-63} // x y = (1 - 2^-26) 2^-126
	for _, p := range paths() {
		got, sum := []float32{1}, []float32{0}
		onPath(p, func() { MulColSum(got, x, y, sum, 1, 1, 1, false) })
		if got[0] != want[p] || sum[0] != want[p] {
			t.Errorf("%s: %g, want %g", pathNames[p], got[0], want[p])
		}
	}
}
