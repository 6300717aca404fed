package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
)

// The closed forms of Song et al. 2021b in B, against the one formula in λ.
func TestLikelihoodTimeClosedForms(t *testing.T) {
	const eps = 1e-5
	l := VP{}.beta()
	b := l.integral(eps)
	for i := range 101 {
		u := float64(i) / 100
		z := u * LikelihoodNorm(VP{}, eps)
		want := l.timeOf(math.Log1p(math.Expm1(b) * math.Exp(z)))
		if got := LikelihoodTime(VP{}, u, eps); math.Abs(got-want) > 1e-14 {
			t.Errorf("VP, u=%g: %g, want %g", u, got, want)
		}
		z = u * LikelihoodNorm(SubVP{}, eps)
		want = l.timeOf(2 * math.Asinh(math.Sinh(b/2)*math.Exp(z/2)))
		if got := LikelihoodTime(SubVP{}, u, eps); math.Abs(got-want) > 1e-14 {
			t.Errorf("sub-VP, u=%g: %g, want %g", u, got, want)
		}
		want = eps + u*(1-eps)
		if got := LikelihoodTime(VE{}, u, eps); math.Abs(got-want) > 1e-14 {
			t.Errorf("VE, u=%g: %g, want %g", u, got, want)
		}
	}
	for _, c := range []struct {
		s    Schedule
		want float64
	}{{VP{}, 23.864}, {SubVP{}, 37.679}, {VE{}, 17.034}} {
		if got := LikelihoodNorm(c.s, eps); math.Abs(got-c.want) > 5e-4 {
			t.Errorf("%T: Z = %.4f, want %.3f", c.s, got, c.want)
		}
	}
}

// quantileError is the largest violation of ∫_eps^t(u) weight = u ∫_eps^1 weight,
// the integral being taken by quadrature in ln t.
func quantileError(s Schedule, eps float64, weight func(t float64) float64) float64 {
	mass := func(to float64) float64 {
		return quad.Fixed(func(l float64) float64 {
			return math.Exp(l) * weight(math.Exp(l))
		}, math.Log(eps), math.Log(to), 400, quad.Legendre{}, 0)
	}
	z := LikelihoodNorm(s, eps)
	worst := math.Abs(mass(1)/z - 1)
	for _, u := range []float64{0.05, 0.3, 0.5, 0.8, 0.99} {
		worst = math.Max(worst, math.Abs(mass(LikelihoodTime(s, u, eps))/z-u))
	}
	return worst
}

func TestLikelihoodTimeIsTheInverseCDF(t *testing.T) {
	const eps = 1e-3
	for _, s := range schedules() {
		ratio := func(u float64) float64 {
			g := s.Coeff(u).Sigma
			return s.Diffusion2(u) / (g * g)
		}
		if e := quantileError(s, eps, ratio); !(e < 1e-6) {
			t.Errorf("%#v: off by %g", s, e)
		}
		if e := quantileError(onlyCoeff{s}, eps, ratio); !(e < 1e-6) {
			t.Errorf("%#v by bisection: off by %g", s, e)
		}
	}
	// Planted: the weight g²/σ, as if σ were a variance.
	if e := quantileError(VP{}, eps, func(u float64) float64 { return (VP{}).Diffusion2(u) / (VP{}).Coeff(u).Sigma }); e < 1e-2 {
		t.Errorf("a wrong weight passes, error %g", e)
	}
}

func TestLikelihoodTimeEnds(t *testing.T) {
	for _, s := range schedules() {
		if a, b := LikelihoodTime(s, 0, 1e-4), LikelihoodTime(s, 1, 1e-4); a != 1e-4 || b != 1 {
			t.Errorf("%#v: quantiles 0 and 1 are %g and %g", s, a, b)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("eps = 0 of VP, where Z is infinite, did not panic")
		}
	}()
	LikelihoodNorm(VP{}, 0)
}
