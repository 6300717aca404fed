package spec

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/guide"
	"tweedie/sde"
)

// Formulas of the time become functions of it under the model's schedule.
func TestStrengthsOverTime(t *testing.T) {
	_, c := table(t, true)
	const obs = "observe: {a: 1}, noise: 0.5"
	f := parse(t, "{"+obs+", method: dps, strength: 1+t}", "{"+obs+`, method: dps-norm, zeta: "0.3*(1-t)"}`, `{reward: {weights: {a: 1}, strength: "min(1, sigma)"}}`,
		"{"+obs+`, anneal: "1 + 4*t"}`, "{"+obs+", method: dps, strength: 2.5}")
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}} {
		u, err := f.Under(s)
		if err != nil {
			t.Fatal(err)
		}
		terms := must(u.Build(c, ""))
		const at = 0.3
		k := s.Coeff(at)
		for i, p := range []struct{ got, want float64 }{
			{terms[0].(guide.DPS).StrengthFunc(at), 1.3}, {terms[1].(guide.DPSNorm).ZetaFunc(at), 0.21},
			{terms[2].(guide.Reward).StrengthFunc(at), math.Min(1, k.Sigma/k.Alpha)}, {terms[3].(guide.MMPS).Error.(sde.AnnealedError).Epsilon(at), 2.2},
			{terms[4].(guide.DPS).Strength, 2.5},
		} {
			if math.Abs(p.got-p.want) > 1e-12 {
				t.Errorf("%T, guide %d: %g, want %g", s, i+1, p.got, p.want)
			}
		}
		if e := terms[3].(guide.MMPS).Error.(sde.AnnealedError).Error; e != (sde.NormalError{SD: 0.5}) {
			t.Errorf("the error that is annealed is %+v", e)
		}
	}
	if _, f1, err := f.Terms[0].Strength.get(""); err != nil || f1(0.5) != 1.5 || f.Terms[2].Reward.Strength.f != nil {
		t.Errorf("without a schedule: %v; or Under writes to the file", err)
	}
}

func TestStrengthsOverTimeRefuse(t *testing.T) {
	_, c := table(t, true)
	for _, p := range []struct{ term, want string }{
		{"{observe: {a: 1}, noise: 1, method: dps, strength: 1+u}", `strength: formula: character 3, at "u": no variable "u"`},
		{"{observe: {a: 1}, noise: 1, method: dps-norm, zeta: 1-}", "zeta: formula"},
		{"{observe: {a: 1}, noise: 1, anneal: 2}", "anneal is 2: give a formula"},
		{"{observe: {a: 1}, noise: 1, strength: 1-t}", "not of mmps"},
		{"{observe: {a: 1}, noise: 1, zeta: 1-t}", "dps-norm needs zeta"},
		{"{within: {column: a, min: 1}, anneal: 1+t}", "stand alone"},
		{"{reward: {weights: {a: 1}, strength: sqrt}}", "sqrt is a function"},
	} {
		f, err := parse(t, p.term).Under(sde.VP{})
		if err == nil {
			_, err = f.Build(c, "")
		}
		refuses(t, p.term, err, "g.yaml: guide 1: ", p.want)
	}
	_, err := parse(t, "{observe: {a: 1}, noise: 1, method: dps, strength: sigma}").Build(c, "")
	refuses(t, "no schedule", err, "no schedule")
	_, err = parse(t, "{observe: {a: 1}, noise: 1, anneal: 1+t}").Measurement(c, "diffpir")
	refuses(t, "annealing of diffpir", err, "anneal")
	if _, err := Parse("g.yaml", []byte("guide:\n- {observe: {a: 1}, noise: 1, strength: ''}")); err == nil {
		t.Error("an empty formula passes")
	}
	// annealing that is not 1 for data is refused by the guide
	terms, err := parse(t, "{observe: {a: 1}, noise: 1, anneal: 2+t}").Build(c, "")
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, "anneal", guide.New(must(sde.NewGaussian(make([]float64, c.Dim()), eye(c.Dim()), sde.VP{})), terms...).Err(), "Epsilon(0) is 2, want 1")
}

func eye(d int) *mat.SymDense {
	m := mat.NewSymDense(d, nil)
	for j := range d {
		m.SetSym(j, j, 1)
	}
	return m
}
