package spec

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

func normal(r, sd float64) float64 { return -r*r/(2*sd*sd) - math.Log(sd*math.Sqrt(2*math.Pi)) }

// logLikelihood is log p(y|x) of a measurement, in units of the table.
func logLikelihood(t *testing.T, m *Measurement, x ...float64) float64 {
	t.Helper()
	o := sde.Observation{A: sde.NewLinearMap(m.Linear.A.(sde.LinearMap).M), Y: m.Linear.Y, Error: sde.NormalError{SD: m.Linear.SD}}
	dst := make([]float64, 1)
	if err := sample.LogLikelihood(o)(dst, dense(1, len(x), x...), 0); err != nil {
		t.Fatal(err)
	}
	return dst[0] + m.LogScale
}

// Observations joined to one say the same of rows, in units of the table.
func TestMeasurementKeepsTheLikelihood(t *testing.T) {
	_, c := table(t, true)
	x := make([]float64, c.Dim())
	for j := range x {
		x[j] = 0.4 - 0.3*float64(j)
	}
	a, _ := c.ToValue(numberAt(t, c, "a"), x[numberAt(t, c, "a")])
	b, _ := c.ToValue(numberAt(t, c, "b"), x[numberAt(t, c, "b")])
	for _, p := range []struct {
		terms []string
		sd    float64
		want  float64
	}{
		{[]string{"{observe: {a: 2.5}, noise: 0.5}"}, 0.5, normal(2.5-a, 0.5)},
		{[]string{"{observe: {a: 2.5, b: 1}, noise: 0.5}", "{observe: {b: 2}, noise: 0.5}"}, 0.5, normal(2.5-a, 0.5) + normal(1-b, 0.5) + normal(2-b, 0.5)},
		{[]string{"{observe: {a: 2.5}, noise: 0.5}", "{linear: [{weights: {a: 1, b: -1}, value: 3}], noise: 0.1}"}, 1, normal(2.5-a, 0.5) + normal(3-(a-b), 0.1)},
	} {
		m, err := parse(t, p.terms...).Measurement(c, "ddnm")
		if err != nil {
			t.Fatal(err)
		}
		if m.General != nil || m.Linear.SD != p.sd || p.sd != 1 && m.LogScale != 0 {
			t.Errorf("%q: SD %v, scale %v, general %v", p.terms, m.Linear.SD, m.LogScale, m.General)
		}
		if got := logLikelihood(t, m, x...); !near(got, p.want, 1e-10) {
			t.Errorf("%q: log p(y|x) %v, want %v", p.terms, got, p.want)
		}
	}
}

// One observation that is not in closed form is for diffpir.
func TestMeasurementGeneral(t *testing.T) {
	_, linear := table(t, true)
	_, quantiles := table(t, false)
	const plain, laplace = "{observe: {a: 2.5}, noise: 0.5}", "{observe: {a: 2.5}, noise: {law: laplace, scale: 0.5}}"
	m, err := parse(t, laplace).Measurement(linear, "diffpir")
	if err != nil || m.General == nil || m.Linear.A != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, ok := m.General.A.(sde.LinearMap); !ok || m.General.Error != (sde.LaplaceError{Scale: 0.5}) {
		t.Errorf("a general observation %+v", m.General)
	}
	m, err = parse(t, plain).Measurement(quantiles, "diffpir")
	if err != nil || m.General == nil || !mat.Equal(m.General.Y, dense(1, 1, 2.5)) {
		t.Fatalf("%+v, %v", m, err)
	}
	if m := must(parse(t, plain).Measurement(linear, "diffpir")); m.General != nil {
		t.Error("a linear one is not taken as such")
	}
	for _, p := range []struct {
		method string
		terms  []string
		want   string
	}{
		{"ddnm", []string{plain, laplace}, "not normal"},
		{"diffpir", []string{plain, laplace}, "give all in one observation"},
		{"daps", []string{plain, "{within: {column: a, min: 1}}"}, "daps takes observations"},
		{"daps", []string{plain, "{reward: {weights: {a: 1}}}"}, "daps takes observations"},
		{"gibbs", []string{plain, "{observe: {a: 1}, noise: 1, method: dps}"}, "gibbs is none"},
		{"gibbs", []string{plain, "{observe: {a: 1}, noise: 1, strength: 2}"}, "gibbs is none"},
		{"gibbs", []string{plain, "{observe: {a: 1}, noise: 1, zeta: 2}"}, "gibbs is none"},
		{"gibbs", []string{plain, "{observe: {q: 1}, noise: 1}"}, `"q"`},
	} {
		_, err := parse(t, p.terms...).Measurement(linear, p.method)
		refuses(t, p.terms[1], err, "g.yaml: guide 2: ", p.want)
	}
	_, err = parse(t, plain).Measurement(quantiles, "mcgdiff")
	refuses(t, "quantiles", err, "guide 1: ", "not linear")
}
