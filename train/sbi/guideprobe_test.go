package sbi

import (
	"context"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

func probed(n int, p *prior.Prior) *mat.Dense {
	at := mat.NewDense(n, p.Dim(), nil)
	p.Sample(at, 0, 0)
	return at
}

// Entries that say nothing, or nothing finite, are refused by their number, and others not.
func TestEntriesWithoutAValueAreRefused(t *testing.T) {
	lo, hi := 0.0, 1.0
	p := newPrior(t, prior.Entry{Name: "a", Law: "uniform", Low: &lo, High: &hi})
	for text, want := range map[string]string{
		`{formula: "log(a-50)", value: 0, noise: 0.1}`:     "guide 1: its log weight is no finite number at 1000 of 1000",
		`{formula: "1/(a-a)", value: 0, noise: 0.1}`:       "guide 1: its log weight",
		`reward: {formula: "sqrt(a-5)"}`:                   "guide 1: its log weight",
		`reward: {formula: "1/(a-a)"}`:                     "guide 1: its log weight is infinite",
		`{observe: {a: 1}, noise: 1e-200}`:                 "guide 1: noise is 1e-200: its square",
		`{observe: {a: 50}, noise: 0.1}`:                   "guide 1: observe: a is 50, and the prior has it from 0 to 1",
		`{observe: {a: 1.1}, noise: 0.1}`:                  "",
		`{observe: {a: 3}, noise: {law: poisson}}`:         "",
		`{formula: "sqrt(a-0.5)", value: 0.2, noise: 0.1}`: "",
		`within: {column: a, min: 0.99999}`:                "",
	} {
		list, err := statements(guideFile(t, "guide:\n  - "+text+"\n"), p, probed(probes, p))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if strings.Contains(text, "a-0.5") && (len(list) != 1 || !(list[0].impossible > 0.4 && list[0].impossible < 0.6)) {
			t.Errorf("%s: %+v", text, list)
		}
	}
}

// Where an entry is impossible there are no draws, and a caveat has its share.
func TestImpossibleParametersAreNotDrawn(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	p, err := lineModel(t, 0.3).Posterior(mat.NewDense(1, 1, []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Guided(context.Background(), Guidance{Guide: guideFile(t, "guide:\n  - reward: {formula: \"sqrt(a-0.5)\", strength: 0.1}\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := q.Sample(context.Background(), 200, &DrawOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if m := mat.Min(d.Theta); m < 0.5 {
		t.Errorf("a draw is %g", m)
	}
	if s := strings.Join(d.Caveats, "\n"); !strings.Contains(s, "guide 1 has no finite log weight at 0.69 of the draws") && !strings.Contains(s, "guide 1 has no finite log weight at 0.7") {
		t.Errorf("caveats %q", s)
	}
}

// What leads to where the model saw nothing has a caveat, and what does not has none.
func TestFarTargetsHaveACaveat(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	p, err := lineModel(t, 0.3).Posterior(mat.NewDense(1, 1, []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		g   Guidance
		far bool
	}{
		"reward":      {Guidance{Guide: guideFile(t, "guide:\n  - reward: {formula: 100 * a}\n")}, true},
		"swap":        {Guidance{Prior: normalsPrior(t, 50, 1)}, true},
		"observation": {Guidance{Guide: guideFile(t, "guide:\n  - {observe: {a: 50}, noise: 0.1}\n")}, true},
		"near":        {Guidance{Guide: guideFile(t, "guide:\n  - {observe: {a: 2}, noise: 0.2}\n")}, false},
		"near swap":   {Guidance{Prior: normalsPrior(t, 1.5, 0.05)}, false},
	} {
		q, err := p.Guided(context.Background(), c.g, nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := q.Sample(context.Background(), 200, &DrawOptions{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(d.Caveats, "\n"); strings.Contains(s, "at the edge of the prior") != c.far {
			t.Errorf("%s: draws from %.3g to %.3g, caveats %q", name, mat.Min(d.Theta), mat.Max(d.Theta), s)
		}
	}
}
