package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// logRatio is log to/from of rows, which both laws have at the data.
func logRatio(from, to *sde.Gaussian) func(x []float64) float64 {
	log := func(g *sde.Gaussian) func(x []float64) float64 {
		var ch mat.Cholesky
		if !ch.Factorize(g.Cov) {
			panic("singular")
		}
		return func(x []float64) float64 {
			r, s := mat.NewVecDense(len(x), nil), mat.NewVecDense(len(x), nil)
			for j, v := range x {
				r.SetVec(j, v-g.Mu[j])
			}
			if err := ch.SolveVecTo(s, r); err != nil {
				panic(err)
			}
			return -mat.Dot(r, s)/2 - ch.LogDet()/2
		}
	}
	a, b := log(from), log(to)
	return func(x []float64) float64 { return b(x) - a(x) }
}

// Reweighted by a ratio of normal laws, a Gaussian model is the swap in closed form.
func TestReweightIsTheSwapOfPriors(t *testing.T) {
	for name, c := range map[string]struct {
		model, from, to *sde.Gaussian
		tol             float64
	}{
		"line":        {line(sde.VP{}, 0.77, 0.23), line(sde.VP{}, 0, 1), line(sde.VP{}, -0.5, 0.2), 1e-6},
		"line, far":   {line(sde.VP{}, 0.77, 0.23), line(sde.VP{}, 0, 1), line(sde.VP{}, 1.5, 0.05), 1e-6},
		"three":       {full(sde.VP{}), full(sde.VP{}), gaussian(sde.VP{}, []float64{0, 0.5, 0}, 0.5, 0.1, 0, 0.1, 0.4, 0, 0, 0, 0.3), 0.02},
		"three, wide": {full(sde.VP{}), gaussian(sde.VP{}, []float64{0, 0, 0}, 4, 0, 0, 0, 4, 0, 0, 0, 4), gaussian(sde.VP{}, []float64{0.5, 0.5, 0}, 3, 1, 0, 1, 3, 0, 0, 0, 2), 0.01},
	} {
		swap := guide.New(c.model, must(guide.NewPriorSwap(c.from, c.to)))
		by := guide.New(c.model, guide.Reweight{R: logRatio(c.from, c.to)})
		if e := apart(t, by, swap, c.model); !(e < c.tol) {
			t.Errorf("%s: off by %.2g", name, e)
		}
		wrong := guide.New(c.model, guide.Reweight{R: func(x []float64) float64 { return 1.1 * logRatio(c.from, c.to)(x) }})
		if e := apart(t, wrong, swap, c.model); !(e > 2*c.tol) {
			t.Errorf("%s: 10 %% more passes", name)
		}
		x := points(c.model, 0.4)
		a, b := make([]float64, 7), make([]float64, 7)
		if err := by.LogProb(a, x, []float64{0.4}); err != nil {
			t.Fatal(err)
		}
		if err := swap.LogProb(b, x, []float64{0.4}); err != nil {
			t.Fatal(err)
		}
		for i := range a {
			// constants of the two differ
			if e := math.Abs((a[i] - a[0]) - (b[i] - b[0])); e > 10*c.tol*max(1, math.Abs(b[i]-b[0])) {
				t.Errorf("%s: row %d: log p is off by %.2g", name, i, e)
			}
		}
	}
}

// A constraint is a truncation, up to the distance of nodes.
func TestReweightTruncates(t *testing.T) {
	diag := gaussian(sde.VP{}, []float64{1, -1}, 0.5, 0, 0, 2)
	want := must(sde.NewTruncatedNormal(diag.Mu, []float64{0.5, 2}, []float64{0.5, -2}, []float64{math.Inf(1), 1}, sde.VP{}))
	r := guide.Reweight{Nodes: 400, R: func(x []float64) float64 {
		if x[0] < 0.5 || x[1] < -2 || x[1] > 1 {
			return math.Inf(-1)
		}
		return 0
	}}
	for _, u := range []float64{0.5, 0.9, 1} {
		x := points(want, u)
		a, b := denoise(t, guide.New(diag, r), x, u), denoise(t, want, x, u)
		for i := range 7 {
			for j := range 2 {
				if e := math.Abs(a.At(i, j) - b.At(i, j)); e > 0.08 {
					t.Errorf("t = %g, row %d: %.4f, want %.4f", u, i, a.At(i, j), b.At(i, j))
				}
			}
		}
	}
}

func TestReweightRefuses(t *testing.T) {
	g := full(sde.VP{})
	for want, r := range map[string]guide.Reweight{
		"without R":    {},
		"8 nodes":      {R: func([]float64) float64 { return 0 }, Nodes: 8},
		"NaN or infin": {R: func([]float64) float64 { return math.NaN() }},
	} {
		p := guide.New(g, r)
		err := p.Err()
		if err == nil {
			err = p.Denoise(mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil), []float64{0.5})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	none := guide.New(g, guide.Reweight{R: func([]float64) float64 { return math.Inf(-1) }})
	lp := make([]float64, 1)
	if err := none.LogProb(lp, mat.NewDense(1, 3, nil), []float64{0.5}); err != nil || math.IsInf(lp[0], -1) || lp[0] > -1e5 {
		t.Errorf("nothing possible: %v, %v", lp, err)
	}
}
