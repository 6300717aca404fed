package sample

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// lineNumber is the exact law of E = x + e, e ~ N(0, noise), given a noised x ~ N(0, 1).
type lineNumber struct {
	sched    sde.Schedule
	noise, e float64
}

func (l lineNumber) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	for i := range n {
		c := l.sched.Coeff(sde.Time(t, i))
		s2 := c.Alpha*c.Alpha + c.Sigma*c.Sigma
		k, v := c.Alpha/s2, c.Sigma*c.Sigma/s2+l.noise
		r := l.e - k*x.At(i, 0)
		logp[i] = -0.5 * (r*r/v + math.Log(2*math.Pi*v))
		dst.Set(i, 0, r/v*k)
	}
	return nil
}

// On a Gaussian with exact guidance a step in the mean form is the affine map
// m ← k m + sd² g(m): its mean and variance come to those of the posterior as the steps
// become short, to first order. Nothing is drawn: the moments are carried.
func TestMeanShiftReachesThePosterior(t *testing.T) {
	sched := sde.VP{}
	prior, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sched)
	if err != nil {
		t.Fatal(err)
	}
	score := lineNumber{sched, 0.5, 1.2}
	wantMean, wantVar := 1.2/1.5, 1-1/1.5
	errorOf := func(m Method, steps int) float64 {
		st := m.New(prior, 2).(Kernel)
		c := sched.Coeff(1)
		mean, variance := 0.0, c.Alpha*c.Alpha+c.Sigma*c.Sigma
		x, mu := mat.NewDense(2, 1, nil), mat.NewDense(2, 1, nil)
		times := LogSNRGrid{}.Times(sched, 1, sde.MinTime(sched), steps)
		for k := range steps {
			a, b := times[k], times[k+1]
			x.Set(0, 0, mean)
			x.Set(1, 0, mean+1)
			sd, err := st.Moments(mu, x, a, b)
			if err != nil {
				t.Fatal(err)
			}
			slope := mu.At(1, 0) - mu.At(0, 0)
			mean, variance = mu.At(0, 0), slope*slope*variance+sd*sd
		}
		return math.Max(math.Abs(mean-wantMean), math.Abs(variance-wantVar))
	}
	inner := DDIM{Eta: 1}
	var last float64
	for k, steps := range []int{200, 400, 800, 1600} {
		e := errorOf(MeanShift{Inner: inner, Score: score}, steps)
		if order := math.Log2(last / e); k > 0 && math.Abs(order-1) > 0.2 {
			t.Errorf("%d steps: off by %.2g, order %.2f, want 1", steps, e, order)
		}
		last = e
	}
	if last > 0.006 {
		t.Errorf("1600 steps: off by %.2g", last)
	}
	if e := errorOf(MeanShift{Inner: inner, Score: score, Scale: 1.1}, 1600); e < 0.02 {
		t.Errorf("a guidance 10 %% too strong passes: %.2g", e)
	}
	// Steps without noise, and those that are none of a Gaussian, are refused.
	x := mat.NewDense(1, 1, nil)
	for _, m := range []Method{DDIM{}, Heun{}} {
		err := MeanShift{Inner: m, Score: score}.New(prior, 1).Step(x, 0.5, 0.4, nil)
		if err == nil || !strings.Contains(err.Error(), "ddim with eta 1") {
			t.Errorf("%s: %v", m.Info().Name, err)
		}
	}
	if in := (MeanShift{Inner: inner, Score: score}).Info(); !in.Stochastic || in.Kind != Weak || in.EvalsPerStep != 1 {
		t.Errorf("%+v", in)
	}
	if c := (MeanShift{Inner: inner, Score: score, Scale: 2}).Caveats(); len(c) != 2 {
		t.Errorf("caveats %q", c)
	}
}
