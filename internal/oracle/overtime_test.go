package oracle

import (
	"math"
	"testing"
)

// With a constant the recursions over time are those of numbers, and reversed they are not
// those of a function that changes.
func TestConstantsOverTime(t *testing.T) {
	g, half := Gaussian{0.5, 0.3}, func(float64) float64 { return 0.5 }
	one := Over(func(float64) float64 { return 1 })
	for name, c := range map[string][2]Sampler{
		"DDIM": {DDIMOver(half), DDIM(0.5)}, "Euler": {EulerMaruyamaOver(half), EulerMaruyama(0.5)},
		"reverse": {ReverseDiffusionOver(one), ReverseDiffusion(1)}, "ancestral": {AncestralOver(one), Ancestral(1)},
		"2M SDE": {DPMpp2MSDEOver(half), DPMpp2MSDE(0.5)}, "Heun": {StochasticHeunOver(one), StochasticHeun(0.5)}, "ShARK": {ShARKOver(one), ShARK(5. / 6)},
	} {
		ts := UniformTimes(30, 1e-2)
		a, b := c[0].Affine(g, ts), c[1].Affine(g, ts)
		for _, v := range [][2]float64{{a.Offset, b.Offset}, {a.Gain, b.Gain}, {a.Var, b.Var}} {
			if math.Abs(v[0]-v[1]) > 1e-9*math.Max(1, math.Abs(v[1])) {
				t.Errorf("%s: %+v, want %+v", name, a, b)
				break
			}
		}
	}
	o := Observed{1, 1.5, 0.25}
	m, v := o.AncestralOver(64, func(o Observed, a, s, _ float64) float64 { return MMPS(o, a, s) }, one)
	if m2, v2 := o.Ancestral(64, MMPS, 1, 1, true); math.Abs(m-m2) > 1e-12 || math.Abs(v-v2) > 1e-12 {
		t.Errorf("MMPS: %g, %g, want %g, %g", m, v, m2, v2)
	}
	// The exact guide is the posterior's own denoiser: strength 1 and w = 1 agree.
	if m2, v2 := o.MixedOver(64, one); math.Abs(m-m2) > 1e-9 || math.Abs(v-v2) > 1e-9 {
		t.Errorf("w = 1: %g, %g, want %g, %g", m2, v2, m, v)
	}
}
