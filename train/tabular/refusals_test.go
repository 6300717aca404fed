package tabular

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

// Check refuses whatever Sample refuses before it draws.
func TestCheckRefusesWhatSampleDoes(t *testing.T) {
	m := model(t)
	narrow := sde.OperatorFunc{Dim: 2, Out: 1, F: func(dst, v []float64) { dst[0] = v[0] }, Grad: func(dst, _, w []float64) { dst[0], dst[1] = w[0], 0 }}
	seen := guide.MMPS{Observation: sde.Observation{A: narrow, Y: mat.NewDense(1, 1, nil), Error: sde.NormalError{SD: 1}}}
	file := must(spec.Parse("g.yaml", []byte("guide:\n  - observe: {sise: 5}\n    noise: 0.1\n")))
	encoded := func(int, *mat.Dense) error { return nil }
	for option, list := range map[string][]Query{
		"first":    {{First: -1}},
		"workers":  {{Workers: -1}},
		"cfg":      {{CFG: 2}},
		"guide":    {{Guide: file}, {Terms: []guide.Term{seen}}, {Guide: file, Where: []string{"size > 12"}}, {Guide: file, Conditioning: Conditioning{Particles: 4}}},
		"nfe":      {{Given: map[string]string{"kind": "red"}, Conditioning: Conditioning{Method: "repaint", Repeats: 9}, Sampler: sample.Sampler{NFE: 3}}},
		"where-by": {{Where: []string{"size != 12"}, WhereBy: "guide"}},
		"encoded":  {{Where: []string{"size > 12"}, Encoded: encoded}, {Guide: file, Conditioning: Conditioning{Particles: 4}, Encoded: encoded}},
	} {
		for i, q := range list {
			want := refused(m.Check(2, &q), option, "")
			if _, err := m.Sample(t.Context(), 2, &q); want != nil || refused(err, option, "") != nil {
				t.Errorf("%s %d: Check: %v, Sample: %v", option, i, want, err)
			}
		}
	}
	if err := m.Check(2, &Query{Where: []string{"size > 12"}, WhereBy: "guide"}); err != nil {
		t.Error(err)
	}
}

// Options may be nil, and what is asked too early or twice is an error or an answer.
func TestTrainingInParts(t *testing.T) {
	data := must(ReadData(source("t.csv", mixedText(60)), nil))
	run := must(NewTraining(data, nil))
	if _, err := NewTraining(data, nil); err == nil {
		t.Error("data without cells pass")
	}
	if _, err := model(t).NewClassifierTraining(data, "x", nil); err == nil {
		t.Error("data without cells pass for a classifier")
	}
	if _, err := run.State(); err != nil {
		t.Error(err)
	}
	if _, err := must(NewTraining(must(ReadData(source("t.csv", mixedText(60)), nil)), nil)).File(); err != nil {
		t.Error(err)
	}
}

// The name of a table that is no file is any text.
func TestNamesOfTables(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{dir, "refusals_test.go/sheet", strings.Repeat("select ", 100), ""} {
		if d, err := ReadData(source(name, mixedText(60)), nil); err != nil || d.Digest != "" {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}

// Files of another kind, writers and latents that are too few are refused in one line.
func TestMessagesOfUsers(t *testing.T) {
	m, dir := model(t), t.TempDir()
	path := filepath.Join(dir, "state.st")
	if err := checkpoints.Save(path, checkpoints.New("other")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || strings.Count(err.Error(), path) != 1 {
		t.Errorf("the file is not named once: %v", err)
	}
	f := must(m.NewImputer(&Imputation{Draws: 2, Sampler: sample.Sampler{NFE: 4}}))
	for _, n := range []int{0, 1, 3} {
		err := f.Rewrite(context.Background(), source("t.csv", mixedText(20)), datasets.CSV, make([]io.Writer, n))
		if err := refused(err, "draws", ""); err != nil {
			t.Error(err)
		}
	}
	point := must(m.NewImputer(&Imputation{Draws: 2, Point: true, Sampler: sample.Sampler{NFE: 4}}))
	if point.Rewrite(t.Context(), source("t.csv", mixedText(20)), datasets.CSV, make([]io.Writer, 2)) == nil {
		t.Error("the point goes to two writers")
	}
	one := &Latents{Z: mat.NewDense(1, m.codec.Dim(), nil)}
	two := &Latents{Z: mat.NewDense(2, m.codec.Dim(), nil)}
	if _, err := m.Interpolate(one, 3, sample.LinearCurve); err == nil {
		t.Error("one latent has a way")
	}
	if _, err := m.Interpolate(two, 1, sample.LinearCurve); err == nil {
		t.Error("one step has two ends")
	}
}
