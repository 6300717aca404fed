package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
)

// The model of a run that hardly trains is the exact law of independent normal columns,
// of which evidences are known: every kind of particles must find them.
func TestParticlesFindTheEvidence(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("u.csv", tableText(300, "a", "b"))
	write("y.yaml", "guide:\n  - {observe: {a: 1.5}, noise: 0.3}\n")
	write("two.yaml", "guide:\n  - {observe: {a: 1.5}, noise: 0.3}\n  - {linear: [{weights: {a: 1, b: 1}, value: 2}], noise: 0.5}\n")
	write("r.yaml", "guide:\n  - reward: {weights: {a: 1}, strength: 0.5}\n")
	write("in.yaml", "guide:\n  - within: {column: a, min: 1, max: 2}\n")
	command(t, "train", "--data", "u.csv", "--encoding", "standard", "--partial", "0", "--steps", "1", "--lr", "1e-9", "--hidden", "8", "--layers", "1", "--out", "m")
	b, err := loadBundle("m")
	if err != nil {
		t.Fatal(err)
	}
	mean, variance := b.model.Moments()
	var mu, v [2]float64
	for j := range 2 {
		shift, scale, ok := b.codec.Affine(j)
		if !ok {
			t.Fatal("the encoding is not affine")
		}
		mu[j], v[j] = shift+scale*mean[j], scale*scale*variance[j]
	}
	normal := func(x, m, v float64) float64 { return -((x-m)*(x-m)/v + math.Log(2*math.Pi*v)) / 2 }
	one := normal(1.5, mu[0], v[0]+0.09)
	k := v[0] / (v[0] + 0.09) // of a given its observation
	ma, va := mu[0]+k*(1.5-mu[0]), (1-k)*v[0]
	two := one + normal(2, ma+mu[1], va+v[1]+0.25)
	cdf := func(x float64) float64 { return math.Erfc(-(x-mu[0])/math.Sqrt(2*v[0])) / 2 }
	tilted := 0.5*mu[0] + v[0]/8
	for _, c := range []struct {
		name string
		want float64
		args []string
	}{
		{"tds", one, []string{"--guide", "y.yaml"}},
		{"mcgdiff", one, []string{"--guide", "y.yaml", "--method", "mcgdiff"}},
		{"fk", one, []string{"--guide", "y.yaml", "--method", "fk"}},
		{"mcgdiff, errors of two sizes", two, []string{"--guide", "two.yaml", "--method", "mcgdiff"}},
		{"tds, a reward", tilted, []string{"--guide", "r.yaml"}},
		{"fk, a reward", tilted, []string{"--guide", "r.yaml", "--method", "fk", "--potential", "max"}},
		{"fk, a reward, sum", tilted, []string{"--guide", "r.yaml", "--method", "fk", "--potential", "sum"}},
		{"fkc, a reward", tilted, []string{"--guide", "r.yaml", "--method", "fkc"}},
		{"tds, within", math.Log(cdf(2) - cdf(1)), []string{"--guide", "in.yaml", "--resampler", "stratified"}},
		{"where", math.Log(cdf(2) - cdf(1)), []string{"--where", "1 <= a <= 2"}},
	} {
		command(t, append([]string{"sample", "--model", "m", "--rows", "1600", "--particles", "200", "--nfe", "200", "--json", "s.json", "--out", "s.csv"}, c.args...)...)
		text, err := os.ReadFile("s.json")
		if err != nil {
			t.Fatal(err)
		}
		var s steerSummary
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		off := func(want float64) bool {
			return math.Abs(*s.Particles.LogEvidence-want) > 5**s.Particles.SE+0.06
		}
		t.Logf("%s: %.3f ± %.3f, want %.3f", c.name, *s.Particles.LogEvidence, *s.Particles.SE, c.want)
		if off(c.want) {
			t.Errorf("%s: log evidence %.3f ± %.3f, want %.3f", c.name, *s.Particles.LogEvidence, *s.Particles.SE, c.want)
		}
		if !off(c.want + math.Ln2 + 5**s.Particles.SE) {
			t.Errorf("%s: twice the evidence passes", c.name)
		}
	}
}

// Groups whose labels were drawn count by their evidence, others alike; and a group that
// collapsed gives nothing.
func TestGroupsCountByTheirEvidence(t *testing.T) {
	s := swarm{app: &app{}, o: &sampleFlags{rows: 4, steer: steerFlags{particles: 2}}, r: &request{laws: turns{&labelLaw{rows: [][]int{{0}, {1}}}}}, done: 3}
	s.chunks = []chunk{{
		cloud:  &sample.Cloud{LogEvidence: []float64{-800, -800 + math.Log(3), math.Inf(-1)}, Collapsed: []int{-1, -1, 2}, Resampled: make([]int, 3), ESS: [][]float64{{2, 1}, {2, 2}, {2, 0}}, Times: []float64{1, 0}, Done: 3},
		weight: []float64{0.5, 0.5, 0.25, 0.75, 0, 0},
		log:    []float64{-800, -800 + math.Log(3), math.Inf(-1)},
	}}
	differs := func(want []float64) bool {
		_, w := s.of(0)
		return !slices.EqualFunc(w, want, func(a, b float64) bool { return math.Abs(a*3-b) < 1e-12 })
	}
	if differs([]float64{0.5, 0.5, 0.75, 2.25, 0, 0}) {
		t.Error("drawn labels: groups do not count by their evidence")
	}
	if !differs([]float64{1.5, 1.5, 0.75, 2.25, 0, 0}) {
		t.Error("groups that count alike pass")
	}
	e, _ := s.evidence(4)
	if e.Collapsed != 1 || e.ESS[1] != 1.5 || math.Abs(*e.LogEvidence-(-800+math.Log(4./3))) > 1e-9 {
		t.Errorf("evidence %+v", e)
	}
	s.r.laws[0].rows = [][]int{{0}}
	if _, w := s.of(0); w[0] != 0.5 || w[3] != 0.75 {
		t.Errorf("one combination of labels: weights %v", w)
	}
	for i := range s.chunks[0].cloud.Collapsed {
		s.chunks[0].cloud.Collapsed[i] = 0
	}
	clear(s.chunks[0].weight)
	if _, err := s.draw(nil); err == nil {
		t.Error("all groups collapsed, and there are rows")
	}
}

func TestLogMean(t *testing.T) {
	inf := math.Inf(-1)
	if m, se := logMean([]float64{-1000 + math.Log(1), -1000 + math.Log(3)}); math.Abs(*m-(-1000+math.Log(2))) > 1e-12 || math.Abs(*se-0.5) > 1e-12 {
		t.Errorf("mean %v ± %v", *m, *se)
	}
	if m, _ := logMean([]float64{inf, 0}); math.Abs(*m+math.Ln2) > 1e-12 {
		t.Errorf("with a group that collapsed: %v", *m)
	}
	if m, se := logMean([]float64{inf, inf}); m != nil || se != nil {
		t.Error("all collapsed, and there is an evidence")
	}
	if _, se := logMean([]float64{1}); se != nil {
		t.Error("one group has a standard error")
	}
}

// Errors of several sizes become one without changing what is known.
func TestJoinedObservations(t *testing.T) {
	obs := func(sd float64, y float64, a ...float64) guide.Observation {
		return guide.Observation{A: guide.NewLinear(mat.NewDense(1, 2, a)), Y: mat.NewDense(1, 1, []float64{y}), Error: guide.Normal{SD: sd}}
	}
	var m measurement
	if err := m.join([]guide.Observation{obs(0.5, 2, 1, 0), obs(0.1, 3, 1, -1)}); err != nil {
		t.Fatal(err)
	}
	log := func(m measurement, x ...float64) float64 {
		o := sample.Observed{A: m.linear.A, Y: m.linear.Y, Error: guide.Normal{SD: m.linear.SD}}
		dst := make([]float64, 1)
		if err := o.Reward(dst, mat.NewDense(1, 2, x), 0); err != nil {
			t.Fatal(err)
		}
		return dst[0] + m.logScale
	}
	normal := func(r, sd float64) float64 { return -r*r/(2*sd*sd) - math.Log(sd*math.Sqrt(2*math.Pi)) }
	want := normal(2-1.7, 0.5) + normal(3-(1.7+1.2), 0.1)
	if got := log(m, 1.7, -1.2); math.Abs(got-want) > 1e-12 {
		t.Errorf("log p(y|x) %v, want %v", got, want)
	}
	m.logScale = 0
	if got := log(m, 1.7, -1.2); math.Abs(got-want) < 0.1 {
		t.Error("without the change of units it passes")
	}
	if err := m.join([]guide.Observation{{A: guide.Columns{Dim: 2, Index: []int{0}}, Y: mat.NewDense(1, 1, nil), Error: guide.Normal{SD: 1}}}); err == nil {
		t.Error("an operator that may not be linear passes")
	}
}

// A reward's gradient is that of its values.
func TestRewardGradient(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("u.csv", []byte(tableText(300, "a", "b")), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, "train", "--data", "u.csv", "--steps", "1", "--hidden", "8", "--layers", "1", "--out", "m") // quantiles: not linear
	b, err := loadBundle("m")
	if err != nil {
		t.Fatal(err)
	}
	target := 0.7
	for _, law := range []rewardLaw{{Weights: map[string]float64{"a": 2, "b": -1}}, {Weights: map[string]float64{"a": 1}, Target: &target, Strength: 3}} {
		r, err := law.build(b.codec)
		if err != nil {
			t.Fatal(err)
		}
		tl := tilt(2, []guide.Reward{r})
		x, grad, v := mat.NewDense(1, 2, []float64{0.3, -0.4}), mat.NewDense(1, 2, nil), make([]float64, 1)
		if err := tl.Gradient(grad, x, 0); err != nil {
			t.Fatal(err)
		}
		wrong := func(g []float64) string {
			for j := range 2 {
				const h = 1e-6
				var d float64
				for _, s := range []float64{1, -1} {
					y := mat.DenseCopyOf(x)
					y.Set(0, j, y.At(0, j)+s*h)
					if err := tl.Reward(v, y, 0); err != nil {
						t.Fatal(err)
					}
					d += s * v[0] / (2 * h)
				}
				if math.Abs(d-g[j]) > 1e-4*math.Max(1, math.Abs(d)) {
					return fmt.Sprintf("position %d: %v, by differences %v", j, g[j], d)
				}
			}
			return ""
		}
		if s := wrong(grad.RawRowView(0)); s != "" {
			t.Error(s)
		}
		if wrong([]float64{grad.At(0, 0) * 1.1, grad.At(0, 1)}) == "" {
			t.Error("a wrong gradient passes")
		}
	}
	for _, bad := range []rewardLaw{{}, {Weights: map[string]float64{"c": 1}}, {Weights: map[string]float64{"a": 1}, Target: &target, Strength: -1}, {Weights: map[string]float64{"a": 1}, Strength: math.Inf(1)}} {
		if _, err := bad.build(b.codec); err == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}
