package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// learned is a law that hides what it is, with a Jacobian that errs by extra.
type learned struct {
	l     *sde.Gaussian
	extra *mat.Dense // added to ∂D/∂x
}

func (n learned) Schedule() sde.Schedule { return n.l.Schedule() }
func (n learned) Dim() int               { return n.l.Dim() }
func (n learned) Moments() (mean, variance []float64) {
	mean, variance, _ = sde.Moments(n.l)
	return mean, variance
}
func (n learned) Denoise(dst, x *mat.Dense, t []float64) error { return n.l.Denoise(dst, x, t) }

func (n learned) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := n.l.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		if err := pull(dst, v); err != nil {
			return err
		}
		var e mat.Dense
		e.Mul(v, n.extra) // rows vᵀ E = (Eᵀ v)ᵀ
		dst.Add(dst, &e)
		return nil
	}, err
}

// shiftOf is what the terms add to D at one row.
func shiftOf(t *testing.T, prior sde.Differentiable, tt float64, x []float64, terms ...guide.Term) []float64 {
	t.Helper()
	var e mat.Dense
	in := mat.NewDense(1, len(x), x)
	e.Sub(denoise(t, guide.New(prior, terms...), in, tt), denoise(t, prior, in, tt))
	return e.RawRowView(0)
}

// A Jacobian that ties the seen coordinate to another one, which it moves too far: by the
// bound of Cauchy and Schwarz, and where the error is small by the reach.
func TestShiftsOfNetworksAreBounded(t *testing.T) {
	g := gaussian(sde.VP{}, []float64{0, 0, 0}, 1, 0, 0, 0, 2, 0, 0, 0, 1)
	const tt = 0.6
	c := sde.VP{}.Coeff(tt)
	r2 := c.Sigma * c.Sigma * 2 / (c.Alpha*c.Alpha*2 + c.Sigma*c.Sigma)
	first := sde.NewLinearMap(mat.NewDense(1, 3, []float64{1, 0, 0}))
	x := []float64{0.1, 0.2, -0.3}
	for _, s := range []guide.Solver{guide.Dense, guide.Iterative} {
		tied := learned{g, mat.NewDense(3, 3, []float64{0, 60, 0, 0, 0, 0, 0, 0, 0})}
		v := c.Sigma * c.Sigma / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)
		d := denoise(t, g, mat.NewDense(1, 3, x), tt).At(0, 0)
		q := (3 - d) * (3 - d) / (v + 0.25)
		got := shiftOf(t, tied, tt, x, guide.MMPS{Observation: obs(first, 0.5, 3), Solver: s})
		if want := math.Sqrt(4 * r2 * q); math.Abs(math.Abs(got[1])-want) > 1e-6*want {
			t.Errorf("solver %d: moved by %g, want the bound %g", s, got[1], want)
		}
		if s == guide.Dense { // with the normalizer's part, of one deviation for each number
			got := shiftOf(t, tied, tt, x, guide.MMPS{Observation: obs(first, 0.5, 3), Curvature: true})
			if want := math.Sqrt(4 * r2 * (q + 1)); math.Abs(math.Abs(got[1])-want) > 1e-6*want {
				t.Errorf("with the curvature: moved by %g, want the bound %g", got[1], want)
			}
		}
		blind := learned{g, mat.NewDense(3, 3, []float64{-c.Alpha / (c.Alpha*c.Alpha + c.Sigma*c.Sigma), 60, 0, 0, 0, 0, 0, 0, 0})}
		got = shiftOf(t, blind, tt, x, guide.MMPS{Observation: obs(first, 1e-3, 3), Solver: s})
		if want := 20 * math.Sqrt(r2); math.Abs(math.Abs(got[1])-want) > 1e-6*want {
			t.Errorf("solver %d: moved by %g, want the reach %g", s, got[1], want)
		}
	}
}

// With fewer iterations than numbers, and a Jacobian that is not symmetric, the iterative
// solver minimizes the residual over the Krylov space.
func TestIterativeSeesAsymmetry(t *testing.T) {
	g := gaussian(sde.VP{}, []float64{0, 0, 0}, 1, 0.2, 0, 0.2, 2, 0, 0, 0, 1)
	const tt = 0.5
	c := sde.VP{}.Coeff(tt)
	extra := mat.NewDense(3, 3, []float64{0, 0.5, -0.4, -0.5, 0, 0.6, 0.4, -0.6, 0})
	net := learned{g, extra}
	x, y := mat.NewDense(1, 3, []float64{0.1, 0.2, -0.3}), []float64{1, -1, 0.5}
	all := sde.NewLinearMap(mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}))
	mean := mat.NewDense(1, 3, nil)
	pull, err := net.Linearize(mean, x, []float64{tt})
	if err != nil {
		t.Fatal(err)
	}
	jt := mat.NewDense(3, 3, nil) // rows Jᵀ e_k, so that u ↦ u jt is Jᵀ u
	for k := range 3 {
		e, out := mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil)
		e.Set(0, k, 1)
		if err := pull(out, e); err != nil {
			t.Fatal(err)
		}
		jt.SetRow(k, out.RawRowView(0))
	}
	var s mat.Dense // of u, a column: S u = 0.01 u + σ²/α Jᵀ u
	s.Scale(c.Tweedie(), jt.T())
	for k := range 3 {
		s.Set(k, k, s.At(k, k)+0.01)
	}
	r := mat.NewDense(3, 1, nil)
	for k := range 3 {
		r.Set(k, 0, y[k]-mean.At(0, k))
	}
	var sr, ssr, z, u, want mat.Dense
	sr.Mul(&s, r)
	ssr.Mul(&s, &sr)
	basis, image := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	for k := range 3 {
		basis.SetRow(k, []float64{r.At(k, 0), sr.At(k, 0)})
		image.SetRow(k, []float64{sr.At(k, 0), ssr.At(k, 0)})
	}
	if err := z.Solve(image, r); err != nil {
		t.Fatal(err)
	}
	u.Mul(basis, &z)
	want.Mul(u.T(), jt)
	want.Scale(c.Tweedie(), &want)
	got := shiftOf(t, net, tt, x.RawRowView(0), guide.MMPS{Observation: obs(all, 0.1, y...), Solver: guide.Iterative, Iters: 2})
	if !mat.EqualApprox(mat.NewDense(1, 3, got), &want, 1e-8) {
		t.Errorf("shift %v, want %v", got, want.RawRowView(0))
	}
}

func TestPiGDMKnowsTheVarianceOfTheData(t *testing.T) {
	iso := gaussian(sde.VP{}, []float64{0, 1, 0}, 2, 0, 0, 0, 2, 0, 0, 0, 2)
	uneven := gaussian(sde.VP{}, []float64{0, 1, 0}, 2, 0, 0, 0, 1, 0, 0, 0, 2)
	o := obs(sde.NewLinearMap(A2), 0.3, 1, 0)
	for _, c := range []struct {
		prior *sde.Gaussian
		tau   float64
		want  guide.Exactness
	}{{iso, 0, guide.Exact}, {iso, 2, guide.Exact}, {iso, 3, guide.Heuristic}, {iso, 1, guide.Heuristic}, {uneven, 0, guide.Exact}, {uneven, 2, guide.Heuristic}} {
		if got := guide.New(c.prior, guide.PiGDM{Observation: o, DataVariance: c.tau}).Exactness(); got != c.want {
			t.Errorf("variance %g: %v, want %v", c.tau, got, c.want)
		}
	}
}

// The residual is a root mean square, in deviations of the error.
func TestResidualIsAMean(t *testing.T) {
	prior, o := full(sde.VP{}), obs(sde.NewLinearMap(A2), 0.25, 2, -1)
	var seen []guide.Diagnostics
	p := guide.New(prior, guide.MMPS{Observation: o}).WithObserver(func(d guide.Diagnostics) {
		d.Residual, d.Ratio = append([]float64(nil), d.Residual...), append([]float64(nil), d.Ratio...)
		seen = append(seen, d)
	})
	x := points(prior, 0.4)
	dg, dp := denoise(t, p, x, 0.4), denoise(t, prior, x, 0.4)
	n, _ := x.Dims()
	c := sde.VP{}.Coeff(0.4)
	for i := range n {
		sum, g, s := 0.0, 0.0, 0.0
		for k, y := range []float64{2, -1} {
			a := 0.0
			for j, v := range A2.RawRowView(k) {
				a += v * dg.At(i, j)
			}
			sum += (y - a) * (y - a) / (0.25 * 0.25)
		}
		for j := range 3 {
			shift, score := (dg.At(i, j)-dp.At(i, j))/c.Tweedie(), (c.Alpha*dp.At(i, j)-x.At(i, j))/(c.Sigma*c.Sigma)
			g, s = g+shift*shift, s+score*score
		}
		if want := math.Sqrt(sum / 2); math.Abs(seen[0].Residual[i]-want) > 1e-9*want {
			t.Errorf("row %d: residual %g, want %g", i, seen[0].Residual[i], want)
		}
		if want := math.Sqrt(g / s); math.Abs(seen[0].Ratio[i]-want) > 1e-9*want {
			t.Errorf("row %d: ratio %g, want %g", i, seen[0].Ratio[i], want)
		}
	}
	if seen[0].Pulls != 2 {
		t.Errorf("%d pulls, want 2", seen[0].Pulls)
	}
}

func TestMonitorWarns(t *testing.T) {
	at := func(m *guide.Monitor, t, ratio, residual float64) {
		m.Observe(guide.Diagnostics{T: []float64{t}, Ratio: []float64{ratio, ratio}, Residual: []float64{residual, residual}})
	}
	for _, c := range []struct {
		early, late, ratio, most float64
		want                     string
	}{
		{2.2, 3, 1, 0, "rises"}, {2.2, 2.3, 1, 0, ""}, {1, 1.5, 1, 0, ""}, {3, 2.5, 1, 0, ""}, {1, 1, 11, 0, "times as long"}, {1, 1, 9, 0, ""}, {1, 1, 9, 8, "times as long"},
	} {
		m := &guide.Monitor{MaxRatio: c.most}
		at(m, 0.12, c.ratio, c.early)
		at(m, 0.01, 1, c.late)
		w := strings.Join(m.Warnings(), ";")
		if (w == "") != (c.want == "") || !strings.Contains(w, c.want) {
			t.Errorf("%+v: warnings %q", c, w)
		}
	}
	m := &guide.Monitor{}
	m.Observe(guide.Diagnostics{T: []float64{0.91, 0.02}, Ratio: []float64{1, math.Inf(1)}, Residual: []float64{math.NaN(), 4}})
	if b := m.Bins(); len(b) != 2 || b[0].From != 0.95 || b[0].To != 0.9 || b[0].Ratio != 1 || b[1].Residual != 4 || b[1].From != 0.05 {
		t.Errorf("%+v", b)
	}
}

// Rows on a line have a singular covariance, and are fitted all the same.
func TestFitTakesRowsOnALine(t *testing.T) {
	x := mat.NewDense(60, 2, nil)
	for i := range 60 {
		v := math.Sin(float64(7 * i))
		x.SetRow(i, []float64{v, 2 * v})
	}
	f, err := guide.FitMixture(x, 1, sde.VP{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, v := f.Comps[0].Cov, 0.0
	for i := range 60 {
		v += x.At(i, 0) * x.At(i, 0) / 60
	}
	det := c.At(0, 0)*c.At(1, 1) - c.At(0, 1)*c.At(0, 1)
	if want := 8e-6 * v * v; math.Abs(det-want) > 0.1*want { // 1e-6 of each variance is added
		t.Errorf("determinant %g, want %g", det, want)
	}
}

// What changes with time is taken at the time of each row.
func TestFunctionsOfTimeAreTakenAtTheTime(t *testing.T) {
	prior := modes(sde.VP{})
	rise := func(t float64) float64 { return 0.5 + 3*t*t }
	eps := func(t float64) float64 { return 1 + 4*t }
	o := obs(sde.NewLinearMap(A2), 0.4, 2, -1)
	hot := o
	hot.Error = sde.AnnealedError{Error: sde.NormalError{SD: 0.4}, Epsilon: eps}
	for _, c := range []struct {
		name string
		f    guide.Term
		at   func(t float64) guide.Term
	}{
		{"ZetaFunc", guide.DPSNorm{Observation: o, ZetaFunc: rise}, func(t float64) guide.Term { return guide.DPSNorm{Observation: o, Zeta: rise(t)} }},
		{"annealed DPS", guide.DPS{Observation: hot}, func(t float64) guide.Term {
			return guide.DPS{Observation: obs(o.A, 0.4*eps(t), 2, -1)}
		}},
		{"annealed MMPS", guide.MMPS{Observation: hot}, func(t float64) guide.Term {
			return guide.MMPS{Observation: obs(o.A, 0.4*eps(t), 2, -1)}
		}},
		{"annealed PiGDM", guide.PiGDM{Observation: hot}, func(t float64) guide.Term {
			return guide.PiGDM{Observation: obs(o.A, 0.4*eps(t), 2, -1)}
		}},
	} {
		x := points(prior, 0.5)
		n, d := x.Dims()
		times, got := make([]float64, n), mat.NewDense(n, d, nil)
		for i := range times {
			times[i] = 0.1 + 0.8*float64(i)/float64(n-1)
		}
		if err := guide.New(prior, c.f).Denoise(got, x, times); err != nil {
			t.Fatal(err)
		}
		for i, at := range times {
			want := denoise(t, guide.New(prior, c.at(at)), mat.NewDense(1, d, append([]float64(nil), x.RawRowView(i)...)), at)
			if !mat.EqualApprox(want, got.Slice(i, i+1, 0, d), 1e-9) {
				t.Errorf("%s, t = %g: %v, want %v", c.name, at, got.RawRowView(i), want.RawRowView(0))
			}
		}
	}
}

// The parts of an affine score, each against its formula, at several times.
func TestAffineScoreIsItsFormula(t *testing.T) {
	model, prior := modes(sde.VP{}), full(sde.VP{})
	f := guide.AffineScore{Prior: prior, LikelihoodScale: []float64{0.5, 1.5, 2}, PriorScale: []float64{0.3}, LikelihoodShift: []float64{0.1}, PriorShift: []float64{0, -0.2, 0.4}}
	p := guide.New(model, f)
	for _, tt := range []float64{0.1, 0.35, 0.8} {
		x := points(model, tt)
		n, d := x.Dims()
		s, sp := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		model.Score(s, x, []float64{tt})
		prior.Score(sp, x, []float64{tt})
		got := scoreOf(t, p, model, x, tt)
		for i := range n {
			for j := range d {
				a, q := f.LikelihoodScale[j], f.PriorShift[j]
				want := a*(s.At(i, j)-sp.At(i, j)) + 0.1 + 0.3*sp.At(i, j) + q
				if e := s.At(i, j) + got.At(i, j) - want; math.Abs(e) > 1e-7*math.Max(1, math.Abs(want)) {
					t.Errorf("t %g: off by %g", tt, e)
				}
			}
		}
	}
}

// A learned Jacobian with an error of a few hundredths, which σ²/α multiplies near t = 1,
// leaves the ratio of priors integrable and the shift of D near that of the exact one; without
// an error of the Jacobian nothing is changed.
func TestSwapUnderWrongJacobians(t *testing.T) {
	g := gaussian(sde.VP{}, []float64{0, 0}, 1, 0.6, 0.6, 1)
	from := gaussian(sde.VP{}, []float64{0}, 1)
	to := gaussian(sde.VP{}, []float64{1}, 0.25)
	swap, err := guide.NewPriorSwapAt(2, []int{0}, from, to)
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{0.3, -0.2}
	for _, tt := range []float64{0.3, 0.7, 0.99} {
		want := shiftOf(t, g, tt, x, swap)
		same := shiftOf(t, learned{g, mat.NewDense(2, 2, nil)}, tt, x, swap)
		for j := range want {
			if math.Abs(same[j]-want[j]) > 1e-9 {
				t.Errorf("t %g: a right Jacobian moves by %v, want %v", tt, same, want)
			}
		}
		for _, e := range []float64{-0.03, 0.03} {
			got := shiftOf(t, learned{g, mat.NewDense(2, 2, []float64{e, 0, 0, e})}, tt, x, swap)
			for j := range want {
				if !(math.Abs(got[j]) < 21) { // reach, in standard deviations of the data
					t.Errorf("t %g, error %g: moves by %v, want about %v", tt, e, got, want)
				}
			}
		}
	}
}
