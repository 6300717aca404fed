package sde_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Without noise a law on a line has no density: +Inf on it, -Inf off it.
func TestDegenerateGaussianHasNoDensityAtTheData(t *testing.T) {
	for _, cov := range [][]float64{{1, 1, 1, 1}, {1, 0, 0, 0}} {
		g, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, cov), sde.Rectified{})
		if err != nil {
			t.Fatal(err)
		}
		on, off := []float64{0, 0}, []float64{0, 1}
		lp := make([]float64, 2)
		g.LogProb(lp, mat.NewDense(2, 2, append(on, off...)), []float64{0})
		if !math.IsInf(lp[0], 1) || !math.IsInf(lp[1], -1) {
			t.Errorf("covariance %v: log densities %v", cov, lp)
		}
		g.LogProb(lp, mat.NewDense(2, 2, append(on, off...)), []float64{0.5})
		a, s := 1-0.999*0.5, 0.25
		det := (a*a*cov[0]+s)*(a*a*cov[3]+s) - a*a*a*a*cov[1]*cov[1]
		if want := -math.Log(2*math.Pi) - math.Log(det)/2; math.Abs(lp[0]-want) > 1e-12 {
			t.Errorf("covariance %v: %g with noise, want %g", cov, lp[0], want)
		}
	}
}

// Schedules that agree at the data, or at the noise, alone are not the same.
func TestSchedulesOfOtherRatesAreRefused(t *testing.T) {
	g := func(s sde.Schedule) *sde.Gaussian {
		l, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), s)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, c := range [][2]sde.Schedule{
		{sde.VP{}, sde.VP{BetaMin: 0.1, BetaMax: 10}}, {sde.VP{}, sde.VP{BetaMin: 5, BetaMax: 15.1}}, {sde.VE{}, sde.VE{SigmaMax: 20}},
		{sde.Cosine{}, sde.Cosine{AlphaMin: 0.01}}, {sde.Rectified{}, sde.Rectified{AlphaMin: 0.01}}, {sde.VP{}, sde.SubVP{}},
	} {
		if _, err := sde.NewMixture([]float64{1, 1}, []*sde.Gaussian{g(c[0]), g(c[1])}); err == nil || !strings.Contains(err.Error(), "another schedule") {
			t.Errorf("mixture of %v and %v: %v", c[0], c[1], err)
		}
		if _, err := sde.NewProduct(g(c[0]), g(c[1])); err == nil || !strings.Contains(err.Error(), "another schedule") {
			t.Errorf("product of %v and %v: %v", c[0], c[1], err)
		}
	}
}

// Equal blocks of a product are independent draws.
func TestBlocksAreDrawnApart(t *testing.T) {
	g, err := sde.NewGaussian([]float64{1}, mat.NewSymDense(1, []float64{4}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sde.NewProduct(g, g, g)
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	x := mat.NewDense(n, 3, nil)
	p.Sample(x, 5, 0)
	for j := range 3 {
		for k := range j + 1 {
			c := 0.0
			for i := range n {
				c += (x.At(i, j) - 1) * (x.At(i, k) - 1) / n
			}
			want, se := 0.0, 4/math.Sqrt(n)
			if j == k {
				want, se = 4, 4*math.Sqrt(2./n)
			}
			if math.Abs(c-want) > 5*se {
				t.Errorf("covariance of blocks %d and %d: %.3f, want %g", j, k, c, want)
			}
		}
	}
}

// The local precision of each error, from its definition.
func TestPrecisionsAreThoseOfTheDefinitions(t *testing.T) {
	for _, c := range []struct {
		name string
		l    sde.LocallyGaussian
		y, a float64
		want float64
	}{
		{"normal", sde.NormalError{SD: 0.5}, 1, 3, 4},
		{"Laplace at the datum", sde.LaplaceError{Scale: 0.5}, 1, 1, 4},
		{"Laplace near it", sde.LaplaceError{Scale: 0.5}, 1, 1.2, 4},
		{"Laplace away from it", sde.LaplaceError{Scale: 0.5}, 1, 3, 1},
		{"t", sde.StudentTError{Scale: 2, DF: 3}, 1, 4, 4. / (3*4 + 9)},
		{"Poisson", sde.PoissonLikelihood{}, 3, 0.7, math.Exp(0.7)},
		{"Bernoulli", sde.BernoulliLikelihood{}, 1, 0.4, 1 / (2 + math.Exp(0.4) + math.Exp(-0.4))},
		{"scaled", sde.ScaledError{Error: sde.NormalError{SD: 0.5}, Scale: []float64{3}}, 1, 2, 1 / 2.25},
		{"annealed", sde.AnnealedError{Error: sde.NormalError{SD: 0.5}, Epsilon: func(t float64) float64 { return 1 + t }}, 1, 2, 1 / (0.25 * 1.4 * 1.4)},
		{"mixture", sde.MixtureError{Weights: []float64{0.5, 0.5}, Parts: []sde.Likelihood{sde.NormalError{SD: 1}, sde.NormalError{SD: 2}}}, 1, 1, (1 + 0.5*0.25) / 1.5},
	} {
		if got := c.l.Precision(0, c.y, c.a, 0.4); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: precision %g, want %g", c.name, got, c.want)
		}
	}
}

// An error of which the scale changes with time is that of the time it is asked at.
func TestAnnealedErrorsAreThoseOfTheTime(t *testing.T) {
	eps := func(t float64) float64 { return 1 + 3*t }
	l := sde.AnnealedError{Error: sde.NormalError{SD: 0.5}, Epsilon: eps}
	for _, at := range []float64{0, 0.2, 0.9} {
		lp, g := l.LogProb(0, 1, 2.5, at)
		want, wantG := sde.NormalError{SD: 0.5 * eps(at)}.LogProb(0, 1, 2.5, at)
		if math.Abs(lp-want) > 1e-12 || math.Abs(g-wantG) > 1e-12 {
			t.Errorf("t %g: %g, %g, want %g, %g", at, lp, g, want, wantG)
		}
	}
}

// A nearly singular matrix has no right inverse that could be used.
func TestNearlySingularMapsHaveNoInverse(t *testing.T) {
	for _, eps := range []float64{0, 1e-7, 1e-3} {
		m := sde.NewLinearMap(mat.NewDense(2, 2, []float64{1, 0, 1, eps}))
		_, ok := sde.PseudoInverterOf(m)
		if want := eps == 1e-3; ok != want || (m.PseudoInverse(mat.NewDense(1, 2, nil), mat.NewDense(1, 2, []float64{1, 1})) == nil) != want {
			t.Errorf("second entry %g: has an inverse is %v", eps, ok)
		}
	}
}

// What agrees does not have to do so in the last digit; what has an error is no
// contradiction.
func TestCheckExact(t *testing.T) {
	g, err := sde.NewGaussian([]float64{1000, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	A := mat.NewDense(2, 2, []float64{1, 0, 2, 0})
	for _, c := range []struct {
		y1, y2 float64
		bad    bool
	}{{1001, 2002, false}, {1001, 2002 + 1e-7, false}, {1001, 2002.001, true}, {1001, 2000, true}, {1001, math.NaN(), false}} {
		if err := sde.CheckExact(g, A, nil, mat.NewDense(1, 2, []float64{c.y1, c.y2})); (err != nil) != c.bad {
			t.Errorf("%g and %g: %v", c.y1, c.y2, err)
		}
		if err := sde.CheckExact(g, A, []float64{5, -3}, mat.NewDense(1, 2, []float64{c.y1 + 5, c.y2 - 3})); (err != nil) != c.bad {
			t.Errorf("%g and %g, with an offset: %v", c.y1, c.y2, err)
		}
	}
	if r := sde.RowRank(mat.NewDense(3, 2, []float64{1, 0, 1e6, 1e6, 3, 3})); r != 2 {
		t.Errorf("rank %d, want 2", r)
	}
	o := sde.Observation{A: sde.NewLinearMap(A), Y: mat.NewDense(1, 2, []float64{1001, 2002}), Error: sde.NormalError{SD: 0.1}}
	few, repeats := o.WithoutRepetition(g)
	a := few.A.(sde.LinearMap)
	if want := 5005 / math.Sqrt(5); !repeats || math.Abs(math.Abs(few.Y.At(0, 0))-want) > 1e-9 || math.Abs(math.Abs(a.M.At(0, 0))-math.Sqrt(5)) > 1e-12 || few.Y.At(0, 0)*a.M.At(0, 0) < 0 {
		t.Errorf("%+v, %v", few, repeats)
	}
}

// The adjoint of stacked operators adds up what each part pulls back.
func TestStackedPullIsTheTransposeOfPush(t *testing.T) {
	o := sde.Stack(sde.NewLinearMap(mat.NewDense(2, 3, []float64{1, 2, 0, -1, 0.5, 3})), sde.Columns{Dim: 3, Index: []int{2, 0}})
	m := mat.NewDense(4, 3, []float64{1, 2, 0, -1, 0.5, 3, 0, 0, 1, 1, 0, 0})
	v, u := mat.NewDense(2, 4, []float64{1, -2, 0.3, 4, 0, 1, 2, 3}), mat.NewDense(2, 3, []float64{1, 2, 3, -1, 0, 0.5})
	got, want := mat.NewDense(2, 3, nil), new(mat.Dense)
	want.Mul(v, m)
	if err := o.Pull(got, u, v); err != nil || !mat.EqualApprox(got, want, 1e-14) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
	pushed, forward := mat.NewDense(2, 4, nil), new(mat.Dense)
	forward.Mul(u, m.T())
	if err := o.Push(pushed, u, u); err != nil || !mat.EqualApprox(pushed, forward, 1e-14) {
		t.Errorf("%v, want %v (%v)", pushed, forward, err)
	}
}

// The product of many small or large variances overflows; their log does not.
func TestLogDensityOfExtremeVariances(t *testing.T) {
	for _, v := range []float64{1e-150, 1e150} {
		cov := mat.NewSymDense(4, nil)
		for j := range 4 {
			cov.SetSym(j, j, v)
		}
		g, err := sde.NewGaussian(make([]float64, 4), cov, sde.Rectified{})
		if err != nil {
			t.Fatal(err)
		}
		lp := make([]float64, 1)
		g.LogProb(lp, mat.NewDense(1, 4, nil), []float64{0})
		if want := -2 * (math.Log(v) + math.Log(2*math.Pi)); math.Abs(lp[0]-want) > 1e-9*math.Abs(want) {
			t.Errorf("variance %g: %g, want %g", v, lp[0], want)
		}
	}
}
