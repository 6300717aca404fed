package guide_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// A number without levels is Within.
func TestBetweenIsWithin(t *testing.T) {
	prior := gaussian(sde.VP{}, []float64{1, -1, 0.5}, 0.5, 0, 0, 0, 2, 0, 0, 0, 1.3)
	for _, b := range [][2]float64{{-0.5, 0.2}, {5, 6}, {2, math.Inf(1)}} {
		p := guide.New(prior, guide.Where{guide.Between(1, b[0], b[1])})
		q := guide.New(prior, guide.Within{guide.Interval(3, 1, b[0], b[1])})
		if e := apart(t, p, q, prior); !(e <= 1e-10) {
			t.Errorf("%v: %.2g from Within", b, e)
		}
		if p.Exactness() != guide.Exact {
			t.Errorf("%v: %v", b, p.Exactness())
		}
	}
	p := guide.New(prior, guide.Where{guide.Between(1, -0.5, 0.2), guide.Between(2, 0, 1)})
	inf := math.Inf(1)
	want := must(sde.NewTruncatedNormal(prior.Mu, []float64{0.5, 2, 1.3}, []float64{-inf, -0.5, 0}, []float64{inf, 0.2, 1}, prior.Sched))
	if e := apart(t, p, want, prior); !(e <= 1e-9) || p.Exactness() != guide.Exact {
		t.Errorf("two numbers: %.2g, %v", e, p.Exactness())
	}
}

// Two events are exact on a product, and confess elsewhere.
func TestEventsOfIndependentColumnsMultiply(t *testing.T) {
	sched := sde.VP{}
	levels := func(w ...float64) *sde.Mixture {
		var comps []*sde.Gaussian
		for k := range w {
			mu, cov := make([]float64, len(w)+1), mat.NewSymDense(len(w)+1, nil)
			mu[k], mu[len(w)] = 1, float64(k)
			cov.SetSym(len(w), len(w), 0.4)
			comps = append(comps, must(sde.NewGaussian(mu, cov, sched)))
		}
		return must(sde.NewMixture(w, comps))
	}
	prior := must(sde.NewProduct(levels(.5, .3, .2), levels(.3, .7)))
	want := must(sde.NewProduct(levels(.5, 0, .2), levels(.3, 0)))
	a, b := guide.Levels([]int{0, 1, 2}, []int{0, 2}), guide.Levels([]int{4, 5}, []int{4})
	p := guide.New(prior, guide.Where{a, b})
	if e := gap(t, p, want, prior); !(e <= 1e-10) || p.Exactness() != guide.Exact {
		t.Errorf("%.2g, %v", e, p.Exactness())
	}
	if gap(t, guide.New(prior, guide.Where{a}), want, prior) < 1e-6 {
		t.Error("half of the events passes")
	}
	q := guide.New(table(sched, false, all), guide.Where{guide.Levels(colors, []int{0}), guide.Levels(states, []int{4})})
	if q.Exactness() != guide.Heuristic || !strings.Contains(strings.Join(q.Caveats(), " "), "independent") {
		t.Errorf("columns that are dependent: %v, %q", q.Exactness(), q.Caveats())
	}
}

// Under every sampler the rows end where those of the conditional law do, and no
// row depends on another.
func TestEventsUnderEverySampler(t *testing.T) {
	prior := table(sde.VP{}, true, all)
	number := guide.Event{Block: states, Allowed: []int{4}, Present: present, Number: numberAt, Lo: -0.5, Hi: 1.2}
	for name, c := range map[string]struct {
		w    guide.Where
		want sde.Denoiser
	}{
		"level":  {guide.Where{guide.Levels(colors, []int{0, 2})}, table(sde.VP{}, true, among(0, 2))},
		"number": {guide.Where{number}, mixed{prior, number.Lo, number.Hi}},
	} {
		p := guide.New(prior, c.w)
		for _, st := range steppers {
			if e := distance(t, st, p, c.want); !(e <= 1e-6) {
				t.Errorf("%s, %s: ends %.2g away", name, st.name, e)
			}
			if !rowsAlone(t, st, p) {
				t.Errorf("%s, %s: a row depends on the others", name, st.name)
			}
			if distance(t, st, broken{p, prior, 1.05, 1}, c.want) < 1e-5 {
				t.Errorf("%s, %s: 5 %% more strength passes", name, st.name)
			}
			if rowsAlone(t, st, coupled{broken{p, prior, 1, 1}}) {
				t.Errorf("%s, %s: a norm over the batch passes", name, st.name)
			}
		}
	}
}

// Where the levels allowed have underflowed all is finite, and the block is a
// distribution over them.
func TestEventsThatCannotBeSeen(t *testing.T) {
	prior := table(sde.VP{}, false, all)
	x := mat.NewDense(4, 8, nil)
	for i := range 4 {
		x.SetRow(i, []float64{1, 0, 0, 0, 0, 1, 40, -30})
	}
	ts := []float64{0, 1e-5, 1e-3, 0.01}
	e := guide.Event{Block: states, Allowed: []int{4}, Present: present, Number: numberAt, Lo: -1, Hi: 1}
	for _, w := range []guide.Where{{guide.Levels(colors, []int{1, 2})}, {e}} {
		p := guide.New(prior, w)
		d := denoise(t, p, x, ts...)
		lp := make([]float64, 4)
		if err := p.LogProb(lp, x, ts); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < 4; i++ {
			sum, out := 0.0, 0.0
			for _, j := range w[0].Block {
				sum += d.At(i, j)
				if j != w[0].Present && !slices.Contains(w[0].Allowed, j) {
					out += math.Abs(d.At(i, j))
				}
			}
			if math.Abs(sum-1) > 1e-12 || out > 1e-12 || math.IsInf(lp[i], 0) || math.IsNaN(lp[i]) || lp[i] > -50 {
				t.Errorf("t = %g: the block sums to %g, %g of it not allowed, log P %g", ts[i], sum, out, lp[i])
			}
		}
	}
}

func TestEventsOfRowsWithoutNoise(t *testing.T) {
	prior := table(sde.VP{}, false, all)
	e := guide.Event{Block: states, Allowed: []int{4}, Present: present, Number: numberAt, Lo: -1, Hi: 1}
	p := guide.New(prior, guide.Where{e, guide.Levels(colors, []int{2})})
	x := mat.NewDense(5, 8, []float64{
		0, .1, .9, .8, .1, .1, 0.5, 9,
		0, .1, .9, .8, .1, .1, 1.5, 9,
		0, .1, .9, .1, .8, .1, 1.5, 9,
		0, .1, .9, .1, .1, .8, 0.5, 9,
		1, 0, 0, .1, .8, .1, 0.5, 9,
	})
	got := make([]float64, 5)
	if err := p.LogLikelihood(got, x); err != nil {
		t.Fatal(err)
	}
	for i, fits := range []bool{true, false, true, false, false} {
		if (got[i] == 0) != fits || !fits && !math.IsInf(got[i], -1) {
			t.Errorf("row %d: %g", i, got[i])
		}
	}
}

func TestEventsAreChecked(t *testing.T) {
	prior := table(sde.VP{}, false, all)
	ok := guide.Event{Block: states, Allowed: []int{4}, Present: present, Number: numberAt, Lo: -1, Hi: 1}
	with := func(f func(*guide.Event)) guide.Where { e := ok; f(&e); return guide.Where{e} }
	for want, w := range map[string]guide.Where{
		"no events":             nil,
		"position 9 in rows":    with(func(e *guide.Event) { e.Number = 9 }),
		"position 4 twice":      with(func(e *guide.Event) { e.Block = []int{3, 4, 4} }),
		"not in the block":      with(func(e *guide.Event) { e.Allowed = []int{1} }),
		"allowed twice":         with(func(e *guide.Event) { e.Allowed = []int{3} }),
		"without a number":      with(func(e *guide.Event) { e.Number = -1 }),
		"counts at position -1": with(func(e *guide.Event) { e.Present = -1 }),
		"is empty":              with(func(e *guide.Event) { e.Lo = 1 }),
		"nothing is allowed":    {guide.Levels(colors, nil)},
		"no finite end":         {guide.Between(7, math.Inf(-1), math.Inf(1))},
		"both of position 6":    {ok, guide.Between(6, 0, 2)},
	} {
		if err := guide.New(prior, w).Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := guide.New(prior, guide.Where{ok}).Err(); err != nil {
		t.Error(err)
	}
}
