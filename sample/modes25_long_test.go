package sample

import (
	"context"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The table of docs/measurements/guidance.md: the mixture of 25 modes in eight dimensions, mean
// sliced Wasserstein distance of 500 rows to exact draws over 20 problems, ± its
// standard error, the median in brackets. It asserts what the table is read for:
// particles are near the floor, and better than what is without them.
func TestLongTwentyFiveModes(t *testing.T) {
	long(t)
	const n, problems = 500, 20
	ts := modes25Times()
	for _, m := range []int{1, 2, 4} {
		distances := map[string][]float64{}
		for seed := range uint64(problems) {
			p := newModes25(t, 8, m, 100*uint64(m)+seed)
			exact, again := mat.NewDense(n, 8, nil), mat.NewDense(n, 8, nil)
			p.post.Sample(exact, 1, 0)
			p.post.Sample(again, 2, 0)
			add := func(name string, x *mat.Dense) { distances[name] = append(distances[name], slicedW1(x, exact)) }
			add("floor", again)
			o := ParticleOptions{Options: Options{Times: ts, Seed: seed, Denoise: true}}
			obs := LinearCondition{matrix{p.A, nil}, p.y, p.sd}
			for name, tg := range map[string]Target{
				"MCGDiff": MCGDiff{Model: p.prior, Observation: obs}, "MCGDiff, flat": MCGDiff{Model: p.prior, Observation: obs, Flat: true},
				"TDS": TDS{Model: p.prior, Guided: believed{p, 129}, LogLikelihood: p.logLikelihood},
			} {
				x, err := particles(t, tg, DDIM{Eta: 1}, 1, n, o).Draw(n, 1)
				if err != nil {
					t.Fatal(err)
				}
				add(name, x)
			}
			d := withMeasured(t, p.prior, obs)
			for _, method := range []Method{DiffPIR{}, DDNM{}, DAPS{}} {
				res, err := Run(context.Background(), d, method, n, &o.Options)
				if err != nil {
					t.Fatal(err)
				}
				add(method.Info().Name, res.X)
			}
			res, err := SplitGibbs{First: 40}.Run(context.Background(), d, n, &Options{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			add("split Gibbs", res.X)
		}
		mean := map[string]float64{}
		for name, v := range distances {
			var sum, sq float64
			for _, x := range v {
				sum, sq = sum+x/problems, sq+x*x/problems
			}
			slices.Sort(v)
			mean[name] = sum
			t.Logf("%d observed, %s: %.2f ± %.2f (%.2f)", m, name, sum, math.Sqrt((sq-sum*sum)/(problems-1)), v[problems/2])
		}
		if mean["MCGDiff"] > 2.5*mean["floor"] || mean["TDS"] > 2.5*mean["floor"] {
			t.Errorf("%d observed: particles are far from the floor", m)
		}
		for _, name := range []string{"DiffPIR", "DDNM"} {
			if mean[name] < mean["MCGDiff"] {
				t.Errorf("%d observed: %s is nearer than particles", m, name)
			}
		}
	}
}

func long(t *testing.T) {
	t.Helper()
	if os.Getenv("TWEEDIE_LONG") == "" {
		t.Skip("set TWEEDIE_LONG=1 to measure for a minute")
	}
}
