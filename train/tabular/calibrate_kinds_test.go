package tabular

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/guide/calibration"
	"tweedie/sample"
)

// farDoses is a table of doses far from 0, a number a that goes with them, and a kind.
func farDoses(rows int) string {
	var b strings.Builder
	b.WriteString("a,b,dose,kind\n")
	for i := range rows {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		fmt.Fprintf(&b, "%.3f,%.3f,%.3f,%s\n", 2*u+v, v*v, 10+10*u, []string{"u", "v"}[int(2*v)])
	}
	return b.String()
}

// Conditions that are numbers are coordinates of a whole row in standard deviations, and
// stand for values that occurred, whatever is asked.
func TestCalibrateNumericConditions(t *testing.T) {
	m := fit(farDoses(300), *quick("dose", "kind"))
	few := &CalibrationOptions{Replicas: 20, Draws: 9}
	for name, q := range map[string]Query{
		"dose": {Given: map[string]string{"dose": ""}}, "dose=12": {Given: map[string]string{"dose": "12"}},
		"a": {Given: map[string]string{"a": ""}}, "kind": {Given: map[string]string{"kind": ""}},
		"guide": {Guide: guideOf(t, "{observe: {a: 2}, noise: 0.5}")},
	} {
		q.Sampler = fewSteps
		r, err := m.Calibrate(t.Context(), &q, few)
		if err != nil || len(r.Fit) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	row := must(m.middle())
	dose, kind, d := columnIndex(m, "dose"), columnIndex(m, "kind"), m.codec.Dim()
	if v := row.Number(0, dose); !slices.Contains(m.labels.Values[0], v) {
		t.Errorf("the dose %v of the middle row did not occur", v)
	}
	cells := draw(m, 50, &Query{Sampler: fewSteps}).Cells
	x := must((&calibrator{model: m}).wholeRows(cells, 0))
	if n, w := x.Dims(); n != 50 || w != d+3 {
		t.Fatalf("%d×%d numbers, want 50×%d", n, w, d+3)
	}
	law := m.net.Conds[0]
	for i := range 50 {
		want := make([]float64, 3)
		want[0] = (cells.Number(i, dose) - law.Mean) / law.Std
		want[1+cells.Level(i, kind)] = 1
		for k, v := range want {
			if math.Abs(x.At(i, d+k)-v) > 1e-12 {
				t.Errorf("row %d: coordinates %v, want %v", i, x.RawRowView(i)[d:], want)
			}
		}
	}
}

// A program that gives a column is checked as an observation of it is, by both methods that
// take one.
func TestCalibratePrograms(t *testing.T) {
	m := normalModel()
	for _, how := range []Conditioning{{Method: "fk", Particles: 50}, {Method: "enkg", Particles: 50}} {
		at := func(entry string) *calibration.Report {
			t.Helper()
			return must(m.Calibrate(t.Context(), &Query{Guide: guideFile(entry), Conditioning: how, Sampler: sample.Sampler{NFE: 8}, Seed: 5}, &CalibrationOptions{Replicas: 20, Draws: 9}))
		}
		got, want := at(program(t, firstColumn, "value: 1.5, noise: 0.3")), at("{observe: {a: 1.5}, noise: 0.3}")
		if len(got.Fit) != 1 || math.Abs(got.Fit[0].P-want.Fit[0].P) > 1e-9 {
			t.Errorf("%s: fit %+v, want %+v", how.Method, got.Fit, want.Fit)
		}
		for k := range want.Columns {
			if a, b := got.Columns[k], want.Columns[k]; math.Abs(a.P-b.P) > 1e-9 || math.Abs(a.Bias-b.Bias) > 1e-3 {
				t.Errorf("%s: %+v, want %+v", how.Method, a, b)
			}
		}
	}
	q := Query{Guide: guideFile("{command: 'true', value: 1, noise: 1}"), Conditioning: Conditioning{Method: "tds"}}
	_, err := m.Calibrate(t.Context(), &q, nil)
	if e := refused(err, "method", "use method fk or enkg"); e != nil {
		t.Error(e)
	}
}

// Remedies are what the query can have: no twists of a program, and of errors that have none
// but by dps.
func TestCalibrateRemediesAreTaken(t *testing.T) {
	m := normalModel()
	const tds, dps, fk, enkg = "--method tds --particles 500", "--method tds --particles 500 with method: dps in guide 1 of the file", "--method fk --particles 500", "--method enkg --particles 500"
	mixture := "noise: {law: mixture, parts: [{weight: 9, law: normal, scale: 0.1}, {weight: 1, law: normal, scale: 3}]}"
	for _, p := range []struct {
		entries []string
		method  string
		want    []string
	}{
		{[]string{"{observe: {a: 1}, noise: 1}"}, "guided", []string{tds}},
		{[]string{"{observe: {a: 1}, noise: 1, method: mmps}"}, "guided", []string{tds}},
		{[]string{"{observe: {a: 1}, " + mixture + "}"}, "guided", []string{dps, fk}},
		{[]string{"{observe: {a: 1}, noise: {law: poisson}}"}, "guided", []string{dps, fk}},
		{[]string{"{observe: {a: 1}, noise: {law: bernoulli}}"}, "guided", []string{dps, fk}},
		{[]string{"{observe: {a: 1}, " + mixture + ", method: dps}"}, "guided", []string{tds}},
		{[]string{"{observe: {a: 1}, noise: 1, anneal: 1+t}"}, "guided", []string{dps}}, // fk takes no error over time
		{[]string{"{observe: {a: 1}, " + mixture + "}", "{within: {column: a, min: 0}}"}, "guided", []string{dps}},
		{[]string{"{command: 'true', inverse: 'true', value: 1, noise: 1}"}, "guided", []string{fk}},
		{[]string{"{command: 'true', value: 1, noise: 1}"}, "enkg", []string{fk, enkg[len("--method enkg "):], "--nfe 80"}},
		{[]string{"{command: 'true', value: 1, noise: 1}"}, "fk", []string{"--particles 500", "--nfe 80"}},
	} {
		c := &calibrator{model: m, q: Query{Guide: guideFile(p.entries...), Conditioning: Conditioning{Method: p.method}, Sampler: sample.Sampler{NFE: 40}}, o: CalibrationOptions{Draws: 9}}
		c.how = must(ParseConditioning(c.q.Conditioning))
		var got []string
		for _, r := range c.remedies(&calibration.Report{}) {
			got = append(got, r.Say("--"))
		}
		if !slices.Equal(got, p.want) {
			t.Errorf("%s, %s: %q, want %q", p.method, p.entries, got, p.want)
		}
	}
}

// Powers are written with the digits that they have.
func TestCalibrateSaysPowers(t *testing.T) {
	q := Query{Given: map[string]string{"label": "yes"}, CFG: 1.01, Sampler: fewSteps}
	r := must(model(t, "label").Calibrate(t.Context(), &q, &CalibrationOptions{Rows: 100}))
	if !strings.Contains(r.Truth, "p(x|label)^1.01 p(x)^(-0.01), by") {
		t.Error(r.Truth)
	}
}
