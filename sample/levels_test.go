package sample

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/oracle"
	"tweedie/sde"
)

// levelsFile writes columns of numbers to a file, and returns its path.
func levelsFile(t *testing.T, head string, columns ...[]float64) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(head)
	for i := range columns[0] {
		for j, c := range columns {
			fmt.Fprintf(&b, "%s%.17g", []string{"", ","}[min(j, 1)], c[i])
		}
		b.WriteString("\n")
	}
	path := filepath.Join(t.TempDir(), "levels.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Levels of a file, uneven ones, give the chains of the papers: recursions in β_i and in
// σ_i, ε_i on N(m, v). Read in reverse they do not.
func TestChainsOfAFileAreThoseOfThePapers(t *testing.T) {
	const n, m, v, updates = 30, 0.4, 0.6, 3
	beta, sigma, step := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		u := float64(i+1) / n
		beta[i], sigma[i] = 0.002+0.5*u*u*u, 0.02*math.Pow(100, u*u)
		step[i] = sigma[i] * sigma[i] * (0.1 + 0.5*u)
	}
	score := func(x, a, s float64) float64 { return -(x - a*m) / (a*a*v + s*s) }
	bar := func(beta []float64) []float64 { // ᾱ_i
		a, p := make([]float64, n), 1.0
		for i := range a {
			p *= 1 - beta[i]
			a[i] = p
		}
		return a
	}
	ddpm := func(beta []float64, x float64, z []float64) float64 { // Ho et al. 2020, alg. 2
		a := bar(beta)
		for i := n - 1; i >= 1; i-- {
			sd := math.Sqrt(beta[i] * (1 - a[i-1]) / (1 - a[i]))
			x = (x+beta[i]*score(x, math.Sqrt(a[i]), math.Sqrt(1-a[i])))/math.Sqrt(1-beta[i]) + sd*z[n-1-i]
		}
		return x
	}
	smld := func(sigma []float64, x float64, z []float64) float64 { // Song et al. 2021, appendix F
		for i := n - 1; i >= 1; i-- {
			w := sigma[i]*sigma[i] - sigma[i-1]*sigma[i-1]
			x += w*score(x, 1, sigma[i]) + math.Sqrt(w*sigma[i-1]*sigma[i-1]/(sigma[i]*sigma[i]))*z[n-1-i]
		}
		return x
	}
	langevin := func(step []float64, alpha func(i int) float64, sd func(i int) float64, x float64, z []float64) float64 {
		k := 0
		for i := n - 1; i >= 0; i-- { // Song & Ermon 2019, alg. 1
			for range updates {
				x += step[i]/2*score(x, alpha(i), sd(i)) + math.Sqrt(step[i])*z[k]
				k++
			}
		}
		return x
	}
	ve := sde.VE{SigmaMin: 0.01, SigmaMax: 5}
	one := func(int) float64 { return 1 }
	of := func(list []float64) func(int) float64 { return func(i int) float64 { return list[i] } }
	constant := func(snr float64) []float64 {
		e := make([]float64, n)
		for i := range e {
			e[i] = 4 * snr * snr * sigma[i] * sigma[i]
		}
		return e
	}
	for _, c := range []struct {
		spec  string
		sched sde.Schedule
		draws int
		want  func(back bool, x float64, z []float64) float64
	}{
		{"ddpm:levels=" + levelsFile(t, "beta\n", beta), sde.VP{}, n - 1, func(back bool, x float64, z []float64) float64 { return ddpm(turned(beta, back), x, z) }},
		{"ddpm:levels=" + levelsFile(t, "", beta), sde.VP{}, n - 1, func(back bool, x float64, z []float64) float64 { return ddpm(turned(beta, back), x, z) }},
		{"smld:levels=" + levelsFile(t, "sigma\n", sigma), ve, n - 1, func(back bool, x float64, z []float64) float64 {
			if back { // another list
				return smld(constantRatio(sigma), x, z)
			}
			return smld(sigma, x, z)
		}},
		{"ald:corrector-steps=3,levels=" + levelsFile(t, "sigma, step\n", sigma, step), ve, n * updates, func(back bool, x float64, z []float64) float64 {
			return langevin(turned(step, back), one, of(sigma), x, z)
		}},
		{"ald:corrector-steps=3,snr=0.3,levels=" + levelsFile(t, "sigma\n", sigma), ve, n * updates, func(back bool, x float64, z []float64) float64 {
			if back {
				return langevin(constant(0.22), one, of(sigma), x, z)
			}
			return langevin(constant(0.3), one, of(sigma), x, z)
		}},
	} {
		s, err := ParseMethod(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		method, err := s.Method(c.sched)
		if err != nil {
			t.Fatal(err)
		}
		got := affine(t, gauss1(t, m, v, c.sched), method, method.(FixedTimes).Times())
		want := oracle.Probe(func(x float64, z []float64) float64 { return c.want(false, x, z) }, c.draws)
		if diff := compareAffine(got, want); diff != "" {
			t.Errorf("%s: %s", c.spec, diff)
		}
		if compareAffine(got, oracle.Probe(func(x float64, z []float64) float64 { return c.want(true, x, z) }, c.draws)) == "" {
			t.Errorf("%s: other levels pass", c.spec)
		}
		if _, err := Run(context.Background(), gauss1(t, m, v, c.sched), method, 3, s.Options()); err != nil {
			t.Errorf("%s: %v", c.spec, err)
		}
	}
}

func turned(list []float64, back bool) []float64 {
	list = slices.Clone(list)
	if back {
		slices.Reverse(list)
	}
	return list
}

// constantRatio are the levels of a geometric chain with the ends of list.
func constantRatio(list []float64) []float64 {
	n := len(list)
	g := make([]float64, n)
	for i := range g {
		g[i] = list[0] * math.Pow(list[n-1]/list[0], float64(i)/float64(n-1))
	}
	return g
}

// A number of levels lets ald go along those of the schedule, from the noisiest on.
func TestLangevinOnANumberOfLevels(t *testing.T) {
	s, err := ParseMethod("ald:levels=12,corrector-steps=40")
	if err != nil {
		t.Fatal(err)
	}
	for _, sched := range []sde.Schedule{sde.VP{BetaMax: 5}, sde.VE{SigmaMax: 5}} {
		m, err := s.Method(sched)
		if err != nil {
			t.Fatal(err)
		}
		ts := m.(FixedTimes).Times()
		if len(ts) != 12 || ts[0] <= ts[11] {
			t.Errorf("%T: times %v", sched, ts)
		}
		g := gauss1(t, 0.5, 0.7, sched)
		c := sched.Coeff(ts[11])
		mean, v := affine(t, g, m, ts).Push(0, 1) // any start: it forgets
		if math.Abs(mean-0.5*c.Alpha) > 0.1 || math.Abs(v/(0.7*c.Alpha*c.Alpha+c.Sigma*c.Sigma)-1) > 0.2 {
			t.Errorf("%T: N(%.3g, %.3g)", sched, mean, v)
		}
	}
}

func TestLevelsAreRefused(t *testing.T) {
	low := levelsFile(t, "beta\n", []float64{0.1, 0.2, 0.3})
	sigma := levelsFile(t, "sigma\n", []float64{0.1, 0.2, 0.3})
	stepped := levelsFile(t, "sigma,step\n", []float64{0.1, 0.2}, []float64{0.001, 0.2})
	for _, c := range []struct {
		spec  string
		sched sde.Schedule
		want  string
	}{
		{"ddpm:levels=1", nil, "levels is"}, {"ddpm:levels=0", nil, "at least 2"}, {"ddpm:levels=2.5", nil, "number of levels"}, {"ddpm:levels=nothere.csv", nil, "nothere.csv"},
		{"ddpm:levels=" + sigma, sde.VP{}, "give β_i"}, {"smld:levels=" + low, sde.VE{}, "give σ_i"},
		{"ddpm:levels=" + low, sde.VP{BetaMax: 0.11}, "beyond its end"},
		{"smld:levels=" + sigma, sde.VE{SigmaMin: 0.15}, "the schedule has it from 0.15"},
		{"ddim:levels=10", nil, "no option"}, {"ald:levels=10,nfe=100", nil, "leave nfe"},
		{"smld:levels=" + stepped, nil, "leave the column step out"}, {"ald:snr=0.1,levels=" + stepped, nil, "give one"},
		{"ald:levels=" + stepped, sde.VE{}, "the step of level 2 is 0.2 and its σ is 0.2: give a step above 0 and below 4σ²"},
	} {
		s, err := ParseMethod(c.spec)
		var m Method
		if err == nil {
			m, err = s.Method(c.sched)
		}
		if err == nil {
			_, err = Run(context.Background(), gauss1(t, 0, 1, c.sched), m, 2, s.Options())
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.spec, err, c.want)
		}
	}
}
