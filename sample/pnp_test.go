package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// matrix is an operator x ↦ M x + b.
type matrix struct {
	m *mat.Dense
	b []float64
}

func (o matrix) Dims() (d, m int) { m, d = o.m.Dims(); return d, m }

func (o matrix) Apply(dst, x *mat.Dense) error {
	dst.Mul(x, o.m.T())
	n, _ := dst.Dims()
	for i := range n {
		for k, v := range o.b {
			dst.Set(i, k, dst.At(i, k)+v)
		}
	}
	return nil
}

func withMeasured(tb testing.TB, d sde.Denoiser, o LinearCondition) sde.Denoiser {
	tb.Helper()
	p, err := ConditionOnLinear(d, o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// measuredLine is a Gaussian prior of variance c on the line with y = 1.5, SD ½.
func measuredLine(tb testing.TB, c float64, s sde.Schedule) sde.Denoiser {
	return withMeasured(tb, gauss1(tb, 0, c, s), LinearCondition{A: identity{}, Y: mat.NewDense(1, 1, []float64{1.5}), SD: 0.5})
}

// DiffPIR has its golden values: 1.2037, .0968 for C = 1 and λ = 1.
func TestDiffPIREqualsTheOracle(t *testing.T) {
	for _, c := range []float64{1, 4} {
		for _, lambda := range []float64{1, 8} {
			for _, n := range []int{64, 1000} {
				if testing.Short() && n > 64 {
					continue
				}
				d := measuredLine(t, c, squares{})
				a, s := oracle.Squared(1)
				m, v := affine(t, d, DiffPIR{Lambda: lambda}, uniform(n)).Push(0, a*a*c+s*s)
				same := func(prox float64) bool {
					want, spread := oracle.Observed{C: c, Y: 1.5, R: 0.25}.DiffPIR(n, lambda, prox)
					return math.Abs(m-want) < 1e-8 && math.Abs(v-spread) < 1e-8
				}
				if !same(1) || same(1.01) {
					t.Errorf("C = %g, lambda %g, %d steps: %.6f, %.6f", c, lambda, n, m, v)
				}
			}
		}
	}
	// no new noise: a deterministic method
	d := measuredLine(t, 1, squares{})
	if a := affine(t, d, DiffPIR{ZetaFunc: func(float64) float64 { return 0 }}, uniform(20)); a.Var != 0 {
		t.Errorf("variance %g without noise", a.Var)
	}
	if st := (DiffPIR{ZetaFunc: func(float64) float64 { return 1.2 }}).New(d, 1); st.Step(mat.NewDense(1, 1, nil), 1, 0.5, nil) == nil {
		t.Error("zeta above 1: no error")
	}
}

func TestDAPSEqualsTheOracle(t *testing.T) {
	end := sde.MinTime(sde.VP{})
	for _, c := range []float64{1, 4} {
		d, ts := measuredLine(t, c, sde.VP{}), oracle.LogSNRTimes(30, 1e-3)
		for _, m := range []DAPS{{}, {Inner: 1}, {Inner: 8, Spread: 0.7}} {
			got := affine(t, d, m, ts)
			inner, spread := m.inner(), m.Spread
			if spread == 0 {
				spread = 1
			}
			if diff := compareAffine(got, oracle.DAPS(inner, spread, 1.5, 0.25, end).Affine(oracle.Gaussian{V: c}, ts)); diff != "" {
				t.Errorf("%+v: %s", m, diff)
			}
			if compareAffine(got, oracle.DAPS(inner, 1.01*spread, 1.5, 0.25, end).Affine(oracle.Gaussian{V: c}, ts)) == "" {
				t.Errorf("%+v: a planted error passes", m)
			}
		}
	}
}

// The closed forms equal dense algebra: minima, and the moments of draws, for
// operators of full rank or not, wide or tall, with and without error.
func TestConditionalIsGaussianAlgebra(t *testing.T) {
	for name, M := range map[string]*mat.Dense{
		"wide":           mat.NewDense(2, 3, []float64{1, 2, -1, 0.5, 0, 3}),
		"tall":           mat.NewDense(4, 3, []float64{1, 2, -1, 0.5, 0, 3, 1, 1, 1, -1, 0, 2}),
		"rank deficient": mat.NewDense(3, 3, []float64{1, 2, -1, 2, 4, -2, 0, 1, 0}),
	} {
		m, _ := M.Dims()
		const v, sd = 0.7, 0.4
		b, y := make([]float64, m), mat.NewDense(1, m, nil)
		for k := range m {
			b[k] = 0.3 * float64(k)
			y.Set(0, k, 1-0.5*float64(k))
		}
		base, err := sde.NewGaussian(make([]float64, 3), mat.NewSymDense(3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		d := withMeasured(t, base, LinearCondition{A: matrix{M, b}, Y: y, SD: sd})
		p, err := measuredOf(d, 4)
		if err != nil {
			t.Fatal(err)
		}
		// rows 1, 2, 3 have one unit of noise each
		x := mat.NewDense(4, 3, []float64{0.2, -1, 3, 0.2, -1, 3, 0.2, -1, 3, 0.2, -1, 3})
		p.conditional(x, v, units{}, 1, 0, 0, newDrawn(p, 4))
		var P, rhs, cov mat.Dense
		P.Mul(M.T(), M)
		P.Scale(1/(sd*sd), &P)
		r := mat.NewDense(m, 1, nil)
		for k := range m {
			r.Set(k, 0, (y.At(0, k)-b[k])/(sd*sd))
		}
		rhs.Mul(M.T(), r)
		for j := range 3 {
			P.Set(j, j, P.At(j, j)+1/v)
			rhs.Set(j, 0, rhs.At(j, 0)+[]float64{0.2, -1, 3}[j]/v)
		}
		if err := cov.Inverse(&P); err != nil {
			t.Fatal(err)
		}
		var mean, got mat.Dense
		mean.Mul(&cov, &rhs)
		L := mat.NewDense(3, 3, nil)
		for i := range 3 {
			for j := range 3 {
				L.Set(i, j, x.At(1+i, j)-x.At(0, j))
			}
		}
		got.Mul(L.T(), L)
		if !mat.EqualApprox(mean.T(), x.Slice(0, 1, 0, 3), 1e-9) {
			t.Errorf("%s: mean %v, want %v", name, x.RawRowView(0), mat.Col(nil, 0, &mean))
		}
		if !mat.EqualApprox(&got, &cov, 1e-9) {
			t.Errorf("%s: covariance %v, want %v", name, mat.Formatted(&got), mat.Formatted(&cov))
		}
		P.Scale(1.01, &P)
		if err := cov.Inverse(&P); err != nil || mat.EqualApprox(&got, &cov, 1e-9) {
			t.Errorf("%s: another covariance passes", name)
		}
		// without error the rows agree with y, of which repetitions must agree themselves
		y = mat.NewDense(1, m, nil)
		_ = matrix{M, b}.Apply(y, mat.NewDense(1, 3, []float64{0.3, -0.5, 1}))
		exact := withMeasured(t, base, LinearCondition{A: matrix{M, b}, Y: y})
		p, _ = measuredOf(exact, 4)
		p.conditional(x, v, units{}, 1, 0, 0, newDrawn(p, 4))
		a := mat.NewDense(4, m, nil)
		_ = matrix{M, b}.Apply(a, x)
		for i := range 4 {
			for k := range m {
				if math.Abs(a.At(i, k)-y.At(0, k)) > 1e-9 {
					t.Errorf("%s: row %d gives %g for y = %g", name, i, a.At(i, k), y.At(0, k))
				}
			}
		}
	}
}

// units is a noise with one unit in rows 1, 2, …
type units struct{}

func (units) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	n, _ := dst.Dims()
	for i := 1; i < n; i++ {
		dst.Set(i, i-1, 1)
	}
}

// Split Gibbs has, as its stationary law, the posterior with the error variance
// SD² + ρ²; it tends to the posterior as ρ falls.
func TestSplitGibbsIsThePosteriorOfMoreError(t *testing.T) {
	const n = 1500
	for _, rho := range []float64{1, 0.5, 0.15} {
		if testing.Short() && rho != 0.5 {
			continue
		}
		d := measuredLine(t, 1, sde.VP{})
		g := SplitGibbs{Rho: rho, First: 2, Decay: 0.7, Iterations: 40, Steps: 16}
		res, err := g.Run(context.Background(), d, n, &Options{Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		check := func(r float64) string {
			m, v := 1.5/(1+r), r/(1+r)
			var sq []float64
			x := res.X.RawMatrix().Data
			for _, e := range x {
				sq = append(sq, (e-m)*(e-m))
			}
			return strings.TrimSpace(within("mean", x, m, 4) + within("variance", sq, v, 4))
		}
		if diff := check(0.25 + rho*rho); diff != "" {
			t.Errorf("rho %g: %s", rho, diff)
		}
		if rho > 0.4 && check(0.25) == "" {
			t.Errorf("rho %g: the posterior itself passes", rho)
		}
	}
}

func TestObservationsStayWithTheirRows(t *testing.T) {
	y := mat.NewDense(7, 1, nil)
	for i := range 7 {
		y.Set(i, 0, float64(i))
	}
	d := withMeasured(t, gauss1(t, 0, 4, sde.VP{}), LinearCondition{A: identity{}, Y: y, SD: 0.01})
	runs := map[string]func(o Options) (*Result, error){
		"split Gibbs": func(o Options) (*Result, error) {
			o.Steps = 0
			return SplitGibbs{Iterations: 8, Decay: 0.5}.Run(context.Background(), d, 7, &o)
		},
	}
	for _, m := range []Method{DiffPIR{}, DAPS{}, DDNM{}, DPSStep{}} {
		runs[m.Info().Name] = func(o Options) (*Result, error) { return Run(context.Background(), d, m, 7, &o) }
	}
	for name, run := range runs {
		want, err := run(Options{Steps: 20, Seed: 2, Block: 7})
		if err != nil {
			t.Fatal(err)
		}
		got, err := run(Options{Steps: 20, Seed: 2, Block: 2, Workers: 2})
		if err != nil || !mat.Equal(got.X, want.X) || len(want.Caveats) == 0 {
			t.Errorf("%s: blocks change the rows, or no caveats (%v)", name, err)
		}
		for i := range 7 {
			if math.Abs(want.X.At(i, 0)-float64(i)) > 0.6 {
				t.Errorf("%s: row %d is %g", name, i, want.X.At(i, 0))
			}
		}
	}
}

type square struct{ identity }

func (square) Apply(dst, x *mat.Dense) error { dst.MulElem(x, x); return nil }

func TestMeasuredRefuses(t *testing.T) {
	base, one := gauss1(t, 0, 1, sde.VP{}), mat.NewDense(1, 1, nil)
	for name, o := range map[string]LinearCondition{
		"nothing":        {},
		"not linear":     {A: square{}, Y: one},
		"zero":           {A: matrix{mat.NewDense(1, 1, nil), nil}, Y: one},
		"widths":         {A: identity{}, Y: mat.NewDense(1, 2, nil)},
		"dimensions":     {A: matrix{mat.NewDense(1, 2, nil), nil}, Y: one},
		"negative error": {A: identity{}, Y: one, SD: -1},
		"NaN":            {A: identity{}, Y: mat.NewDense(1, 1, []float64{math.NaN()})},
	} {
		if _, err := ConditionOnLinear(base, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	few := withMeasured(t, base, LinearCondition{A: identity{}, Y: mat.NewDense(2, 1, nil), SD: 1})
	for _, d := range []sde.Denoiser{base, few} {
		for _, m := range []Method{DiffPIR{}, DAPS{}, DDNM{}, DPSStep{}} {
			if _, err := Run(context.Background(), d, m, 3, nil); err == nil {
				t.Errorf("%s: no error", m.Info().Name)
			}
		}
		if _, err := (SplitGibbs{}).Run(context.Background(), d, 3, nil); err == nil {
			t.Error("split Gibbs: no error")
		}
	}
	ok := measuredLine(t, 1, sde.VP{})
	for name, g := range map[string]SplitGibbs{"rho": {Rho: 1e-4}, "no noise": {Method: DDIM{}}, "decay": {Decay: 2}} {
		if _, err := g.Run(context.Background(), ok, 3, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := (SplitGibbs{}).Run(context.Background(), ok, 3, &Options{Denoise: true}); err == nil {
		t.Error("an option that is not honoured: no error")
	}
}

func TestDDNMEqualsTheOracle(t *testing.T) {
	ts := oracle.LogSNRTimes(30, 1e-3)
	for _, sd := range []float64{0.5, 0.002, 0} {
		for _, eta := range []float64{0, 0.85, 0.5} { // zero means .85
			d := withMeasured(t, gauss1(t, 0.3, 2, sde.VP{}), LinearCondition{A: matrix{mat.NewDense(1, 1, []float64{2}), []float64{1}}, Y: mat.NewDense(1, 1, []float64{4}), SD: 2 * sd})
			got := affine(t, d, DDNM{Eta: eta}, ts)
			if eta == 0 {
				eta = 0.85
			}
			g := oracle.Gaussian{M: 0.3, V: 2}
			if diff := compareAffine(got, oracle.DDNM(eta, 1.5, sd*sd, 1).Affine(g, ts)); diff != "" {
				t.Errorf("SD %g, eta %g: %s", sd, eta, diff)
			}
			if compareAffine(got, oracle.DDNM(eta, 1.5, sd*sd, 1.05).Affine(g, ts)) == "" && sd > 0.1 {
				t.Errorf("SD %g, eta %g: a planted error passes", sd, eta)
			}
		}
	}
}

// Coordinates that A does not see follow DDIM, with the published variance of
// noise, and those that it sees without error agree with y.
func TestDDNMLeavesTheNullSpaceAlone(t *testing.T) {
	law, err := sde.NewGaussian([]float64{1, -1}, mat.NewSymDense(2, []float64{1, 0, 0, 2}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	d := withMeasured(t, law, LinearCondition{A: matrix{mat.NewDense(1, 2, []float64{3, 0}), nil}, Y: mat.NewDense(1, 1, []float64{6})})
	x := mat.NewDense(2, 2, []float64{0.3, 0.4, -1, 2})
	y := mat.DenseCopyOf(x)
	const s, u = 0.5, 0.4
	if err := (DDNM{Eta: 1}).New(d, 2).Step(x, s, u, silence{}); err != nil {
		t.Fatal(err)
	}
	mean := mat.NewDense(2, 2, nil)
	if err := law.Denoise(mean, y, []float64{s}); err != nil {
		t.Fatal(err)
	}
	a := sde.VP{}.Coeff(u).Alpha
	for i := range 2 {
		if math.Abs(x.At(i, 0)-2*a) > 1e-12 || math.Abs(x.At(i, 1)-a*mean.At(i, 1)) > 1e-12 {
			t.Errorf("row %d: %v", i, x.RawRowView(i))
		}
	}
}

// mix is D_u + λ (D_c - D_u).
type mix struct {
	cond, uncond sde.Denoiser
	lambda       float64
}

func (m mix) Schedule() sde.Schedule { return m.cond.Schedule() }
func (m mix) Dim() int               { return m.cond.Dim() }

func (m mix) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	c := mat.NewDense(n, d, nil)
	if err := m.cond.Denoise(c, x, t); err != nil {
		return err
	}
	if err := m.uncond.Denoise(dst, x, t); err != nil {
		return err
	}
	combine(dst, 1-m.lambda, dst, m.lambda, c)
	return nil
}

func TestCFGPlusPlusEqualsTheOracle(t *testing.T) {
	cond, uncond := oracle.Gaussian{M: 1, V: 1}, oracle.Gaussian{M: 0, V: 2}
	dc, du := gauss1(t, 1, 1, sde.VP{}), gauss1(t, 0, 2, sde.VP{})
	ts := oracle.LogSNRTimes(25, 1e-3)
	for _, lambda := range []float64{0, 0.6, 1} {
		got := affine(t, mix{dc, du, lambda}, CFGPlusPlus{du}, ts)
		if diff := compareAffine(got, oracle.CFGPlusPlus(lambda, uncond, 0).Affine(cond, ts)); diff != "" {
			t.Errorf("lambda %g: %s", lambda, diff)
		}
		if lambda > 0 && compareAffine(got, oracle.CFGPlusPlus(lambda, uncond, 1).Affine(cond, ts)) == "" {
			t.Errorf("lambda %g: DDIM of the guided denoiser passes", lambda)
		}
	}
	if diff := compareAffine(affine(t, mix{dc, du, 0}, CFGPlusPlus{du}, ts), oracle.DDIM(0).Affine(uncond, ts)); diff != "" {
		t.Errorf("lambda 0: not DDIM: %s", diff)
	}
}

// The published step differs from DDIM's by Zeta times the gradient of the norm of
// each row's residual, here by central differences; one over the batch does not.
func TestDPSStepDescendsTheNorm(t *testing.T) {
	base := bimodal(t, sde.VP{})
	M, y := mat.NewDense(1, 2, []float64{1, -2}), mat.NewDense(3, 1, []float64{1, -0.5, 3})
	d := withMeasured(t, base, LinearCondition{A: matrix{M, nil}, Y: y, SD: 0.1})
	const s, u, zeta = 0.5, 0.45, 0.3
	start := mat.NewDense(3, 2, []float64{0.3, 0.4, -1, 2, 0.5, -0.2})
	got, plain := mat.DenseCopyOf(start), mat.DenseCopyOf(start)
	z := sde.NewStreams(1, "test", 0)
	if err := (DPSStep{Zeta: zeta}).New(d, 3).Step(got, s, u, z); err != nil {
		t.Fatal(err)
	}
	if err := (DDIM{Eta: 1}).New(d, 3).Step(plain, s, u, z); err != nil {
		t.Fatal(err)
	}
	norms := func(x *mat.Dense) (r []float64) {
		mean := mat.NewDense(3, 2, nil)
		if err := d.Denoise(mean, x, []float64{s}); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r = append(r, math.Abs(y.At(i, 0)-mean.At(i, 0)+2*mean.At(i, 1)))
		}
		return r
	}
	for j := range 2 {
		const h = 1e-5
		up, down := mat.DenseCopyOf(start), mat.DenseCopyOf(start)
		for i := range 3 {
			up.Set(i, j, up.At(i, j)+h)
			down.Set(i, j, down.At(i, j)-h)
		}
		a, b := norms(up), norms(down)
		for i := range 3 {
			g := (a[i] - b[i]) / (2 * h)
			if e := got.At(i, j) - plain.At(i, j) + zeta*g; math.Abs(e) > 1e-7 {
				t.Errorf("row %d, coordinate %d: off by %g", i, j, e)
			}
			if e := got.At(i, j) - plain.At(i, j) + 2*zeta*g; math.Abs(e) < 1e-7 {
				t.Errorf("row %d, coordinate %d: the gradient of the square passes", i, j)
			}
		}
	}
	res, err := Run(context.Background(), d, DPSStep{}, 3, &Options{Steps: 10})
	if err != nil || res.NFE != 10 {
		t.Errorf("%v, %g evaluations", err, res.NFE)
	}
	if _, err := Run(context.Background(), withMeasured(t, struct{ sde.Denoiser }{base}, LinearCondition{A: matrix{M, nil}, Y: y}), DPSStep{}, 3, nil); err == nil {
		t.Error("a denoiser without derivative: no error")
	}
}
