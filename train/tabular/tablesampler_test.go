package tabular

import (
	"context"
	"math"
	"testing"

	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// Rows without a guide take few evaluations, where they are decided; what bends the model's
// law, or its moments, takes the whole run.
func TestSamplerOfATable(t *testing.T) {
	m := model(t)
	for name, c := range map[string]struct {
		q     Query
		nfe   int
		start bool // late
		end   bool // early
	}{
		"plain":                {Query{}, plainNFE, true, true},
		"colder":               {Query{Sampler: sample.Sampler{Temperature: 0.9}}, 32, true, true},
		"evaluations are said": {Query{Sampler: sample.Sampler{NFE: 12}}, 12, true, true},
		"one evaluation":       {Query{Sampler: sample.Sampler{NFE: 1}}, 1, false, false},
		"given":                {Query{Given: map[string]string{"kind": "red"}}, 32, false, true},
		"strengthened":         {Query{Given: map[string]string{"kind": "red"}, CFG: 2}, 100, false, false},
		"guided":               {Query{Guide: &spec.File{}}, 100, false, false},
		"a sampler is said":    {Query{Sampler: sample.Sampler{Name: "dpmpp2m-sde"}}, 50, false, false},
	} {
		r, err := m.resolve(10, &c.q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := r.Sampler
		if s.Name != "dpmpp2m-sde" || s.Evaluations() != c.nfe || s.Start > 0 != c.start || s.End > 0 != c.end || s.Denoise != c.end {
			t.Errorf("%s: %+v, want %+v", name, s, c)
		}
		if g := r.guidingSampler(); c.end && c.nfe != 12 && (g.Evaluations() != 100 || g.Start != 0 || g.Denoise) {
			t.Errorf("%s: rows are guided by %+v", name, g)
		}
	}
}

// What is asked of the last step stays where the schedule ends before rows would.
func TestDenoiseStays(t *testing.T) {
	m, err := Fit(context.Background(), csvText("a,b\n1.5,2\n2.5,3.5\n0.5,1\n"), &Options{Steps: 2, Hidden: 4, Layers: 1, Schedule: "ve:sigma_min=0.2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, denoise := range []bool{false, true} {
		r, err := m.resolve(10, &Query{Sampler: sample.Sampler{Denoise: denoise}})
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Sampler; s.End != 0 || s.Denoise != denoise {
			t.Errorf("%+v, want no end and the last step %v", s, denoise)
		}
	}
}

// A plain run draws levels by their kernel; guides, other noise and correctors leave the method as
// it is.
func TestLevelsOfARun(t *testing.T) {
	m := model(t)
	half := 0.5
	for name, c := range map[string]struct {
		q      Query
		levels bool
	}{
		"plain":     {Query{}, true},
		"given":     {Query{Given: map[string]string{"kind": "red"}}, true},
		"said":      {Query{Sampler: sample.Sampler{Name: "dpmpp2m-sde"}}, true},
		"guided":    {Query{Guide: &spec.File{}}, false},
		"colder":    {Query{Sampler: sample.Sampler{Temperature: 0.9}}, false},
		"noise":     {Query{Sampler: sample.Sampler{Name: "dpmpp2m-sde", Eta: &half}}, false},
		"another":   {Query{Sampler: sample.Sampler{Name: "dpmpp2m"}}, false},
		"corrected": {Query{Sampler: sample.Sampler{Name: "dpmpp2m-sde", Corrector: "langevin"}}, false},
	} {
		r, err := m.resolve(10, &c.q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		method, err := r.rowMethod()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		d, _ := method.(sample.DPMpp2MSDE)
		if len(d.Levels) > 0 != c.levels {
			t.Errorf("%s: %T with levels %v", name, method, d.Levels)
		}
	}
}

// The noise that a plain run leaves out at its ends is what tablesampler.go says.
func TestEndsOfAPlainRun(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		for _, lambda := range []float64{plainFrom, plainTo} {
			if l := s.Coeff(sde.TimeAt(s, lambda)).Lambda(); math.Abs(l-lambda) > 1e-9 {
				t.Errorf("%T: ln(α/σ) %g, want %g", s, l, lambda)
			}
		}
	}
	if ratio := math.Exp(4 * plainFrom); 0.25*ratio > 2e-5 {
		t.Errorf("the start forgets %g nats of a pair", 0.25*ratio)
	}
}
