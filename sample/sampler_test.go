package sample_test

import (
	"cmp"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"tweedie/sample"
	"tweedie/sde"
)

func TestParseMethod(t *testing.T) {
	for _, c := range []struct {
		spec string
		want sample.Method
		nfe  int
		grid sample.Grid
	}{
		{"dpmpp2m", sample.DPMpp2M{}, 50, nil},
		{"heun:grid=karras, churn=2,nfe=20", sample.Heun{Churn: 2}, 20, sample.KarrasGrid{}},
		{"ddim:eta=0.5", sample.DDIM{Eta: 0.5}, 50, sample.AngleGrid{}},
		{"ddim", sample.DDIM{}, 50, sample.AngleGrid{}},
		{"ald", sample.AnnealedLangevin{}, 1000, nil},
		{"dopri5:tolerance=1e-3", sample.DormandPrince{RTol: 1e-3, ATol: 1e-3}, 0, nil},
		{"rk4:recurrence=2", sample.Recurrence{Inner: sample.RK4{}, Times: 2}, 50, sample.ShiftedGrid{Offset: 0.1}},
		{"unipc:corrector=langevin,snr=0.1", sample.PredictorCorrector{Predictor: sample.UniPC2{}, Corrector: sample.Langevin{SNR: 0.1}}, 50, nil},
	} {
		s, err := sample.ParseMethod(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.Method(sde.VP{})
		if err != nil || !reflect.DeepEqual(m, c.want) {
			t.Errorf("%s: %#v, %v", c.spec, m, err)
		}
		o := s.Options()
		if o.NFE != c.nfe || cmp.Or(o.Grid, m.Info().Grid) != c.grid || s.Evaluations() != c.nfe {
			t.Errorf("%s: NFE %d, grid %v", c.spec, o.NFE, o.Grid)
		}
	}
	s, err := sample.ParseMethod("euler:eta=0,start=0.9,end=0.01,temperature=0.8,denoise")
	if o := s.Options(); err != nil || o.Start != 0.9 || o.End != 0.01 || o.Temperature != 0.8 || !o.Denoise || *s.Eta != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEverySamplerHasAMethod(t *testing.T) {
	for _, name := range sample.SamplerNames() {
		s := sample.Sampler{Name: name}
		if name == "none" {
			s.Corrector = "langevin"
		}
		var sched sde.Schedule = sde.VP{}
		if name == "smld" {
			sched = sde.VE{}
		}
		if m, err := s.Method(sched); err != nil || m == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (sample.Sampler{}).Method(sde.VP{}); err != nil {
		t.Error(err)
	}
	for _, g := range sample.GridNames() {
		if (sample.Sampler{Grid: g}).Options().Grid == nil {
			t.Errorf("no grid %s", g)
		}
	}
}

func TestBadSamplers(t *testing.T) {
	for spec, want := range map[string]string{
		"eular":                         `sample: sampler "eular": use one of adaptive-sde, `,
		"heun:eta=1":                    "sample: eta is no option of sampler heun: it is one of adaptive-sde, ald, ancestral, ddim, ",
		"euler:churn=0":                 "churn is no option of sampler euler: it is one of heun",
		"dopri5:tolerance=0":            "tolerance is 0: give a positive",
		"dpmpp2m:nfe=many":              `nfe is "many": give a whole number`,
		"dpmpp2m:nfe=0":                 "nfe is 0: give",
		"dpmpp2m:size=3":                `"size" is no setting of a sampler: use one of variance, grid, `,
		"dpmpp2m:nfe":                   `"nfe" is not setting=value`,
		"dpmpp2m:nfe=3,nfe=4":           "nfe is given twice",
		"dpmpp2m:snr=0.1":               "snr needs corrector, or sampler ald",
		"euler:grid=square":             `grid "square": use one of angle, karras, logsnr`,
		"euler:eta=NaN":                 "eta is NaN: give",
		"euler:start=0.5,end=0.6":       "end is 0.6: give a time above 0 and below start",
		"none":                          "sampler none needs corrector",
		"heun:nfe=3,recurrence=1":       "nfe is 3: one step of heun, taken 2 times, takes 4 evaluations",
		"ddim:nfe=1,denoise":            "nfe is 1: one step of ddim and denoise takes 2 evaluations",
		"none:corrector=gibbs,nfe=1000": `corrector "gibbs": use one of langevin`,
	} {
		_, err := sample.ParseMethod(spec)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
	bad := -1.0
	err := sample.Sampler{Name: "ddim", Eta: &bad}.Validate()
	var se *sample.SettingError
	if !errors.As(err, &se) || se.Setting != "eta" || se.Value != -1.0 || se.Message("--") != "--eta is -1: give a number that is not negative" {
		t.Errorf("%#v", se)
	}
	_, err = sample.Sampler{Name: "ancestral"}.Method(sde.SubVP{})
	if !errors.As(err, &se) || !strings.Contains(se.Message("--"), "add --variance posterior") {
		t.Error(err)
	}
	for name, sched := range map[string]sde.Schedule{"ddpm": sde.VE{}, "smld": sde.VP{}} {
		if _, err = (sample.Sampler{Name: name}).Method(sched); !errors.As(err, &se) {
			t.Error(err)
		}
	}
	if _, err = (sample.Sampler{Name: "ddpm", Levels: 10}).Method(sde.VP{}); err == nil || errors.Unwrap(err) == nil {
		t.Error(err)
	}
}

func TestParseResampler(t *testing.T) {
	for _, name := range sample.ResamplerNames() {
		if r, err := sample.ParseResampler(name); err != nil || r.String() != name {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	if _, err := sample.ParseResampler("sorted"); err == nil || !strings.Contains(err.Error(), `resampler "sorted": use one of multinomial, residual, `) {
		t.Error(err)
	}
}

func TestParsePotential(t *testing.T) {
	for name, want := range map[string][2]float64{"difference": {2, 3}, "max": {2. / 4, 5. / 4}, "sum": {2. / 10, 7. / 10}} {
		p, err := sample.ParsePotential(name, 4)
		if err != nil {
			t.Fatal(err)
		}
		state, a := p.Next(p.Start, 2)
		if _, b := p.Next(state, 5); a != want[0] || b != want[1] {
			t.Errorf("%s: log potentials %g, %g, want %v", name, a, b, want)
		}
	}
	if _, err := sample.ParsePotential("least", 4); err == nil || len(sample.PotentialNames()) != 3 {
		t.Error(err)
	}
}

func TestNewSplitGibbsReachesRho(t *testing.T) {
	g := sample.NewSplitGibbs(nil, 0, 0)
	if g.Rho != 0.1 || g.Iterations != 100 || g.First != 10 || math.Abs(g.First*math.Pow(g.Decay, 60)-g.Rho) > 1e-12 {
		t.Errorf("%+v", g)
	}
	if g = sample.NewSplitGibbs(nil, 20, 5); g.First != 20 || g.Decay != 1 {
		t.Errorf("%+v", g)
	}
}
