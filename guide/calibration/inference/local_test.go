package inference

import (
	"context"
	"os"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
)

func observationOf(p *oracle, t testing.TB, seed uint64) *mat.Dense {
	return p.simulations(t, 1, 500_000+seed).X
}

func TestTry(t *testing.T) {
	if os.Getenv("TRY") == "" {
		t.Skip()
	}
	for _, n := range []int{400, 1500} {
		for _, c := range []struct {
			task  string
			fault fault
		}{{"line", right}, {"line", unlinked}, {"line", wide}, {"line", shifted}, {"two_moons", unlinked}, {"two_moons", wide}, {"gaussian_linear", wide}, {"gaussian_linear", shifted}, {"gaussian_linear", right}} {
			p := newOracle(t, c.task, c.fault)
			start := time.Now()
			var ps []float64
			for seed := range uint64(3) {
				l, err := AtObservations(context.Background(), p, p.simulations(t, n, seed), observationOf(p, t, seed), &ObservationOptions{Nulls: 19, Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				ps = append(ps, l.Observations[0].P)
			}
			t.Logf("%d %s %s: %.2f (%.1f s)", n, c.task, c.fault, ps, time.Since(start).Seconds()/3)
		}
	}
}
