package architectures_test

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/architectures"
	"tweedie/sample"
	"tweedie/train/tabular"
)

// tableText is a table of numbers, a category and a condition that is a number.
func tableText(rows int) string {
	var b strings.Builder
	b.WriteString("size,kind,dose\n")
	for i := range rows {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		fmt.Fprintf(&b, "%.2f,%s,%.2f\n", 10+5*u+v, []string{"red", "green", "blue"}[int(3*u)], 4*u)
	}
	return b.String()
}

// A table model with a network of one's own goes through a file, is given columns and
// conditions, and imputes; what is of the built-in network is refused.
func TestTableModelOfAnOwnNetwork(t *testing.T) {
	source := func(text string) datasets.Source {
		return datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	}
	mlp := architectures.MLP(16, 1)
	o := tabular.Options{Network: mlp, Conditions: []string{"dose"}, Steps: 60, Batch: 128, FourierFeatures: -1, Seed: 1}
	m := must(tabular.Fit(t.Context(), source(tableText(200)), &o))
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := tabular.Load(path); err == nil || !strings.Contains(err.Error(), `called "stock-mlp", and none was given`) {
		t.Errorf("without the network: %v", err)
	}
	back := must(tabular.Load(path, mlp))
	q := tabular.Query{Given: map[string]string{"dose": "2.5", "kind": "blue"}, Sampler: sample.Sampler{NFE: 10}}
	a, b := must(m.Sample(t.Context(), 20, &q)), must(back.Sample(t.Context(), 20, &q))
	for i := range 20 {
		if a.Number(i, 0) != b.Number(i, 0) || b.Number(i, 2) != 2.5 || a.Level(i, 1) != b.Level(i, 1) {
			t.Fatalf("row %d is %v, and %v after loading", i, a.Number(i, 0), b.Number(i, 0))
		}
	}
	if c := back.Provenance().Config; c["network"] != "stock-mlp" || c["hidden"] != "" || c["dropout"] != "" {
		t.Errorf("config %v", c)
	}
	for option, wrong := range map[string]tabular.Options{
		"hidden": {Hidden: 8}, "layers": {Layers: 2}, "film": {FiLM: true}, "dropout": {Dropout: 0.1},
	} {
		wrong.Network, wrong.Steps = mlp, 1
		if _, err := tabular.Fit(t.Context(), source(tableText(50)), &wrong); err == nil || !strings.HasPrefix(err.Error(), option+" is of the built-in network") {
			t.Errorf("%s: %v", option, err)
		}
	}
	wrong := tabular.Options{Network: mlp, Steps: 1}
	if _, err := m.FitClassifier(t.Context(), source(tableText(50)), "dose", &wrong); err == nil || !strings.Contains(err.Error(), "has the built-in network") {
		t.Errorf("a classifier: %v", err)
	}
}
