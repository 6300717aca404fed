package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// scoreOf returns Σ g, from what the guide does to D.
func scoreOf(tb testing.TB, p sde.Denoiser, prior sde.Denoiser, x *mat.Dense, t float64) *mat.Dense {
	tb.Helper()
	var g mat.Dense
	g.Sub(denoise(tb, p, x, t), denoise(tb, prior, x, t))
	g.Scale(1/prior.Schedule().Coeff(t).Tweedie(), &g)
	return &g
}

// twistGradError is the relative difference between the score that terms add and
// the central difference of their log p̃(y|x_t).
func twistGradError(tb testing.TB, p *guide.Posterior, prior sde.Law, t float64) float64 {
	tb.Helper()
	x := points(prior, t)
	n, d := x.Dims()
	g := scoreOf(tb, p, prior, x, t)
	up, down := make([]float64, n), make([]float64, n)
	h := 1e-5 * prior.Schedule().Coeff(t).Sigma
	worst := 0.0
	for j := range d {
		for s, dst := range map[float64][]float64{1: up, -1: down} {
			y := mat.DenseCopyOf(x)
			for i := range n {
				y.Set(i, j, y.At(i, j)+s*h)
			}
			if err := p.LogProb(dst, y, []float64{t}); err != nil {
				tb.Fatal(err)
			}
		}
		for i := range n {
			size := math.Max(1, mat.Norm(g.RowView(i), 2))
			worst = math.Max(worst, math.Abs((up[i]-down[i])/(2*h)-g.At(i, j))/size)
		}
	}
	return worst
}

// DPS is the gradient of its twist on every prior, operator and error; the
// others too where J is constant.
func TestScoresAreGradientsOfTwists(t *testing.T) {
	sched := sde.VP{}
	y := row(1, 0)
	for _, c := range errorModels {
		l := c.l
		switch e := l.(type) {
		case sde.ScaledError:
			e.Scale = []float64{1.7, 0.5}
			l = e
		case sde.ErrorPerEntry:
			l = sde.ErrorPerEntry{sde.LaplaceError{Scale: 0.4}, sde.NormalError{SD: 1}}
		}
		for _, op := range []sde.Operator{sde.NewLinearMap(A2), curve()} {
			p := guide.New(modes(sched), guide.DPS{Observation: sde.Observation{A: op, Y: y, Error: l}, Strength: 0.7})
			for _, tt := range []float64{0.2, 0.6} {
				if e := twistGradError(t, p, modes(sched), tt); e > 1e-5 {
					t.Errorf("DPS, %s, t = %g: off by %.2g", c.name, tt, e)
				}
			}
			bad := guide.New(modes(sched), guide.DPS{Observation: sde.Observation{A: op, Y: y, Error: wrongGrad{l}}, Strength: 0.7})
			if twistGradError(t, bad, modes(sched), 0.2) < 1e-3 {
				t.Errorf("DPS, %s: a gradient 1 %% too large passes", c.name)
			}
		}
	}
	g := full(sched)
	for _, term := range []guide.Term{
		guide.PiGDM{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)},
		guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)},
	} {
		if e := twistGradError(t, guide.New(g, term), g, 0.4); e > 1e-6 {
			t.Errorf("%T: off by %.2g", term, e)
		}
	}
}

// squared is the schedule of the golden values.
type squared struct{}

func (squared) Coeff(t float64) sde.Coeff {
	a, s := oracle.Squared(t)
	da := 2 * t * math.Log(1e-3) * a
	return sde.Coeff{Alpha: a, Sigma: s, DAlpha: da, DSigma: -a * da / s}
}

// ancestral runs DDPM on a one-dimensional denoiser that is affine in x, and
// returns mean and variance.
func ancestral(tb testing.TB, d sde.Denoiser, variance float64, n int) (m, v float64) {
	tb.Helper()
	s := d.Schedule()
	c := s.Coeff(1)
	v = c.Alpha*c.Alpha*variance + c.Sigma*c.Sigma
	x := mat.NewDense(2, 1, []float64{0, 1})
	for k := n; k >= 1; k-- {
		t := float64(k) / float64(n)
		h := denoise(tb, d, x, t)
		c, e := s.Coeff(t), s.Coeff(float64(k-1)/float64(n))
		r := c.Alpha * e.Sigma / (e.Alpha * c.Sigma)
		q := e.Sigma * r / c.Sigma
		gain := q + (e.Alpha-q*c.Alpha)*(h.At(1, 0)-h.At(0, 0))
		m = gain*m + (e.Alpha-q*c.Alpha)*h.At(0, 0)
		v = gain*gain*v + e.Sigma*e.Sigma*(1-r*r)
	}
	return m, v
}

// Biased guides equal the affine recursion of an independent program.
func TestGuidesEqualTheGoldenRecursions(t *testing.T) {
	near := func(m, v, m2, v2 float64) bool { return math.Abs(m-m2) <= 1e-6 && math.Abs(v-v2) <= 1e-6 }
	for _, c := range []float64{1, 4} {
		prior, o := line(squared{}, 0, c), oracle.Observed{C: c, Y: 1.5, R: 0.25}
		y := obs(sde.Columns{Dim: 1, Index: []int{0}}, 0.5, 1.5)
		for name, g := range map[string]struct {
			term guide.Term
			v    oracle.Spread
		}{
			"MMPS":                         {guide.MMPS{Observation: y}, oracle.MMPS},
			"CG":                           {guide.MMPS{Observation: y, Solver: guide.Iterative}, oracle.MMPS},
			"PiGDM":                        {guide.PiGDM{Observation: y, DataVariance: 1}, oracle.PiGDM(1)},
			"PiGDM of the data's variance": {guide.PiGDM{Observation: y}, oracle.PiGDM(c)},
			"PiGDM by A⁺":                  {guide.PiGDM{Observation: y, DataVariance: 1, Pseudo: true}, oracle.PiGDM(1)},
			"DPS":                          {guide.DPS{Observation: y}, oracle.DPS},
		} {
			for _, n := range []int{64, 1000} {
				m, v := ancestral(t, guide.New(prior, g.term), c, n)
				if m2, v2 := o.Ancestral(n, g.v, 1, 1, true); !near(m, v, m2, v2) {
					t.Errorf("%s, C = %g, N = %d: %.7f, %.7f, want %.7f, %.7f", name, c, n, m, v, m2, v2)
				}
				for _, twin := range []struct {
					strength, power float64
					jacobian        bool
				}{{1.05, 1, true}, {1, 0, true}, {1, 1, false}} {
					if m2, v2 := o.Ancestral(n, g.v, twin.strength, twin.power, twin.jacobian); near(m, v, m2, v2) {
						t.Errorf("%s, C = %g, N = %d: equals the planted error %+v", name, c, n, twin)
					}
				}
			}
		}
	}
}

// ve is the VE schedule that corresponds to VP: σ_VE = σ/α at the same t.
type ve struct{}

func (ve) Coeff(t float64) sde.Coeff {
	c := sde.VP{}.Coeff(t)
	return sde.Coeff{Alpha: 1, Sigma: c.Sigma / c.Alpha, DSigma: c.DSigma / c.Alpha}
}

// At corresponding times every schedule gives the same D: guidance is per unit
// of score, not of step or of scale.
func TestGuidesDoNotDependOnTheSchedule(t *testing.T) {
	terms := append(rowTerms(7), guide.DPSNorm{Observation: obs(sde.NewLinearMap(A2), 1, 2, -1), ZetaFunc: func(t float64) float64 { return 1 + t }})
	for k, term := range terms {
		for _, tt := range []float64{0.1, 0.5, 0.9} {
			x := points(modes(sde.VP{}), tt)
			var y mat.Dense
			y.Scale(1/sde.VP{}.Coeff(tt).Alpha, x)
			a, b := denoise(t, guide.New(modes(sde.VP{}), term), x, tt), denoise(t, guide.New(modes(ve{}), term), &y, tt)
			if !mat.EqualApprox(a, b, 1e-9) {
				t.Errorf("term %d, t = %g: %v, %v", k, tt, a.RawRowView(0), b.RawRowView(0))
			}
		}
	}
}

// The published step subtracts ζ ∇‖y - A D‖: ours, over a short step of the
// reverse SDE, moves as far with ζ times the step's log-SNR.
func TestNormFormMovesLikeThePublishedStep(t *testing.T) {
	g := full(sde.VP{})
	o := obs(sde.NewLinearMap(A2), 1, 2, -1)
	const zeta = 5.0
	p := guide.New(g, guide.DPSNorm{Observation: o, Zeta: zeta})
	x := points(g, 0.5)
	s := scoreOf(t, p, g, x, 0.5)
	unit := scoreOf(t, guide.New(g, guide.DPS{Observation: o}), g, x, 0.5) // Jᵀ Aᵀ r, with SD 1
	c := sde.VP{}.Coeff(0.5)
	for i := range 7 {
		d := denoise(t, g, x, 0.5)
		r := mat.NewVecDense(2, []float64{2, -1})
		var a mat.VecDense
		a.MulVec(A2, d.RowView(i))
		r.SubVec(r, &a)
		for j := range 3 {
			want := zeta * unit.At(i, j) / mat.Norm(r, 2) / (c.Sigma * c.Sigma)
			if math.Abs(s.At(i, j)-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("row %d: %.9g, want %.9g", i, s.At(i, j), want)
			}
		}
	}
}

// sheared is a prior whose pullback is neither symmetric nor positive, as that of
// a network may be.
type sheared struct {
	sde.Differentiable
	J *mat.Dense
}

func (s sheared) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return func(dst, v *mat.Dense) error { dst.Mul(v, s.J); return nil }, s.Denoise(mean, x, t)
}

func TestIterativeSolversSolve(t *testing.T) {
	g := full(sde.VP{})
	o := obs(sde.NewLinearMap(mat.NewDense(3, 3, []float64{1, 1, 0, 0.5, -1, 2, 0, 1, 1})), 0.3, 2, -1, 0.5)
	c := sde.VP{}.Coeff(0.5)
	for name, J := range map[string]*mat.Dense{
		"symmetric":  mat.NewDense(3, 3, []float64{2, 0.3, 0, 0.3, 1, 0.1, 0, 0.1, 1.5}),
		"sheared":    mat.NewDense(3, 3, []float64{1, 0.9, 0, -0.9, 1, 0.5, 0.2, -0.5, 0.8}),
		"indefinite": mat.NewDense(3, 3, []float64{-3, 1, 0, 0.5, 1, 0, 0, 0, -2}),
	} {
		prior := sheared{g, J}
		x := points(g, 0.5)
		got := scoreOf(t, guide.New(prior, guide.MMPS{Observation: o, Solver: guide.Iterative, Iters: 3, Tol: 1e-13}), g, x, 0.5)
		// By hand: g = Jᵀ Aᵀ (Σ_y + c A J'ᵀ Aᵀ)⁻¹ r, the pullback being v ↦ Jᵀ v.
		A := o.A.(sde.LinearMap).M
		var w, S mat.Dense
		w.Mul(A, J)
		S.Mul(A, w.T())
		S.Scale(c.Tweedie(), &S)
		for j := range 3 {
			S.Set(j, j, S.At(j, j)+0.09)
		}
		d := denoise(t, g, x, 0.5)
		worst := 0.0
		for i := range 7 {
			var r, u, want mat.VecDense
			r.MulVec(A, d.RowView(i))
			r.SubVec(o.Y.RowView(0), &r)
			if err := u.SolveVec(&S, &r); err != nil {
				t.Fatal(err)
			}
			want.MulVec(w.T(), &u)
			for j := range 3 {
				worst = math.Max(worst, math.Abs(got.At(i, j)-want.AtVec(j))/math.Max(1, mat.Norm(&want, 2)))
			}
		}
		if worst > 1e-9 {
			t.Errorf("%s: off by %.2g", name, worst)
		}
	}
}

// A Jacobian that is not positive must not turn the guide round: the floor keeps
// S at or above Σ_y, and the twist finite.
func TestDenseSolverFloorsTheSpectrum(t *testing.T) {
	g := full(sde.VP{})
	o := obs(sde.Columns{Dim: 3, Index: []int{0, 1, 2}}, 0.3, 2, -1, 0.5)
	J := mat.NewDense(3, 3, []float64{-3, 0, 0, 0, 1, 0, 0, 0, -2})
	x := points(g, 0.5)
	d := denoise(t, g, x, 0.5)
	c := sde.VP{}.Coeff(0.5)
	s := scoreOf(t, guide.New(sheared{g, J}, guide.MMPS{Observation: o}), g, x, 0.5)
	for i := range 7 {
		for j := range 3 {
			v := 0.09 + math.Max(0, c.Tweedie()*J.At(j, j))
			want := J.At(j, j) * (o.Y.At(0, j) - d.At(i, j)) / v
			if math.Abs(s.At(i, j)-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("row %d, column %d: %.9g, want %.9g", i, j, s.At(i, j), want)
			}
		}
	}
}

// Stacking two observations is observing both.
func TestStackIsExact(t *testing.T) {
	g := full(sde.VP{})
	both := sde.Observation{
		A: sde.Stack(sde.NewLinearMap(A2), sde.Columns{Dim: 3, Index: []int{1}}), Y: row(2, -1, 0.3),
		Error: sde.ErrorPerEntry{sde.NormalError{SD: 0.3}, sde.NormalError{SD: 0.3}, sde.NormalError{SD: 0.1}},
	}
	A := mat.NewDense(3, 3, []float64{1, 1, 0, 0.5, -1, 2, 0, 1, 0})
	want := exact(g, A, []float64{0.3, 0.3, 0.1}, 2, -1, 0.3)
	if s := equal(t, guide.New(g, guide.MMPS{Observation: both}), want, g); s != "" {
		t.Error(s)
	}
	two := guide.New(g, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)},
		guide.MMPS{Observation: obs(sde.Columns{Dim: 3, Index: []int{1}}, 0.1, 0.3)})
	if equal(t, two, want, g) == "" {
		t.Error("two terms are exact, which their caveat denies")
	}
}

func TestNonFiniteGuidesStop(t *testing.T) {
	g := full(sde.VP{})
	o := curve()
	o.F = func(dst, x []float64) { dst[0], dst[1] = math.Log(-math.Abs(x[0])), 0 }
	p := guide.New(g, guide.DPS{Observation: sde.Observation{A: o, Y: row(1, 2), Error: sde.NormalError{SD: 1}}})
	x := points(g, 0.5)
	n, d := x.Dims()
	if err := p.Denoise(mat.NewDense(n, d, nil), x, []float64{0.5}); err == nil || !strings.Contains(err.Error(), "row 0, t 0.5: the guide is infinite or NaN") {
		t.Errorf("%v", err)
	}
}
