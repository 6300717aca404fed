package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// given2 is a noise whose draws 0 and 1 are fixed.
type given2 [2]float64

func (z given2) Normal(dst *mat.Dense, _, _ float64, k int) { dst.Set(0, 0, z[k]) }

// What is a function of time is taken at the time of the step, which runs from noise at
// t = 1 to data at t = 0: one step of each method on N(.5, .3), by its formula, with a
// noise scale that is another at each time.
func TestScalesThatChangeInTime(t *testing.T) {
	law := oracle.Gaussian{M: 0.5, V: 0.3}
	d := gauss1(t, law.M, law.V, sde.VP{})
	eta := func(t float64) float64 { return 0.3 + 0.6*t*t }
	back := func(t float64) float64 { return eta(1 - t) }
	const x, snr = 0.7, 0.3
	z := given2{0.8, -0.4}
	coeff := func(t float64) (a, s float64) { c := (sde.VP{}).Coeff(t); return c.Alpha, c.Sigma }
	slope := func(y, t, e float64) float64 {
		return oracle.Beta(t)/2*y + (1+e*e)/2*oracle.Beta(t)*law.Score(y, t)
	}
	g := func(t, e float64) float64 { return e * math.Sqrt(oracle.Beta(t)) }
	langevin := func(at float64, e func(float64) float64) float64 {
		_, s := coeff(at)
		return x + 2*snr*snr*s*s*law.Score(x, at) + e(at)*s*2*snr*z[0]
	}
	type steps func(t, s float64, e func(float64) float64) float64
	for _, c := range []struct {
		of   func(e func(float64) float64) Method
		want steps
	}{
		{func(e func(float64) float64) Method { return DDIM{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			at, st := coeff(t)
			as, ss := coeff(s)
			v := e(t) * e(t) * (1 - math.Pow(at*ss/(as*st), 2))
			m := law.Denoise(x, t)
			return as*m + ss*(math.Sqrt(1-v)*(x-at*m)/st+math.Sqrt(v)*z[0])
		}},
		{func(e func(float64) float64) Method { return DPMpp2MSDE{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			at, st := coeff(t)
			as, ss := coeff(s)
			h := math.Log(as/ss) - math.Log(at/st)
			return ss/st*math.Exp(-e(t)*h)*x + as*(1-math.Exp(-(1+e(t))*h))*law.Denoise(x, t) + ss*math.Sqrt(1-math.Exp(-2*e(t)*h))*z[0]
		}},
		{func(e func(float64) float64) Method { return EulerMaruyama{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			return x + (t-s)*slope(x, t, e(t)) + g(t, e(t))*math.Sqrt(t-s)*z[0]
		}},
		{func(e func(float64) float64) Method { return ReverseDiffusion{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			b := oracle.Beta(t) * (t - s)
			return (2-math.Sqrt(1-b))*x + (1+e(t)*e(t))/2*b*law.Score(x, t) + e(t)*math.Sqrt(b)*z[0]
		}},
		{func(e func(float64) float64) Method { return Ancestral{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			b := oracle.Beta(t) * (t - s)
			return (x+(1+e(t)*e(t))/2*b*law.Score(x, t))/math.Sqrt(1-b) + e(t)*math.Sqrt(b)*z[0]
		}},
		{func(e func(float64) float64) Method { return StochasticHeun{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			h := t - s
			one := h*slope(x, t, e(t)) + g(t, e(t))*math.Sqrt(h)*z[0]
			two := h*slope(x+one, s, e(s)) + g(s, e(s))*math.Sqrt(h)*z[0]
			return x + (one+two)/2
		}},
		{func(e func(float64) float64) Method { return ShARK{EtaFunc: e} }, func(t, s float64, e func(float64) float64) float64 {
			h := t - s
			mid, w, r := t-5./6*h, math.Sqrt(h)*z[0], math.Sqrt(h/12)*z[1]
			y := x + g(t, e(t))*r
			f1 := slope(y, t, e(t))
			f2 := slope(y+5./6*(h*f1+g(t, e(t))*w), mid, e(mid))
			return x + h*(0.4*f1+0.6*f2) + g(t, e(t))*(w/2+r) + g(s, e(s))*(w/2-r)
		}},
		{func(e func(float64) float64) Method {
			return PredictorCorrector{Corrector: Langevin{SNR: snr, EtaFunc: e}}
		}, func(_, s float64, e func(float64) float64) float64 { return langevin(s, e) }},
		{func(e func(float64) float64) Method { return AnnealedLangevin{SNR: snr, Steps: 1, EtaFunc: e} }, func(_, s float64, e func(float64) float64) float64 { return langevin(s, e) }},
	} {
		m := c.of(eta)
		for _, at := range [][2]float64{{0.9, 0.86}, {0.5, 0.45}, {0.1, 0.06}} {
			row := mat.NewDense(1, 1, []float64{x})
			if err := m.New(d, 1).Step(row, at[0], at[1], z); err != nil {
				t.Fatal(err)
			}
			if got, want := row.At(0, 0), c.want(at[0], at[1], eta); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s from %g: %.9g, want %.9g", m.Info().Name, at[0], got, want)
			}
			if wrong := c.want(at[0], at[1], back); at[0] != 0.5 && math.Abs(row.At(0, 0)-wrong) < 1e-6 {
				t.Errorf("%s from %g: time in reverse passes", m.Info().Name, at[0])
			}
		}
	}
}

// The adaptive solver asks for its noise scale at the times it passes, no others.
func TestAdaptiveScalesAreThoseOfTheTimesPassed(t *testing.T) {
	lo, hi := 1.0, 0.0
	m := AdaptiveSDE{RTol: 0.1, ATol: 0.1, EtaFunc: func(t float64) float64 { lo, hi = min(lo, t), max(hi, t); return 1 }}
	if _, err := Run(context.Background(), gauss1(t, 0, 1, sde.VP{}), m, 2, &Options{End: 0.7, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	if lo != 0.7 || hi != 1 {
		t.Errorf("η was asked for from %g to %g, want .7 to 1", lo, hi)
	}
}

// One step of DiffPIR on N(.5, .3) with y = x_0 + N(0, .2²): Zeta is that of the time at which
// the step begins.
func TestZetaOfTheTime(t *testing.T) {
	law := oracle.Gaussian{M: 0.5, V: 0.3}
	const x, y, sd, lambda = 0.7, 1.5, 0.2, 2
	d, err := ConditionOnLinear(gauss1(t, law.M, law.V, sde.VP{}), LinearCondition{A: matrix{mat.NewDense(1, 1, []float64{1}), []float64{0}}, Y: mat.NewDense(1, 1, []float64{y}), SD: sd})
	if err != nil {
		t.Fatal(err)
	}
	zeta := func(t float64) float64 { return 0.1 + 0.8*t }
	for _, at := range [][2]float64{{0.9, 0.8}, {0.2, 0.15}} {
		row := mat.NewDense(1, 1, []float64{x})
		if err := (DiffPIR{Lambda: lambda, ZetaFunc: zeta}).New(d, 1).Step(row, at[0], at[1], given2{0.8}); err != nil {
			t.Fatal(err)
		}
		ct, cs := sde.VP{}.Coeff(at[0]), sde.VP{}.Coeff(at[1])
		rho2 := ct.Sigma * ct.Sigma / (ct.Alpha * ct.Alpha)
		p, q := 1/(sd*sd), lambda/rho2
		hat := (p*y + q*law.Denoise(x, at[0])) / (p + q)
		e := (x - ct.Alpha*hat) / ct.Sigma
		want := cs.Alpha*hat + cs.Sigma*(math.Sqrt(1-zeta(at[0]))*e+math.Sqrt(zeta(at[0]))*0.8)
		if got := row.At(0, 0); math.Abs(got-want) > 1e-9 {
			t.Errorf("from %g: %.9g, want %.9g", at[0], got, want)
		}
	}
}

// Churn raises the noise between SMin and SMax only, by at most √2 and not above the
// noise at t = 1.
func TestChurnIsBounded(t *testing.T) {
	vp := sde.VP{}
	at := func(s float64) sde.Coeff { return vp.Coeff(sde.TimeAt(vp, -math.Log(s))) }
	raised := func(m Heun, from, to float64) float64 { // factor of σ/α
		st := m.New(gauss1(t, 0, 1, vp), 1).(*heun)
		return math.Exp(at(from).Lambda() - st.raised(at(from), at(to)))
	}
	const wide = 1e9
	for name, c := range map[string]struct {
		m        Heun
		from, to float64
		want     float64
	}{
		"inside":       {Heun{Churn: 0.1, SMin: 0.5, SMax: 2}, 1, 0.9, math.Pow(1/0.9, 0.1)},
		"above SMax":   {Heun{Churn: 0.1, SMin: 0.5, SMax: 2}, 2.1, 1.9, 1},
		"below SMin":   {Heun{Churn: 0.1, SMin: 0.5, SMax: 2}, 0.49, 0.4, 1},
		"far too much": {Heun{Churn: 100, SMax: wide}, 1, 0.9, math.Sqrt2},
		"at the noise": {Heun{Churn: 100, SMax: wide}, 150, 100, math.Exp(-vp.Coeff(1).Lambda()) / 150},
		"none":         {Heun{}, 1, 0.9, 1},
	} {
		if got := raised(c.m, c.from, c.to); math.Abs(got-c.want) > 1e-6*c.want {
			t.Errorf("%s: σ/α is raised by %.6f, want %.6f", name, got, c.want)
		}
	}
}
