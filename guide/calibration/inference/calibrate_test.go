package inference

import (
	"context"
	"fmt"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// alarms counts, over seeds, reports that see a fault: at all, in a parameter, by TARP, by
// density.
type alarms struct{ runs, all, parameter, tarp, density int }

func countAlarms(t testing.TB, task string, f fault, runs, simulations int, alpha float64) (a alarms) {
	t.Helper()
	p := newOracle(t, task, f)
	for seed := range uint64(runs) {
		r, err := Calibrate(context.Background(), p, p.simulations(t, simulations, 1000+seed), &Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		m := float64(len(r.Parameters) + len(r.Regions))
		seen, parameter := false, false
		for _, c := range r.Parameters {
			parameter = parameter || c.P <= alpha/m
		}
		for k, g := range r.Regions {
			if g.P > alpha/m {
				continue
			}
			seen = true
			if k == 0 {
				a.tarp++
			} else {
				a.density++
			}
		}
		a.runs++
		if parameter {
			a.parameter++
		}
		if parameter || seen {
			a.all++
		}
	}
	return a
}

// mostAlarms is the number of alarms that a level explains, but for one case in 10,000.
func mostAlarms(runs int, level float64) int {
	b := distuv.Binomial{N: float64(runs), P: level}
	k := 0
	for b.CDF(float64(k)) < 1-1e-4 {
		k++
	}
	return k
}

var tasks = []string{"gaussian_linear", "gaussian_mixture", "two_moons", "line"}

// Exact posteriors are called wrong as often as the level says, or less.
func TestExactPosteriorsPass(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	for _, task := range tasks {
		runs := 40
		a := countAlarms(t, task, right, runs, 150, 0.1)
		t.Logf("%s: %+v of level 0.1", task, a)
		if a.all > mostAlarms(runs, 0.1) {
			t.Errorf("%s: %d of %d reports of an exact posterior see a fault at the level 0.1", task, a.all, runs)
		}
	}
}

// Planted faults are seen, each by what should see it.
func TestPlantedFaultsAreSeen(t *testing.T) {
	for _, c := range []struct {
		task    string
		fault   fault
		runs, n int
		see     func(a alarms) int
	}{
		{"gaussian_linear", wide, 4, 300, func(a alarms) int { return min(a.tarp, a.density) }},
		{"gaussian_linear", narrow, 4, 300, func(a alarms) int { return min(a.tarp, a.density, a.parameter) }},
		{"gaussian_linear", shifted, 4, 500, func(a alarms) int { return a.parameter }},
		{"line", unlinked, 4, 500, func(a alarms) int { return a.tarp - a.parameter }},
		{"two_moons", unlinked, 4, 500, func(a alarms) int { return a.tarp - a.parameter }},
		{"line", blind, 4, 300, func(a alarms) int { return a.tarp - a.parameter }},
	} {
		a := countAlarms(t, c.task, c.fault, c.runs, c.n, 0.01)
		t.Logf("%s, %s: %+v", c.task, c.fault, a)
		if c.see(a) < c.runs-1 {
			t.Errorf("%s, %s, %d simulations: %+v", c.task, c.fault, c.n, a)
		}
	}
}

// TestPower writes the table of docs/measurements/diagnostics.md.
func TestPower(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("minutes; TWEEDIE_LONG=1 runs it")
	}
	for _, n := range []int{300, 1000} {
		for _, task := range tasks {
			for _, f := range []fault{right, wide, narrow, shifted, unlinked, blind} {
				if f == unlinked && (task == "gaussian_linear" || task == "gaussian_mixture") {
					continue // nothing to drop
				}
				t.Run(fmt.Sprintf("%d %s %s", n, task, f), func(t *testing.T) {
					runs := 30
					if f == right && n == 300 {
						runs = 200
					}
					a := countAlarms(t, task, f, runs, n, 0.01)
					share := func(c int) float64 { return 100 * float64(c) / float64(runs) }
					t.Logf("| %s | %s | %d | %d | %.3g %% | %.3g %% | %.3g %% | %.3g %% |", task, f, n, runs, share(a.parameter), share(a.tarp), share(a.density), share(a.all))
				})
			}
		}
	}
}
