package inference

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/internal/stream"
)

func (p *oracle) observation(t testing.TB, seed uint64) *mat.Dense {
	return p.simulations(t, 1, 500_000+seed).X
}

// localAlarms counts the observations whose posterior L-C2ST calls wrong at the level 0.05,
// with the least number of classifiers that can.
func localAlarms(t testing.TB, task string, f fault, runs, pairs int) (alarms int) {
	t.Helper()
	p := newOracle(t, task, f)
	for seed := range uint64(runs) {
		l, err := AtObservations(context.Background(), p, p.simulations(t, pairs, 3000+seed), p.observation(t, seed), &ObservationOptions{Nulls: 19, Draws: 500, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if o := l.Observations[0]; o.P <= 0.05+1e-12 {
			alarms++
		} else if o.P > 1 || o.Statistic < 0 || o.Nulls != 19 {
			t.Fatalf("%+v", o)
		}
	}
	return alarms
}

// The posterior of one observation: exact ones pass, dropped correlations are seen, which
// ranks of parameters do not see.
func TestLocalTest(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of training classifiers")
	}
	const runs = 8
	if n := localAlarms(t, "line", right, runs, 200); n > mostAlarms(runs, 0.05) {
		t.Errorf("%d alarms in %d exact posteriors", n, runs)
	}
	if n := localAlarms(t, "line", unlinked, 3, 300); n < 2 {
		t.Errorf("%d alarms in 3 posteriors without their correlation", n)
	}
}

// The same bits for any number of workers, and a test that was left out.
func TestLocalOptions(t *testing.T) {
	p := newOracle(t, "line", right)
	s, x := p.simulations(t, 100, 1), p.simulations(t, 2, 2).X
	var stat []float64
	calls := 0
	for _, workers := range []int{1, 3} {
		l, err := AtObservations(context.Background(), p, s, x, &ObservationOptions{Nulls: 4, Draws: 50, Pairs: 60, Workers: workers, Progress: func(done, of int) {
			if calls++; done < 1 || done > of || of != 5 {
				t.Errorf("%d classifiers of %d", done, of)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if l.Pairs != 60 || len(l.Observations) != 2 {
			t.Errorf("%+v", l)
		}
		stat = append(stat, l.Observations[0].Statistic, l.Observations[1].Statistic)
	}
	if stat[0] != stat[2] || stat[1] != stat[3] || stat[0] == stat[1] || calls != 10 {
		t.Errorf("statistics %v, %d calls", stat, calls)
	}
	l, err := AtObservations(context.Background(), p, s, x, &ObservationOptions{Nulls: -1})
	if err != nil || l.Observations[0].P != 0 || len(l.Novelty.P) != 2 {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := AtObservations(context.Background(), p, s, x, &ObservationOptions{Pairs: 101}); err == nil {
		t.Error("more pairs than simulations")
	}
}

// noveltyTask are simulations of a task of the benchmark.
func noveltyTask(t testing.TB, name string, n int, seed uint64) ([]string, *mat.Dense) {
	t.Helper()
	task, err := simulators.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	_, x, err := simulators.Draw(context.Background(), task, nil, n, seed, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return task.Columns(), x
}

// changed are observations with a change that a misspecified simulator might make.
func changed(x *mat.Dense, what string) *mat.Dense {
	c := mat.DenseCopyOf(x)
	n, w := c.Dims()
	for j := range w {
		m, v := meanVariance(n, func(i int) float64 { return x.At(i, j) })
		for i := range n {
			switch {
			case what == "one number 6 sd off" && j == 0:
				c.Set(i, j, x.At(i, j)+6*math.Sqrt(v))
			case what == "all numbers 0.5 sd off":
				c.Set(i, j, x.At(i, j)+0.5*math.Sqrt(v))
			case what == "spread ×2":
				c.Set(i, j, m+2*(x.At(i, j)-m))
			case what == "numbers of different simulations":
				c.Set(i, j, x.At((i+j)%n, j))
			}
		}
	}
	return c
}

// noveltyAlarms counts observations at the level 0.05, one by one and in sets.
func noveltyAlarms(t testing.TB, task, what string, runs, n, set int) (one, all, of int) {
	t.Helper()
	for seed := range uint64(runs) {
		names, x := noveltyTask(t, task, n, 100+seed)
		_, obs := noveltyTask(t, task, max(set, 10), 9000+seed)
		obs = changed(obs, what)
		_, w := obs.Dims()
		r, err := Misspecification(names, x, obs.Slice(0, set, 0, w).(*mat.Dense), seed, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.P {
			if of++; p <= 0.05 {
				one++
			}
		}
		if r.All <= 0.05 {
			all++
		}
	}
	return one, all, of
}

// Further simulations are called new as often as the level says; what is far away is.
func TestMisspecification(t *testing.T) {
	runs := 30
	for _, task := range []string{"gaussian_linear", "gaussian_mixture", "two_moons", "slcp"} {
		one, all, of := noveltyAlarms(t, task, "nothing", runs, 300, 5)
		t.Logf("%s: %d of %d observations, %d of %d sets", task, one, of, all, runs)
		// the observations of a run share the halves: as many as independent ones allow, and a half more
		if float64(one) > 1.5*float64(mostAlarms(of, 0.05)) || one == 0 || all > mostAlarms(runs, 0.05) {
			t.Errorf("%s: %d of %d observations, %d of %d sets of the simulator are unlike it at the level 0.05", task, one, of, all, runs)
		}
	}
	for _, c := range []struct {
		what string
		set  int
		all  bool
	}{{"one number 6 sd off", 1, false}, {"spread ×2", 20, true}, {"all numbers 0.5 sd off", 50, true}} {
		one, all, of := noveltyAlarms(t, "gaussian_linear", c.what, 5, 400, c.set)
		if n, most := [2]int{one, all}, [2]int{of, 5}; n[b2i(c.all)] < most[b2i(c.all)]-1 {
			t.Errorf("%s: %d of %d observations, %d of 5 sets", c.what, one, of, all)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An observation says which number is beyond all simulations; constant columns, ties and
// values far away do no harm.
func TestMisspecificationWords(t *testing.T) {
	rng := stream.New(4, "inference/words")
	x := mat.NewDense(200, 3, nil)
	for i := range 200 {
		x.SetRow(i, []float64{math.Exp(3 * rng.NormFloat64()), float64(rng.IntN(3)), 7})
	}
	obs := mat.NewDense(3, 3, []float64{1, 1, 7, 1e9, 1, 7, 1, 1, 8})
	r, err := Misspecification([]string{"a", "b", "c"}, x, obs, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.P[0] < 0.05 || r.P[1] > 0.02 || r.P[2] > 0.02 || r.Column[1] != "a" || r.Column[2] != "c" || r.Share[1] != 0 || r.Share[0] < 0.1 {
		t.Errorf("%+v", r)
	}
	obs.Set(1, 0, math.Inf(1))
	if _, err := Misspecification([]string{"a", "b", "c"}, x, obs, 0, 1); err == nil || !strings.Contains(err.Error(), "observation 2, a is +Inf") {
		t.Error(err)
	}
	if _, err := Misspecification([]string{"a", "b", "c"}, x.Slice(0, 30, 0, 3).(*mat.Dense), obs, 0, 1); err == nil {
		t.Error("30 simulations")
	}
}

// Data of the exact posterior explain the observation; those of draws far from it do not.
func TestPredictiveCheck(t *testing.T) {
	p := newOracle(t, "gaussian_linear", right)
	low := 0
	for seed := range uint64(20) {
		x := p.observation(t, seed)
		draws, err := p.Sample(context.Background(), x, 0, 200, seed)
		if err != nil {
			t.Fatal(err)
		}
		for k, shift := range []float64{0, 2} {
			sim := mat.NewDense(200, 10, nil)
			draws.Apply(func(_, j int, v float64) float64 { return v + shift*b2f(j == 3) }, draws)
			if err := p.task.Simulate(sim, draws, seed, 0); err != nil {
				t.Fatal(err)
			}
			r, err := PredictiveCheck(p.task.Columns(), sim, x.RawRowView(0))
			if err != nil {
				t.Fatal(err)
			}
			if k == 0 && r.Distance < 0.05 {
				low++
			}
			if k == 1 && (r.P[3] > 0.02 || r.Ranks[3] > 0.02 || r.Distance > 0.3) {
				t.Errorf("shifted by 2 in the fourth number: %+v", r)
			}
		}
	}
	if low > mostAlarms(20, 0.05) {
		t.Errorf("%d of 20 exact posteriors have data unlike the observation", low)
	}
}

func b2f(b bool) float64 { return float64(b2i(b)) }

// TestLocalPower writes tables of docs/measurements/diagnostics.md.
func TestLocalPower(t *testing.T) {
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("minutes; TWEEDIE_LONG=1 runs it")
	}
	for _, task := range []string{"gaussian_linear", "gaussian_mixture", "two_moons", "slcp"} {
		for _, what := range []string{"nothing", "one number 6 sd off", "all numbers 0.5 sd off", "spread ×2", "numbers of different simulations"} {
			t.Run(fmt.Sprintf("novelty %s %s", task, what), func(t *testing.T) {
				const runs = 50
				single, _, of := noveltyAlarms(t, task, what, runs, 1000, 1)
				_, ten, _ := noveltyAlarms(t, task, what, runs, 1000, 10)
				_, all, _ := noveltyAlarms(t, task, what, runs, 1000, 100)
				t.Logf("| %s | %s | %d | %.0f %% | %.0f %% | %.0f %% |", task, what, runs, 100*float64(single)/float64(of), 100*float64(ten)/runs, 100*float64(all)/runs)
			})
		}
	}
	for _, pairs := range []int{400, 1500} {
		for _, task := range []string{"line", "two_moons", "gaussian_linear"} {
			for _, f := range []fault{right, wide, shifted, unlinked} {
				if f == unlinked && task == "gaussian_linear" {
					continue // nothing to drop
				}
				t.Run(fmt.Sprintf("L-C2ST %d %s %s", pairs, task, f), func(t *testing.T) {
					runs := 10
					if f == right && pairs == 400 {
						runs = 40
					}
					n := localAlarms(t, task, f, runs, pairs)
					t.Logf("| %s | %s | %d | %d | %.0f %% |", task, f, pairs, runs, 100*float64(n)/float64(runs))
				})
			}
		}
	}
}
