package kernel

import (
	"fmt"
	"math"
	"testing"
)

// ulps is the distance of got from want in units of the last place of T at
// want; subnormal results count as zero. Specials must agree exactly.
func ulps[T Float](got T, want float64) float64 {
	g, bits, low := float64(got), -23, -126
	if !single[T]() {
		bits, low = -52, -1022
	}
	tiny := math.Ldexp(1, low)
	switch {
	case math.IsNaN(want) && math.IsNaN(g), g == want:
		return 0
	case math.IsInf(g, 0):
		// The rounded true value may itself be infinite.
		if math.IsInf(float64(T(want)), 0) {
			return 0
		}
		return math.Inf(1)
	case math.IsNaN(want) || math.IsNaN(g) || math.IsInf(want, 0):
		return math.Inf(1)
	case math.Abs(want) < tiny:
		if math.Abs(g) < 1.000001*tiny {
			return 0
		}
		return math.Inf(1)
	}
	return math.Abs(g-want) / math.Ldexp(1, int(math.Floor(math.Log2(math.Abs(want))))+bits)
}

// arguments are points over [-limit, limit], dense near zero, and specials.
func arguments[T Float](limit float64) []T {
	inf := math.Inf(1)
	x := []T{0, T(math.Copysign(0, -1)), T(inf), T(-inf), T(math.NaN()), T(math.SmallestNonzeroFloat32), 88.7, 88.8, -87.3, -87.4, -103.9, -104.1}
	for i := range 40001 {
		u := float64(i-20000) / 20000
		x = append(x, T(limit*u), T(limit*u*u*u*u*u))
	}
	return x
}

type unary[T Float] struct {
	name  string
	f     func(dst, x []T)
	want  func(float64) float64
	limit float64
	ulps  float64 // stated in doc.go
	slope float64 // and what is stated for each unit of |x|
}

func unaries[T Float]() []unary[T] {
	return []unary[T]{
		{"sin", func(dst, x []T) { SinCos(dst, make([]T, len(x)), x) }, math.Sin, 1e4, 2, 0},
		{"cos", func(dst, x []T) { SinCos(make([]T, len(x)), dst, x) }, math.Cos, 1e4, 2, 0},
		{"exp(-x)", ExpMinus[T], func(x float64) float64 { return math.Exp(-max(min(x, 60), -88)) }, 90, 3, 0.25},
		{"sin, large", func(dst, x []T) { SinCos(dst, make([]T, len(x)), x) }, math.Sin, 1e9, 2, 0},
	}
}

// worst returns the largest error of f over its arguments.
func (u unary[T]) worst() (float64, error) {
	x := arguments[T](u.limit)
	dst := make([]T, len(x))
	u.f(dst, x)
	most, err := 0.0, error(nil)
	for i, v := range x {
		e := ulps(dst[i], u.want(float64(v)))
		if u.slope > 0 {
			e -= u.slope * min(math.Abs(float64(v)), 88)
		}
		if e > most {
			most, err = e, fmt.Errorf("%s(%g) = %g, want %g", u.name, v, dst[i], u.want(float64(v)))
		}
	}
	return most, err
}

func checkUnaries[T Float](t *testing.T) {
	for _, u := range unaries[T]() {
		most, err := u.worst()
		if !(most <= u.ulps) {
			t.Errorf("%v: %.2f ulp, stated %g", err, most, u.ulps)
		}
		t.Logf("%s: worst %.2f ulp: %v", u.name, most, err)
		f := u.f
		u.f = func(dst, x []T) { // planted: one element off by five units
			f(dst, x)
			dst[len(x)/3] *= T(1 + (5+2*u.slope*u.limit)*math.Ldexp(1, -23))
		}
		if most, _ := u.worst(); most <= u.ulps {
			t.Errorf("%s: planted error not seen", u.name)
		}
	}
}

func TestUnaries(t *testing.T) {
	eachPath(t, func(t *testing.T) { checkUnaries[float32](t) })
	t.Run("float64", func(t *testing.T) { checkUnaries[float64](t) })
}

// TestUnaryTails checks that an element's value does not depend on its place.
func TestUnaryTails(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		x := arguments[float32](50)[:150]
		for _, u := range unaries[float32]() {
			all := make([]float32, len(x))
			u.f(all, x)
			for n := range 70 {
				for _, from := range []int{0, 3, 77} {
					got := make([]float32, n+1)
					got[n] = 42
					u.f(got[:n], x[from:from+n])
					for i := range n {
						if math.Float32bits(got[i]) != math.Float32bits(all[from+i]) {
							t.Fatalf("%s: element %d of %d differs", u.name, i, n)
						}
					}
					if got[n] != 42 {
						t.Fatalf("%s: wrote beyond %d", u.name, n)
					}
				}
			}
		}
	})
}

// TestInPlace checks that the unary kernels may overwrite their argument.
func TestInPlace(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		x := arguments[float32](3e5)[:1000]
		for _, f := range []func(sin, cos, x []float32){
			SinCos[float32],
			func(cos, sin, x []float32) { SinCos(sin, cos, x) },
		} {
			want, other, got := make([]float32, len(x)), make([]float32, len(x)), append([]float32(nil), x...)
			f(want, other, x)
			f(got, other, got)
			if at, ok := sameBits(got, want); !ok {
				t.Fatalf("element %d: %g in place, %g beside", at, got[at], want[at])
			}
		}
	})
}
