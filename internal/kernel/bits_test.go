package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sameBits compares two slices bit for bit; NaN equals NaN.
func sameBits(a, b []float32) (int, bool) {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) && !(a[i] != a[i] && b[i] != b[i]) {
			return i, false
		}
	}
	return 0, true
}

// TestSameBits compares the assembly paths on random products.
func TestSameBits(t *testing.T) {
	if len(paths()) < 3 {
		t.Skip("this machine has not both AVX-512 and AVX2")
	}
	r := rand.New(rand.NewPCG(11, 12))
	var ws Workspace
	for i := range rounds(t) {
		p := newProduct[float32](r, []string{"NN", "TN", "NT"}[i%3], 1+r.IntN(150), 1+r.IntN(150), 1+r.IntN(600), r.IntN(4), i%2 == 0)
		sprinkle(r, p.a, i)
		wide, narrow := append([]float32(nil), p.c...), append([]float32(nil), p.c...)
		onPath(pathAVX512, func() { p.run(&ws, wide) })
		onPath(pathAVX2, func() { p.run(&ws, narrow) })
		if at, ok := sameBits(wide, narrow); !ok {
			t.Fatalf("%s %dx%dx%d: element %d: %g and %g", p.op, p.m, p.n, p.k, at, wide[at], narrow[at])
		}
		narrow[0] = math.Nextafter32(narrow[0], 9)
		if _, ok := sameBits(wide, narrow); ok && wide[0] == wide[0] {
			t.Fatal("planted difference not seen")
		}
	}
}

// TestSameVectorBits compares the assembly paths on the vector kernels, over
// lengths with every tail, specials and subnormals included.
func TestSameVectorBits(t *testing.T) {
	if len(paths()) < 3 {
		t.Skip("this machine has not both AVX-512 and AVX2")
	}
	for n := 1; n < 150; n++ {
		var wide, narrow []float32
		onPath(pathAVX512, func() { wide = vectorResults(n) })
		onPath(pathAVX2, func() { narrow = vectorResults(n) })
		if at, ok := sameBits(wide, narrow); !ok {
			t.Fatalf("n=%d: result %d: %g and %g", n, at, wide[at], narrow[at])
		}
	}
}

// vectorResults runs every vector kernel on rows of n and joins the results.
func vectorResults(n int) []float32 {
	const rows = 3
	r := rand.New(rand.NewPCG(17, uint64(n)))
	x := randoms[float32](r, rows*n)
	for i := range x {
		x[i] *= 30
	}
	for i := range n / 5 {
		sprinkle(r, x, 4*i)
	}
	a, b, c, d, e := randoms[float32](r, rows*n), randoms[float32](r, rows*n), randoms[float32](r, n), randoms[float32](r, n), randoms[float32](r, rows*n)
	var all []float32
	keep := func(s ...[]float32) {
		for _, s := range s {
			all = append(all, s...)
		}
	}
	SinCos(a, b, x)
	keep(a, b)
	ExpMinus(a, x)
	keep(a)
	z := append([]float32(nil), x...)
	BiasSiLUSkip(a, z, c, b, rows, n, n)
	keep(a, z)
	BiasSiLU(a, z, c, rows, n, n)
	AddBias(z, c, rows, n, n)
	keep(a, z)
	BiasSiLUValue(a, c, z, rows, n, n)
	keep(a)
	BiasSiLUValue(z, c, nil, rows, n, n)
	keep(z)
	MulColSum(b, x, e, d, rows, n, n, true)
	keep(b, d)
	ColSum(d, x, rows, n, n, false)
	Add(b, x, e)
	keep(b, d)
	for i := range b {
		b[i] *= b[i]
	}
	s := AdamStep{LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, Correction1: 0.3, Correction2: 0.1, EMADecay: 0.9}
	Adam(a, x, z, b, e, s)
	Adam(a, x, z, b, nil, s)
	keep(a, b, e, z, []float32{float32(SumSquares(c))})
	return all
}

// sprinkle puts a special value into s now and then.
func sprinkle(r *rand.Rand, s []float32, round int) {
	inf := float32(math.Inf(1))
	special := []float32{inf, -inf, inf - inf, 0, float32(math.Copysign(0, -1)), 1e-40, -1e-45, math.MaxFloat32}
	if round%4 == 0 {
		s[r.IntN(len(s))] = special[r.IntN(len(special))]
	}
}

// TestRowsIndependent checks the contract that keeps results the same whatever
// the batch: an element's bits depend on its row of A and its column of B.
func TestRowsIndependent(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 14))
		var ws Workspace
		for _, op := range []string{"NN", "TN", "NT"} {
			for _, k := range []int{1, 2, 37, 300} {
				all := newProduct[float32](r, op, 75, 70, k, 0, false)
				all.run(&ws, all.c)
				for range 40 {
					i0, j0 := r.IntN(all.m), r.IntN(all.n)
					part := *all
					part.m, part.n = 1+r.IntN(all.m-i0), 1+r.IntN(all.n-j0)
					ia, ib := i0*all.lda, j0
					if op == "TN" {
						ia = i0
					}
					if op == "NT" {
						ib = j0 * all.ldb
					}
					part.a, part.b = all.a[ia:], all.b[ib:]
					c := make([]float32, part.m*part.ldc)
					part.run(&ws, c)
					for i := range part.m {
						got, want := c[i*part.ldc:][:part.n], all.c[(i0+i)*all.ldc+j0:][:part.n]
						if at, ok := sameBits(got, want); !ok {
							t.Fatalf("%s k=%d: %dx%d at (%d,%d): element (%d,%d) differs", op, k, part.m, part.n, i0, j0, i, at)
						}
					}
				}
			}
		}
	})
}

// TestProductSpecials checks NaN and infinities against the reference.
func TestProductSpecials(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(15, 16))
		var ws Workspace
		for i := range 90 {
			p := newProduct[float32](r, []string{"NN", "TN", "NT"}[i%3], 1+r.IntN(40), 1+r.IntN(40), 1+r.IntN(40), 1, false)
			sprinkle(r, p.a, 0)
			for j, v := range p.a {
				if math.Abs(float64(v)) > 1e38 && !math.IsInf(float64(v), 0) {
					p.a[j] = 1 // overflow depends on the order of the sum
				}
			}
			c := append([]float32(nil), p.c...)
			p.run(&ws, c)
			if err := p.check(c); err != nil {
				t.Fatalf("%s %dx%dx%d: %v", p.op, p.m, p.n, p.k, err)
			}
		}
	})
}

// TestModeRestored checks that the kernels leave gradual underflow on in Go's
// own arithmetic.
func TestModeRestored(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		vectorResults(37)
		checkProducts[float32](t, 12)
		tiny := float32(1e-40)
		if half := tiny / 2; half == 0 {
			t.Error("subnormals are flushed after a kernel")
		}
	})
}
