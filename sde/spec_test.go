package sde

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSpecRoundTrip(t *testing.T) {
	for _, s := range schedules() {
		sp, err := SpecOf(s)
		if err != nil {
			t.Fatalf("%#v: %v", s, err)
		}
		data, err := json.Marshal(sp)
		if err != nil {
			t.Fatal(err)
		}
		var back Spec
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		fromFile, err := back.Schedule()
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		fromFlag, err := ParseSchedule(sp.String())
		if err != nil {
			t.Fatalf("%s: %v", sp, err)
		}
		for _, u := range []float64{0, 0.3, 1} {
			if fromFile.Coeff(u) != s.Coeff(u) || fromFlag.Coeff(u) != s.Coeff(u) {
				t.Errorf("%#v came back as %#v and %#v", s, fromFile, fromFlag)
			}
		}
	}
}

func TestParseSchedule(t *testing.T) {
	for in, want := range map[string]Schedule{
		"vp": VP{0.1, 20}, "ve": VE{0.01, 50}, "subvp": SubVP{0.1, 20},
		"cosine": Cosine{1e-3, 1e-3}, "rectified": Rectified{1e-3},
		"vp:beta_min=0.2,beta_max=10": VP{0.2, 10}, " ve: sigma_max = 80": VE{0.01, 80},
	} {
		if got, err := ParseSchedule(in); err != nil || got != want {
			t.Errorf("ParseSchedule(%q) = %#v, %v; want %#v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"":                          "unknown schedule \"\"; use one of vp, subvp, ve, cosine, rectified",
		"edm":                       "unknown schedule \"edm\"; use one of vp, subvp, ve, cosine, rectified",
		"edm:x=1":                   "unknown schedule",
		"vp:":                       "not name=number",
		"vp:beta_min":               "not name=number",
		"vp:beta_min=a":             "not name=number",
		"vp:beta_min=1,beta_min=2":  "given twice",
		"vp:sigma_max=3":            `no parameter "sigma_max"; it has beta_min, beta_max`,
		"vp:beta_min=0":             "beta_min is 0, must be positive",
		"vp:beta_max=NaN":           "beta_max is NaN, must be positive",
		"ve:sigma_max=Inf":          "sigma_max is +Inf, must be positive and finite",
		"vp:beta_min=3,beta_max=1":  "beta_min must not exceed beta_max",
		"ve:sigma_min=50":           "sigma_min must be below sigma_max",
		"cosine:sigma_min=2":        "must be below 1",
		"cosine:alpha_min=1":        "must be below 1",
		"rectified:alpha_min=1":     "alpha_min must be below 1",
		"rectified:alpha_min=-0.01": "must be positive",
	} {
		if got, err := ParseSchedule(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSchedule(%q) = %#v, %v; want an error with %q", in, got, err, want)
		}
	}
}

func TestSpecOfRefuses(t *testing.T) {
	for _, s := range []Schedule{VP{BetaMin: -1}, VP{BetaMin: 30}, VE{SigmaMin: 60}, onlyCoeff{VP{}}, nil} {
		if sp, err := SpecOf(s); err == nil {
			t.Errorf("SpecOf(%#v) = %v", s, sp)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"vp", "ve:sigma_max=80", "vp:beta_min=0.1,beta_max=20", "cosine:,", "rectified:alpha_min=1e-300"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, err := ParseSchedule(in)
		if err != nil {
			return
		}
		sp, err := SpecOf(s)
		if err != nil {
			t.Fatalf("%q parsed to %#v, which has no Spec: %v", in, s, err)
		}
		if back, err := ParseSchedule(sp.String()); err != nil || back != s {
			t.Fatalf("%q: %#v came back as %#v, %v", in, s, back, err)
		}
	})
}
