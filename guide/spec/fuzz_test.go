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
		"guide: [{command: \"sh -c 'exit 1'\", inverse: sh, value: [1, 2], noise: 1, timeout: 5s}]",
		"guide: [{formula: 'log(a) / max(b, 1)', value: 2, noise: 1}, {formula: ['k = u', 'r = a^2; r'], value: [1, 2], noise: 1, method: dps}]",
		"guide: [{within: {formula: a*b, min: 0}}, {reward: {formula: '-abs(a - b)', target: 2}}]",
		"guide: [{observe: {a: 1}, noise: [{law: mixture, parts: [{weight: 1, law: normal, scale: 2}]}], curvature: true, affine: {likelihood_scale: {a: 2}, prior: {fitted: 2}}}]",
		"guide: [{prior: {from: fitted, to: [{a: {law: normal, mean: 1, sd: 2, min: 0}}, {columns: [b], parts: [{weight: 1, mean: [1], cov: [[2]]}]}]}}, {truncate: {column: a, max: 3}}]",
		"guide: [{affine: {prior_shift: 1, prior: {a: {law: log-normal, mean: 0, sd: 1}, b: {law: mixture, parts: [{weight: 1, mean: 0, sd: 1}]}}}}, {observe: {b: 1}, noise: {law: poisson}}]",
		"guide: [{observe: {a: 1}, noise: 1, method: dps, strength: 1+t, anneal: 1+sigma}, {reward: {weights: {a: 1}, strength: 'min(1, lambda)'}}]",
		"guide: !!binary x", "guide: [{noise: }]", "guide: [{observe: {a: .inf}, noise: 1e-320}]",
	} {
		f.Add(seed)
	}
	c := pair(f, false)
	law := bell2(4, -2.3, 9, 0.5, 0.2).law(pair(f, true))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("g.yaml", []byte(text))
		if err == nil {
			file = file.On(law, c, 0)
			_, err = file.Build(c, "")
			file.Bounds(c)
			file.Measurement(c, "")
			file.Ensemble(c)
			if o, e := file.Observations(c); e == nil {
				file.Guides(o, "")
			}
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "g.yaml: ")) {
			t.Errorf("error %q", err)
		}
	})
}
