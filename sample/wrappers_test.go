package sample

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// bareLaw is a law that shows the methods of a Denoiser alone.
type bareLaw struct{ l sde.Law }

func (p bareLaw) Schedule() sde.Schedule                       { return p.l.Schedule() }
func (p bareLaw) Dim() int                                     { return p.l.Dim() }
func (p bareLaw) Denoise(dst, x *mat.Dense, t []float64) error { return p.l.Denoise(dst, x, t) }
func (p bareLaw) linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return p.l.Linearize(mean, x, t)
}

// capable has every optional method of a denoiser.
type capable struct{ bareLaw }

func (c capable) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return c.linearize(mean, x, t)
}
func (c capable) Rows([]int) sde.Denoiser             { return c }
func (c capable) Moments() (mean, variance []float64) { return []float64{3, -1}, []float64{2, 0.5} }
func (c capable) Caveats() []string                   { return []string{"planted caveat"} }
func (c capable) Err() error                          { return errPlanted }

var errPlanted = errors.New("planted error")

// wrapped is a Wrapper that adds nothing.
type wrapped struct{ sde.Denoiser }

func (w wrapped) Unwrap() sde.Denoiser { return w.Denoiser }

func identityMatrix(d int) *mat.Dense {
	m := mat.NewDense(d, d, nil)
	for j := range d {
		m.Set(j, j, 1)
	}
	return m
}

// No wrapper of this package loses what its denoiser can do, nor claims more.
func TestWrappersKeepWhatTheirDenoiserCan(t *testing.T) {
	rotation, err := NewRotation(identityMatrix(2))
	if err != nil {
		t.Fatal(err)
	}
	must := func(d sde.Denoiser, err error) sde.Denoiser {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	wrappers := map[string]func(sde.Denoiser) sde.Denoiser{
		"ByDifferences": func(d sde.Denoiser) sde.Denoiser { return sde.ByDifferences(d, 0) },
		"metered":       func(d sde.Denoiser) sde.Denoiser { return (&meter{ctx: context.Background()}).under(d) },
		"Rotation":      func(d sde.Denoiser) sde.Denoiser { return must(rotation.Denoiser(d)) },
		"PCA": func(d sde.Denoiser) sde.Denoiser {
			return must((&PCA{Mean: make([]float64, 2), V: identityMatrix(2)}).Denoiser(d))
		},
		"ConditionOnValues": func(d sde.Denoiser) sde.Denoiser {
			return must(ConditionOnValues(d, ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, nil), SD: 1}))
		},
		"ConditionOnLinear": func(d sde.Denoiser) sde.Denoiser {
			return must(ConditionOnLinear(d, LinearCondition{A: sde.NewLinearMap(identityMatrix(2)), Y: mat.NewDense(1, 2, nil), SD: 1}))
		},
		"ConditionOnObservation": func(d sde.Denoiser) sde.Denoiser {
			return must(ConditionOnObservation(d, sde.Observation{A: sde.NewLinearMap(identityMatrix(2)), Y: mat.NewDense(1, 2, nil), Error: sde.NormalError{SD: 1}}))
		},
	}
	added := map[string][]string{ // what a wrapper can do by itself
		"ByDifferences":          {"Differentiable", "Rows keep Differentiable"},
		"ConditionOnValues":      {"PerRow", "PerRow again"},
		"ConditionOnLinear":      {"PerRow", "PerRow again"},
		"ConditionOnObservation": {"PerRow", "PerRow again"},
	}
	differentiable := func(d sde.Denoiser) bool { _, ok := d.(sde.Differentiable); return ok }
	perRow := func(d sde.Denoiser) bool { _, ok := d.(sde.PerRow); return ok }
	checks := map[string]func(d sde.Denoiser) bool{
		"Differentiable":           differentiable,
		"PerRow":                   perRow,
		"PerRow again":             func(d sde.Denoiser) bool { return perRow(sde.Restrict(d, []int{0})) },
		"Rows keep Differentiable": func(d sde.Denoiser) bool { return differentiable(sde.Restrict(d, []int{0})) },
		"Moments": func(d sde.Denoiser) bool {
			m, v, ok := sde.Moments(d)
			near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
			return ok && slices.EqualFunc(m, []float64{3, -1}, near) && slices.EqualFunc(v, []float64{2, 0.5}, near)
		},
		"Caveats": func(d sde.Denoiser) bool { return slices.Contains(sde.Caveats(d), "planted caveat") },
		"Err":     func(d sde.Denoiser) bool { return errors.Is(sde.Err(d), errPlanted) },
	}
	p := bareLaw{laws(t, 2, sde.VP{})["mixture"]}
	for name, wrap := range wrappers {
		for what, has := range checks {
			if !has(wrap(capable{p})) {
				t.Errorf("%s loses %s", name, what)
			}
			if !slices.Contains(added[name], what) && has(wrap(p)) {
				t.Errorf("%s claims %s", name, what)
			}
			if inherited := what == "Moments" || what == "Caveats" || what == "Err"; inherited && !has(wrap(wrapped{capable{p}})) {
				t.Errorf("%s loses %s of what another wrapper holds", name, what)
			}
		}
	}
}

// The log density by differences ends at the law of x_1 that the denoiser inside of
// a wrapper knows.
func TestByDifferencesKeepsTheTerminalLaw(t *testing.T) {
	l := laws(t, 2, sde.VP{})["gauss"]
	if l == nil {
		l = laws(t, 2, sde.VP{})["mixture"]
	}
	d := wrapped{capable{bareLaw{l}}}
	got, want := TerminalOf(sde.ByDifferences(d, 0), 1), TerminalOf(capable{bareLaw{l}}, 1)
	if !slices.Equal(got.Mean, want.Mean) || !slices.Equal(got.SD, want.SD) {
		t.Errorf("terminal law %v, want %v", got, want)
	}
	x := mat.NewDense(2, 2, []float64{0.3, -0.2, 1, 0.5})
	a, err := LogProb(context.Background(), sde.ByDifferences(d, 0), x, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := LogProb(context.Background(), capable{bareLaw{l}}, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e := worst(a.LogProb, b.LogProb); e > 1e-4 {
		t.Errorf("log density by differences off by %g", e)
	}
}
