package sbi

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
)

// task draws simulations of a task of the benchmark.
func task(t *testing.T, name string, n int, seed uint64) (simulators.Task, *Simulations) {
	t.Helper()
	k, err := simulators.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &Simulations{}
	if s.Theta, s.X, err = simulators.Draw(context.Background(), k, nil, n, seed, 0, 0); err != nil {
		t.Fatal(err)
	}
	return k, s
}

// exactLinear is log p(θ_i|x_i) of the linear tasks.
func exactLinear(theta, x *mat.Dense, uniform bool) []float64 {
	n, _ := theta.Dims()
	lp, sd := make([]float64, n), math.Sqrt(0.1)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			mean, s, mass := v/2, sd*math.Sqrt(.5), 1.0
			if uniform {
				mean, s = v, sd
				mass = (math.Erf((1-v)/sd/math.Sqrt2) - math.Erf((-1-v)/sd/math.Sqrt2)) / 2
			}
			e := (theta.At(i, j) - mean) / s
			lp[i] -= e*e/2 + math.Log(s*mass) + halfLogTau
		}
	}
	return lp
}

// densityError compares log densities of a model with the exact ones, over fresh simulations:
// draws of the exact posteriors of as many observations.
type densityError struct {
	size        float64 // mean of |log q − log p|
	loss        float64 // mean of log p − log q, at least 0 but for chance
	mass, error float64 // mean of q/p, which is ∫ q, and its standard error
}

func (e densityError) String() string {
	return fmt.Sprintf("log densities are off by %.4f nats, and %.4f too low; they integrate to %.4f ± %.4f", e.size, e.loss, e.mass, e.error)
}

func densityErrors(t *testing.T, m *Model, name string, n int) (e densityError) {
	t.Helper()
	_, fresh := task(t, name, n, 77)
	p, err := m.Posterior(fresh.X)
	if err != nil {
		t.Fatal(err)
	}
	logq, err := p.LogProb(context.Background(), fresh.Theta, nil)
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for i, l := range exactLinear(fresh.Theta, fresh.X, name == "gaussian_linear_uniform") {
		r := math.Exp(logq[i] - l)
		e.size, e.loss = e.size+math.Abs(logq[i]-l)/float64(n), e.loss+(l-logq[i])/float64(n)
		e.mass, square = e.mass+r/float64(n), square+r*r/float64(n)
	}
	e.error = math.Sqrt((square - e.mass*e.mass) / float64(n))
	t.Log(e)
	return e
}

// In ten dimensions a base that keeps what matters is nearly exact, and no network is used.
// With TWEEDIE_LONG=1 the whole recipe says so.
func TestGaussianLinear(t *testing.T) {
	k, s := task(t, "gaussian_linear", 10_000, 1)
	o, n := small(plan{}, Options{Prior: k.Prior()}), 500
	if os.Getenv("TWEEDIE_LONG") != "" {
		o, n = &Options{Prior: k.Prior()}, 4000
	}
	m, err := Fit(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	e := densityErrors(t, m, "gaussian_linear", n)
	if e.size > 0.05 || math.Abs(e.loss) > 0.01 || math.Abs(e.mass-1) > 4*e.error {
		t.Error(e)
	}
	if sum := m.Summary(); sum.LogScore != sum.BaseScore {
		t.Errorf("a network was kept: %+v", sum)
	}
}

// The whole recipe on a posterior that is cut off at borders.
func TestGaussianLinearUniform(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("takes minutes: set TWEEDIE_LONG=1")
	}
	k, s := task(t, "gaussian_linear_uniform", 10_000, 1)
	m, err := Fit(context.Background(), s, &Options{Prior: k.Prior()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", m.Summary())
	if e := densityErrors(t, m, "gaussian_linear_uniform", 4000); e.loss > 0.07 || math.Abs(e.mass-1) > 4*e.error {
		t.Error(e)
	}
}
