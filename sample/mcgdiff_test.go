package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// planeChain returns N(0, [1 r; r 1]) under the schedule squares, and the law that
// DDIM with Eta 1 over ts makes of it: both axes shrink.
func planeChain(tb testing.TB, r float64, ts []float64) (law, chain *sde.Gaussian) {
	tb.Helper()
	axis := func(c float64) float64 {
		a, s := oracle.Squared(1)
		_, v := affine(tb, gauss1(tb, 0, c, squares{}), DDIM{Eta: 1}, ts).Push(0, a*a*c+s*s)
		return v
	}
	up, down := axis(1+r), axis(1-r)
	made := func(v, c float64) *sde.Gaussian {
		g, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{v, c, c, v}), squares{})
		if err != nil {
			tb.Fatal(err)
		}
		return g
	}
	return made(1, r), made((up+down)/2, (up-down)/2)
}

// unbiasedIn reports how the groups of a cloud differ in evidence, means and
// second moments from the law post and logZ, or "".
func unbiasedIn(c *Particles, post sde.Law, logZ float64) string {
	d, mean, cov := post.Dim(), post.Mean(), post.Covariance()
	var z []float64
	first, second := make([][]float64, d), make([][]float64, d)
	for g := range c.Groups {
		e := math.Exp(c.LogEvidence[g] - logZ)
		z = append(z, e)
		for j := range d {
			var m, q float64
			for i := range c.PerGroup {
				x, w := c.rows(g).At(i, j), c.Weights[g*c.PerGroup+i]
				m += w * x
				q += w * x * x
			}
			first[j], second[j] = append(first[j], e*m), append(second[j], e*q)
		}
	}
	diff := within("evidence", z, 1, 3.5)
	for j := range d {
		diff += within(" mean", first[j], mean[j], 3.5) + within(" square", second[j], cov.At(j, j)+mean[j]*mean[j], 3.5)
	}
	return strings.TrimSpace(diff)
}

// MCGDiff on a Gaussian prior is unbiased for the law of the chain: mean,
// variance and evidence, for operators wide, tall, scaled and shifted.
func TestMCGDiffIsUnbiasedForTheChain(t *testing.T) {
	ts := uniform(48)
	law, chain := planeChain(t, 0.8, ts)
	for name, c := range map[string]struct {
		m  *mat.Dense
		b  []float64
		sd float64
	}{
		"one coordinate": {mat.NewDense(1, 2, []float64{3, 0}), []float64{1}, 1.2},
		"oblique":        {mat.NewDense(1, 2, []float64{1, -2}), nil, 0.4},
		"two":            {mat.NewDense(2, 2, []float64{1, -2, 0.5, 1}), []float64{0, -1}, 0.8},
		"tall":           {mat.NewDense(3, 2, []float64{1, 0, 2, 0, -1, 0}), nil, 0.9},
	} {
		if testing.Short() && name != "oblique" {
			continue
		}
		m, _ := c.m.Dims()
		y, less, R := mat.NewDense(1, m, nil), make([]float64, m), mat.NewSymDense(m, nil)
		for k := range m {
			y.Set(0, k, 1.5-0.8*float64(k))
			if less[k] = y.At(0, k); c.b != nil {
				less[k] -= c.b[k]
			}
			R.SetSym(k, k, c.sd*c.sd)
		}
		post, err := chain.Posterior(c.m, less, R)
		if err != nil {
			t.Fatal(err)
		}
		logZ := chain.LogEvidence(c.m, less, R)
		tg := MCGDiff{Model: law, Observation: LinearCondition{matrix{c.m, c.b}, y, c.sd}}
		cloud := particles(t, tg, DDIM{Eta: 1}, 300, 32, ParticleOptions{Options: Options{Times: ts, Seed: 2}})
		if diff := unbiasedIn(cloud, post, logZ); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// planted errors: another prior, another scale of y, weights dropped
		if unbiasedIn(cloud, post, logZ+0.3) == "" {
			t.Errorf("%s: another evidence passes", name)
		}
		other, err := law.Posterior(c.m, less, R)
		if err != nil {
			t.Fatal(err)
		}
		if name == "oblique" && unbiasedIn(cloud, other, law.LogEvidence(c.m, less, R)) == "" {
			t.Errorf("%s: the law of the data passes for that of the chain", name)
		}
		if tg.Observation.SD *= 1.5; unbiasedIn(particles(t, tg, DDIM{Eta: 1}, 300, 32, ParticleOptions{Options: Options{Times: ts, Seed: 2}}), post, logZ) == "" {
			t.Errorf("%s: half as much error again passes", name)
		}
	}
}

// Without error rows satisfy y, and the rest and the evidence are the chain's.
func TestMCGDiffWithoutError(t *testing.T) {
	ts := LogSNRGrid{}.Times(squares{}, 1, 0.02, 40)
	law, chain := planeChain(t, 0.8, ts)
	A, y := mat.NewDense(1, 2, []float64{3, 0}), mat.NewDense(1, 1, []float64{3})
	v, cov := chain.Covariance().At(0, 0), chain.Covariance().At(0, 1)
	mean, rest, logZ := cov/v, v-cov*cov/v, logNormal(1, 0, v)-math.Log(3)
	c := particles(t, MCGDiff{Model: law, Observation: LinearCondition{A: matrix{A, nil}, Y: y}}, DDIM{Eta: 1}, 200, 32, ParticleOptions{Options: Options{Times: ts, Seed: 2}})
	var z, zx, zxx []float64
	for g := range c.Groups {
		e := math.Exp(c.LogEvidence[g] - logZ)
		var m, q float64
		for i := range c.PerGroup {
			row, w := c.rows(g).RawRowView(i), c.Weights[g*c.PerGroup+i]
			if math.Abs(3*row[0]-3) > 1e-9 {
				t.Fatalf("group %d, particle %d is at %v", g, i, row)
			}
			m += w * row[1]
			q += w * row[1] * row[1]
		}
		z, zx, zxx = append(z, e), append(zx, e*m), append(zxx, e*q)
	}
	if diff := within("evidence", z, 1, 3) + within(" mean", zx, mean, 3) + within(" square", zxx, rest+mean*mean, 3); diff != "" {
		t.Error(diff)
	}
	if within("mean", zx, 0.8*mean, 3) == "" {
		t.Error("another mean passes")
	}
	_, err := RunParticles(context.Background(), MCGDiff{Model: law, Observation: LinearCondition{A: matrix{A, nil}, Y: y}}, DDIM{Eta: 1}, 2, 4, &ParticleOptions{Options: Options{Times: ts, Denoise: true}})
	if err == nil || !strings.Contains(err.Error(), "noise in the last step") {
		t.Errorf("no noise in the last step: %v", err)
	}
}

// MCGDiff on the mixture of 25 modes: 500 particles over 100 steps are within
// twice the floor, the distance of two sets of exact draws; the prior is not.
func TestMCGDiffOnTwentyFiveModes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs of 500 particles over 100 steps")
	}
	const n, problems = 500, 3
	ts := modes25Times()
	for _, m := range []int{1, 2, 4} {
		var floor, prior, got float64
		for seed := range uint64(problems) {
			p := newModes25(t, 8, m, 10*uint64(m)+2+seed)
			exact, again, free := mat.NewDense(n, 8, nil), mat.NewDense(n, 8, nil), mat.NewDense(n, 8, nil)
			p.post.Sample(exact, 1, 0)
			p.post.Sample(again, 2, 0)
			p.prior.Sample(free, 3, 0)
			tg := MCGDiff{Model: p.prior, Observation: LinearCondition{matrix{p.A, nil}, p.y, p.sd}, Flat: seed == 1}
			c := particles(t, tg, DDIM{Eta: 1}, 1, n, ParticleOptions{Options: Options{Times: ts, Seed: 2 + seed, Denoise: true}})
			x, err := c.Draw(n, 1)
			if err != nil {
				t.Fatal(err)
			}
			floor, prior, got = floor+slicedW1(again, exact)/problems, prior+slicedW1(free, exact)/problems, got+slicedW1(x, exact)/problems
		}
		if got > 2*floor {
			t.Errorf("%d observed: distance %.3f, floor %.3f", m, got, floor)
		}
		if prior < 2*floor {
			t.Errorf("%d observed: the prior passes", m)
		}
	}
}

// Each group has its own observation.
func TestMCGDiffGroupsHaveTheirObservations(t *testing.T) {
	law := gauss1(t, 0, 1, sde.VP{})
	ys := []float64{-2, 0, 2}
	tg := MCGDiff{Model: law, Observation: LinearCondition{identity{}, mat.NewDense(3, 1, ys), 0.1}}
	c := particles(t, tg, DDIM{Eta: 1}, 3, 50, ParticleOptions{Options: Options{Steps: 60, Seed: 1}})
	for g, y := range ys {
		m := 0.0
		for i := range c.PerGroup {
			m += c.Weights[g*c.PerGroup+i] * c.rows(g).At(i, 0)
		}
		if math.Abs(m-y/1.01) > 0.1 {
			t.Errorf("group %d: mean %.3f for %g", g, m, y)
		}
	}
	for name, tg := range map[string]MCGDiff{
		"few observations": tg,
		"no model":         {Observation: tg.Observation},
		"not linear":       {Model: law, Observation: LinearCondition{square{}, mat.NewDense(1, 1, nil), 0.1}},
	} {
		if _, err := RunParticles(context.Background(), tg, DDIM{Eta: 1}, 4, 8, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
