package sample

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

func TestSinkStreamsInRowOrder(t *testing.T) {
	d := bimodal(t, sde.VP{})
	want := draw(t, DPMpp2M{}, 50, Options{Seed: 3, First: 7})
	next := 7
	o := Options{Steps: 9, Seed: 3, First: 7, Block: 4, Workers: 3, Sink: func(first int, x *mat.Dense) error {
		n, _ := x.Dims()
		if first != next || !mat.Equal(x, want.Slice(first-7, first-7+n, 0, 2)) {
			t.Errorf("block at %d of %d rows, expected the rows from %d", first, n, next)
		}
		next += n
		return nil
	}}
	res, err := Run(context.Background(), d, DPMpp2M{}, 50, &o)
	if err != nil || res.X != nil || res.Rows != 50 || next != 57 {
		t.Errorf("%+v, %v, next row %d", res, err, next)
	}
}

// A slow sink holds the workers back: memory is bounded by the blocks in flight.
func TestSinkBoundsBlocksInFlight(t *testing.T) {
	var begun, most, sunk atomic.Int64
	o := Options{
		Steps: 1, Block: 1, Workers: 2,
		Observe: func(e Progress) error {
			if e.Step == 0 {
				most.Store(max(most.Load(), begun.Add(1)-sunk.Load()))
			}
			return nil
		},
		Sink: func(int, *mat.Dense) error {
			time.Sleep(100 * time.Microsecond)
			sunk.Add(1)
			return nil
		},
	}
	if _, err := Run(context.Background(), bimodal(t, sde.VP{}), DDIM{}, 200, &o); err != nil {
		t.Fatal(err)
	}
	if begun.Load() != 200 || most.Load() > 5 { // 2 per worker, and one that the sink has left
		t.Errorf("%d blocks begun, up to %d ahead of the sink", begun.Load(), most.Load())
	}
}

func TestSinkErrorEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	calls := 0
	o := Options{Steps: 2, Block: 2, Sink: func(int, *mat.Dense) error {
		if calls++; calls == 3 {
			return full
		}
		return nil
	}}
	res, err := Run(context.Background(), bimodal(t, sde.VP{}), DDIM{}, 1000, &o)
	if !errors.Is(err, full) || res.Rows != 4 || calls != 3 {
		t.Errorf("error %v after %d calls, %d rows", err, calls, res.Rows)
	}
}

func TestObserverSeesEveryStepAndStops(t *testing.T) {
	var events []Progress
	o := Options{Steps: 5, First: 11, Observe: func(e Progress) error {
		events = append(events, e)
		if e.Step == 3 {
			return Stop
		}
		return nil
	}}
	res, err := Run(context.Background(), bimodal(t, sde.VP{}), DDIM{}, 4, &o)
	if err != nil || res.Rows != 0 {
		t.Fatalf("%d rows, %v", res.Rows, err)
	}
	if len(events) != 4 {
		t.Fatalf("%d events, want 4", len(events))
	}
	for k, e := range events {
		if e.Step != k || e.Steps != 5 || e.T != res.Times[k] || e.First != 11 {
			t.Errorf("event %d: %+v", k, e)
		}
	}
	if !mat.Equal(res.X, events[3].X) {
		t.Error("the partial result is not the last state")
	}
}

// conditional is N(mu[i], .2²) for row i: a law with a condition for each row.
type conditional struct{ mu []float64 }

func (c conditional) Schedule() sde.Schedule { return sde.VP{} }
func (c conditional) Dim() int               { return 1 }
func (c conditional) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	if n != len(c.mu) {
		panic("conditional: size mismatch")
	}
	for i := range n {
		k := c.Schedule().Coeff(sde.Time(t, i))
		g := k.Alpha * 0.04 / (k.Alpha*k.Alpha*0.04 + k.Sigma*k.Sigma)
		dst.Set(i, 0, c.mu[i]+g*(x.At(i, 0)-k.Alpha*c.mu[i]))
	}
	return nil
}

func (c conditional) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	t = append([]float64(nil), t...)
	return func(dst, v *mat.Dense) error {
		n, _ := v.Dims()
		for i := range n {
			k := c.Schedule().Coeff(sde.Time(t, i))
			dst.Set(i, 0, v.At(i, 0)*k.Alpha*0.04/(k.Alpha*k.Alpha*0.04+k.Sigma*k.Sigma))
		}
		return nil
	}, c.Denoise(mean, x, t)
}

func (c conditional) Rows(idx []int) sde.Denoiser {
	mu := make([]float64, len(idx))
	for i, k := range idx {
		mu[i] = c.mu[k]
	}
	return conditional{mu}
}

// conditions returns the laws N(i, .2²), one per row.
func conditions(n int) conditional {
	mu := make([]float64, n)
	for i := range mu {
		mu[i] = float64(i)
	}
	return conditional{mu}
}

func TestEachRowKeepsItsCondition(t *testing.T) {
	for _, m := range conforming {
		var whole *mat.Dense
		for _, block := range []int{100, 4, 1} {
			o := Options{Steps: 120, Block: block, Workers: 2}
			if m.Info().EvalsPerStep == 0 {
				o.Steps = 1
			}
			o = fit(m, o)
			res, err := Run(context.Background(), conditions(21), m, 21, &o)
			if err != nil {
				t.Fatal(err)
			}
			if whole == nil {
				whole = res.X
			} else if !m.Info().Coupled && !mat.Equal(whole, res.X) {
				t.Errorf("%s: blocks of %d change the rows", m.Info().Name, block)
			}
		}
		for i := range 21 {
			// Correctors alone are not there yet, but on the way.
			if x := whole.At(i, 0); math.Abs(x-float64(i)) > 6*0.2+0.1 && (m.Info().Order > 0 || i > 5 && x < 3) {
				t.Errorf("%s: row %d is %g, far from its mean", m.Info().Name, i, x)
			}
		}
	}
}

func TestDenoiseEndsWithThePosteriorMean(t *testing.T) {
	d := bimodal(t, sde.VP{})
	o := Options{Steps: 9, Seed: 4, End: 0.01}
	a, err := Run(context.Background(), d, DDIM{}, 5, &o)
	if err != nil {
		t.Fatal(err)
	}
	o.Denoise = true
	b, err := Run(context.Background(), d, DDIM{}, 5, &o)
	if err != nil {
		t.Fatal(err)
	}
	want, state := mat.NewDense(5, 2, nil), mat.NewDense(5, 2, nil)
	state.Scale(d.Schedule().Coeff(0.01).Alpha, a.X) // rows are x_End/α
	if err := d.Denoise(want, state, []float64{0.01}); err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(b.X, want, 1e-14) || mat.Equal(a.X, b.X) {
		t.Error("not D(x_End)")
	}
}

func TestRunRefusesOptions(t *testing.T) {
	d := bimodal(t, sde.VP{})
	for want, o := range map[string]Options{
		"give one":                 {Steps: 3, NFE: 5},
		"positive":                 {Steps: -3},
		"does not pay":             {NFE: 1, Denoise: true},
		"must not be":              {Times: []float64{1, 0.5}, Steps: 3},
		"at least 2":               {Times: []float64{1}},
		"not below":                {Times: []float64{1, 0.5, 0.5}},
		"time 0 is 1.5":            {Times: []float64{1.5, 0.5}},
		"time 1 is NaN":            {Times: []float64{1, math.NaN()}},
		"from 0.1 to 0.2":          {Start: 0.1, End: 0.2},
		"From is 2×2, want 3×2":    {From: mat.NewDense(2, 2, nil)},
		"row 1001 starts infinite": {From: mat.NewDense(3, 2, []float64{0, 0, 0, math.Inf(1), 0, 0}), First: 1000},
	} {
		if _, err := Run(context.Background(), d, DDIM{}, 3, &o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", o, err, want)
		}
	}
	if _, err := Run(context.Background(), d, DDIM{Eta: 3}, 3, &Options{Steps: 3}); err == nil || !strings.Contains(err.Error(), "eta") {
		t.Errorf("DDIM with eta 3: %v", err)
	}
	if _, err := Run(context.Background(), d, EulerMaruyama{EtaFunc: func(float64) float64 { return -1 }}, 3, nil); err == nil {
		t.Error("a negative eta is accepted")
	}
	for _, f := range []func(){
		func() { Run(context.Background(), d, DDIM{}, 0, nil) },
		func() { DDIM{Eta: 1, EtaFunc: func(float64) float64 { return 1 }}.New(d, 1) },
		func() { Heun{Churn: -1}.New(d, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a caller's bug does not panic")
				}
			}()
			f()
		}()
	}
}

func TestGrids(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		for _, g := range []Grid{LogSNRGrid{}, UniformGrid{}, QuadraticGrid{}, KarrasGrid{}, KarrasGrid{Rho: 3}} {
			for _, n := range []int{1, 2, 17, 400} {
				end := sde.MinTime(s)
				ts := g.Times(s, 1, end, n)
				if err := checkTimes(ts); err != nil || len(ts) != n+1 || ts[0] != 1 || ts[n] != end {
					t.Errorf("%T on %T, %d steps: %v, %d times", g, s, n, err, len(ts))
				}
			}
		}
	}
	// What each is uniform in.
	s := sde.VP{}
	lambda := func(t float64) float64 { return s.Coeff(t).Lambda() }
	for _, c := range []struct {
		g Grid
		f func(t float64) float64
	}{
		{LogSNRGrid{}, lambda},
		{UniformGrid{}, func(t float64) float64 { return t }},
		{QuadraticGrid{}, math.Sqrt},
		{KarrasGrid{}, func(t float64) float64 { return math.Exp(-lambda(t) / 7) }},
	} {
		ts := c.g.Times(s, 1, 1e-3, 10)
		for i := range ts {
			want := c.f(1) + (c.f(1e-3)-c.f(1))*float64(i)/10
			if got := c.f(ts[i]); math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("%T, time %d: %g, want %g", c.g, i, got, want)
			}
		}
	}
}

// On every schedule, the exact terminal law and the exact denoiser give the
// data's own mean and variance.
func TestRunOnEverySchedule(t *testing.T) {
	const n = 4000
	for _, s := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		d := gauss1(t, 1, 0.25, s)
		res, err := Run(context.Background(), d, DPMpp2M{}, n, &Options{Steps: 48})
		if err != nil {
			t.Fatal(err)
		}
		var m, v float64
		for i := range n {
			m += res.X.At(i, 0) / n
		}
		for i := range n {
			v += (res.X.At(i, 0) - m) * (res.X.At(i, 0) - m) / (n - 1)
		}
		// 4 standard errors, and .003 for 48 steps.
		if math.Abs(m-1) > 4*0.5/math.Sqrt(n)+0.003 || math.Abs(v/0.25-1) > 4*math.Sqrt(2./n)+0.01 {
			t.Errorf("%T: mean %g, variance %g, want 1, 0.25", s, m, v)
		}
	}
}

func TestCaveatsReachTheResult(t *testing.T) {
	d := justDenoiser{bimodal(t, sde.VP{})}
	for want, m := range map[int]Method{
		1: DDIM{},
		2: PredictorCorrector{Predictor: DDIM{}},
		3: PredictorCorrector{},
	} {
		for _, m := range []Method{m, Recurrence{Inner: m}} {
			res, err := Run(context.Background(), d, m, 2, &Options{Steps: 2})
			if err != nil || len(res.Caveats) != want || res.Caveats[0] != "biased" {
				t.Errorf("%s: %d caveats %q, want %d; %v", m.Info().Name, len(res.Caveats), res.Caveats, want, err)
			}
		}
	}
	res, err := Run(context.Background(), d, DDIM{}, 2, &Options{Steps: 2, Temperature: 0.5})
	if err != nil || len(res.Caveats) != 2 {
		t.Errorf("temperature: %q, %v", res.Caveats, err)
	}
}
