package tabular

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
)

// The gradient of a sum of rewards is that of its values.
func TestRewardGradient(t *testing.T) {
	b := fit(sinesText(300, "a", "b"), Options{Steps: 1, Hidden: 8, Layers: 1}) // quantiles: not linear
	target := 0.7
	for _, law := range []spec.RewardEntry{{Weights: map[string]float64{"a": 2, "b": -1}}, {Weights: map[string]float64{"a": 1}, Target: &target, Strength: spec.OverTime{Number: 3}}} {
		r := must(law.Build(b.codec))
		tl := tilt([]guide.Reward{r, r})
		x, grad, v := mat.NewDense(1, 2, []float64{0.3, -0.4}), mat.NewDense(1, 2, nil), make([]float64, 1)
		if err := tl.Gradient(grad, x, 0); err != nil {
			t.Fatal(err)
		}
		wrong := func(g []float64) string {
			for j := range 2 {
				const h = 1e-6
				var d float64
				for _, s := range []float64{1, -1} {
					y := mat.DenseCopyOf(x)
					y.Set(0, j, y.At(0, j)+s*h)
					if err := tl.Reward(v, y, 0); err != nil {
						t.Fatal(err)
					}
					d += s * v[0] / (2 * h)
				}
				if math.Abs(d-g[j]) > 1e-4*math.Max(1, math.Abs(d)) {
					return fmt.Sprintf("position %d: %v, by differences %v", j, g[j], d)
				}
			}
			return ""
		}
		if s := wrong(grad.RawRowView(0)); s != "" {
			t.Error(s)
		}
		if wrong([]float64{grad.At(0, 0) * 1.1, grad.At(0, 1)}) == "" {
			t.Error("a wrong gradient passes")
		}
	}
}

// The laws that Feynman-Kac correctors and particles follow, with what was asked for.
func TestTargets(t *testing.T) {
	labeled, normal := model(t, "label"), normalModel()
	of := func(m *Model, q Query) target {
		r := must(m.resolve(1, &q))
		return must(r.target())
	}
	by := func(method string, anneal float64) Conditioning { return Conditioning{Method: method, Anneal: anneal} }
	yes := map[string]string{"label": "yes"}
	for _, c := range []struct {
		q       Query
		weights []float64
	}{
		{Query{Given: yes, CFG: 3, Conditioning: by("fkc", 0.5)}, []float64{1.5, -1}},
		{Query{Given: yes, Conditioning: by("fkc", 2)}, []float64{2}},
	} {
		f := of(labeled, c.q).Target.(sample.FKC)
		if !slices.Equal(f.Weights, c.weights) || len(f.Models) != len(c.weights) || f.Tilt != nil {
			t.Errorf("weights %v of %d models", f.Weights, len(f.Models))
		}
	}
	reward := guideFile("{reward: {weights: {a: 1}}}", "{reward: {weights: {b: 2}, strength: -3}}")
	f := of(normal, Query{Guide: reward, Conditioning: by("fkc", 0)}).Target.(sample.FKC)
	x, v := mat.NewDense(1, 2, []float64{0.3, -0.4}), make([]float64, 1)
	if err := f.Tilt.Reward(v, x, 0); err != nil {
		t.Fatal(err)
	}
	a, _ := normal.codec.ToValue(0, 0.3)
	b, _ := normal.codec.ToValue(1, -0.4)
	if want := a - 6*b; math.Abs(v[0]-want) > 1e-12 {
		t.Errorf("reward %v, want %v", v[0], want)
	}
	y := guideFile("{linear: [{weights: {a: 2}, value: 3}], noise: 0.3}")
	if got := of(normal, Query{Guide: y, Conditioning: by("mcgdiff", 0)}); got.logScale != must(y.Measurement(normal.codec, "mcgdiff")).LogScale {
		t.Errorf("the evidence is in other units: %g", got.logScale)
	}
	if _, ok := of(normal, Query{Guide: y, Conditioning: by("tds", 0)}).Target.(sample.TDS).Guided.(sample.LikelihoodDenoiser); !ok {
		t.Error("the twist has no likelihood at the end")
	}
	if fk := of(normal, Query{Guide: y, Conditioning: by("fk", 0)}).Target.(sample.FK); fk.Reward == nil {
		t.Error("nothing to weight by")
	}
}

// Rows given a label, and corrected for the strength of it, have it.
func TestCorrectedLabels(t *testing.T) {
	m := model(t, "label")
	r := draw(m, 20, &Query{Given: map[string]string{"label": "yes"}, CFG: 1.5, Conditioning: Conditioning{Method: "fkc", Particles: 8}, Sampler: sample.Sampler{NFE: 20}})
	if r.Method != "fkc" || slices.Contains(columnOf(t, r, "label"), "no") || r.Evidence.Satisfied != nil || r.WhereBy != "" {
		t.Errorf("%+v", r)
	}
}
