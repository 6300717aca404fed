package tabular

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// encodedRows are the encoded rows of a query.
func encodedRows(t *testing.T, m *Model, q Query) *mat.Dense {
	t.Helper()
	const n = 40
	x := mat.NewDense(n, m.codec.Dim(), nil)
	q.Encoded = func(first int, part *mat.Dense) error {
		r, _ := part.Dims()
		for i := range r {
			x.SetRow(first+i, part.RawRowView(i))
		}
		return nil
	}
	if _, err := m.Sample(context.Background(), n, &q); err != nil {
		t.Fatal(err)
	}
	return x
}

// Formulas of a guide file, of a sampler and of the methods are the library's functions of
// time, to the bit; with time in reverse they are not.
func TestFormulasAreFunctionsOfTime(t *testing.T) {
	m := normalModel()
	y := "observe: {a: 1.5}, noise: 0.3"
	o := must(guideFile("{" + y + "}").Observations(m.codec))[0]
	hot := o
	rise := func(t float64) float64 { return 1 + t }
	hot.Error = sde.AnnealedError{Error: o.Error, Epsilon: rise}
	linear := sample.LinearCondition{A: o.A.(sde.LinearMap), Y: o.Y, SD: 0.3}
	ddim := sample.Sampler{Name: "ddim", NFE: 30}
	run := func(d sde.Denoiser, method sample.Method) *mat.Dense {
		return must(sample.Run(context.Background(), d, method, 40, ddim.Options())).X
	}
	guided := func(terms ...guide.Term) sde.Denoiser { return guide.New(m.net, terms...) }
	down := func(t float64) float64 { return 0.3 * (1 - t) }
	ratio := func(t float64) float64 { c := m.net.Schedule().Coeff(t); return math.Min(1, c.Sigma/c.Alpha) }
	noisy := ddim
	noisy.EtaFormula = "min(1, sigma)"
	own := sample.Sampler{NFE: 30}
	for name, c := range map[string]struct {
		q    Query
		want *mat.Dense
	}{
		"strength": {Query{Guide: guideFile("{" + y + ", method: dps, strength: 1+t}"), Sampler: ddim}, run(guided(guide.DPS{Observation: o, StrengthFunc: rise}), sample.DDIM{})},
		"zeta":     {Query{Guide: guideFile("{" + y + `, method: dps-norm, zeta: "0.3*(1-t)"}`), Sampler: ddim}, run(guided(guide.DPSNorm{Observation: o, ZetaFunc: down}), sample.DDIM{})},
		"anneal":   {Query{Guide: guideFile("{" + y + ", anneal: 1+t}"), Sampler: ddim}, run(guided(guide.MMPS{Observation: hot}), sample.DDIM{})},
		"eta":      {Query{Guide: guideFile("{" + y + "}"), Sampler: noisy}, run(guided(guide.MMPS{Observation: o}), sample.DDIM{EtaFunc: ratio})},
		"diffpir": {Query{Guide: guideFile("{" + y + "}"), Sampler: own, Conditioning: Conditioning{Method: "diffpir", LambdaFormula: "1+t", ZetaFormula: "0.3*(1-t)"}},
			run(must(sample.ConditionOnLinear(m.net, linear)), sample.DiffPIR{LambdaFunc: rise, ZetaFunc: down})},
		"diffpir without noise": {Query{Guide: guideFile("{" + y + "}"), Sampler: own, Conditioning: Conditioning{Method: "diffpir", Zeta: -1}},
			run(must(sample.ConditionOnLinear(m.net, linear)), sample.DiffPIR{ZetaFunc: func(float64) float64 { return 0 }})},
		"dps-step": {Query{Guide: guideFile("{" + y + "}"), Sampler: own, Conditioning: Conditioning{Method: "dps-step", ZetaFormula: "0.3*(1-t)"}},
			run(must(sample.ConditionOnLinear(m.net, linear)), sample.DPSStep{ZetaFunc: down})},
	} {
		if got := encodedRows(t, m, c.q); !mat.Equal(got, c.want) {
			t.Errorf("%s: the rows are not those of the library", name)
		}
	}
	reversed := run(guided(guide.DPS{Observation: o, StrengthFunc: func(t float64) float64 { return rise(1 - t) }}), sample.DDIM{})
	if mat.Equal(encodedRows(t, m, Query{Guide: guideFile("{" + y + ", method: dps, strength: 1+t}"), Sampler: ddim}), reversed) {
		t.Error("time in reverse passes")
	}
}

// Particles take a noise scale over time in place of their default, 1.
func TestParticlesTakeAnEtaOverTime(t *testing.T) {
	m := normalModel()
	q := func(eta string) *Query {
		return &Query{Guide: guideFile("{observe: {a: 1.5}, noise: 0.3}"), Conditioning: Conditioning{Particles: 16}, Sampler: sample.Sampler{NFE: 20, EtaFormula: eta}}
	}
	one, same, less := draw(m, 30, q("")), draw(m, 30, q("1+0*t")), draw(m, 30, q("1-0.5*t"))
	if text(t, one.Cells) != text(t, same.Cells) || text(t, one.Cells) == text(t, less.Cells) {
		t.Error("a noise scale of 1 is not the default, or another is")
	}
}

// The strength of what is given, as a formula.
func TestStrengthsOfLabelsAsFormulas(t *testing.T) {
	m := model(t, "kind")
	level := m.codec.Metadata().Field("kind").Levels[0].Name
	r, err := m.resolve(3, &Query{Given: map[string]string{"kind": level}, CFGFormula: "1 + 2*t*sigma"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.prior(0)
	if err != nil {
		t.Fatal(err)
	}
	c := r.model.net.Schedule().Coeff(0.4)
	if g, ok := p.(*guide.CFG); !ok || g.W != 0 || math.Abs(g.WFunc(0.4)-1-0.8*c.Sigma/c.Alpha) > 1e-12 {
		t.Errorf("%+v", p)
	}
}

func TestFormulasAreRefused(t *testing.T) {
	m := normalModel()
	y := guideFile("{observe: {a: 1.5}, noise: 0.3}")
	over := guideFile("{observe: {a: 1.5}, noise: 0.3, method: dps, strength: 1+t}")
	for _, c := range []struct {
		q          Query
		option     string
		words, run string
	}{
		{Query{CFG: 2, CFGFormula: "t"}, "cfg", "both", ""},
		{Query{CFGFormula: "tt"}, "cfg", "tt", ""},
		{Query{ScaleFormula: "t"}, "scale", "classifier", ""},
		{Query{Guide: y, Conditioning: Conditioning{Method: "diffpir", Zeta: 0.5, ZetaFormula: "t"}}, "zeta", "both", ""},
		{Query{Guide: y, Conditioning: Conditioning{Method: "diffpir", Zeta: 2}}, "zeta", "from 0 to 1", ""},
		{Query{Guide: y, Conditioning: Conditioning{Method: "ddnm", LambdaFormula: "t"}}, "lambda", "no option of method ddnm", ""},
		{Query{Guide: y, Conditioning: Conditioning{Method: "dps-step", LambdaFormula: "t"}}, "lambda", "no option of method dps-step", ""},
		{Query{Guide: over, Conditioning: Conditioning{Method: "fk"}}, "method", "function", ""},
		{Query{Guide: guideFile("{reward: {weights: {a: 1}, strength: 1+t}}"), Conditioning: Conditioning{Method: "fkc"}}, "method", "function", ""},
		{Query{Guide: guideFile("{observe: {a: 1}, noise: 1, anneal: 1+tt}")}, "guide", "tt", ""},
		{Query{Guide: y, Conditioning: Conditioning{Method: "diffpir", ZetaFormula: "t-0.5"}}, "", "", "zeta is -"},
		{Query{Guide: y, Conditioning: Conditioning{Method: "diffpir", LambdaFormula: "1/max(0,t-0.5)"}}, "", "", "lambda is +Inf at t = 0."},
		{Query{Guide: guideFile("{observe: {a: 1.5}, noise: 0.3, method: dps, strength: 1-2*t}")}, "", "", "Strength is -1 at t = 1"},
		{Query{Guide: guideFile("{observe: {a: 1.5}, noise: 0.3, anneal: 1-0.9*sin(pi*t)-t}")}, "", "", "psilon"},
	} {
		err := m.Check(3, &c.q)
		if c.run != "" && err == nil {
			if _, err = m.Sample(context.Background(), 3, &c.q); err == nil || !strings.Contains(err.Error(), c.run) {
				t.Errorf("%+v: %v, want %s", c.q, err, c.run)
			}
			continue
		}
		if c.run != "" && strings.Contains(err.Error(), c.run) {
			continue
		}
		if e := refused(err, c.option, c.words); e != nil {
			t.Error(e)
		}
	}
}
