package calibration

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// plain is a Gaussian with independent columns, on which one interval is exact.
func plain(t *testing.T) *sde.Gaussian {
	t.Helper()
	g, err := sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0, 0, 1.5}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Of one law the exact guide passes, and planted faults do not: an end that is ignored, a
// bound on another column, twice the reward, and nothing.
func TestAgainst(t *testing.T) {
	box := guide.Within{guide.Interval(2, 0, 0, 1.5)}
	// a linear reward is exact on a Gaussian: D is linear
	reward := func(k float64) guide.Term {
		return guide.Reward{Strength: k, R: func(grad, d []float64, _ int) float64 { grad[0]++; return d[0] }}
	}
	for _, c := range []struct {
		name    string
		law, by guide.Term
		verdict string // "" if it is right
	}{
		{"interval", box, box, ""},
		{"an end ignored", box, guide.Within{guide.Interval(2, 0, 0, math.Inf(1))}, "rows leave the conditions"},
		{"another column", box, guide.Within{guide.Interval(2, 1, 0, 1.5)}, "b is too"},
		{"nothing in the interval", box, idleTerm{}, "rows leave the conditions"},
		{"reward", reward(0.8), reward(0.8), ""},
		{"twice the reward", reward(0.8), reward(1.6), "the guide is too strong"},
		{"half the reward", reward(0.8), reward(0.4), "the guide is too weak"},
		{"no reward", reward(0.8), idleTerm{}, "the guide is too weak"},
	} {
		o := &Options{Replicas: 100, Draws: 20, Method: sample.DPMpp2MSDE{}, Sample: &sample.Options{Steps: 60, Seed: 3}}
		rep, err := Against(context.Background(), plain(t), []string{"a", "b"}, []guide.Term{c.law}, []guide.Term{c.by}, 6000, o)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(rep.Findings("--"), "\n")
		t.Logf("%s (n %.0f of the law):\n%s", c.name, rep.References, text)
		if rep.Calibrated != (c.verdict == "") || !strings.Contains(text, c.verdict) {
			t.Errorf("%s: calibrated %v, want %q", c.name, rep.Calibrated, c.verdict)
		}
	}
}

// idleTerm is a guide that does nothing, and says that all rows are alike.
type idleTerm struct{}

func (idleTerm) AddScore(*mat.Dense, guide.State) error { return nil }

// A law that the model has next to no rows of cannot be compared with.
func TestAgainstTooFew(t *testing.T) {
	far := []guide.Term{guide.Within{guide.Interval(2, 0, 5, 6)}}
	o := &Options{Replicas: 20, Draws: 10, Sample: &sample.Options{Steps: 10}}
	_, err := Against(context.Background(), plain(t), []string{"a", "b"}, far, far, 500, o)
	if err == nil || !strings.Contains(err.Error(), "fewer than 20 tell nothing") {
		t.Errorf("error %v", err)
	}
}

// P of Compare is uniform where rows and weighted truth have one law, with ties, missing
// numbers and levels too: below q in a share q, up to four standard errors.
func TestCompareUnderTheNull(t *testing.T) {
	const runs, n = 400, 400
	r := rand.New(rand.NewPCG(1, 2))
	at := []float64{0.01, 0.1, 0.5}
	var below [3][3]float64
	vars := []Variable{{Name: "number"}, {Name: "missing"}, {Name: "level", Levels: true}}
	draw := func(x *mat.Dense, i int) float64 {
		v := r.NormFloat64()
		x.Set(i, 0, v)
		x.Set(i, 1, v)
		if r.IntN(10) == 0 {
			x.Set(i, 1, math.Inf(-1))
		}
		x.Set(i, 2, float64(r.IntN(4)))
		return v
	}
	for range runs {
		truth, w, rows := mat.NewDense(n, 3, nil), make([]float64, n), mat.NewDense(n, 3, nil)
		for i := range n {
			w[i] = math.Exp(0.5 * draw(truth, i))
			draw(rows, i)
			rows.Set(i, 0, rows.At(i, 0)+0.5) // N(0,1)·e^{v/2} is N(1/2, 1)
			if !math.IsInf(rows.At(i, 1), -1) {
				rows.Set(i, 1, rows.At(i, 0))
			}
		}
		for j, c := range Compare(vars, truth, w, rows, 0, 0) {
			for k, q := range at {
				if c.P < q {
					below[j][k] += 1. / runs
				}
			}
		}
	}
	for j := range vars {
		for k, q := range at {
			// ties and weights make it a little careful, or a little less
			if limit := q + 4*math.Sqrt(q*(1-q)/runs) + 0.1*q; below[j][k] > limit || below[j][k] < q/4-0.005 {
				t.Errorf("%s: p < %g in %.3f of the runs", vars[j].Name, q, below[j][k])
			}
		}
	}
}

// By hand: truth 1, 2, 3 with weights 1, 1, 2, and guided rows 1.5, 2.5, 2.6, 4.
func TestCompareByHand(t *testing.T) {
	truth, rows := mat.NewDense(3, 1, []float64{1, 2, 3}), mat.NewDense(4, 1, []float64{2.5, 4, 1.5, 2.6})
	a, b := weighted{mat.Col(nil, 0, truth), []float64{1, 1, 2}}, weighted{mat.Col(nil, 0, rows), nil}
	if d := distance(a, b); math.Abs(d-0.25) > 1e-12 { // at 1 (.25, 0), 2 (.5, .25), 2.6 (.5, .75), 3 (1, .75)
		t.Errorf("distance %v", d)
	}
	if u, v := b.ranksOf(a); !near(u, []float64{0, 0.25, 0.75}) || !near(v, u) {
		t.Errorf("ranks %v to %v", u, v)
	}
	// 2, 2 and 5 among 2, 2, 2, 4: two thirds of the truth from 0 to ¾, the rest at 1
	same := curveOf(weighted{v: []float64{2, 4, 2, 2}}, weighted{v: []float64{2, 5, 2}})
	for k, want := range map[int]float64{25: 2./9 - 0.25, 75: 2./3 - 0.75, 99: 2./3 - 0.99, 100: 0} {
		if got := same.Y[k-1]; math.Abs(got-want) > 1e-9 {
			t.Errorf("curve at %d %%: %v, want %v", k, got, want)
		}
	}
	c := Compare(Numbers([]string{"x"}), truth, []float64{1, 1, 2}, rows, 0, 0)[0]
	if math.Abs(c.Center-(0.25*0.25+0.5*0.75)) > 1e-12 || math.Abs(EffectiveRows([]float64{1, 1, 2})-16./6) > 1e-12 {
		t.Errorf("%+v", c)
	}
	// medians 2 and 2.5; distances from them 1, 0, 1·2 and 0, 1.5, 1, .1
	if want := 1 / 0.1; math.Abs(c.Spread-want) > 1e-9 {
		t.Errorf("spread %v, want %v", c.Spread, want)
	}
	// Q(1.36) = .049, and the corrections of Stephens are small at 10⁶
	if p := kolmogorov(1.36/1000, 1e6); math.Abs(p-0.0495) > 2e-3 {
		t.Errorf("Q(1.36) is %v", p)
	}
}
