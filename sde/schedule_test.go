package sde

import (
	"fmt"
	"math"
	"testing"
)

// schedules are the defaults of every family and one other setting of each.
func schedules() []SDE {
	return []SDE{
		VP{}, VP{BetaMin: 0.5, BetaMax: 8}, SubVP{}, SubVP{BetaMin: 0.01, BetaMax: 10},
		VE{}, VE{SigmaMin: 0.002, SigmaMax: 80}, Cosine{}, Cosine{SigmaMin: 0.01, AlphaMin: 0.02},
		Rectified{}, Rectified{AlphaMin: 0.01},
	}
}

// onlyCoeff hides every method of a schedule but Coeff.
type onlyCoeff struct{ Schedule }

// wrongDrift is a planted error: a drift of -β instead of -β/2.
type wrongDrift struct{ VP }

func (w wrongDrift) Drift(t float64) float64 { return 2 * w.VP.Drift(t) }

// wrongDiffusion is a planted error: g instead of g².
type wrongDiffusion struct{ VP }

func (w wrongDiffusion) Diffusion2(t float64) float64 { return math.Sqrt(w.VP.Diffusion2(t)) }

// momentError integrates d mean = f mean, d var = 2 f var + g² from (1, σ(t0)²/α(t0)²)·α(t0)²
// with RK4 and returns the largest relative distance to Coeff.
func momentError(s SDE) float64 {
	const n = 4000
	const t0 = 0.05 // rates of the cosine and rectified paths are steep only at t = 1
	t1 := 0.95
	h := (t1 - t0) / n
	c := s.Coeff(t0)
	m, v := c.Alpha, c.Sigma*c.Sigma
	rate := func(t, m, v float64) (dm, dv float64) {
		f := s.Drift(t)
		return f * m, 2*f*v + s.Diffusion2(t)
	}
	worst := 0.0
	for i := range n {
		t := t0 + float64(i)*h
		m1, v1 := rate(t, m, v)
		m2, v2 := rate(t+h/2, m+h/2*m1, v+h/2*v1)
		m3, v3 := rate(t+h/2, m+h/2*m2, v+h/2*v2)
		m4, v4 := rate(t+h, m+h*m3, v+h*v3)
		m += h / 6 * (m1 + 2*m2 + 2*m3 + m4)
		v += h / 6 * (v1 + 2*v2 + 2*v3 + v4)
		c := s.Coeff(t + h)
		worst = math.Max(worst, math.Abs(m/c.Alpha-1))
		worst = math.Max(worst, math.Abs(v/(c.Sigma*c.Sigma)-1))
	}
	return worst
}

func TestMomentEquations(t *testing.T) {
	for _, s := range schedules() {
		if e := momentError(s); !(e < 1e-8) {
			t.Errorf("%#v: marginals leave the moment equations by %g", s, e)
		}
	}
	for _, s := range []SDE{wrongDrift{}, wrongDiffusion{}} {
		if e := momentError(s); e < 1e-3 {
			t.Errorf("%T passes the moment equations", s)
		}
	}
}

// identityError is the largest relative violation of f = α'/α, g² = 2σσ' - 2fσ²,
// and of Coeff's derivatives against central differences.
func identityError(s SDE) float64 {
	worst := 0.0
	rel := func(got, want float64) {
		worst = math.Max(worst, math.Abs(got-want)/(1e-3+math.Abs(want)))
	}
	for i := 1; i < 200; i++ {
		t := float64(i) / 200
		c := s.Coeff(t)
		rel(s.Drift(t), c.DAlpha/c.Alpha)
		rel(s.Diffusion2(t), 2*c.Sigma*c.DSigma-2*s.Drift(t)*c.Sigma*c.Sigma)
		const h = 1e-5
		p, m := s.Coeff(t+h), s.Coeff(t-h)
		rel(c.DAlpha, (p.Alpha-m.Alpha)/(2*h))
		rel(c.DSigma, (p.Sigma-m.Sigma)/(2*h))
		sq := func(c Coeff) float64 { return c.Sigma * c.Sigma / (c.Alpha * c.Alpha) }
		rel(s.Diffusion2(t), c.Alpha*c.Alpha*(sq(p)-sq(m))/(2*h))
	}
	return worst
}

func TestScheduleIdentities(t *testing.T) {
	for _, s := range schedules() {
		if e := identityError(s); !(e < 1e-5) {
			t.Errorf("%#v: identities violated by %g", s, e)
		}
	}
	for _, s := range []SDE{wrongDrift{}, wrongDiffusion{}} {
		if identityError(s) < 1e-2 {
			t.Errorf("%T passes the identities", s)
		}
	}
}

// squareError is the largest relative distance of the variance of s from the
// square of that of VP, +Inf if it ever exceeds VP's or the means differ.
func squareError(s Schedule) float64 {
	worst := 0.0
	for i := 1; i <= 1000; i++ {
		u := float64(i) / 1000
		v, k := VP{}.Coeff(u), s.Coeff(u)
		vv, kv := v.Sigma*v.Sigma, k.Sigma*k.Sigma
		if kv > vv || k.Alpha != v.Alpha {
			return math.Inf(1)
		}
		worst = math.Max(worst, math.Abs(kv/(vv*vv)-1))
	}
	return worst
}

func TestSubVPVarianceIsSquareOfVP(t *testing.T) {
	if e := squareError(SubVP{}); !(e < 4e-15) {
		t.Errorf("off by %g", e)
	}
	if squareError(VP{}) < 1e-3 || squareError(SubVP{BetaMax: 19}) < 1e-3 {
		t.Error("another schedule passes")
	}
}

// seriesError compares a sub-VP σ(B) = 1 - exp(-B) with B - B²/2 + B³/6 at small
// times, where the difference of 1 and exp(-B) has lost its digits.
func seriesError(sigma func(t float64) float64) float64 {
	worst := 0.0
	for _, u := range []float64{1e-9, 1e-7, 1e-5} {
		b := 0.1*u + 9.95*u*u
		worst = math.Max(worst, math.Abs(sigma(u)/(b-b*b/2+b*b*b/6)-1))
	}
	return worst
}

func TestSmallTimesKeepTheirDigits(t *testing.T) {
	for name, f := range map[string]func(t float64) float64{
		"sub-VP σ": func(t float64) float64 { return SubVP{}.Coeff(t).Sigma },
		"VP σ²":    func(t float64) float64 { c := VP{}.Coeff(t); return c.Sigma * c.Sigma },
		"sub-VP g²": func(t float64) float64 { // β (1 - exp(-2B)) = 2 β σ (1 - σ/2)
			s := SubVP{}.Coeff(t).Sigma
			return SubVP{}.Diffusion2(t) / (2 * VP{}.Diffusion2(t) * (1 - s/2))
		},
	} {
		if e := seriesError(f); !(e < 1e-14) {
			t.Errorf("%s: off by %g", name, e)
		}
	}
	if seriesError(func(t float64) float64 { return 1 - math.Exp(-VP{}.beta().integral(t)) }) < 1e-9 {
		t.Error("1 - exp(-B) passes")
	}
	// Song et al. 2021: α(1) = exp(-B(1)/2) with B(1) = 10.05.
	if a := (VP{}).Coeff(1).Alpha; fmt.Sprintf("%.4e", a*a) != "4.3186e-05" {
		t.Errorf("VP α²(1) = %g", a*a)
	}
}

func TestEndsAreFinite(t *testing.T) {
	for _, s := range schedules() {
		for _, u := range []float64{0, 1e-300, 1e-5, 1} {
			c := s.Coeff(u)
			for name, v := range map[string]float64{
				"alpha": c.Alpha, "sigma": c.Sigma, "alpha'": c.DAlpha, "sigma'": c.DSigma,
				"f": s.Drift(u), "g²": s.Diffusion2(u),
			} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%#v: %s(%g) = %g", s, name, u, v)
				}
			}
			if c.Alpha <= 0 || (u == 1 && c.Sigma <= 0) {
				t.Errorf("%#v: coefficients %v at t = %g", s, c, u)
			}
		}
	}
}

func TestLambdaDecreases(t *testing.T) {
	for _, s := range schedules() {
		prev := math.Inf(1)
		for i := 1; i <= 1000; i++ {
			l := s.Coeff(float64(i) / 1000).Lambda()
			if l >= prev {
				t.Fatalf("%#v: λ rises at t = %g", s, float64(i)/1000)
			}
			prev = l
		}
	}
}

func roundTripError(s Schedule) float64 {
	worst := 0.0
	for i := 1; i <= 1000; i++ {
		for _, u := range []float64{float64(i) / 1000, 1e-5 * float64(i) / 1000} {
			worst = math.Max(worst, math.Abs(TimeAt(s, s.Coeff(u).Lambda())-u))
		}
	}
	return worst
}

// wrongInverse is a planted error: the inverse of ln(α²/σ²).
type wrongInverse struct{ VP }

func (w wrongInverse) TimeAt(lambda float64) float64 { return w.VP.TimeAt(lambda / 2) }

func TestTimeAtInverts(t *testing.T) {
	for _, s := range schedules() {
		if e := roundTripError(s); !(e < 1e-12) {
			t.Errorf("%#v: t(λ(t)) - t = %g", s, e)
		}
		if e := roundTripError(onlyCoeff{s}); !(e < 1e-12) {
			t.Errorf("%#v by bisection: t(λ(t)) - t = %g", s, e)
		}
		for _, l := range []float64{-1e3, 1e3} {
			a, b := TimeAt(s, l), TimeAt(onlyCoeff{s}, l)
			if math.Abs(a-b) > 1e-15 {
				t.Errorf("%#v: λ = %g is at %g in closed form and at %g by bisection", s, l, a, b)
			}
		}
	}
	if roundTripError(wrongInverse{}) < 1e-3 {
		t.Error("a wrong inverse passes")
	}
}

func TestFallbacksAgree(t *testing.T) {
	for _, s := range schedules() {
		for _, u := range []float64{0, 1e-4, 0.1, 0.5, 0.9, 1} {
			for name, f := range map[string]func(Schedule, float64) float64{"Drift": Drift, "Diffusion2": Diffusion2} {
				got, want := f(onlyCoeff{s}, u), f(s, u)
				if math.Abs(got-want) > 1e-11*(1+math.Abs(want)) && !(u == 0 && math.Abs(got-want) < 1e-5) {
					t.Errorf("%#v: %s(%g) = %g from Coeff, want %g", s, name, u, got, want)
				}
			}
		}
	}
}

func TestMinTime(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		want float64
	}{{VP{}, 1.0e-5}, {SubVP{}, 6.2e-3}, {VE{}, 0}, {Cosine{}, 0}, {Rectified{}, 1.0e-3}} {
		got := MinTime(c.s)
		if fmt.Sprintf("%.1e", got) != fmt.Sprintf("%.1e", c.want) {
			t.Errorf("MinTime(%T) = %.3e, want %.1e", c.s, got, c.want)
		}
		if k := c.s.Coeff(got); c.want > 0 && math.Abs(k.Sigma/k.Alpha-1e-3) > 1e-12 {
			t.Errorf("%T: σ/α = %g at MinTime", c.s, k.Sigma/k.Alpha)
		}
	}
}

// Given x_0, x_s and x_t = (α_t/α_s) x_s + noise are jointly normal; conditioning is that of two numbers.
func TestReverseKernel(t *testing.T) {
	for _, s := range []Schedule{VP{}, SubVP{}, VE{}, Cosine{}, Rectified{}} {
		for _, at := range [][2]float64{{0.9, 0.2}, {0.5, 0.45}, {1e-2, 1e-3}} {
			c, e := s.Coeff(at[0]), s.Coeff(at[1])
			r := c.Alpha / e.Alpha
			cov, vt, vs := r*e.Sigma*e.Sigma, c.Sigma*c.Sigma, e.Sigma*e.Sigma
			noisy, clean, sd := c.ReverseKernel(e)
			for name, p := range map[string][2]float64{
				"noisy": {noisy, cov / vt}, "clean": {clean, e.Alpha - cov/vt*c.Alpha}, "variance": {sd * sd, vs - cov*cov/vt},
			} {
				if d := math.Abs(p[0] - p[1]); !(d <= 1e-11) {
					t.Errorf("%T %v: %s %.15g, want %.15g", s, at, name, p[0], p[1])
				}
			}
		}
		if noisy, clean, sd := s.Coeff(0.5).ReverseKernel(Coeff{Alpha: 0.7}); noisy != 0 || clean != 0.7 || sd != 0 {
			t.Errorf("%T: %g, %g, %g at a time without noise", s, noisy, clean, sd)
		}
	}
}
