package guide_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// JAC, and GAUSS with the covariances, are the posterior of all observations where the
// posteriors are normal, from a list of models as from the rows of one.
func TestComposedIsExactForGaussians(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Cosine{}} {
		prior := full(sched)
		for _, n := range []int{1, 2, 5, 20, 100, 1000} {
			if _, vp := sched.(sde.VP); n > 20 && !vp {
				continue
			}
			each, cov, all := observedBy(prior, n)
			for _, o := range []guide.ComposeOptions{{}, {Covariances: cov}, {Composition: guide.GAUSS, Covariances: cov}} {
				list := must(guide.Compose(prior, o, denoisers(each)...))
				rows := must(guide.ComposeRows(prior, o, onePerRow{laws: each}, n))
				for name, d := range map[string]*guide.Composed{"list": list, "rows": rows} {
					if e := apart(t, d, all, prior); !(e < 1e-8) {
						t.Errorf("%T, N = %d, %v of a %s: off by %.2g", sched, n, o.Composition, name, e)
					}
				}
				if e, note := list.Exactness(); e != guide.Exact {
					t.Errorf("N = %d, %v: %v, %s", n, o.Composition, e, note)
				}
			}
		}
	}
}

// A power a of the likelihood is a likelihood of errors of 1/a of the variance.
func TestComposedPower(t *testing.T) {
	prior := full(sde.VP{})
	A, y := mat.NewDense(2, 3, []float64{1, 0.5, 0, -0.3, 1, 2}), []float64{0.7, -1}
	R := func(a float64) mat.Symmetric {
		return mat.NewSymDense(2, []float64{0.5 / a, 0.1 / a, 0.1 / a, 0.4 / a})
	}
	post := must(prior.Posterior(A, y, R(1)))
	for _, a := range []float64{0.5, 1.2, 4} {
		want := must(prior.Posterior(A, y, R(a)))
		for _, o := range []guide.ComposeOptions{{Power: a}, {Power: a, Composition: guide.GAUSS, Covariances: []mat.Symmetric{post.Covariance()}}} {
			d := must(guide.Compose(prior, o, post))
			if e := apart(t, d, want, prior); !(e < 1e-8) {
				t.Errorf("a = %g, %v: off by %.2g", a, o.Composition, e)
			}
			if e := pullbackError(t, d, points(prior, 0.4), 0.4, 1); !(e < 1e-6) {
				t.Errorf("a = %g, %v: the derivative is off by %.2g", a, o.Composition, e)
			}
			o.Power *= 1.05
			if e := apart(t, must(guide.Compose(prior, o, post)), want, prior); !(e > 1e-3) {
				t.Errorf("a = %g, %v: 5 %% more passes", a, o.Composition)
			}
		}
	}
	if _, err := guide.Compose(prior, guide.ComposeOptions{Power: -1}, post); err == nil {
		t.Error("a negative power is accepted")
	}
}

// What the composition must not be: scores without the prior taken out, another prior,
// covariances about 0 instead of their mean.
func TestComposedNoticesErrors(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, all := observedBy(prior, 5)
	about := make([]mat.Symmetric, len(cov)) // second moments, as one package has it
	for i, c := range cov {
		s := mat.NewSymDense(3, nil)
		s.CopySym(c)
		s.SymRankOne(s, 1, mat.NewVecDense(3, each[i].Mean()))
		about[i] = s
	}
	shifted := gaussian(sde.VP{}, []float64{1.05, -1, 0.5}, 1, 0.6, -0.3, 0.6, 2, 0.4, -0.3, 0.4, 0.7)
	for name, c := range map[string]struct {
		prior *sde.Gaussian
		o     guide.ComposeOptions
		list  []sde.Law
	}{
		"about 0":       {prior, guide.ComposeOptions{Composition: guide.GAUSS, Covariances: about}, each},
		"no covariance": {prior, guide.ComposeOptions{Composition: guide.GAUSS}, each},
		"another prior": {shifted, guide.ComposeOptions{}, each},
		"twice":         {prior, guide.ComposeOptions{}, append(each[:1:1], each...)},
		"FNPE":          {prior, guide.ComposeOptions{Composition: guide.FNPE}, each},
	} {
		if e := apart(t, must(guide.Compose(c.prior, c.o, denoisers(c.list)...)), all, prior); !(e > 1e-3) {
			t.Errorf("%s passes", name)
		}
	}
}

// FNPE is the sum of scores, by its definition, at every time.
func TestFNPEIsTheSumOfScores(t *testing.T) {
	prior := full(sde.VP{})
	each, _, _ := observedBy(prior, 4)
	d := must(guide.Compose(prior, guide.ComposeOptions{Composition: guide.FNPE}, denoisers(each)...))
	for _, u := range times {
		x := points(prior, u)
		n, w := x.Dims()
		c := sde.VP{}.Coeff(u)
		got, sum, s := denoise(t, d, x, u), mat.NewDense(n, w, nil), mat.NewDense(n, w, nil)
		for _, l := range each {
			l.Score(s, x, []float64{u})
			sum.Add(sum, s)
		}
		var chol mat.Cholesky
		chol.Factorize(prior.Cov)
		for i := range n {
			r, sol := mat.NewVecDense(w, nil), mat.NewVecDense(w, nil)
			for j := range w {
				r.SetVec(j, x.At(i, j)-prior.Mu[j])
			}
			if err := chol.SolveVecTo(sol, r); err != nil {
				t.Fatal(err)
			}
			for j := range w {
				score := sum.At(i, j) + 3*(1-u)*sol.AtVec(j)
				if want := (x.At(i, j) + c.Sigma*c.Sigma*score) / c.Alpha; math.Abs(got.At(i, j)-want) > 1e-9*math.Max(1, math.Abs(want)) {
					t.Fatalf("t = %g, row %d: %g, want %g", u, i, got.At(i, j), want)
				}
			}
		}
	}
}

// With one observation every rule is the model itself, to the bit.
func TestComposedOfOne(t *testing.T) {
	prior := full(sde.VP{})
	mix := modes(sde.VP{})
	for _, rule := range []guide.Composition{guide.JAC, guide.GAUSS, guide.FNPE} {
		d := must(guide.Compose(prior, guide.ComposeOptions{Composition: rule}, mix))
		if e := apart(t, d, mix, prior); e != 0 {
			t.Errorf("%v: %g", rule, e)
		}
		if len(d.Caveats()) != 0 {
			t.Errorf("%v: %q", rule, d.Caveats())
		}
	}
}

// Covariances are about the mean of the draws, and their inverse is unbiased.
func TestPosteriorCovariance(t *testing.T) {
	law := gaussian(sde.VP{}, []float64{5, -3}, 1, 0.4, 0.4, 0.5)
	var truth mat.Dense
	if err := truth.Inverse(law.Cov); err != nil {
		t.Fatal(err)
	}
	const n, rounds = 12, 20000
	draws, sum := mat.NewDense(n*rounds, 2, nil), mat.NewDense(2, 2, nil)
	law.Sample(draws, 3, 0)
	for k := range rounds {
		var inv mat.Dense
		if err := inv.Inverse(must(guide.PosteriorCovariance(draws.Slice(k*n, k*n+n, 0, 2).(*mat.Dense)))); err != nil {
			t.Fatal(err)
		}
		sum.Add(sum, &inv)
	}
	sum.Scale(1./rounds, sum)
	if e := math.Abs(sum.At(0, 0)/truth.At(0, 0) - 1); e > 0.03 { // 5 standard errors; n - 1 in place of n - d - 2 is 0.27 off
		t.Errorf("precision %.4f, want %.4f", sum.At(0, 0), truth.At(0, 0))
	}
	if _, err := guide.PosteriorCovariance(mat.NewDense(4, 2, nil)); err == nil {
		t.Error("a covariance of two numbers from four draws")
	}
}

func ExampleCompose() {
	prior := line(sde.VP{}, 0, 1)
	var each []sde.Denoiser // of y_i = x + e, e of variance 1/2
	for _, y := range []float64{0.8, 1.1, 1.4} {
		each = append(each, must(prior.Posterior(mat.NewDense(1, 1, []float64{1}), []float64{y}, mat.NewSymDense(1, []float64{0.5}))))
	}
	d := must(guide.Compose(prior, guide.ComposeOptions{}, each...))
	x, mean := mat.NewDense(1, 1, nil), mat.NewDense(1, 1, nil)
	if err := d.Denoise(mean, x, []float64{1}); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.3f\n", mean.At(0, 0)) // (0.8 + 1.1 + 1.4)/(3 + 1/2), up to what is left of x at t = 1
	// Output: 0.943
}

// The product for correctors is the law of all: at the data Σ w_i ∇ log p_i is its score.
func TestComposedProduct(t *testing.T) {
	prior := full(sde.VP{})
	each, _, all := observedBy(prior, 3)
	models, powers, err := must(guide.Compose(prior, guide.ComposeOptions{}, denoisers(each)...)).Product()
	if err != nil {
		t.Fatal(err)
	}
	const tiny = 1e-6
	c := sde.VP{}.Coeff(tiny)
	x := points(prior, tiny)
	sum, want := mat.NewDense(7, 3, nil), mat.NewDense(7, 3, nil)
	total := 0.0
	for k, m := range models {
		d := denoise(t, m, x, tiny)
		for i := range 7 {
			for j := range 3 {
				sum.Set(i, j, sum.At(i, j)+powers[k]*(c.Alpha*d.At(i, j)-x.At(i, j))/(c.Sigma*c.Sigma))
			}
		}
		total += powers[k]
	}
	all.Score(want, x, []float64{tiny})
	sum.Sub(sum, want)
	if e := mat.Max(absolute(sum)) / mat.Max(absolute(want)); !(e < 1e-3) || math.Abs(total-1) > 1e-12 {
		t.Errorf("the score is off by %.2g, powers sum to %g", e, total)
	}
}
