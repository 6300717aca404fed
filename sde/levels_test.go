package sde

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Levels given are those of the chain, at the times where the schedule has their kernel.
func TestLevelsGiven(t *testing.T) {
	own, err := NewDDPM(VP{}, 200)
	if err != nil {
		t.Fatal(err)
	}
	same, err := NewDDPMOf(VP{}, own.Beta)
	if err != nil {
		t.Fatal(err)
	}
	smld, err := NewSMLD(VE{}, 50)
	if err != nil {
		t.Fatal(err)
	}
	alike, err := NewSMLDOf(VE{}, smld.Sigma)
	if err != nil {
		t.Fatal(err)
	}
	uneven, err := NewDDPMOf(VP{}, []float64{0.001, 0.01, 0.02, 0.3, 0.3, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		a, s := own.Level(i)
		b, u := same.Level(i)
		if a != b || s != u || own.Time(i) != same.Time(i) {
			t.Fatalf("level %d differs", i)
		}
	}
	for i := range 50 {
		if _, s := alike.Level(i); s != smld.Sigma[i] || math.Abs(alike.Time(i)-smld.Time(i)) > 1e-12 {
			t.Fatalf("level %d differs", i)
		}
	}
	bar := 1.0
	for i, b := range uneven.Beta {
		bar *= 1 - b
		a, s := uneven.Level(i)
		k := VP{}.Coeff(uneven.Time(i))
		if math.Abs(a*a-bar) > 1e-14 || math.Abs(a*a+s*s-1) > 1e-14 || math.Abs(k.Alpha-a) > 1e-12 || math.Abs(k.Sigma-s) > 1e-12 {
			t.Errorf("level %d: %g, %g, at t = %g the schedule has %g, %g", i, a, s, uneven.Time(i), k.Alpha, k.Sigma)
		}
		if i > 0 { // the posterior times the forward step is the joint law: variance of x_i given x_0
			w0, wi, v := uneven.Posterior(i)
			a0, s0 := uneven.Level(i - 1)
			if math.Abs(w0+wi*a-a0) > 1e-12 || math.Abs(v+wi*wi*s*s-s0*s0) > 1e-12 {
				t.Errorf("posterior of level %d", i)
			}
		}
	}
}

func TestReadLevels(t *testing.T) {
	read := func(text string) (*Levels, error) {
		path := filepath.Join(t.TempDir(), "l.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return ReadLevels(path)
	}
	for text, want := range map[string]Levels{
		"beta\n0.1\n0.2\n":                      {Beta: []float64{0.1, 0.2}},
		"\ufeffstep,sigma\r\n1e-3, 1\r\n2e-3,2": {Sigma: []float64{1, 2}, Step: []float64{1e-3, 2e-3}},
		"0.25\n0.5\n\n":                         {List: []float64{0.25, 0.5}},
	} {
		l, err := read(text)
		if err != nil || !slices.Equal(l.Beta, want.Beta) || !slices.Equal(l.Sigma, want.Sigma) || !slices.Equal(l.List, want.List) || !slices.Equal(l.Step, want.Step) {
			t.Errorf("%q: %+v, %v", text, l, err)
		}
	}
	for text, want := range map[string]string{
		"": "has a column beta or sigma", "beta\n": "give one of these", "beta\n0.1\n": "at least 2", "gamma\n1\n2": `column "gamma"`, "beta,beta\n1,1": `column "beta"`,
		"beta,sigma\n.1,1\n.2,2": "give one of these", "step\n1\n2": "give one of these", "beta\n0.1\nx": `line 3: "x" is no number`, "beta\n0.1\nNaN": "level 2: β is NaN",
		"beta\n0.1\n1": "level 2: β is 1, and must be above 0 and below 1", "beta\n0\n.1": "level 1", "beta\n.2\n.1": "falls from 0.2 to 0.1",
		"sigma\n1\n1": "must rise", "sigma\n-1\n1": "positive", "sigma\n1\nInf": "positive", "sigma,step\n1,0\n2,1": "the step is 0",
		"beta,step\n.1\n": "wrong number of fields", "0.1\n0.2,0.3": "wrong number of fields", "sigma\n" + strings.Repeat("1e-3\n", MaxLevels+1): "at most 65536",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "l.csv: ") {
			t.Errorf("%.30q: %v, want %s", text, err, want)
		}
	}
	for _, c := range []struct {
		l    Levels
		s    Schedule
		want string
	}{
		{Levels{Count: 10}, Cosine{}, "vp and ve"}, {Levels{Count: 3}, VP{}, "more than"}, {Levels{Beta: []float64{0.1, 0.2}}, VE{}, "give σ_i"},
		{Levels{List: []float64{0.5, 0.1}}, VP{}, "falls"}, {Levels{List: []float64{0.5, 1.5}}, VP{}, "β is 1.5"}, {Levels{List: []float64{0.5, 0.5}}, VE{}, "must rise"},
		{Levels{Sigma: []float64{1, 100}}, VE{}, "from 0.01 to 50"}, {Levels{Beta: slices.Repeat([]float64{0.9}, 6)}, VP{}, "beyond its end"},
		{Levels{Beta: []float64{1e-300, 0.5, 0.5}}, VP{}, ""}, {Levels{Beta: []float64{0.3, 0.3}, Step: []float64{1}}, VP{}, "1 step sizes for 2"},
	} {
		if _, err := c.l.Chain(c.s); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.l, err, c.want)
		}
	}
	if l, err := ParseLevels("12"); err != nil || l.Count != 12 || l.Len() != 12 {
		t.Error(err)
	}
	if _, err := ParseLevels("-3"); err == nil {
		t.Error("-3 levels")
	}
}

// The number of a schedule's own levels has a bound, before anything is allocated.
func TestCountOfLevelsIsBounded(t *testing.T) {
	for n, ok := range map[int]bool{1: false, 2: true, MaxCount: true, MaxCount + 1: false, 1_000_000_000: false} {
		if err := (&Levels{Count: n}).Check(); (err == nil) != ok {
			t.Errorf("%d levels: %v", n, err)
		}
	}
}
