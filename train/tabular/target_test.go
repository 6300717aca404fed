package tabular

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/spec"
)

// The gradient of a sum of rewards is that of its values.
func TestRewardGradient(t *testing.T) {
	b := fit(sinesText(300, "a", "b"), Options{Steps: 1, Hidden: 8, Layers: 1}) // quantiles: not linear
	target := 0.7
	for _, law := range []spec.Reward{{Weights: map[string]float64{"a": 2, "b": -1}}, {Weights: map[string]float64{"a": 1}, Target: &target, Strength: 3}} {
		r := must(law.Build(b.codec))
		tl := tilt(2, []guide.Reward{r, r})
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
