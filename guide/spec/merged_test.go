package spec

import (
	"os/exec"
	"testing"

	"tweedie/guide"
	"tweedie/sde"
)

// A key of errors holds for every kind of observation, and what a method cannot honor is
// refused.
func TestErrorsOfEveryObservation(t *testing.T) {
	_, c := table(t, true)
	for _, what := range []string{"observe: {a: 2}", "formula: 'a*a', value: 2", "formula: a, value: 2", "command: cat, value: 2"} {
		if _, err := exec.LookPath("cat"); err != nil && what[0] == 'c' {
			continue
		}
		o := must(parse(t, "{"+what+", noise: 0.3, anneal: '1+4*t'}").Observations(c))[0]
		if e, ok := o.Error.(sde.AnnealedError); !ok || e.Epsilon(0.5) != 3 {
			t.Errorf("%s: errors %#v", what, o.Error)
		}
		for _, bad := range []string{"noise: 0.3, anneal: '2+t'", "noise: [0.3, 0.2]", "noise: {law: bernoulli}"} {
			f := parse(t, "{"+what+", "+bad+"}")
			obs, err := f.Observations(c)
			if err == nil {
				err = obs[0].Check(c.Dim())
			}
			if err == nil {
				t.Errorf("%s, %s is accepted", what, bad)
			}
		}
	}
}

// Of tds the default twist is normalized: that of normal errors by ΠGDM, of others by DPS.
func TestDefaultTwist(t *testing.T) {
	_, c := table(t, true)
	for noise, want := range map[string]string{"0.3": "pigdm", "{law: poisson}": "dps", "{law: mixture, parts: [{weight: 1, law: normal, scale: 1}]}": "dps"} {
		terms := must(parse(t, "{observe: {a: 2}, noise: "+noise+"}").Build(c, "tds"))
		got := "dps"
		if _, ok := terms[0].(guide.PiGDM); ok {
			got = "pigdm"
		}
		if got != want {
			t.Errorf("%s: %T, want %s", noise, terms[0], want)
		}
	}
}

func TestCurvatureIsNotIgnored(t *testing.T) {
	_, c := table(t, true)
	f := parse(t, "{observe: {a: 2}, noise: 0.3, curvature: true}")
	for method, want := range map[string]string{"fk": "weighs by likelihoods alone", "tds": "add method: mmps"} {
		_, err := f.Build(c, method)
		refuses(t, method, err, want)
	}
	for _, entry := range []string{"curvature: true", "affine: {likelihood_scale: 3}"} {
		_, err := parse(t, "{observe: {a: 2}, noise: 0.3, "+entry+"}").Ensemble(c)
		refuses(t, entry, err, "enkg is none")
	}
}
