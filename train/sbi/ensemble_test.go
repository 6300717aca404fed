package sbi

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// freshScore is the mean log density above the prior, in nats, of simulations that no part of
// the fit has seen, by the first members of a model.
func freshScore(t *testing.T, m *Model, s *Simulations, members int) float64 {
	t.Helper()
	part := *m
	part.members = m.members[:members]
	n, d := s.Theta.Dims()
	z, w := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	if err := m.prior.Whiten(z, s.Theta); err != nil {
		t.Fatal(err)
	}
	m.space.toLatent(w, z)
	den, _, err := part.denoiser(m.features.of(s.X), false)
	if err != nil {
		t.Fatal(err)
	}
	l, err := sample.LogProb(context.Background(), den, w, &sample.LogProbOptions{RTol: 1e-3, ATol: 1e-3, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return mean(l.LogProb) - m.space.logDet() - meanNormal(z)
}

// TestLongEnsembles prints what members are worth on fresh simulations. TWEEDIE_LONG names
// tasks and a number of simulations: TWEEDIE_LONG=sir,slcp@10000.
func TestLongEnsembles(t *testing.T) {
	long := os.Getenv("TWEEDIE_LONG")
	names, number, ok := strings.Cut(long, "@")
	if !ok {
		t.Skip("prints a table: TWEEDIE_LONG=TASK,TASK@SIMULATIONS")
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(names, ",") {
		k, sims := task(t, name, n, 0)
		_, fresh := task(t, name, 1000, 1)
		m, err := Fit(context.Background(), sims, &Options{Prior: k.Prior(), Workers: 1, many: 6})
		if err != nil {
			t.Fatal(err)
		}
		for _, members := range []int{1, 2, 3, 4, 6} {
			t.Logf("%s, %d simulations, %s: %d members %.3f nats", name, n, m.summary.Networks, members, freshScore(t, m, fresh, members))
		}
	}
}
