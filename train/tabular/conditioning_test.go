package tabular

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// taken are the settings that each method has.
var taken = map[string]string{
	"guided": "", "tds": "particles resampler ess", "fk": "particles resampler ess potential proposal",
	"fkc": "particles resampler ess anneal", "mcgdiff": "particles resampler ess", "replacement": "", "repaint": "jump repeats",
	"diffpir": "lambda zeta", "ddnm": "", "daps": "", "dps-step": "zeta", "gibbs": "rho iterations", "cfgpp": "",
	"enkg": "particles",
}

// A setting that a method does not have is refused, and so is one out of range.
func TestConditioningSettings(t *testing.T) {
	if names := ConditioningMethods(); len(names) != len(taken) || !slices.IsSorted(names) {
		t.Errorf("methods %v", names)
	}
	for _, s := range []struct {
		name      string
		ok, wrong Conditioning
	}{
		{"particles", Conditioning{Particles: 2}, Conditioning{Particles: 1}},
		{"resampler", Conditioning{Resampler: "stratified"}, Conditioning{Resampler: "luck"}},
		{"ess", Conditioning{ESS: 1}, Conditioning{ESS: 1.01}},
		{"potential", Conditioning{Potential: "max"}, Conditioning{Potential: "min"}},
		{"proposal", Conditioning{Proposal: "mmps"}, Conditioning{Proposal: "ddnm"}},
		{"anneal", Conditioning{Anneal: 0.5}, Conditioning{Anneal: -1}},
		{"jump", Conditioning{Jump: 1}, Conditioning{Jump: -1}},
		{"repeats", Conditioning{Repeats: 1}, Conditioning{Repeats: -1}},
		{"lambda", Conditioning{Lambda: 0.1}, Conditioning{Lambda: math.Inf(1)}},
		{"zeta", Conditioning{Zeta: 0.1}, Conditioning{Zeta: math.NaN()}},
		{"rho", Conditioning{Rho: 0.2}, Conditioning{Rho: -0.1}},
		{"iterations", Conditioning{Iterations: 1}, Conditioning{Iterations: -1}},
	} {
		for method, settings := range taken {
			c, wrong := s.ok, s.wrong
			c.Method, wrong.Method = method, method
			_, err := ParseConditioning(c)
			if slices.Contains(strings.Fields(settings), s.name) {
				if err != nil {
					t.Errorf("%s of %s: %v", s.name, method, err)
				}
				_, err = ParseConditioning(wrong)
				if err := refused(err, s.name); err != nil {
					t.Errorf("%s: %v", method, err)
				}
				continue
			}
			for who, has := range taken {
				word := " " + who
				if !slices.Contains(strings.Fields(has), s.name) {
					word = "no option of method " + method
				}
				if err := refused(err, s.name, word); err != nil {
					t.Errorf("%s: %v", method, err)
				}
			}
		}
	}
	_, err := ParseConditioning(Conditioning{Method: "dps"})
	if err := refused(err, "method", "dps-step", "repaint"); err != nil {
		t.Error(err)
	}
}

func TestConditioningDefaults(t *testing.T) {
	base := Conditioning{Resampler: "systematic", ESS: 0.5, Potential: "difference", Proposal: "prior", Anneal: 1, Jump: 1, Repeats: 10, Lambda: 1, Zeta: 1, Rho: 0.1, Iterations: 100}
	for _, c := range []struct {
		in        Conditioning
		method    string
		particles int
	}{
		{Conditioning{}, "guided", 0},
		{Conditioning{Particles: 5}, "tds", 5},
		{Conditioning{Method: "fk"}, "fk", 64},
		{Conditioning{Method: "repaint"}, "repaint", 0},
		{Conditioning{Method: "enkg"}, "enkg", 128},
	} {
		want := base
		want.Method, want.Particles = c.method, c.particles
		if got, err := ParseConditioning(c.in); err != nil || got != want {
			t.Errorf("%+v, want %+v: %v", got, want, err)
		}
	}
	if got, _ := ParseConditioning(Conditioning{Particles: 5, ESS: -1}); got.ESS != -1 {
		t.Errorf("never to resample becomes %v", got.ESS)
	}
	for method := range taken {
		if uses := UsesParticles(method); uses != strings.Contains(taken[method], "particles") {
			t.Errorf("%s uses particles: %v", method, uses)
		}
	}
	if UsesParticles("") || UsesParticles("none") {
		t.Error("no method uses particles")
	}
}

// The sampler of a query is the user's, or the default of its method and model.
func TestDefaultSampler(t *testing.T) {
	one := 1.0
	for _, c := range []struct {
		method   string
		in, want sample.Sampler
	}{
		{"guided", sample.Sampler{}, sample.Sampler{}},
		{"tds", sample.Sampler{NFE: 9}, sample.Sampler{Name: "ddim", Eta: &one, NFE: 9}},
		{"fkc", sample.Sampler{Name: "euler"}, sample.Sampler{Name: "euler"}},
		{"replacement", sample.Sampler{}, sample.Sampler{Name: "dpmpp2m-sde"}},
		{"repaint", sample.Sampler{}, sample.Sampler{Name: "dpmpp2m-sde", NFE: 500}},
		{"repaint", sample.Sampler{Name: "heun", NFE: 7}, sample.Sampler{Name: "heun", NFE: 7}},
		{"daps", sample.Sampler{}, sample.Sampler{NFE: 250}},
		{"gibbs", sample.Sampler{}, sample.Sampler{Name: "dpmpp2m-sde"}},
		{"cfgpp", sample.Sampler{}, sample.Sampler{}},
	} {
		if got := (Conditioning{Method: c.method}).Sampler(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.method, got, c.want)
		}
	}
	law := must(NewTraining(must(LawData("law", cellsOf(normalModel(), sinesText(50, "a", "b")))), quick()))
	if err := law.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	from, to := sde.TimeAt(sde.VP{}, plainFrom), sde.TimeAt(sde.VP{}, plainTo)
	for _, c := range []struct {
		m        *Model
		in, want sample.Sampler
		guides   string
	}{
		{model(t), sample.Sampler{Grid: "karras"}, sample.Sampler{Name: "dpmpp2m-sde", NFE: 32, Grid: "karras"}, "dpmpp2m-sde"},
		{model(t), sample.Sampler{Temperature: 0.9}, sample.Sampler{Name: "dpmpp2m-sde", NFE: 32, Temperature: 0.9, Start: from, End: to, Denoise: true}, "dpmpp2m-sde"},
		{model(t), sample.Sampler{Start: 0.5}, sample.Sampler{Name: "dpmpp2m-sde", NFE: 32, Start: 0.5}, "dpmpp2m-sde"},
		{model(t), sample.Sampler{Name: "heun"}, sample.Sampler{Name: "heun"}, "heun"},
		{law.Model(), sample.Sampler{}, sample.Sampler{}, "dpmpp2m-sde"},
	} {
		r, err := c.m.resolve(1, &Query{Sampler: c.in})
		if err != nil {
			t.Errorf("%+v: %v", c.in, err)
			continue
		}
		if r.Sampler != c.want || r.guidingSampler().Name != c.guides {
			t.Errorf("%+v, want %+v; guides by %s", r.Sampler, c.want, r.guidingSampler().Name)
		}
	}
}

// Each method has the settings that were asked for.
func TestMethodsTakeTheirSettings(t *testing.T) {
	m := normalModel()
	guided := guideFile("{observe: {a: 1.5}, noise: 0.3}")
	given := map[string]string{"a": "1.5"}
	inner := must(sample.Sampler{Name: "dpmpp2m-sde"}.Method(sde.VP{}))
	for _, c := range []struct {
		q    Query
		want sample.Method
	}{
		{Query{Guide: guided, Conditioning: Conditioning{Method: "diffpir", Lambda: 2}}, sample.DiffPIR{Lambda: 2}},
		{Query{Guide: guided, Conditioning: Conditioning{Method: "ddnm"}}, sample.DDNM{}},
		{Query{Guide: guided, Conditioning: Conditioning{Method: "daps"}}, sample.DAPS{}},
		{Query{Guide: guided, Conditioning: Conditioning{Method: "dps-step", Zeta: 3}}, sample.DPSStep{Zeta: 3}},
		{Query{Given: given, Conditioning: Conditioning{Method: "replacement"}}, sample.Replacement{Inner: inner}},
		{Query{Given: given, Conditioning: Conditioning{Method: "repaint", Jump: 3, Repeats: 4}}, sample.RePaint{Inner: inner, Length: 3, Repeats: 4}},
		{Query{CFG: 0.5, Conditioning: Conditioning{Method: "cfgpp"}}, sample.CFGPlusPlus{Uncond: m.net}},
	} {
		r, err := m.resolve(1, &c.q)
		if err != nil {
			t.Errorf("%s: %v", c.q.Conditioning.Method, err)
			continue
		}
		// Methods have fields of functions: their texts are compared.
		if got, err := r.rowMethod(); err != nil || fmt.Sprintf("%T", got) != fmt.Sprintf("%T", c.want) || plain(got) != plain(c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.q.Conditioning.Method, got, err, c.want)
		}
	}
}

// plain are the numbers of a method.
func plain(m sample.Method) string {
	switch m := m.(type) {
	case sample.RePaint:
		return fmt.Sprint(m.Length, m.Repeats)
	case sample.DiffPIR:
		return fmt.Sprint(m.Lambda)
	case sample.DPSStep:
		return fmt.Sprint(m.Zeta)
	}
	return ""
}

// Observed rows follow the posterior, by each method as near as it comes.
func TestObservedRows(t *testing.T) {
	m := normalModel()
	mean, variance := m.net.Moments()
	shift, scale, _ := m.codec.Affine(0)
	mu, v := shift+scale*mean[0], scale*scale*variance[0]
	const y, sd, n = 1.9, 0.4, 1500
	k := v / (v + sd*sd)
	wantMean, wantSD := mu+k*(y-mu), math.Sqrt((1-k)*v)
	for _, c := range []struct {
		method string
		spread bool // of the posterior
	}{{"guided", true}, {"daps", true}, {"gibbs", true}, {"dps-step", false}, {"diffpir", false}, {"tds", true}, {"mcgdiff", true}} {
		q := Query{Seed: 1, Guide: guideFile(fmt.Sprintf("{observe: {a: %g}, noise: %g}", y, sd)), Conditioning: Conditioning{Method: c.method}}
		if c.method != "gibbs" {
			q.Sampler.NFE = 60
		}
		r := draw(m, n, &q)
		var sum, square float64
		for i := range n {
			a := r.Number(i, 0)
			sum += a / n
			square += a * a / n
		}
		got := math.Sqrt(square - sum*sum)
		t.Logf("%s: %.3f ± %.3f, want %.3f ± %.3f", c.method, sum, got, wantMean, wantSD)
		if math.Abs(sum-wantMean) > 0.12 || c.spread && math.Abs(got/wantSD-1) > 0.12 {
			t.Errorf("%s: %.3f ± %.3f, want %.3f ± %.3f", c.method, sum, got, wantMean, wantSD)
		}
	}
	// Without errors the observation holds.
	q := Query{Guide: guideFile("{observe: {a: 1.9}, noise: 1e-6}"), Conditioning: Conditioning{Method: "ddnm"}}
	r := draw(m, 4, &q)
	for i := range 4 {
		if math.Abs(r.Number(i, 0)-1.9) > 0.01 {
			t.Errorf("ddnm: %v", r.Number(i, 0))
		}
	}
}

// A query that cannot be honored names the option at fault.
func TestQueryErrs(t *testing.T) {
	free, labeled, normal := model(t), model(t, "label"), normalModel()
	yes, y := map[string]string{"label": "yes"}, guideFile("{observe: {a: 1.5}, noise: 0.3}")
	tied := guideFile("{reward: {weights: {a: 1}}}")
	within := guideFile("{within: {column: a, min: 1, max: 2}}")
	by := func(method string) Conditioning { return Conditioning{Method: method} }
	red := []string{"kind = red"}
	one := 1.0
	for _, c := range []struct {
		m      *Model
		q      Query
		option string
		word   string
	}{
		{free, Query{WhereBy: "luck"}, "where-by", "luck"},
		{free, Query{Where: red, First: -1}, "first", "is -1"},
		{free, Query{First: 1, Total: 1}, "total", "at least as many"},
		{free, Query{Where: []string{"kind ="}}, "where", ""},
		{free, Query{Where: red, Conditioning: by("ddnm")}, "method", "tds"},
		{free, Query{Where: red, Given: map[string]string{"size": "11"}, Conditioning: by("repaint")}, "method", "repaint"},
		{free, Query{CFGFrom: 1}, "cfg-from", ""},
		{free, Query{CFGTo: 1}, "cfg-from", ""},
		{free, Query{CFG: math.NaN()}, "cfg", "NaN"},
		{free, Query{CFG: math.Inf(1)}, "cfg", ""},
		{free, Query{CFG: 2}, "cfg", "nothing is"},
		{labeled, Query{CFG: 2, CFGFrom: 2, CFGTo: 1}, "cfg-from", ""},
		{free, Query{Class: "a"}, "class", ""},
		{free, Query{ClassifierScale: -1}, "scale", "-1"},
		{free, Query{Conditioning: by("ddnm")}, "method", "needs an observation"},
		{free, Query{Conditioning: by("mcgdiff"), Terms: []guide.Term{guide.DPS{}}}, "method", "needs an observation"},
		{free, Query{Conditioning: by("dps-step"), Sampler: sample.Sampler{Name: "heun"}}, "method", "steps of its own"},
		{free, Query{Conditioning: by("daps"), Sampler: sample.Sampler{Recurrence: 2}}, "method", "steps of its own"},
		{free, Query{Conditioning: by("daps"), Sampler: sample.Sampler{Corrector: "langevin"}}, "method", "steps of its own"},
		{free, Query{First: 3, Sampler: sample.Sampler{Corrector: "langevin-batch"}}, "first", "couples"},
		{free, Query{Conditioning: by("gibbs"), Sampler: sample.Sampler{NFE: 5}}, "method", "iterations"},
		{free, Query{Conditioning: by("gibbs"), Sampler: sample.Sampler{Denoise: true}}, "method", "iterations"},
		{labeled, Query{Conditioning: by("cfgpp"), CFG: 1.5}, "method", "at most 1"},
		{free, Query{Conditioning: by("cfgpp"), CFG: 0.5}, "method", "nothing is"},
		{normal, Query{Conditioning: by("cfgpp"), CFG: 0.5, Guide: y}, "method", "nothing is"},
		{labeled, Query{Conditioning: by("cfgpp"), CFG: 0.5, Guide: y}, "method", "leave guide"},
		{normal, Query{Guide: y, Conditioning: Conditioning{Particles: 8}, Sampler: sample.Sampler{Temperature: 0.5}}, "particles", "temperature"},
		{normal, Query{Guide: tied, Conditioning: by("fkc"), Sampler: sample.Sampler{Denoise: true}}, "method", "denoise"},
		{free, Query{Conditioning: Conditioning{Particles: 8}}, "particles", "what is known"},
		{normal, Query{Guide: y, Where: []string{"a > 1"}, Conditioning: by("mcgdiff")}, "method", "use tds"},
		{labeled, Query{Conditioning: by("fkc"), CFG: 2, CFGTo: 3}, "method", "one law"},
		{labeled, Query{Conditioning: by("fkc")}, "method", "nothing to correct"},
		{free, Query{Conditioning: by("fkc"), CFG: 2}, "cfg", "nothing is"},
		{free, Query{Conditioning: by("fkc"), CFG: 2, Given: map[string]string{"size": "11"}}, "method", "cfg for labels"},
		{normal, Query{Conditioning: by("fkc"), Guide: y}, "method", "fkc takes rewards alone, and guide 1"},
		{normal, Query{Conditioning: by("fk"), Guide: within}, "method", "hard condition"},
		{free, Query{Conditioning: by("replacement")}, "method", "give some"},
		{free, Query{Conditioning: by("replacement"), Balance: "kind"}, "method", "balance"},
		{normal, Query{Conditioning: by("repaint"), Given: map[string]string{"a": "1", "b": "1"}}, "method", "every column"},
		{free, Query{Conditioning: by("repaint"), Sampler: sample.Sampler{NFE: 9}, Given: map[string]string{"kind": "red"}}, "nfe", "is 9"},
		{labeled, Query{Where: []string{"label = yes"}, WhereBy: "guide"}, "where-by", "nothing to guide"},
		{labeled, Query{Where: []string{"size > 12"}, WhereBy: "guide"}, "where-by", "give the labels"},
		{labeled, Query{Given: yes, Where: []string{"label = no"}}, "given", "label"},
		{labeled, Query{Where: []string{"label = yes"}, Conditioning: Conditioning{Particles: 8}}, "particles", "nothing to weight"},
		{free, Query{Guide: y}, "guide", `"a"`},
	} {
		_, err := c.m.Sample(t.Context(), 3, &c.q)
		if err := refused(err, c.option, c.word); err != nil {
			t.Errorf("%+v: %v", c.q, err)
		}
	}
	_, err := free.Sample(t.Context(), 0, nil)
	if err := refused(err, "rows", "is 0"); err != nil {
		t.Error(err)
	}
	if free.Check(3, &Query{Sampler: sample.Sampler{Name: "dpmpp2m", Eta: &one}}) == nil || free.Check(3, &Query{WhereBy: "luck"}) == nil || free.Check(3, nil) != nil {
		t.Error("Check disagrees with Sample")
	}
}

// CFG is D + (W-1)(D - D₀) of the labels that are drawn for the rows.
func TestCFGOfLabels(t *testing.T) {
	m := model(t, "label")
	const n, w, first = 5, 2.5, 3
	r := must(m.resolve(n, &Query{CFG: w, Seed: 9}))
	d := must(r.denoiser(first, false))
	labels := mat.NewDense(n, 1, nil)
	r.labels.draw(labels, func(i int) int { return first + i })
	x := mat.NewDense(n, m.codec.Dim(), nil)
	for i := range n {
		for j := range m.codec.Dim() {
			x.Set(i, j, math.Sin(float64(3*i+j)))
		}
	}
	ts := []float64{0.4}
	of := func(d sde.Denoiser) *mat.Dense {
		y := mat.NewDense(n, m.codec.Dim(), nil)
		if err := d.Denoise(y, x, ts); err != nil {
			t.Fatal(err)
		}
		return y
	}
	got, cond, uncond := of(d.Denoiser), of(must(m.net.Conditional(labels, nil))), of(m.net)
	for i := range n {
		for j := range m.codec.Dim() {
			c, u := cond.At(i, j), uncond.At(i, j)
			if want := c + (w-1)*(c-u); math.Abs(got.At(i, j)-want) > 1e-9 {
				t.Fatalf("row %d, position %d: %v, want %v", i, j, got.At(i, j), want)
			}
		}
	}
	if !mat.Equal(d.labels(nil, first, n), labels) {
		t.Error("other labels are written than are given")
	}
}

// Caveats are reported once.
func TestNote(t *testing.T) {
	r := &query{}
	twice := caveats{"a", "b", "a"}
	r.note(twice, caveats{"b", "c"}, 3)
	if !slices.Equal(r.report.Caveats, []string{"a", "b", "c"}) {
		t.Errorf("%q", r.report.Caveats)
	}
}

type caveats []string

func (c caveats) Caveats() []string { return c }

// Guides of one's own are added, and what is approximate about them is reported.
func TestTermsAndCaveats(t *testing.T) {
	m := normalModel()
	o := sde.Observation{A: sde.Columns{Dim: 2, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{1.5}), Error: sde.NormalError{SD: 0.5}}
	own := guide.DPS{Observation: o}
	r := must(m.resolve(1, &Query{Guide: guideFile("{observe: {a: 1.5}, noise: 0.3}"), Terms: []guide.Term{own}}))
	terms := must(r.terms("pigdm"))
	if len(terms) != 2 || fmt.Sprintf("%T %T", terms[0], terms[1]) != "guide.PiGDM guide.DPS" {
		t.Errorf("terms %T", terms)
	}
	rows := draw(m, 5, &Query{Terms: []guide.Term{own}, Sampler: sample.Sampler{NFE: 6}})
	if len(rows.Caveats) == 0 || rows.Method != "guided" || rows.NFE != 6 {
		t.Errorf("%s, %g evaluations, caveats %q", rows.Method, rows.NFE, rows.Caveats)
	}
	if plain := draw(m, 5, &Query{Sampler: sample.Sampler{NFE: 6}}); len(plain.Caveats) != 0 {
		t.Errorf("without guides: %q", plain.Caveats)
	}
}
