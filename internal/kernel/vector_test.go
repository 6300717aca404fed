package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// near reports an element of got that is further than tol·max(1, |want|) from
// want, specials included.
func near[T Float](got []T, want []float64, tol float64) error {
	for i, w := range want {
		g := float64(got[i])
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		if math.IsInf(w, 0) || !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			return fmt.Errorf("element %d: %g, want %g", i, g, w)
		}
	}
	return nil
}

func tolerance[T Float]() float64 {
	if single[T]() {
		return 4e-7
	}
	return 1e-14
}

var vectorShapes = [][2]int{{1, 1}, {3, 2}, {2, 7}, {5, 8}, {4, 15}, {3, 16}, {7, 17}, {2, 31}, {3, 33}, {2, 64}, {5, 100}, {3, 129}, {9, 300}}

// scatter returns m, rows of n, as rows of ld, what lies between being NaN.
func scatter[T Float](m []T, n, ld int) []T {
	s := make([]T, len(m)/n*ld)
	for i := range s {
		s[i] = T(math.NaN())
		if i%ld < n {
			s[i] = m[i/ld*n+i%ld]
		}
	}
	return s
}

// gather undoes scatter, and fails if something between the rows was written.
func gather[T Float](t *testing.T, s []T, n, ld int) []T {
	t.Helper()
	var m []T
	for i, v := range s {
		if i%ld < n {
			m = append(m, v)
		} else if v == v {
			t.Fatalf("row %d of %d columns: column %d written", i/ld, n, i%ld)
		}
	}
	return m
}

func checkBiasSiLU[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, sh := range vectorShapes {
		rows, n, ld := sh[0], sh[1], sh[1]+sh[0]-1
		z, bias, skip := randoms[T](r, rows*n), randoms[T](r, n), randoms[T](r, rows*n)
		for i := range z {
			z[i] *= 8
		}
		z[0] = T(math.NaN())
		z[len(z)-1] = T(math.Inf(1 - 2*(rows%2)))
		z0 := z
		wy, ws, wd := make([]float64, rows*n), make([]float64, rows*n), make([]float64, rows*n)
		for i := range z {
			x := float64(z[i] + bias[i%n])
			s := 1 / (1 + math.Exp(-x))
			wy[i], wd[i] = x*s, s+x*s*(1-s)
			if math.IsInf(x, 1) {
				wd[i] = 1
			}
			if math.IsInf(x, -1) {
				wd[i] = 0
			}
			ws[i] = wy[i] + float64(skip[i])
		}
		ys, zs, zs2 := scatter(z, n, ld), scatter(z, n, ld), scatter(z, n, ld)
		ys2 := scatter(skip, n, ld)
		BiasSiLU(ys, zs, bias, rows, n, ld)
		BiasSiLUSkip(ys2, zs2, bias, ys2, rows, n, ld)
		y, z, y2, z2 := gather(t, ys, n, ld), gather(t, zs, n, ld), gather(t, ys2, n, ld), gather(t, zs2, n, ld)
		ys, ys2 = scatter(z0, n, ld), scatter(z0, n, ld)
		BiasSiLUValue(ys, bias, nil, rows, n, ld)
		BiasSiLUValue(ys2, bias, scatter(skip, n, ld), rows, n, ld)
		for i, v := range gather(t, ys, n, ld) {
			w := ys2[i/n*ld+i%n]
			if v != y[i] && y[i] == y[i] || w != y2[i] && y2[i] == y2[i] {
				t.Fatalf("%dx%d: element %d: %g and %g with the derivative, %g and %g without", rows, n, i, y[i], y2[i], v, w)
			}
		}
		for _, e := range []error{near(y, wy, tolerance[T]()), near(z, wd, tolerance[T]()), near(y2, ws, 10*tolerance[T]()), near(z2, wd, tolerance[T]())} {
			if e != nil {
				t.Fatalf("%dx%d: %v", rows, n, e)
			}
		}
		if y[0] = 1; near(y, wy, tolerance[T]()) == nil {
			t.Fatal("planted error not seen")
		}
	}
}

func checkColumns[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, sh := range vectorShapes {
		rows, n, ld := sh[0], sh[1], sh[1]+sh[0]-1
		g, d, bias := randoms[T](r, rows*n), randoms[T](r, rows*n), randoms[T](r, n)
		sum, sum2 := append([]T(nil), bias...), randoms[T](r, n)
		dzs, gs, ds, zs := scatter(d, n, ld), scatter(g, n, ld), scatter(d, n, ld), scatter(g, n, ld)
		MulColSum(dzs, gs, ds, sum, rows, n, ld, true)
		ColSum(sum2, gs, rows, n, ld, false)
		AddBias(zs, bias, rows, n, ld)
		dz, z := gather(t, dzs, n, ld), gather(t, zs, n, ld)
		// All three are exact chains: recompute them in T.
		w1, w2 := append([]T(nil), bias...), make([]T, n)
		for i := range g {
			w1[i%n] += T(g[i] * d[i])
			w2[i%n] += g[i]
			if dz[i] != T(g[i]*d[i]) || z[i] != g[i]+bias[i%n] {
				t.Fatalf("%dx%d: element %d: dz %g, z %g", rows, n, i, dz[i], z[i])
			}
		}
		for j := range n {
			if sum[j] != w1[j] || sum2[j] != w2[j] {
				t.Fatalf("%dx%d: column %d: %g, %g want %g, %g", rows, n, j, sum[j], sum2[j], w1[j], w2[j])
			}
		}
	}
}

func checkSums[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 5000} {
		x := randoms[T](r, n)
		lanes := [][]T{randoms[T](r, n), x, randoms[T](r, n), randoms[T](r, n)}
		want, dst := 0.0, make([]T, n)
		for _, v := range x {
			want += float64(v) * float64(v)
		}
		if got := SumSquares(x); math.Abs(got-want) > 1e-14*float64(n)*want {
			t.Errorf("n=%d: sum of squares %g, want %g", n, got, want)
		}
		ReduceLanes(dst, lanes)
		for i := range dst {
			if w := lanes[0][i] + x[i] + lanes[2][i] + lanes[3][i]; dst[i] != w {
				t.Fatalf("n=%d: lane sum %d: %g, want %g", n, i, dst[i], w)
			}
		}
	}
}

func TestVectors(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		checkBiasSiLU[float32](t)
		checkColumns[float32](t)
		checkSums[float32](t)
		checkAdam[float32](t)
	})
	t.Run("float64", func(t *testing.T) {
		checkBiasSiLU[float64](t)
		checkColumns[float64](t)
		checkSums[float64](t)
		checkAdam[float64](t)
	})
}

// checkAdam follows the published formula for some steps in float64.
func checkAdam[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{1, 7, 8, 16, 37, 200} {
		w, ema := randoms[T](r, n), randoms[T](r, n)
		m, v := make([]T, n), make([]T, n)
		rw, rm, rv, re := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			rw[i], re[i] = float64(w[i]), float64(ema[i])
		}
		s := AdamStep{LR: 0.01, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1, EMADecay: 0.95, GradScale: 0.7}
		for step := 1; step <= 5; step++ {
			g := randoms[T](r, n)
			s.Correction1, s.Correction2 = 1-math.Pow(s.Beta1, float64(step)), 1-math.Pow(s.Beta2, float64(step))
			if step == 5 {
				Adam(w, g, m, v, nil, s)
			} else {
				Adam(w, g, m, v, ema, s)
			}
			for i := range n {
				x := s.GradScale * float64(g[i])
				rm[i] = s.Beta1*rm[i] + (1-s.Beta1)*x
				rv[i] = s.Beta2*rv[i] + (1-s.Beta2)*x*x
				mh, vh := rm[i]/s.Correction1, rv[i]/s.Correction2
				rw[i] -= s.LR * (mh/(math.Sqrt(vh)+s.Eps) + s.WeightDecay*rw[i])
				if step < 5 {
					re[i] = s.EMADecay*re[i] + (1-s.EMADecay)*rw[i]
				}
			}
		}
		tol := 3 * tolerance[T]()
		for _, e := range []error{near(w, rw, tol), near(m, rm, tol), near(v, rv, tol), near(ema, re, tol)} {
			if e != nil {
				t.Fatalf("n=%d: %v", n, e)
			}
		}
		if w[n-1] += 1e-4; near(w, rw, tol) == nil {
			t.Fatal("planted error not seen")
		}
	}
}
