package guide_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// onePerRow is a law for each row, as a conditional model is.
type onePerRow struct {
	laws []sde.Law
	idx  []int
}

func (p onePerRow) Schedule() sde.Schedule { return p.laws[0].Schedule() }
func (p onePerRow) Dim() int               { return p.laws[0].Dim() }

func (p onePerRow) Rows(idx []int) sde.Denoiser {
	to := make([]int, len(idx))
	for i, k := range idx {
		if to[i] = k; p.idx != nil {
			to[i] = p.idx[k]
		}
	}
	return onePerRow{p.laws, to}
}

func (p onePerRow) at(m *mat.Dense, i int) *mat.Dense {
	return m.Slice(i, i+1, 0, p.Dim()).(*mat.Dense)
}

func (p onePerRow) Denoise(dst, x *mat.Dense, t []float64) error {
	for i, k := range p.idx {
		if err := p.laws[k].Denoise(p.at(dst, i), p.at(x, i), []float64{sde.Time(t, i)}); err != nil {
			return err
		}
	}
	return nil
}

func (p onePerRow) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pulls := make([]sde.Pullback, len(p.idx))
	for i, k := range p.idx {
		var err error
		if pulls[i], err = p.laws[k].Linearize(p.at(mean, i), p.at(x, i), []float64{sde.Time(t, i)}); err != nil {
			return nil, err
		}
	}
	return func(dst, v *mat.Dense) error {
		for i, pull := range pulls {
			if err := pull(p.at(dst, i), p.at(v, i)); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// observedBy returns posteriors of a prior given each of n observations y_i = A_i x + e_i, their
// covariances, and the posterior given all.
func observedBy(prior sde.Observable, n int) (each []sde.Law, cov []mat.Symmetric, all sde.Law) {
	d := prior.Dim()
	A, y := mat.NewDense(n, d, nil), make([]float64, n)
	R := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range d {
			A.Set(i, j, math.Cos(float64(1+i*(3+j)+2*j)))
		}
		y[i] = math.Sin(float64(5*i + 1))
		R.SetSym(i, i, 0.3+0.1*float64(i%4))
		one := must(prior.Posterior(A.Slice(i, i+1, 0, d), y[i:i+1], mat.NewSymDense(1, []float64{R.At(i, i)})))
		each, cov = append(each, one), append(cov, one.Covariance())
	}
	return each, cov, must(prior.Posterior(A, y, R))
}

func denoisers(l []sde.Law) []sde.Denoiser {
	list := make([]sde.Denoiser, len(l))
	for i, p := range l {
		list[i] = p
	}
	return list
}

// JAC, and GAUSS with the covariances, are the posterior of all observations where the
// posteriors are normal, from a list of models as from the rows of one.
func TestComposedIsExactForGaussians(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Cosine{}} {
		prior := full(sched)
		for _, n := range []int{1, 2, 5, 20} {
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

// The derivative is that of differences: of GAUSS and FNPE for any posteriors, of JAC for
// normal ones.
func TestComposedDerivative(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 3)
	mixed := []sde.Denoiser{modes(sde.VP{}), each[1], each[2]}
	for name, d := range map[string]*guide.Composed{
		"JAC":   must(guide.Compose(prior, guide.ComposeOptions{Block: 5}, denoisers(each)...)),
		"GAUSS": must(guide.Compose(prior, guide.ComposeOptions{Composition: guide.GAUSS, Covariances: cov, Block: 5}, mixed...)),
		"FNPE":  must(guide.Compose(prior, guide.ComposeOptions{Composition: guide.FNPE, Block: 5}, mixed...)),
		"one":   must(guide.Compose(prior, guide.ComposeOptions{}, mixed[0])),
	} {
		for _, u := range []float64{0.05, 0.4, 0.9} {
			x := points(prior, u)
			if e := pullbackError(t, d, x, u, 1); !(e < 1e-6) {
				t.Errorf("%s, t = %g: off by %.2g", name, u, e)
			}
			if e := pullbackError(t, d, x, u, 1.01); !(e > 1e-4) {
				t.Errorf("%s, t = %g: 1 %% more passes", name, u)
			}
		}
	}
	jac := must(guide.Compose(prior, guide.ComposeOptions{}, mixed...))
	if e := pullbackError(t, jac, points(prior, 0.4), 0.4, 1); e < 1e-6 {
		t.Error("JAC's derivative is said to leave out that of precisions, and does not")
	}
}

// pullbackError compares k times the pullback with differences.
func pullbackError(tb testing.TB, d sde.Differentiable, x *mat.Dense, t, k float64) float64 {
	tb.Helper()
	n, w := x.Dims()
	v, a, b, mean := mat.NewDense(n, w, nil), mat.NewDense(n, w, nil), mat.NewDense(n, w, nil), mat.NewDense(n, w, nil)
	for i := range n {
		for j := range w {
			v.Set(i, j, math.Cos(float64(i+2*j)))
		}
	}
	pull, err := d.Linearize(mean, x, []float64{t})
	if err != nil {
		tb.Fatal(err)
	}
	if !mat.Equal(mean, denoise(tb, d, x, t)) {
		tb.Error("Linearize has another mean than Denoise")
	}
	for range 2 { // any number of times
		if err := pull(a, v); err != nil {
			tb.Fatal(err)
		}
	}
	slow, err := sde.ByDifferences(d, 0).Linearize(mean, x, []float64{t})
	if err != nil {
		tb.Fatal(err)
	}
	if err := slow(b, v); err != nil {
		tb.Fatal(err)
	}
	worst := 0.0
	for i := range n {
		for j := range w {
			worst = math.Max(worst, math.Abs(k*a.At(i, j)-b.At(i, j)))
		}
	}
	return worst / mat.Max(absolute(b))
}

func absolute(m *mat.Dense) *mat.Dense {
	var a mat.Dense
	a.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, m)
	return &a
}

// Rows do not depend on the block, on the other rows, or on each other's observations.
func TestComposedRowsAreIndependent(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 7)
	groups := [][]int{{0, 1}, {2}, {3, 4, 5, 6, 0}, {6, 2, 1}}
	model := onePerRow{laws: each}
	for _, o := range []guide.ComposeOptions{{}, {Composition: guide.GAUSS, Covariances: cov}, {Composition: guide.FNPE}} {
		o.Block = 3
		many := must(guide.ComposeRows(prior, o, model, 7, groups...))
		x, u := mat.NewDense(4, 3, nil), []float64{0.1, 0.4, 0.7, 0.9}
		x.Copy(points(prior, 0.5).Slice(0, 4, 0, 3))
		got := denoise(t, many, x, u...)
		for i, g := range groups {
			o.Block = 0
			one := must(guide.ComposeRows(prior, o, model, 7, g))
			for j, v := range denoise(t, one, row(x.RawRowView(i)...), u[i]).RawRowView(0) {
				if v != got.At(i, j) {
					t.Errorf("%v: row %d, column %d: %v alone, %v among others", o.Composition, i, j, v, got.At(i, j))
				}
			}
		}
		back := many.Rows([]int{3, 0})
		pair := mat.NewDense(2, 3, append(append([]float64(nil), x.RawRowView(3)...), x.RawRowView(0)...))
		again := denoise(t, back, pair, u[3], u[0])
		for j := range 3 {
			if again.At(0, j) != got.At(3, j) || again.At(1, j) != got.At(0, j) {
				t.Errorf("%v: rows taken out differ", o.Composition)
			}
		}
	}
}

// Precisions that a network gets wrong do not make the composition indefinite: it stays
// between the means, whatever the Jacobians are.
func TestComposedStaysDefinite(t *testing.T) {
	prior := gaussian(sde.VP{}, []float64{0, 0}, 1, 0.3, 0.3, 2)
	wrong := make([]sde.Denoiser, 50)
	for i := range wrong {
		wrong[i] = bent{gaussian(sde.VP{}, []float64{math.Sin(float64(i)), 0.5}, 0.2, 0, 0, 0.3), 8 * math.Cos(float64(i))}
	}
	for _, o := range []guide.ComposeOptions{{}, {Composition: guide.GAUSS}} {
		d := must(guide.Compose(prior, o, wrong...))
		for _, u := range times {
			for _, v := range denoise(t, d, points(prior, u), u).RawMatrix().Data {
				if math.IsNaN(v) || math.Abs(v) > 1e6 {
					t.Errorf("%v, t = %g: %g", o.Composition, u, v)
				}
			}
		}
	}
}

// bent is a law whose Jacobian is k times what it is.
type bent struct {
	sde.Law
	k float64
}

func (b bent) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := b.Law.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		err := pull(dst, v)
		dst.Scale(b.k, dst)
		return err
	}, err
}

func TestComposedRefuses(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 2)
	list := denoisers(each)
	for want, f := range map[string]func() error{
		"no posteriors":    func() error { _, err := guide.Compose(prior, guide.ComposeOptions{}); return err },
		"another schedule": func() error { _, err := guide.Compose(full(sde.VE{}), guide.ComposeOptions{}, list...); return err },
		"rows of 1": func() error {
			_, err := guide.Compose(line(sde.VP{}, 0, 1), guide.ComposeOptions{}, list...)
			return err
		},
		"1 covariances of 2": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Covariances: cov[:1]}, list...)
			return err
		},
		"takes no covariances": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Composition: guide.FNPE, Covariances: cov}, list...)
			return err
		},
		"more draws": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Covariances: []mat.Symmetric{mat.NewSymDense(3, nil), cov[1]}}, list...)
			return err
		},
		"is singular": func() error {
			_, err := guide.Compose(gaussian(sde.VP{}, []float64{0, 0, 0}, 1, 0, 0, 0, 1, 0, 0, 0, 0), guide.ComposeOptions{}, list...)
			return err
		},
		"observation 5 of 2": func() error {
			_, err := guide.ComposeRows(prior, guide.ComposeOptions{}, onePerRow{laws: each}, 2, []int{0, 5})
			return err
		},
		"has no observation": func() error {
			_, err := guide.ComposeRows(prior, guide.ComposeOptions{}, onePerRow{laws: each}, 2, nil)
			return err
		},
		"which jac needs": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{}, bare{each[0]}, list[1])
			return err
		},
		"composition 7": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Composition: 7}, list...)
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, _, err := guide.ParseComposition("jaq"); err == nil {
		t.Error("a composition jaq is read")
	}
	for _, name := range guide.CompositionNames() {
		if c, auto, err := guide.ParseComposition(name); err != nil || auto != strings.HasPrefix(name, "auto") || !auto && c.String() != name {
			t.Errorf("%s: %v, %v, %v", name, c, auto, err)
		}
	}
}

type bare struct{ sde.Denoiser }

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
