package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

func draws(l sde.Law, n int) *mat.Dense {
	x := mat.NewDense(n, l.Dim(), nil)
	l.Sample(x, 11, 0)
	return x
}

// The fit reaches the likelihood of the law that made the rows, which the rows
// themselves give a standard error for, and falls short of it with too few
// components.
func TestFitReachesTheLikelihoodOfTheLaw(t *testing.T) {
	const n = 2000
	l := modes(sde.VP{})
	x := draws(l, n)
	lp := make([]float64, n)
	l.LogProb(lp, x, []float64{0})
	m, s := 0.0, 0.0
	for _, v := range lp {
		m += v / n
	}
	for _, v := range lp {
		s += (v - m) * (v - m) / n
	}
	f := must(guide.FitMixture(x, 3, sde.VP{}, 4))
	// 29 free parameters gain about half each of their number over n.
	if gain := f.MeanLogProb - m; gain < 0 || gain > 40./n {
		t.Errorf("mean log density %.4f, the law's own %.4f", f.MeanLogProb, m)
	}
	if few := must(guide.FitMixture(x, 1, sde.VP{}, 4)); few.MeanLogProb > m-5*math.Sqrt(s/n) {
		t.Errorf("one normal reaches %.4f, the law %.4f", few.MeanLogProb, m)
	}
	if again := must(guide.FitMixture(x, 3, sde.VP{}, 4)); again.MeanLogProb != f.MeanLogProb || again.Comps[1].Mu[0] != f.Comps[1].Mu[0] {
		t.Error("the same seed gives another fit")
	}
	fresh := mat.NewDense(n, 3, nil)
	l.Sample(fresh, 12, 0)
	a, b := make([]float64, n), make([]float64, n)
	l.LogProb(a, fresh, []float64{0.2})
	f.LogProb(b, fresh, []float64{0.2})
	diff := 0.0
	for i := range a {
		diff += (a[i] - b[i]) / n
	}
	if diff > 0.03 {
		t.Errorf("at t = .2 the fit is %.3f nats worse", diff)
	}
}

func TestFittedPriorsSaySo(t *testing.T) {
	g := full(sde.VP{})
	narrow := gaussian(sde.VP{}, []float64{0, 0.5, 0}, 0.3, 0, 0, 0, 0.3, 0, 0, 0, 0.2)
	f := must(guide.FitMixture(draws(narrow, 4000), 1, sde.VP{}, 1))
	p := guide.New(g, must(guide.NewPriorSwap(g, f)))
	if e := apart(t, p, narrow, g); e > 0.1 || e < 1e-6 {
		t.Errorf("the swap to a fitted prior is %.2g from the swap to the prior", e)
	}
	for _, q := range []*guide.Posterior{p, guide.New(g, guide.AffineScore{Prior: f, PriorScale: []float64{0.5}})} {
		if s := strings.Join(q.Caveats(), " "); q.Exactness() == guide.Exact || !strings.Contains(s, "fitted to 4000 draws") {
			t.Errorf("%v, caveats %q", q.Exactness(), s)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	x := draws(full(sde.VP{}), 20)
	constant := mat.DenseCopyOf(x)
	gap := mat.DenseCopyOf(x)
	for i := range 20 {
		constant.Set(i, 1, 3)
	}
	gap.Set(7, 0, math.NaN())
	for _, c := range []struct {
		x    *mat.Dense
		k    int
		want string
	}{
		{x, 6, "at least 24 rows"}, {x, 0, "0 normals"}, {constant, 2, "column 1 is constant"}, {gap, 2, "row 7 is infinite or NaN"},
	} {
		if _, err := guide.FitMixture(c.x, c.k, sde.VP{}, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
