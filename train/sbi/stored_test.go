package sbi

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
)

// A file of another version is refused by its format, whatever its fields are, with the
// version that made it; a damaged one is not taken for one.
func TestFormatOfAPosterior(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(inference map[string]any)
		want string // of the error; "" for none
		of   bool   // another format
	}{
		{"as written", func(map[string]any) {}, "", false},
		{"before formats", func(i map[string]any) { delete(i, "format"); i["seen"] = 7 },
			"made by another version, v0.1: its file has the format 0, and this version reads 1: train it anew on its simulations", true},
		{"before formats, alike", func(i map[string]any) { delete(i, "format") }, "has the format 0", true},
		{"newer", func(i map[string]any) { i["format"], i["novel"] = storedFormat+1, true },
			"has the format 2, and this version reads 1: upgrade tweedie, or train it anew", true},
		{"damaged", func(i map[string]any) { i["seen"] = 7 }, `metadata "inference" cannot be read`, false},
	} {
		f, err := linearModel(t).File()
		if err != nil {
			t.Fatal(err)
		}
		var inference map[string]any
		if err := json.Unmarshal([]byte(f.Meta[inferenceKey]), &inference); err != nil {
			t.Fatal(err)
		}
		c.edit(inference)
		if err := f.SetJSON(inferenceKey, inference); err != nil {
			t.Fatal(err)
		}
		if err := f.SetJSON(checkpoints.ProvenanceKey, checkpoints.Provenance{Version: "v0.1"}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "posterior.safetensors")
		if err := checkpoints.Save(path, f); err != nil {
			t.Fatal(err)
		}
		_, err = Load(path)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if errors.Is(err, ErrFormat) != c.of {
			t.Errorf("%s: ErrFormat is %v of %v", c.name, !c.of, err)
		}
	}
}
