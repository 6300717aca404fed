package guide_test

import (
	"errors"
	"slices"
	"testing"

	"tweedie/guide"
	"tweedie/sde"
)

// outside is a Wrapper that hides every method of what it wraps.
type outside struct{ sde.Differentiable }

func (w outside) Unwrap() sde.Denoiser { return w.Differentiable }

// vocal says of its data and of itself what others have to pass on.
type vocal struct{ sde.Differentiable }

func (vocal) Moments() (mean, variance []float64) {
	return []float64{1, 2, 3}, []float64{4, 5, 6}
}
func (vocal) Caveats() []string         { return []string{"planted caveat"} }
func (vocal) Err() error                { return errPlanted }
func (v vocal) Rows([]int) sde.Denoiser { return v }

var errPlanted = errors.New("planted error")

// What guides a denoiser knows its moments, caveats, errors and rows, through
// wrappers too.
func TestGuidesKeepWhatTheirDenoiserKnows(t *testing.T) {
	v := vocal{modes(sde.VP{})}
	term := guide.DPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)}
	for name, d := range map[string]sde.Denoiser{
		"CFG":               &guide.CFG{Cond: v, Uncond: v, W: 2},
		"CFG, More":         &guide.CFG{Cond: v, Uncond: v, W: 2, More: []guide.WeightedCondition{{Cond: v, W: 1}}},
		"CFG of wrappers":   &guide.CFG{Cond: outside{v}, Uncond: outside{v}, W: 2},
		"Posterior":         guide.New(v, term),
		"Posterior wrapped": guide.New(outside{v}, term),
		"by differences":    guide.New(sde.ByDifferences(&guide.CFG{Cond: outside{v}, Uncond: outside{v}, W: 2}, 0), term),
	} {
		mean, variance, ok := sde.Moments(d)
		if !ok || !slices.Equal(mean, []float64{1, 2, 3}) || !slices.Equal(variance, []float64{4, 5, 6}) {
			t.Errorf("%s: moments %v and %v", name, mean, variance)
		}
		if !slices.Contains(sde.Caveats(d), "planted caveat") {
			t.Errorf("%s loses the caveats: %q", name, sde.Caveats(d))
		}
		if !errors.Is(sde.Err(d), errPlanted) {
			t.Errorf("%s loses the error: %v", name, sde.Err(d))
		}
		if _, ok := d.(sde.PerRow); !ok {
			t.Errorf("%s is not per row", name)
		}
	}
}
