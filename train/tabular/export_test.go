package tabular

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/checkpoints/onnx"
	"tweedie/sample"
	"tweedie/sde"
)

// exportGap is the gap of a graph, read back from its file.
func exportGap(t *testing.T, e *Exported, err error) float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Examples(t.Context(), 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e.Graph, err = onnx.Decode(e.Graph.Encode()); err != nil {
		t.Fatal(err)
	}
	gap, err := x.Gap(t.Context(), e.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return gap
}

// Graphs of models of all kinds agree with them, from files, through every sampler that can
// be written out.
func TestExports(t *testing.T) {
	dose := fit(doseText(300, "a,b,dose"), Options{Conditions: []string{"dose"}, Hidden: 16, Layers: 1, Steps: 20, Batch: 64, FourierFeatures: 3, FiLM: true})
	for name, m := range map[string]*Model{"mixed": model(t), "labels": model(t, "label"), "number": dose, "components": latentModel()} {
		for _, what := range Exports()[:3] {
			bound := 1e-4
			if what == "denoiser" {
				bound = 2e-6
			}
			e, err := m.Export(Export{What: what})
			if gap := exportGap(t, e, err); !(gap < bound) {
				t.Errorf("%s, %s: %.2g away", name, what, gap)
			}
		}
		for _, s := range []string{"ddim", "dpmpp2m", "dpmpp2s", "heun", "pf-euler", "rk4", "unipc"} {
			nfe := 16
			if s == "pf-euler" {
				nfe = 60
			}
			e, err := m.Export(Export{What: "sampler", Float64: s == "heun", Sampler: sample.Sampler{Name: s, NFE: nfe}})
			if gap := exportGap(t, e, err); !(gap < 1e-4) {
				t.Errorf("%s, %s: %.2g away", name, s, gap)
			}
			if e.Evaluations != nfe {
				t.Errorf("%s, %s: %d evaluations, want %d", name, s, e.Evaluations, nfe)
			}
		}
		for _, s := range []sample.Sampler{{NFE: 9, Denoise: true}, {Name: "ddim", NFE: 9, Start: 0.8, End: 0.1, Grid: "uniform"}} {
			e, err := m.Export(Export{What: "sampler", Sampler: s})
			if gap := exportGap(t, e, err); !(gap < 1e-4) {
				t.Errorf("%s, %+v: %.2g away", name, s, gap)
			}
		}
	}
}

// A graph of other weights is seen to be another.
func TestExportGapSeesErrors(t *testing.T) {
	e, err := model(t).Export(Export{What: "sampler", Sampler: sample.Sampler{NFE: 8}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Graph.Initializers {
		if c := &e.Graph.Initializers[i]; c.Name == "layer0.bias" {
			c.Data[0] += 0.5
		}
	}
	if gap := exportGap(t, e, nil); gap < 1e-4 {
		t.Errorf("a wrong bias is %.2g away", gap)
	}
}

func TestExportOfClassifiers(t *testing.T) {
	o := quick()
	o.Conditional = -1
	m := fit(doseText(300, "a,b"), *o)
	for _, column := range []string{"kind", "dose"} {
		c := must(m.FitClassifier(t.Context(), source("c.csv", doseText(300, "a,b,"+column)), column, &Options{Hidden: 16, Layers: 1, Steps: 30, Batch: 64, Seed: 5}))
		e, err := c.Export(Export{})
		if gap := exportGap(t, e, err); !(gap < 2e-6) {
			t.Errorf("%s: %.2g away", column, gap)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	m := model(t)
	half := 0.5
	for want, o := range map[string]Export{
		"use one of denoiser, score, eps, sampler": {What: "flow"},
		"draws noise": {What: "sampler", Sampler: sample.Sampler{Name: "ddim", Eta: &half}},
		"chooses":     {What: "sampler", Sampler: sample.Sampler{Name: "dopri5"}},
		"scale":       {What: "sampler", Sampler: sample.Sampler{Temperature: 0.5}},
		"corrector":   {What: "sampler", Sampler: sample.Sampler{Name: "none"}},
	} {
		if _, err := m.Export(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	if _, err := m.Export(Export{What: "sampler", Sampler: sample.Sampler{Name: "ddim", End: sde.MinTime(sde.VP{}) / 2}}); err != nil {
		t.Error(err)
	}
}

// The decoding says what the labels are, with their law.
func TestExportDecoding(t *testing.T) {
	m := model(t, "label")
	b, err := must(m.Decoding()).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Positions []string
		Labels    ExportLabels
		Given     bool
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, n := range d.Labels.Rows {
		rows += n
	}
	if len(d.Positions) != m.Codec().Dim() || !d.Given || rows != 300 || len(d.Labels.Values) != 2 || d.Labels.Values[1][0] != 1 {
		t.Errorf("%+v", d)
	}
	e := must(m.Export(Export{What: "sampler", Sampler: sample.Sampler{NFE: 4}}))
	x := must(e.Examples(t.Context(), 7, 1))
	text, err := x.JSON()
	if err != nil || !strings.Contains(string(text), `"labels":[[null],`) || len(x.Cells) != 7 || strings.Join(x.Header, ",") != "size,count,kind,label" {
		t.Errorf("%s, %v", text, err)
	}
	if again := must(e.Examples(t.Context(), 7, 1)); math.Abs(again.Inputs["noise"].At(6, 0)-x.Inputs["noise"].At(6, 0)) > 0 {
		t.Error("the same seed gives other examples")
	}
}

// A canceled context ends the check of a graph.
func TestExamplesEnd(t *testing.T) {
	e := must(model(t).Export(Export{What: "sampler", Sampler: sample.Sampler{NFE: 4}}))
	x := must(e.Examples(t.Context(), 3, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Examples(ctx, 3, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("examples: %v", err)
	}
	if _, err := x.Gap(ctx, e.Graph); !errors.Is(err, context.Canceled) {
		t.Errorf("gap: %v", err)
	}
}
