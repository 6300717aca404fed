package checkpoints

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A File in another comes out as it was, and the other keeps what it had.
func TestNested(t *testing.T) {
	f, g := New("training"), example()
	f.Meta["step"] = "3"
	f.Arrays = []Array{{Name: "w", Shape: []int{1}, F32: []float32{7}}}
	f.Nest("result", g)
	if d := differ(example(), g); d != "" {
		t.Errorf("Nest changed %s of its argument", d)
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := Save(path, f); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := f.Float32s("w", 1); err != nil || w[0] != 7 || f.Kind() != "training" || f.Meta["step"] != "3" {
		t.Errorf("the outer file: %v, %v, %v", w, err, f.Meta)
	}
	got, err := f.Nested("result")
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(g, got); d != "" || len(got.Meta) != len(g.Meta) || got.Kind() != "model" {
		t.Errorf("another %s: %v", d, got.Meta)
	}
	got.Find("w").Shape[0] = 9
	if f.Find("result/w").Shape[0] != 2 {
		t.Error("the two share a shape")
	}
	_, err = got.Array("nope")
	checkError(t, err, ErrMissing, path)
	for _, name := range []string{"resul", "esult", "w", ""} {
		if _, err := f.Nested(name); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A run that did not come to its end is told from one that did.
func TestUnfinished(t *testing.T) {
	for _, c := range []struct {
		p        Provenance
		step, of int
	}{
		{Provenance{Steps: 490, Config: map[string]string{"steps": "60000"}}, 490, 60000},
		{Provenance{Steps: 0, Config: map[string]string{"steps": "1"}}, 0, 1},
		{Provenance{Steps: 60000, Config: map[string]string{"steps": "60000"}}, 0, 0},
		{Provenance{Steps: 490, Config: map[string]string{"steps": "60000"}, Early: true}, 0, 0},
		{Provenance{Steps: 490, Config: map[string]string{"steps": "many"}}, 0, 0},
		{Provenance{Steps: 490}, 0, 0},
	} {
		if step, of := c.p.Unfinished(); step != c.step || of != c.of {
			t.Errorf("%+v: %d of %d, want %d of %d", c.p, step, of, c.step, c.of)
		}
	}
	// Early is in the file, and only where it is true.
	f := New("model")
	if err := f.SetJSON("a", Provenance{Early: true}); err != nil || !strings.Contains(f.Meta["a"], `"early":true`) {
		t.Errorf("%s, %v", f.Meta["a"], err)
	}
	var p Provenance
	if err := f.JSON("a", &p); err != nil || !reflect.DeepEqual(p, Provenance{Early: true}) {
		t.Errorf("%+v, %v", p, err)
	}
	if err := f.SetJSON("b", Provenance{}); err != nil || strings.Contains(f.Meta["b"], "early") {
		t.Errorf("%s, %v", f.Meta["b"], err)
	}
}
