package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"tweedie/internal/oracle"
	"tweedie/sde"
)

// A formula of the noise scale is that function of the time under the model's schedule.
func TestEtaAsAFormula(t *testing.T) {
	g := oracle.Gaussian{M: 0.5, V: 0.3}
	d, ts := gauss1(t, g.M, g.V, sde.VP{}), oracle.UniformTimes(50, 1e-2)
	for text, eta := range map[string]oracle.Over{
		"0.2+0.7*t*t":        func(t float64) float64 { return 0.2 + 0.7*t*t },
		"min(0.9, sigma, 2)": func(t float64) float64 { return math.Min(0.9, oracle.Sigma(t)/oracle.Alpha(t)) },
		"sigmoid(-lambda)":   func(t float64) float64 { return 1 / (1 + math.Exp(oracle.Lambda(t))) },
	} {
		for name, want := range map[string]func(oracle.Over) oracle.Sampler{
			"ddim": oracle.DDIMOver, "ancestral": oracle.AncestralOver, "reverse": oracle.ReverseDiffusionOver, "euler": oracle.EulerMaruyamaOver,
			"dpmpp2m-sde": oracle.DPMpp2MSDEOver, "shark": oracle.ShARKOver, "stochastic-heun": oracle.StochasticHeunOver,
			"ald": func(e oracle.Over) oracle.Sampler { return oracle.LangevinOver(e, 0.3, 2) },
		} {
			spec := name + ":nfe=200,eta=" + text
			if name == "ald" {
				spec += ",snr=0.3,corrector-steps=2"
			}
			s, err := ParseMethod(spec)
			if err != nil {
				t.Fatal(err)
			}
			m, err := s.Method(sde.VP{})
			if err != nil {
				t.Fatal(err)
			}
			got := affine(t, d, m, ts)
			if diff := compareAffine(got, want(eta).Affine(g, ts)); diff != "" {
				t.Errorf("%s: %s", spec, diff)
			}
			if compareAffine(got, want(eta.Reversed()).Affine(g, ts)) == "" {
				t.Errorf("%s: time in reverse passes", spec)
			}
		}
	}
}

func TestEtaFormulasAreChecked(t *testing.T) {
	for spec, want := range map[string]string{
		"ddim:eta=1-tt": `no variable "tt"`, "ddim:eta=1-": "formula of t, sigma and lambda", "dpmpp2m:eta=t": "no option of", "ddim:eta=-1": "not negative",
		"ddim:eta=log(-1)": "NaN", "ddim:eta=t,eta=1": "twice", "ddim:eta=": "formula of t",
	} {
		if _, err := ParseMethod(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
	one := 1.0
	if err := (Sampler{Name: "ddim", Eta: &one, EtaFormula: "t"}).Validate(); err == nil || !strings.Contains(err.Error(), "both") {
		t.Errorf("number and formula: %v", err)
	}
	if err := (Sampler{Name: "heun", EtaFormula: "t"}).Validate(); err == nil || !strings.Contains(err.Error(), "no option") {
		t.Errorf("heun: %v", err)
	}
	// adaptive steps take it too, and refuse it where it is negative
	s, err := ParseMethod("adaptive-sde:eta=t-0.5")
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Method(sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(context.Background(), gauss1(t, 0, 1, sde.VP{}), m, 2, s.Options())
	if err == nil || !strings.Contains(err.Error(), "eta is -") || !strings.Contains(err.Error(), "at t = 0.4") {
		t.Errorf("adaptive: %v", err)
	}
}
