package spec

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tweedie/guide"
	"tweedie/sde"
)

func TestReadAndParse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.yaml")
	text := `guide:
  - method: dps
    observe: {b: 0.5, a: 1}
    linear:
      - {weights: {a: 1, b: 2}, value: 0.4}
    noise: 0.02
    strength: 3
  - observe: {a: 2}
    noise: {law: student-t, scale: 0.1, df: 4}
    zeta: 0.25
  - within: {column: a, min: 3}
  - reward: {weights: {b: 1}, strength: 2, target: -1}
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	three, target := 3.0, -1.0
	want := &File{Path: path, Terms: []Entry{
		{Method: "dps", Observe: map[string]float64{"a": 1, "b": 0.5}, Linear: []LinearEntry{{map[string]float64{"a": 1, "b": 2}, 0.4}}, Noise: &ErrorLaw{Law: "normal", Scale: 0.02}, Strength: OverTime{Number: 3}},
		{Observe: map[string]float64{"a": 2}, Noise: &ErrorLaw{Law: "student-t", Scale: 0.1, DF: 4}, Zeta: OverTime{Number: 0.25}},
		{Within: &IntervalEntry{Column: "a", Min: &three}},
		{Reward: &RewardEntry{Weights: map[string]float64{"b": 1}, Target: &target, Strength: OverTime{Number: 2}}},
	}}
	f, err := Read(path)
	if err != nil || !reflect.DeepEqual(f, want) {
		t.Errorf("Read returns %+v, %v", f, err)
	}
	_, err = Read(filepath.Join(t.TempDir(), "none.yaml"))
	refuses(t, "no file", err, "none.yaml")
	for _, p := range []struct{ text, want string }{
		{"", "no guide in it"},
		{"guide: []", "no guide in it"},
		{"guides:\n  - {noise: 1}", "guides"},
		{"guide:\n  - {noise: 1, observ: {a: 1}}", "observ"},
		{"guide:\n  - {noise: {law: normal, sd: 1}}", "sd"},
		{"guide:\n  - {noise: {law: [1]}}", ""},
		{"guide:\n  - {observe: {a: x}}", "line 2, column 19"},
		{"guide: {", ""},
	} {
		_, err := Parse("h.yaml", []byte(p.text))
		refuses(t, p.text, err, "h.yaml: ", p.want)
	}
}

// Each method becomes its guide with its options, and Build leaves the file alone.
func TestBuildMethods(t *testing.T) {
	_, c := table(t, true)
	const obs = "observe: {a: 1}, noise: 0.5"
	list := []string{"{" + obs + "}", "{" + obs + ", method: pigdm}", "{" + obs + ", method: dps, strength: 3}", "{" + obs + ", method: dps-norm, zeta: 0.2}",
		"{" + obs + ", method: mmps}", "{within: {column: a, min: 1}}", "{reward: {weights: {a: 1}}}"}
	f, before := parse(t, list...), parse(t, list...)
	for _, p := range []struct {
		method string
		first  func(o sde.Observation) guide.Term
	}{
		{"", func(o sde.Observation) guide.Term { return guide.MMPS{Observation: o} }},
		{"pigdm", func(o sde.Observation) guide.Term { return guide.PiGDM{Observation: o} }},
		{"dps", func(o sde.Observation) guide.Term { return guide.DPS{Observation: o} }},
	} {
		terms, err := f.Build(c, p.method)
		if err != nil {
			t.Fatal(err)
		}
		o := must((&File{Terms: f.Terms[:5]}).Observations(c))
		want := []guide.Term{p.first(o[0]), guide.PiGDM{Observation: o[1]}, guide.DPS{Observation: o[2], Strength: 3}, guide.DPSNorm{Observation: o[3], Zeta: 0.2}, guide.MMPS{Observation: o[4]}}
		if !reflect.DeepEqual(terms[:5], want) {
			t.Errorf("method %q: %+v, want %+v", p.method, terms[:5], want)
		}
	}
	if !reflect.DeepEqual(f, before) {
		t.Error("Build modifies the file")
	}
}

func TestBuildRefuses(t *testing.T) {
	_, c := table(t, true)
	for _, p := range []struct{ term, want string }{
		{"{noise: 1}", "nothing is observed"},
		{"{observe: {a: 1}}", "noise is missing"},
		{"{observe: {a: 1}, noise: 0}", "noise is 0"},
		{"{observe: {a: 1}, noise: -1}", "noise is -1"},
		{"{observe: {a: 1}, noise: {law: student-t, scale: 1}}", "df"},
		{"{observe: {a: 1}, noise: {law: laplace, scale: 1, df: 3}}", "df"},
		{"{observe: {a: 1}, noise: {law: cauchy, scale: 1}}", `noise law "cauchy"`},
		{"{observe: {q: 1}, noise: 1}", `"q"`},
		{"{observe: {m: 1}, noise: 1}", `"m"`},
		{"{linear: [{value: 1}], noise: 1}", "weights of columns are missing"},
		{"{observe: {a: 1}, noise: 1, method: ddnm}", `method "ddnm"`},
		{"{observe: {a: 1}, noise: 1, strength: 2}", "not of mmps"},
		{"{observe: {a: 1}, noise: 1, zeta: 2}", "dps-norm needs zeta"},
		{"{observe: {a: 1}, noise: 1, method: dps-norm}", "dps-norm needs zeta"},
		{"{within: {column: a, min: 1}, noise: 1}", "stand alone"},
		{"{within: {column: a, min: 1}, method: dps}", "stand alone"},
		{"{within: {column: a, min: 1}, observe: {a: 1}}", "stand alone"},
		{"{within: {column: a, min: 1}, reward: {weights: {a: 1}}}", "stand alone"},
		{"{reward: {weights: {a: 1}}, strength: 2}", "stand alone"},
		{"{reward: {weights: {a: 1}}, zeta: 2}", "stand alone"},
		{"{reward: {weights: {a: 1}}, linear: [{weights: {a: 1}, value: 1}]}", "stand alone"},
	} {
		f := parse(t, "{within: {column: a, min: 1}}", p.term)
		_, err := f.Build(c, "")
		refuses(t, p.term, err, "g.yaml: guide 2: ", p.want)
		f.Path = ""
		if _, err := f.Build(c, ""); err == nil || err.Error()[:9] != "guide 2: " {
			t.Errorf("%s without a path: %v", p.term, err)
		}
	}
	_, err := parse(t, "{observe: {a: 1}, noise: 1}", "{reward: {weights: {a: 1}}}").Observations(c)
	refuses(t, "a reward among observations", err, "guide 2: ", "no observations")
}

// The sums of an observation come first, then its columns in alphabetical order.
func TestObservationOrder(t *testing.T) {
	_, c := table(t, false)
	f := parse(t, "{observe: {b: 2, a: 1}, linear: [{weights: {a: 1, b: 3}, value: 7}], noise: {law: laplace, scale: 0.5}}")
	for range 20 {
		o := must(f.Observations(c))[0]
		if want := dense(1, 3, 7, 1, 2); !reflect.DeepEqual(o.Y, want) || o.Error != (sde.LaplaceError{Scale: 0.5}) {
			t.Fatalf("observation %v, errors %v", o.Y, o.Error)
		}
		x, y := make([]float64, c.Dim()), dense(1, 3, 0, 0, 0)
		if err := o.A.Apply(y, dense(1, c.Dim(), x...)); err != nil {
			t.Fatal(err)
		}
		a, _ := c.ToValue(numberAt(t, c, "a"), 0)
		b, _ := c.ToValue(numberAt(t, c, "b"), 0)
		for k, want := range []float64{a + 3*b, a, b} {
			if !near(y.At(0, k), want, 1e-12) {
				t.Errorf("sum %d is %v, want %v", k, y.At(0, k), want)
			}
		}
	}
}

// A key without a value is not one of 0.
func TestNullIsNoValue(t *testing.T) {
	for _, text := range []string{"guide: [{observe: {age: null}, noise: 1}]", "guide:\n  - observe: {age: }\n    noise: 1", "guide: [{observe: {age: 1}, noise: ~}]", "guide: [~]"} {
		if _, err := Parse("g.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "has no value") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Values of another kind are named with their key and line, in plain words.
func TestParseSaysWhatBelongs(t *testing.T) {
	for text, want := range map[string]string{
		"hello":                       "g.yaml: read as a guide: line 1, column 1: this is a text: give keys with values",
		"guide: {formula: a}":         `"guide" is keys with values, as {name: value}: give a list`,
		"guide: [hello]":              "line 1, column 9: this entry of a list is a text: give keys",
		"guide:\n  - command: [a, b]": `line 2, column 14: "command" is a list, as [1, 2]: give a text`,
		"guide:\n  - observe: [a]":    `line 2, column 14: "observe" is a list, as [1, 2]: give keys`,
		"guide:\n  - observe: {a: x}": `line 2, column 18: "a" is a text: give a number`,
		"guide:\n  - within: 3":       `line 2, column 13: "within" is a number: give keys`,
		"guide:\n  - {obs: 3}":        `unknown field "obs"`,
	} {
		if _, err := Parse("g.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
