package inference

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide/calibration"
	"tweedie/internal/stream"
)

// Two simulations of nine draws, worked out by hand.
func TestRegionsByHand(t *testing.T) {
	theta := mat.NewDense(2, 2, []float64{1, 0, 0, 10})
	draws := mat.NewDense(18, 2, nil)
	for k := range 9 {
		draws.SetRow(k, []float64{float64(k) / 4, 0})     // distances 0, ¼, …, 2 from (0, 0): four below 1, one at 1
		draws.SetRow(9+k, []float64{float64(k) + 0.5, 0}) // all nearer than 10
	}
	refs := References{Points: mat.NewDense(2, 2, nil)}
	r := TARP(theta, draws, 9, refs)
	if !(r.Ranks[0] == 4 || r.Ranks[0] == 5) || r.Ranks[1] != 9 || r.Name != TARPName || r.Draws != 9 {
		t.Errorf("ranks %v", r.Ranks)
	}
	// a metric that sees the first parameter alone: 0.5 … 8.5 against 0
	refs.Metric = []*mat.Dense{mat.NewDense(2, 2, []float64{1, 0, 0, 1}), mat.NewDense(2, 2, []float64{2, 0, 0, 0})}
	if r := TARP(theta, draws, 9, refs); r.Ranks[1] != 0 {
		t.Errorf("ranks %v in a metric", r.Ranks)
	}
	d := Density([]float64{-1, 5}, []float64{0, 0, 0, -2, -2, -2, -2, -2, -2, 1, 2, 3, 4, 6, 7, 8, 9, 10}, 9)
	if !slices.Equal(d.Ranks, []int{3, 5}) || d.Name != DensityName {
		t.Errorf("ranks %v of densities", d.Ranks)
	}
	if c := (Region{Column: calibration.Column{Ranks: []int{0, 4, 8, 9}}, Draws: 9}).coverage(0.9); c != 0.75 {
		t.Errorf("coverage %v", c)
	}
}

// References do not depend on the θ of their own half, and follow x.
func TestReferences(t *testing.T) {
	const n = 200
	rng := stream.New(1, "inference/references/test")
	theta, x := mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		v := rng.NormFloat64()
		x.Set(i, 0, v)
		theta.SetRow(i, []float64{1e6 * (2*v + 0.1*rng.NormFloat64()), 1e-6 * rng.NormFloat64()})
	}
	a := NewReferences(theta, x, 3)
	for i := range n {
		if e := a.Points.At(i, 0)/1e6 - 2*x.At(i, 0); math.Abs(e) > 1.5 {
			t.Errorf("reference %d is %v from the regression", i, e)
		}
	}
	changed := mat.DenseCopyOf(theta)
	for i := 0; i < n; i += 2 {
		changed.Set(i, 0, 1e9)
	}
	b := NewReferences(changed, x, 3)
	for i := range n {
		if same := a.Points.At(i, 0) == b.Points.At(i, 0); same != (i%2 == 0) {
			t.Fatalf("reference %d: a change of the even θ changes it: %v", i, !same)
		}
	}
	if c := NewReferences(theta, x, 4); c.Points.At(0, 0) == a.Points.At(0, 0) {
		t.Error("the seed plays no role")
	}
}

// Contraction and z-scores of the line are those of its exact posterior.
func TestParameterNumbers(t *testing.T) {
	p := newOracle(t, "line", right)
	r, err := Calibrate(context.Background(), p, p.simulations(t, 2000, 5), &Options{Simulations: 2000, Densities: -1})
	if err != nil {
		t.Fatal(err)
	}
	want := 1 - (2*(1-2/2.16)+2)/4 // 1 - Var(θ_1|x), of u and v
	for _, c := range r.Parameters {
		if math.Abs(c.Contraction-want) > 0.05 || math.Abs(c.ZMean) > 0.1 || math.Abs(c.ZSD-1) > 0.07 {
			t.Errorf("%s: contraction %.3f, want %.3f; z %.3f, sd %.3f", c.Name, c.Contraction, want, c.ZMean, c.ZSD)
		}
	}
	if len(r.Regions) != 1 || r.Alpha != 0.01/3 {
		t.Errorf("%d regions, alpha %v", len(r.Regions), r.Alpha)
	}
}

// A report of a fault: its words, its JSON, and its page.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		task  string
		fault fault
		want  []string
	}{
		{"gaussian_linear", narrow, []string{"not right: t", "is too narrow by a factor of 1.", "TARP: regions are too small", "more parameters are off"}},
		{"gaussian_linear", wide, []string{"is too wide by a factor of 1.", "TARP: regions are too large", "highest density: regions are too large"}},
		{"line", unlinked, []string{"TARP: regions", "each parameter alone is right"}},
		{"line", right, []string{"no fault was seen; with 400 simulations, intervals of 90 % that hold the truth in less than 8"}},
	} {
		p := newOracle(t, c.task, c.fault)
		s := p.simulations(t, 400, 8)
		r, err := Calibrate(context.Background(), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Calibrated != (c.fault == right) {
			t.Errorf("%s, %s: calibrated %v", c.task, c.fault, r.Calibrated)
		}
		for _, w := range c.want {
			if v := r.Verdict(); !strings.Contains(v, w) {
				t.Errorf("%s, %s: %q lacks %q", c.task, c.fault, v, w)
			}
		}
		if r.Local, err = AtObservations(context.Background(), p, s, p.simulations(t, 2, 99).X, &ObservationOptions{Nulls: -1}); err != nil {
			t.Fatal(err)
		}
		var page, again bytes.Buffer
		for _, w := range []*bytes.Buffer{&page, &again} {
			if err := r.WriteHTML(w, calibration.Page{Command: "tweedie calibrate <x>", Footer: "version 1"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range []string{"tweedie calibrate &lt;x&gt;", "<footer>version 1", "Ranks of the true parameters", "Regions of all parameters", "<td>TARP</td>", "<td>t1</td>", "<h2>Observations"} {
			if !strings.Contains(page.String(), w) {
				t.Errorf("the page lacks %q", w)
			}
		}
		if page.String() != again.String() {
			t.Error("the same report gives another page")
		}
		b, err := json.Marshal(r)
		var back Report
		if err != nil || json.Unmarshal(b, &back) != nil || back.Verdict() != r.Verdict() {
			t.Errorf("JSON: %v", err)
		}
	}
}

func TestCalibrateRefuses(t *testing.T) {
	p := newOracle(t, "line", right)
	ctx := context.Background()
	s := p.simulations(t, 50, 1)
	odd := s
	odd.X = mat.DenseCopyOf(s.X)
	odd.X.Set(3, 0, math.NaN())
	short := s
	short.X = s.X.Slice(0, 49, 0, 1).(*mat.Dense)
	for want, f := range map[string]func() error{
		"data of simulation 4, x is NaN": func() error { _, err := Calibrate(ctx, p, odd, nil); return err },
		"50 rows of parameters and 49":   func() error { _, err := Calibrate(ctx, p, short, nil); return err },
		"19 simulations":                 func() error { _, err := Calibrate(ctx, p, s, &Options{Simulations: 19}); return err },
		"there are 50":                   func() error { _, err := Calibrate(ctx, p, s, &Options{Simulations: 51}); return err },
		"8 draws":                        func() error { _, err := Calibrate(ctx, p, s, &Options{Draws: 8}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Verdicts about observations say which are off, and outweigh those on average.
func TestLocalVerdicts(t *testing.T) {
	novelty := &Novelty{P: []float64{0.5, 0.001, 0.3}, Score: []float64{1, 9, 1}, Typical: 1, Column: []string{"a", "b", "c"}, Share: []float64{0.5, 0, 0.2}, All: 0.4}
	of := func(p ...float64) *Local {
		l := &Local{Novelty: &Novelty{}, Pairs: 100}
		*l.Novelty = *novelty
		for i, v := range p {
			l.Observations = append(l.Observations, Observation{P: v, Nulls: 99})
			if len(p) == 1 {
				l.Novelty.P[i] = 0.5
			}
		}
		return l
	}
	r := Report{Simulations: 500, Alpha: 0.001, Calibrated: true}
	for want, l := range map[string]*Local{
		"right on average, as far as 500 simulations tell, but observation 2 is unlike the simulations":                      of(0.5, 0.5, 0.5),
		"look at the simulator and the prior; the posterior of observations 1, 3 is not the true one":                        of(0.01, 0.5, 0.01),
		"but the posterior of the observation is not the true one":                                                           of(0.01),
		"no fault was seen; with 500 simulations, intervals of 90 % that hold the truth in less than 85 % or more than 94 %": nil,
	} {
		r.Local = l
		if v := r.Verdict(); !strings.Contains(v, want) {
			t.Errorf("%q lacks %q", v, want)
		}
	}
	novelty.P[1] = 0.5
	r.Local = of(0.5, 0, 0.5) // 0: L-C2ST was left out
	if v := r.Verdict(); !strings.HasSuffix(v, "would have been; no fault was seen at the 3 observations") {
		t.Error(v)
	}
	if list := strings.Join(r.Findings(), "\n"); strings.Contains(list, "observation 2: no fault was seen by L-C2ST") || !strings.Contains(list, "observation 2: such as the simulator makes (p = 0.5; 9.0 from the nearest, 1.0 is typical), most in b, beyond all simulations") {
		t.Error(list)
	}
	novelty.All = 0.001
	r.Local = of(0.5, 0.5, 0.5)
	if v := r.Verdict(); !strings.Contains(v, "the observations as a whole are unlike the simulations") {
		t.Error(v)
	}
}
