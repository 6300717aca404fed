package sbi

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/guide/spec"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// lineModel is a model of θ ~ N(0, 1) and x = θ + e with e of the variance r: what trained
// models make of the table of guide (TestShiftsHaveTheTabledLimits).
var lineModels sync.Map

func lineModel(t testing.TB, r float64) *Model {
	t.Helper()
	f, _ := lineModels.LoadOrStore(r, sync.OnceValues(func() (*Model, error) {
		p := normalsPrior(t, 0, 1)
		const n = 10_000
		s := &Simulations{Theta: mat.NewDense(n, 1, nil), X: mat.NewDense(n, 1, nil)}
		p.Sample(s.Theta, 3, 0)
		rng := stream.New(4, "test/line")
		for i := range n {
			s.X.Set(i, 0, s.Theta.At(i, 0)+math.Sqrt(r)*rng.NormFloat64())
		}
		return Fit(context.Background(), s, &Options{Prior: p, Steps: 1000, Hidden: 32, Layers: 2})
	}))
	m, err := f.(func() (*Model, error))()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// normalsPrior has parameters a, b, … of the means and variances given.
func normalsPrior(t testing.TB, moments ...float64) *prior.Prior {
	t.Helper()
	var list []prior.Entry
	for k := 0; k < len(moments); k += 2 {
		sd := math.Sqrt(moments[k+1])
		list = append(list, prior.Entry{Name: string(rune('a' + k/2)), Law: "normal", Mean: moments[k], SD: &sd})
	}
	return newPrior(t, list...)
}

func newPrior(t testing.TB, list ...prior.Entry) *prior.Prior {
	t.Helper()
	p, err := prior.New(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func guideFile(t testing.TB, text string) *spec.File {
	t.Helper()
	f, err := spec.Parse("guide.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Tempered likelihoods, swapped priors and rewards on trained models have the laws that they
// name, by the reverse SDE, by the flow, and by particles. Tolerances are .15 standard
// deviations of the posterior for means, and 12 % for deviations.
func TestGuidedLawsOnTrainedModels(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	ctx := context.Background()
	one := mat.NewDense(1, 1, []float64{1})
	long, draws := os.Getenv("TWEEDIE_LONG") != "", 2000
	if long {
		draws = 4000
	}
	for name, c := range map[string]struct {
		r              float64
		g              Guidance
		mean, variance float64
	}{
		"power 4":            {0.3, Guidance{Power: 4}, 0.930, 0.070},
		"power 2":            {0.3, Guidance{Power: 2}, 0.870, 0.130},
		"power .5":           {0.3, Guidance{Power: 0.5}, 0.625, 0.375},
		"power 1.2":          {0.9, Guidance{Power: 1.2}, 0.571, 0.429},
		"prior N(.1, .4)":    {0.3, Guidance{Prior: normalsPrior(t, 0.1, 0.4)}, 0.614, 0.171},
		"prior N(-.5, .2)":   {0.3, Guidance{Prior: normalsPrior(t, -0.5, 0.2)}, 0.100, 0.120},
		"prior N(1.5, .05)":  {0.3, Guidance{Prior: normalsPrior(t, 1.5, 0.05)}, 1.429, 0.043},
		"reward N(0, .2)":    {0.3, Guidance{Guide: guideFile(t, "guide:\n  - {formula: a, value: 0, noise: 0.4472135955}\n")}, 0.357, 0.107},
		"reward N(2, .05)":   {0.3, Guidance{Guide: guideFile(t, "guide:\n  - reward: {formula: a, strength: 20, target: 2}\n")}, 1.781, 0.041},
		"all at once":        {0.3, Guidance{Power: 2, Prior: normalsPrior(t, 0, 0.5), Guide: guideFile(t, "guide:\n  - reward: {formula: a, strength: -1}\n")}, (1/0.15 - 1) / (1/0.15 + 2), 1 / (1/0.15 + 2)},
		"nothing but a name": {0.3, Guidance{Power: 1}, 0.769, 0.231},
	} {
		if !long && !slices.Contains([]string{"power 4", "power .5", "prior N(-.5, .2)", "reward N(0, .2)", "all at once"}, name) {
			continue
		}
		m := lineModel(t, c.r)
		p, err := m.Posterior(one)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{"sde", "flow", "particles"} {
			o := &DrawOptions{Seed: 1}
			g := c.g
			switch way {
			case "flow":
				o.Sampler = sample.DPMpp2M{}
			case "particles":
				if c.g.Power != 0 {
					continue // refused
				}
				g.Particles = 2000
			}
			q, err := p.Guided(ctx, g, o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d, err := q.Sample(ctx, draws, o)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, way, err)
			}
			mean, sd := moments(d.Theta, 0)
			want := math.Sqrt(c.variance)
			t.Logf("%-18s %-9s mean %.3f, variance %.3f; want %.3f, %.3f", name, way, mean, sd*sd, c.mean, c.variance)
			if math.Abs(mean-c.mean) > 0.15*want || math.Abs(sd/want-1) > 0.12 {
				t.Errorf("%s, %s: mean %.3f and variance %.3f, want %.3f and %.3f", name, way, mean, sd*sd, c.mean, c.variance)
			}
		}
	}
}

// Refusals name what is wrong and what to do.
func TestGuidedRefuses(t *testing.T) {
	ctx := context.Background()
	m := lineModel(t, 0.3)
	p, err := m.Posterior(mat.NewDense(1, 1, []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []Guidance{{Compose: "jac"}, {Compose: "auto-gauss"}, {Compose: "fnpe"}, {Power: 2}, {Power: 2, Prior: normalsPrior(t, 0.1, 0.4)}} {
		g.Particles = 500
		if _, err := p.Guided(ctx, g, nil); err == nil || !strings.Contains(err.Error(), "particles do not reach the law of a composition") {
			t.Errorf("particles of %q to the power %g: %v", g.Compose, g.Power, err)
		}
	}
	for want, g := range map[string]Guidance{
		"the power of the likelihood is -1": {Power: -1},
		"1 particles":                       {Particles: 1},
		"no composition \"all\"":            {Compose: "all"},
		"the new prior has the parameters":  {Prior: normalsPrior(t, 0, 1, 0, 1)},
		"no parameter \"b\"":                {Guide: guideFile(t, "guide:\n  - within: {column: b, min: 0}\n")},
		"min below max":                     {Guide: guideFile(t, "guide:\n  - within: {column: a, min: 2, max: 1}\n")},
		"needs noise":                       {Guide: guideFile(t, "guide:\n  - {formula: a^2, value: 2}\n")},
		"--temper":                          {Guide: guideFile(t, "guide:\n  - {affine: {likelihood_scale: 2}}\n")},
		"a file of its own":                 {Guide: guideFile(t, "guide:\n  - prior: {from: fitted, to: {a: {law: normal, mean: 1, sd: 0.2}}}\n")},
		"of guides of tables":               {Guide: guideFile(t, "guide:\n  - {method: dps, formula: a, value: 1, noise: 1}\n")},
	} {
		if _, err := p.Guided(ctx, g, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	q, err := p.Guided(ctx, Guidance{Power: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.LogProb(ctx, mat.NewDense(1, 1, nil), nil); err == nil || !strings.Contains(err.Error(), "no exact density") {
		t.Errorf("density of a tempered posterior: %v", err)
	}
	if _, _, err := q.Evidence(ctx, nil); err == nil || !strings.Contains(err.Error(), "give their number") {
		t.Errorf("evidence without particles: %v", err)
	}
	if _, _, err := q.MAP(ctx, nil); err == nil {
		t.Error("a mode of a guided posterior")
	}
	far, err := p.Guided(ctx, Guidance{Guide: guideFile(t, "guide:\n  - within: {column: a, min: 30}\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.Sample(ctx, 100, nil); err == nil || !strings.Contains(err.Error(), "hardly compatible") {
		t.Errorf("an impossible bound: %v", err)
	}
}

// JAC has covariances that bound it, and draws that ran away are no result.
func TestComposedDrawsStayInThePrior(t *testing.T) {
	ctx := context.Background()
	p, err := lineModel(t, 0.3).Posterior(mat.NewDense(3, 1, []float64{1, 0.8, 1.2}))
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Guided(ctx, Guidance{Compose: "jac"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, law := p.Latent()
	unit := math.Sqrt(law.Cov.At(0, 0))
	if err := q.inBulk(mat.NewDense(3, 1, []float64{-7 * unit, 0, 7 * unit})); err != nil {
		t.Errorf("draws in the prior: %v", err)
	}
	for _, v := range []float64{1e7, -9 * unit, math.NaN()} {
		if err := q.inBulk(mat.NewDense(3, 1, []float64{0, v, 1})); err == nil || !strings.Contains(err.Error(), "1 of 3 draws of 1 parameters ran away") {
			t.Errorf("a draw of %g: %v", v, err)
		}
	}
	d, err := q.Sample(ctx, 2000, nil)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd := moments(d.Theta, 0) // N(Σ x/(N+r), r/(N+r))
	if want := 3 / 3.3; math.Abs(mean-want) > 0.05 || math.Abs(sd/math.Sqrt(0.3/3.3)-1) > 0.1 {
		t.Errorf("mean %.3f, deviation %.3f, want %.3f, %.3f", mean, sd, want, math.Sqrt(0.3/3.3))
	}
}

// The density of a posterior with another prior is that posterior's, and its evidence the
// ratio of the evidences of the two priors.
func TestGuidedLogProb(t *testing.T) {
	ctx := context.Background()
	p, err := lineModel(t, 0.3).Posterior(mat.NewDense(1, 1, []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Guided(ctx, Guidance{Prior: normalsPrior(t, -0.5, 0.2), Particles: 1000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	normal := func(x, m, v float64) float64 { return -(x-m)*(x-m)/(2*v) - math.Log(2*math.Pi*v)/2 }
	log, sd, err := q.Evidence(ctx, &DrawOptions{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if want := normal(1, -0.5, 0.5) - normal(1, 0, 1.3); math.Abs(log[0]-want) > 0.06+4*sd[0] {
		t.Errorf("evidence %.3f ± %.3f, want %.3f", log[0], sd[0], want)
	}
	theta := mat.NewDense(3, 1, []float64{0.1, -0.3, 0.5})
	lp, err := q.LogProb(ctx, theta, &DrawOptions{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range lp {
		if want := normal(theta.At(i, 0), 0.1, 0.12); math.Abs(v-want) > 0.15 {
			t.Errorf("log density at %g: %.3f, want %.3f", theta.At(i, 0), v, want)
		}
	}
}

// Composed from a trained model of a linear simulator: N observations of one θ have the
// posterior N(Σ x/(N+s²), s²/(N+s²)). Errors of the model add up with N: the tolerances, in
// standard deviations of that posterior, are .2 for one and five observations and .6 for 20.
func TestComposedFromATrainedModel(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	ctx, m := context.Background(), linearModel(t)
	const s2 = linearNoise * linearNoise
	sizes := []int{1, 5, 20}
	if os.Getenv("TWEEDIE_LONG") != "" {
		sizes = append(sizes, 100)
	}
	for _, n := range sizes {
		rng := stream.New(uint64(n), "test/tall")
		x, sum := mat.NewDense(n, 2, nil), make([]float64, 2)
		for i := range n {
			for j, v := range []float64{0.6, -0.4} {
				x.Set(i, j, v+linearNoise*rng.NormFloat64())
				sum[j] += x.At(i, j)
			}
		}
		p, err := m.Posterior(x)
		if err != nil {
			t.Fatal(err)
		}
		sd := math.Sqrt(s2 / (float64(n) + s2))
		for _, c := range []string{"auto-gauss", "jac"} {
			q, err := p.Guided(ctx, Guidance{Compose: c}, nil)
			if err != nil {
				t.Fatal(err)
			}
			d, err := q.Sample(ctx, 1000, &DrawOptions{Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			shift, ratio := 0.0, 0.0
			for j := range 2 {
				mean, s := moments(d.Theta, j)
				shift, ratio = max(shift, math.Abs(mean-sum[j]/(float64(n)+s2))/sd), ratio+s/sd/2
			}
			t.Logf("N = %3d  %-10s  mean off by at most %.2f sd, deviations by %+.3f", n, c, shift, ratio-1)
			if tol := map[bool]float64{true: 0.2, false: 0.6}[n < 20]; n <= 20 && (shift > tol || math.Abs(ratio-1) > 0.15) {
				t.Errorf("N = %d, %s: mean off by %.2f sd, deviations by %+.3f", n, c, shift, ratio-1)
			}
		}
	}
}
