package sample

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tweedie/sde"
)

// FixedTimes is a Method with times of its own. A run of it takes no Times, Steps,
// NFE, Grid, Start or End.
type FixedTimes interface {
	Method
	Times() []float64
}

// DiscreteAncestral is ancestral sampling along the levels of a discrete chain, as DDPM (Ho
// et al. 2020, alg. 2, arXiv:2006.11239) and SMLD sample: from level N-1 down to
// 0,
//
//	x_{i-1} ~ N(w_0 D(x_i, t_i) + w_i x_i, v_i)
//
// with the weights and variance of the chain's Posterior. A last step to x_{-1},
// which is D itself, is Options.Denoise.
type DiscreteAncestral struct {
	Levels sde.Chain
	// FixedLarge takes the variance of a forward step, β_i or σ_i² - σ_{i-1}²,
	// in place of the smaller v_i (Ho et al. 2020, section 3.2).
	FixedLarge bool
}

var _ FixedTimes = DiscreteAncestral{}

func (c DiscreteAncestral) Info() Info {
	return Info{fmt.Sprintf("chain of %d levels", c.Levels.Len()), Weak, 1, 1, true, false, "Ho et al. 2020, alg. 2 (arXiv:2006.11239)", nil}
}

// Times implements FixedTimes: the times of the levels, the noisiest first. For a
// DDPM chain it may be a little above 1.
func (c DiscreteAncestral) Times() []float64 {
	n := c.Levels.Len()
	ts := make([]float64, n)
	for i := range ts {
		ts[i] = c.Levels.Time(n - 1 - i)
	}
	return ts
}

// New implements Method. Steps between other times than neighboring levels are
// errors.
func (c DiscreteAncestral) New(d sde.Denoiser, n int) Stepper {
	ts := c.Times()
	return newLinear(d, n, func(t, s float64) (a, b, sd float64, err error) {
		k, ok := slices.BinarySearchFunc(ts, t, func(e, t float64) int { return cmp.Compare(t, e) })
		if !ok || k+1 == len(ts) || ts[k+1] != s {
			return 0, 0, 0, fmt.Errorf("%g and %g are not the times of neighboring levels of the chain", t, s)
		}
		i := len(ts) - 1 - k
		w0, wi, v := c.Levels.Posterior(i)
		if c.FixedLarge {
			v = c.forward(i)
		}
		return wi, w0, math.Sqrt(v), nil
	})
}

// forward is the variance of x_i given x_{i-1}: s_i² - (a_i s_{i-1}/a_{i-1})².
func (c DiscreteAncestral) forward(i int) float64 {
	a, s := c.Levels.Level(i)
	a0, s0 := c.Levels.Level(i - 1)
	r := a / a0 * s0
	return (s - r) * (s + r)
}
