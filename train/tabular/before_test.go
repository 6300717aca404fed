package tabular

import (
	"context"
	"os"
	"strings"
	"testing"

	"tweedie/internal/kernel"
	"tweedie/sample"
)

const before = "../../checkpoints/testdata/before/"

// Files of before the table model was a type still load, and give the same rows.
func TestFilesOfBefore(t *testing.T) {
	for _, c := range []struct{ file, rows string }{
		{"table.safetensors", "table.csv"}, {"condition.safetensors", "condition.csv"}, {"run.safetensors", "run.csv"}, {"toy.safetensors", "toy.csv"},
	} {
		m, err := Load(before + c.file)
		if err != nil {
			t.Error(err)
			continue
		}
		q := &Query{Seed: 1}
		if !m.Extrapolates() { // the sampler of tables was this one
			q.Sampler = sample.Sampler{Name: "dpmpp2m-sde", NFE: 100}
		}
		r, err := m.Sample(context.Background(), 5, q)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := os.ReadFile(before + c.rows)
		if err != nil {
			t.Fatal(err)
		}
		if m.Extrapolates() && kernel.Path() != m.Provenance().KernelPath {
			continue // all digits are those of the kernels that trained it
		}
		if got := text(t, r.Cells); got != string(want) {
			t.Errorf("%s gives rows\n%swant\n%s", c.file, got, want)
		}
	}
}

// A classifier of before still loads and guides.
func TestClassifierOfBefore(t *testing.T) {
	c, err := LoadClassifier(before + "classifier.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(before + "condition.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Sample(context.Background(), 5, &Query{Classifier: c, Class: "house", ClassifierScale: 20, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(before + "classifier.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, r.Cells); got != string(want) {
		t.Errorf("rows\n%swant\n%s", got, want)
	}
	if _, err := m.Sample(context.Background(), 5, &Query{Classifier: c, Class: "barn"}); err == nil || !strings.Contains(err.Error(), "house") {
		t.Errorf("an unknown class: %v", err)
	}
}
