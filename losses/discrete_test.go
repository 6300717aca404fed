package losses

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/sde"
)

func chains(t *testing.T, n int) map[string]sde.Chain {
	d, err1 := sde.NewDDPM(sde.VP{}, n)
	s, err2 := sde.NewSMLD(sde.VE{}, n)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return map[string]sde.Chain{"ddpm": d, "smld": s}
}

// checkDiscrete compares the loss of a wrong denoiser with the losses of the
// papers, computed from the chain's own levels.
func checkDiscrete(c sde.Chain, edit func(*Problem)) error {
	const n, d = 500, 2
	x, out := normals(n, d, "x"), normals(n, d, "out")
	var p Problem
	Discrete(c).Draw(&p, x, Batch{Seed: 1, Total: n})
	edit(&p)
	level := map[float64]int{}
	for i := range c.Len() {
		level[c.Time(i)] = i
	}
	var want float64
	for i := range n {
		k, ok := level[p.T[i]]
		if !ok {
			return fmt.Errorf("t = %g is not a level", p.T[i])
		}
		a, s := c.Level(k)
		for j := range d {
			z := (p.X.At(i, j) - a*x.At(i, j)) / s
			if _, ok := c.(*sde.DDPM); ok { // |ε̂ - z|²
				e := (p.X.At(i, j)-a*out.At(i, j))/s - z
				want += e * e / n
			} else { // |s + z/σ|² σ²
				e := (out.At(i, j)-p.X.At(i, j))/(s*s) + z/s
				want += e * e * s * s / n
			}
		}
	}
	return near("loss", p.Loss(out), want, 1e-9)
}

func TestDiscreteLosses(t *testing.T) {
	for name, c := range chains(t, 1000) {
		o := Discrete(c)
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := checkDiscrete(c, func(*Problem) {}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		mustFail(t, name+": weights of x0", checkDiscrete(c, func(p *Problem) {
			for i := range p.Weight {
				p.Weight[i] = 1
			}
		}))
		mustFail(t, name+": a time off the levels", checkDiscrete(c, func(p *Problem) { p.T[7] += 1e-4 }))
	}
}

// A stratified batch of N rows meets each of N levels exactly once.
func TestDiscreteLevelsAreUniform(t *testing.T) {
	const n = 50
	for name, c := range chains(t, n) {
		var p Problem
		Discrete(c).Draw(&p, normals(n, 1, "x"), Batch{Seed: 3, Total: n})
		met := map[float64]int{}
		for _, u := range p.T {
			met[u]++
		}
		for i := range n {
			if met[c.Time(i)] != 1 {
				t.Errorf("%s: level %d is met %d times", name, i, met[c.Time(i)])
			}
		}
	}
}

// With N the discrete loss tends to the continuous one, at the rate 1/N: the
// expected loss at the exact denoiser of N(0, 1), E = d · mean α²/(α²+σ²).
func TestDiscreteLossTendsToTheContinuous(t *testing.T) {
	const m = 200000
	expected := func(c sde.Coeff) float64 { return c.Alpha * c.Alpha / (c.Alpha*c.Alpha + c.Sigma*c.Sigma) }
	limit := map[string]float64{}
	for k := range m {
		u := (float64(k) + 0.5) / m
		limit["ddpm"] += expected(sde.VP{}.Coeff(u)) / m
		limit["smld"] += expected(sde.VE{}.Coeff(u)) / m
	}
	gap := func(name string, n int) float64 {
		c := chains(t, n)[name]
		var sum float64
		for i := range n {
			a, s := c.Level(i)
			sum += expected(sde.Coeff{Alpha: a, Sigma: s}) / float64(n)
		}
		return math.Abs(sum - limit[name])
	}
	for name := range limit {
		if r := gap(name, 500) / gap(name, 1000); math.Abs(r-2) > 0.1 {
			t.Errorf("%s: halving the step divides the gap by %.3f, want 2", name, r)
		}
	}
}

func TestDiscreteRefuses(t *testing.T) {
	o := Discrete(chain())
	o.Times.Corrected = true
	foreign := Discrete(chain())
	foreign.Sched = sde.VE{}
	for want, o := range map[string]Denoising{
		"no density": o, "under the schedule": foreign, "no chain": {Sched: sde.VP{}, Times: Times{Law: ChainLevels{}}},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if (ChainLevels{chain()}).Quantile(Span{}, 1) != chain().Time(99) {
		t.Error("quantile 1 is not the last level")
	}
}
