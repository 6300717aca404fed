package sde

import (
	"math"
	"math/big"
	"testing"

	"tweedie/internal/stream"
)

// bigTruncate is the oracle: moments of exp(-a u - u²/2) on [0, b-a] by the
// power series of the integrand's moments in 1500-bit arithmetic, where no
// cancellation matters. It needs a ≥ 0 or a small |a|, and b-a moderate.
//
//	∫ u^k exp(-a u - u²/2) du = Σ_n c_n L^{n+k+1}/(n+k+1)
//
// with c_n the Taylor coefficients: (n+1) c_{n+1} = -a c_n - c_{n-1}.
func bigTruncate(a, length float64) (mean, variance, logMass float64) {
	const prec = 1500
	few := new(big.Float).SetMantExp(big.NewFloat(1), -700) // a relative size that ends the series
	num := func(v float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(v) }
	A, L := num(a), num(length)
	m := [3]*big.Float{num(0), num(0), num(0)}
	prev, cur, pow := num(0), num(1), num(1)
	for n, quiet := 0, 0; quiet < 4; n++ { // with a = 0 every other term vanishes
		p, last := new(big.Float).Set(pow), true
		for k := range m {
			p.Mul(p, L)
			term := new(big.Float).Mul(cur, p)
			m[k].Add(m[k], term.Quo(term, num(float64(n+k+1))))
			last = last && new(big.Float).Abs(term).Cmp(few) < 0
		}
		if quiet++; !last {
			quiet = 0
		}
		next := new(big.Float).Mul(A, cur)
		next.Add(next, prev)
		next.Quo(next, num(-float64(n+1)))
		prev, cur = cur, next
		pow.Mul(pow, L)
	}
	e1 := new(big.Float).Quo(m[1], m[0])
	e2 := new(big.Float).Quo(m[2], m[0])
	v := e2.Sub(e2, new(big.Float).Mul(e1, e1))
	mean, _ = e1.Float64()
	variance, _ = v.Float64()
	mass, _ := m[0].Float64()
	return mean, variance, -a*a/2 - math.Log(2*math.Pi)/2 + math.Log(mass)
}

// truncateErrors returns the largest errors of an implementation on N(0, 1)
// restricted to [a, a+length], for standard places and lengths: of the mean in
// units of the restricted law's own deviation, of the variance (relative) and of
// the log mass (relative to its size).
func truncateErrors(f func(m, s, lo, hi float64) truncation) (mean, variance, mass float64) {
	for _, a := range []float64{-0.4, 0, 0.3, 1.9, 2.1, 5, 30, 200} {
		for _, length := range []float64{1e-6, 1e-3, 0.1, 0.99, 1.01, 2, 8} {
			if a < -length/2 || a*length > 250 {
				continue
			}
			u, v, lm := bigTruncate(a, length)
			got := f(-a, 1, 0, length) // the origin at the near end keeps u's digits
			mean = math.Max(mean, math.Abs(got.mean-u)/math.Sqrt(v))
			variance = math.Max(variance, math.Abs(got.ratio/v-1))
			mass = math.Max(mass, math.Abs(got.logZ-lm)/(1+math.Abs(lm)))
		}
	}
	return mean, variance, mass
}

// naiveTruncate is the textbook formula, which must not pass.
func naiveTruncate(m, s, lo, hi float64) truncation {
	a, b := (lo-m)/s, (hi-m)/s
	z := (math.Erf(b/math.Sqrt2) - math.Erf(a/math.Sqrt2)) / 2
	r := truncation{shift: (phi(a) - phi(b)) / z, logZ: math.Log(z)}
	r.mean = m + s*r.shift
	r.ratio = 1 + (a*phi(a)-b*phi(b))/z - r.shift*r.shift
	return r
}

func TestTruncateAgainstBigFloats(t *testing.T) {
	m, v, l := truncateErrors(truncate)
	if !(m < 1e-13) || !(v < 1e-12) || !(l < 1e-14) {
		t.Errorf("errors: mean %.2g deviations, variance %.2g, log mass %.2g", m, v, l)
	}
	m, v, l = truncateErrors(naiveTruncate)
	if m < 1e-10 || v < 1e-8 || l < 1e-10 {
		t.Errorf("the textbook formula passes: mean %.2g, variance %.2g, log mass %.2g", m, v, l)
	}
}

func TestTruncateReflects(t *testing.T) {
	for _, c := range [][2]float64{{-0.4, 2}, {3, 5}, {-7, 8}, {0, 0.001}} {
		a, b := truncate(0.1, 2, c[0], c[1]), truncate(-0.1, 2, -c[1], -c[0])
		if a.mean != -b.mean || a.shift != -b.shift || a.ratio != b.ratio || a.logZ != b.logZ {
			t.Errorf("%v: %+v, reflected %+v", c, a, b)
		}
	}
}

// Extremes: the results must be finite, in the interval, and have the limits.
func TestTruncateExtremes(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		m, s, lo, hi float64
		mean, ratio  float64
	}{
		{0.3, 1e-200, 0, 1, 0.3, 1},
		{0.3, 0, 0, 1, 0.3, 1},
		{5, 0, 0, 1, 1, 0},
		{1e9, 1, 0, 1, 1 - 1e-9, 1e-18},
		{-1e12, 1, 0, 1, 1e-12, 1e-24},
		{0, 1e12, 0, 1, 0.5, 1e-24 / 12},
		{2, 3, math.Inf(-1), inf, 2, 1},
		{0, 1, 0, inf, math.Sqrt(2 / math.Pi), 1 - 2/math.Pi},
		{0, 1, math.Inf(-1), 0, -math.Sqrt(2 / math.Pi), 1 - 2/math.Pi},
		{-1e6, 1, 0, inf, 1e-6, 1e-12},
	} {
		r := truncate(c.m, c.s, c.lo, c.hi)
		if math.Abs(r.mean-c.mean) > 1e-11*math.Abs(c.mean) || math.Abs(r.ratio-c.ratio) > 1e-8*c.ratio {
			t.Errorf("N(%g, %g²) on [%g, %g]: mean %.15g, ratio %g; want %.15g, %g", c.m, c.s, c.lo, c.hi, r.mean, r.ratio, c.mean, c.ratio)
		}
		if math.IsNaN(r.logZ) || math.IsNaN(r.shift) {
			t.Errorf("N(%g, %g²) on [%g, %g]: %+v", c.m, c.s, c.lo, c.hi, r)
		}
	}
}

// The draws against the exact mean and variance, where every branch of the
// rejection sampler is used; 4.5 standard errors.
func TestDrawTruncated(t *testing.T) {
	const n = 20000
	src := stream.NewSource(stream.NewKey(3, "truncated"))
	inf := math.Inf(1)
	for _, c := range [][2]float64{{-inf, inf}, {-2, 3}, {-0.5, 0.7}, {0, inf}, {1, 1.2}, {4, 9}, {8, inf}, {-inf, -3}, {-1.1, -1}} {
		want := truncate(0, 1, c[0], c[1])
		var m, v, q float64
		for range n {
			z := drawTruncated(0, 1, c[0], c[1], src)
			if z < c[0] || z > c[1] {
				t.Fatalf("%v: draw %g", c, z)
			}
			d := z - want.mean
			m += d / n
			v += d * d / n
			q += d * d * d * d / n
		}
		if e := math.Abs(m); e > 4.5*math.Sqrt(want.ratio/n) {
			t.Errorf("%v: mean off by %g", c, e)
		}
		if e := math.Abs(v - want.ratio); e > 4.5*math.Sqrt((q-v*v)/n) {
			t.Errorf("%v: variance %g, want %g", c, v, want.ratio)
		}
	}
}
