package spec

import (
	"strings"
	"testing"
)

// FuzzParse: a guide file is refused in a line, or gives guides.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"guide:\n- observe: {a: 1, b: 2}\n  noise: 0.1\n  method: dps\n  strength: 2\n",
		"guide: [{linear: [{weights: {a: 1, b: -1}, value: 3}], noise: {law: student-t, scale: 1, df: 3}}]",
		"guide: [{within: {column: a, min: 0, max: 1}}, {reward: {weights: {b: 1}, target: 2, strength: 3}}]",
		"guide: [{observe: {a: 1}, noise: 1, method: dps, strength: 1+t, anneal: 1+sigma}, {reward: {weights: {a: 1}, strength: 'min(1, lambda)'}}]",
		"guide: !!binary x", "guide: [{noise: }]", "guide: [{observe: {a: .inf}, noise: 1e-320}]",
	} {
		f.Add(seed)
	}
	_, c := table(f, false)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("g.yaml", []byte(text))
		if err == nil {
			_, err = file.Build(c, "")
			file.Bounds(c)
			file.Measurement(c, "")
			if o, e := file.Observations(c); e == nil {
				file.Guides(o, "")
			}
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "g.yaml: ")) {
			t.Errorf("error %q", err)
		}
	})
}
