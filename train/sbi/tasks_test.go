package sbi

import (
	"context"
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

// densityErrors is the mean of |log q − log p| and of log p − log q over fresh simulations.
func densityErrors(t *testing.T, m *Model, name string, n int, uniform bool) (size, loss float64) {
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
	for i, l := range exactLinear(fresh.Theta, fresh.X, uniform) {
		size, loss = size+math.Abs(logq[i]-l)/float64(n), loss+(l-logq[i])/float64(n)
	}
	return size, loss
}

// In ten dimensions a base that keeps what matters is nearly exact, and no network is used.
func TestGaussianLinear(t *testing.T) {
	k, s := task(t, "gaussian_linear", 10_000, 1)
	m, err := Fit(context.Background(), s, small(plan{}, Options{Prior: k.Prior()}))
	if err != nil {
		t.Fatal(err)
	}
	size, loss := densityErrors(t, m, "gaussian_linear", 500, false)
	if size > 0.05 || math.Abs(loss) > 0.01 {
		t.Errorf("log densities are off by %.4f nats, and %.4f too low", size, loss)
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
	if size, loss := densityErrors(t, m, "gaussian_linear_uniform", 1000, true); loss > 0.25 {
		t.Errorf("log densities are off by %.4f nats, and %.4f too low", size, loss)
	}
}
