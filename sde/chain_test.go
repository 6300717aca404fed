package sde

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// The last ᾱ for several N, computed once in double precision from the product
// of 1 - β_i, and its limit exp(-10.05).
func TestDDPMApproachesVP(t *testing.T) {
	limit := math.Exp(-10.05)
	var prev float64
	for _, c := range []struct {
		n    int
		want string
	}{{100, "2.039e-05"}, {1000, "4.036e-05"}, {10000, "4.290e-05"}} {
		d := must(NewDDPM(VP{}, c.n))
		last := d.AlphaBar[c.n-1]
		if got := fmt.Sprintf("%.3e", last); got != c.want {
			t.Errorf("N=%d: last ᾱ %s, want %s", c.n, got, c.want)
		}
		e := math.Abs(last - limit)
		if c.n == 10000 && math.Abs(math.Log10(prev/e)-1) > 0.05 {
			t.Errorf("order %.3f in 1/N, want 1", math.Log10(prev/e))
		}
		prev = e
	}
}

// chainRates returns the largest errors, over the levels, of the discrete noise
// rate against g² and of the level's time against uniform times.
func chainRates(c Chain, rate func(i int) float64, g2 func(t float64) float64) (noise, times float64) {
	n := c.Len()
	for i := 1; i < n; i++ {
		u := float64(i) / float64(n-1)
		noise = math.Max(noise, math.Abs(rate(i)*float64(n)/g2(u)-1))
		times = math.Max(times, math.Abs(c.Time(i)-u))
	}
	return noise, times
}

func TestChainRates(t *testing.T) {
	order := func(f func(n int) (float64, float64)) (float64, float64) {
		a1, b1 := f(500)
		a2, b2 := f(1000)
		return math.Log2(a1 / a2), math.Log2(b1 / b2)
	}
	smld := func(scale float64) func(n int) (float64, float64) {
		return func(n int) (float64, float64) {
			c := must(NewSMLD(VE{}, n))
			return chainRates(c, func(i int) float64 { return scale * c.Increment(i) }, VE{}.Diffusion2)
		}
	}
	if p, _ := order(smld(1)); math.Abs(p-1) > 0.05 {
		t.Errorf("SMLD increments approach g² with order %.3f, want 1", p)
	}
	if p, _ := order(smld(1.05)); math.Abs(p-1) < 0.05 {
		t.Error("a wrong limit of the increments has order 1 too")
	}
	ddpm := func(n int) (float64, float64) {
		c := must(NewDDPM(VP{}, n))
		return chainRates(c, func(i int) float64 { return c.Beta[i] }, VP{}.Diffusion2)
	}
	if e, _ := ddpm(1000); e > 1e-13 {
		t.Errorf("N β_i leaves β by %g", e)
	}
	if _, p := order(ddpm); math.Abs(p-1) > 0.05 {
		t.Errorf("DDPM times approach uniform ones with order %.3f, want 1", p)
	}
}

// chainError walks the chain's own posterior: x_i drawn from level i, x_{i-1}
// from the posterior must have the moments of level i-1, for x_0 fixed.
func chainError(c Chain, posterior func(i int) (w0, wi, v float64)) float64 {
	worst := 0.0
	for i := 1; i < c.Len(); i++ {
		a, s := c.Level(i)
		b, r := c.Level(i - 1)
		w0, wi, v := posterior(i)
		worst = math.Max(worst, math.Abs((w0+wi*a)/b-1))
		worst = math.Max(worst, math.Abs((wi*wi*s*s+v)/(r*r)-1))
	}
	return worst
}

func TestChainPosteriorsKeepTheMarginals(t *testing.T) {
	d := must(NewDDPM(VP{}, 200))
	for _, c := range []Chain{d, must(NewSMLD(VE{}, 200))} {
		if e := chainError(c, c.Posterior); !(e < 1e-11) {
			t.Errorf("%T: marginals left by %g", c, e)
		}
		w0, wi, v := c.Posterior(0)
		if w0 != 1 || wi != 0 || v != 0 {
			t.Errorf("%T: the step to x_0 is %g x_0 + %g x_i with variance %g", c, w0, wi, v)
		}
	}
	// Planted: DDPM's other variance β_i ("fixed large").
	if e := chainError(d, func(i int) (float64, float64, float64) {
		w0, wi, _ := d.Posterior(i)
		return w0, wi, d.Beta[i]
	}); e < 1e-3 {
		t.Errorf("variance β passes for the posterior variance, error %g", e)
	}
}

func TestChainTimesHaveTheLevels(t *testing.T) {
	for _, c := range []Chain{must(NewDDPM(VP{}, 100)), must(NewSMLD(VE{SigmaMin: 0.1, SigmaMax: 5}, 100))} {
		for i := range c.Len() {
			a, s := c.Level(i)
			k := c.Schedule().Coeff(c.Time(i))
			if math.Abs(k.Alpha-a) > 1e-13 || math.Abs(k.Sigma/s-1) > 1e-13 {
				t.Errorf("%T level %d: (%g, %g), schedule (%g, %g)", c, i, a, s, k.Alpha, k.Sigma)
			}
		}
	}
	s, v := must(NewSMLD(VE{}, 30)), 0.0
	for i := range s.Len() {
		v += s.Increment(i)
		if math.Abs(v/(s.Sigma[i]*s.Sigma[i])-1) > 1e-13 {
			t.Errorf("increments up to %d sum to %g, want %g", i, v, s.Sigma[i]*s.Sigma[i])
		}
	}
}

func TestShortChainsAreRefused(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 10, 20} {
		if _, err := NewDDPM(VP{}, n); err == nil || !strings.Contains(err.Error(), "use more than 20 steps") {
			t.Errorf("DDPM of %d steps: %v", n, err)
		}
	}
	if _, err := NewDDPM(VP{}, 21); err != nil {
		t.Error(err)
	}
	if _, err := NewSMLD(VE{}, 1); err == nil {
		t.Error("SMLD of one level")
	}
}
