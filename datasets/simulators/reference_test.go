package simulators

import (
	"fmt"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/datasets/metrics"
)

// folder has the observations and reference posteriors of the benchmark. It is not part
// of the project.
const folder = "../../../shared/data/sbibm"

func benchmark(t *testing.T, task Task, n int) *Benchmark {
	t.Helper()
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no files of the benchmark in ../shared/data/sbibm")
	}
	b, err := ReadObservation(folder, task, n, true)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lookup(t *testing.T, name string) Task {
	t.Helper()
	task, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// logPosterior is log p(θ) + log p(x|θ), rows of theta.
func logPosterior(t *testing.T, task Tractable, theta *mat.Dense, x []float64, shift func(theta []float64) float64) []float64 {
	n, _ := theta.Dims()
	l, p := make([]float64, n), make([]float64, n)
	if err := task.LogLikelihood(l, theta, x); err != nil {
		t.Fatal(err)
	}
	task.Prior().LogProb(p, theta)
	for i := range l {
		l[i] += p[i]
		if shift != nil {
			l[i] += shift(theta.RawRowView(i))
		}
	}
	return l
}

// stein returns the largest of the z-scores of Stein's identities
//
//	E[f ∂_j log p(θ|x) + ∂_j f] = 0
//
// over reference draws, for f = b and b (θ_j - c_j) and b (θ_k - c_k), k the next
// coordinate; b is 0 on the border of the support.
func stein(t *testing.T, task Tractable, b *Benchmark, shift func(theta []float64) float64) (worst float64, where string) {
	n, d := b.Reference.Dims()
	if testing.Short() {
		n = min(n, 2500)
	}
	reference := b.Reference.Slice(0, n, 0, d).(*mat.Dense)
	lo, hi := task.Prior().Support()
	for j := range d {
		theta := mat.DenseCopyOf(reference)
		mean, sd := stat.MeanStdDev(mat.Col(nil, j, theta), nil)
		h := 1e-4 * sd
		score := make([]float64, n)
		for _, s := range []float64{1, -1} {
			for i := range n {
				theta.Set(i, j, reference.At(i, j)+s*h)
			}
			for i, l := range logPosterior(t, task, theta, b.X, shift) {
				score[i] += s * l / (2 * h)
			}
		}
		k := (j + 1) % d
		other := stat.Mean(mat.Col(nil, k, reference), nil)
		for f, name := range []string{"mean", "variance", "covariance"} {
			terms := terms(reference, score, j, k, f, [2]float64{mean, other}, lo[j], hi[j])
			m, s := stat.MeanStdDev(terms, nil)
			if z := math.Abs(m) / s * math.Sqrt(float64(len(terms))); z > worst || math.IsNaN(z) {
				worst, where = z, fmt.Sprintf("%s of parameter %d", name, j+1)
			}
		}
	}
	return worst, where
}

func terms(theta *mat.Dense, score []float64, j, k, f int, center [2]float64, lo, hi float64) []float64 {
	list := make([]float64, 0, len(score))
	for i, s := range score {
		v := theta.At(i, j)
		b, db := 1.0, 0.0
		if !math.IsInf(hi-lo, 0) {
			b, db = (v-lo)*(hi-v), lo+hi-2*v
		} else if !math.IsInf(lo, 0) {
			b, db = v-lo, 1
		}
		g, dg := 1.0, 0.0
		switch f {
		case 1:
			g, dg = v-center[0], 1
		case 2:
			g = theta.At(i, k) - center[1]
		}
		if term := b*g*s + db*g + b*dg; !math.IsInf(s, 0) && !math.IsNaN(s) {
			list = append(list, term) // but for draws on the border, which rounding makes
		}
	}
	return list
}

// smooth are the tasks whose likelihood has a gradient everywhere.
var smooth = []string{"gaussian_linear", "gaussian_linear_uniform", "gaussian_mixture", "slcp", "bernoulli_glm", "bernoulli_glm_raw", "sir"}

// steinLimit is in standard errors; some hundred identities are tested.
const steinLimit = 4.8

// observations is how many of the five are compared: all with TWEEDIE_LONG=1.
func observations() int {
	switch {
	case os.Getenv("TWEEDIE_LONG") != "":
		return 5
	case testing.Short():
		return 1
	}
	return 2
}

// The reference posteriors of the benchmark satisfy Stein's identities of ours.
func TestReferencePosteriors(t *testing.T) {
	for _, name := range smooth {
		t.Run(name, func(t *testing.T) {
			task := lookup(t, name).(Tractable)
			for n := 1; n <= observations(); n++ {
				z, where := stein(t, task, benchmark(t, task, n), nil)
				t.Logf("%s, observation %d: %.2f (%s)", name, n, z, where)
				if !(z < steinLimit) {
					t.Errorf("%s, observation %d: the identity of the %s is off by %.1f standard errors", name, n, where, z)
				}
			}
		})
	}
}

// The identities find errors: a slightly other prior or likelihood.
func TestSteinFindsErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for name, shift := range map[string]func(theta []float64) float64{
		"gaussian_linear":         func(th []float64) float64 { return -1.5 * th[3] * th[3] }, // a prior of variance 1/13
		"gaussian_linear_uniform": func(th []float64) float64 { return .2 * th[0] },           // a prior that is not flat
		"gaussian_mixture":        func(th []float64) float64 { return -.1 * th[1] * th[1] },  // a narrower prior
		"slcp":                    func(th []float64) float64 { return .4 * th[4] },           // another correlation
		"bernoulli_glm":           func(th []float64) float64 { return -1.4 * th[9] * th[9] }, // F without √(8/9)
		"bernoulli_glm_raw":       func(th []float64) float64 { return th[1] - th[2] },        // one response of another sign
		"sir":                     func(th []float64) float64 { return 5 * math.Log(th[0]) },  // another mean of ln β
	} {
		task := lookup(t, name).(Tractable)
		if z, _ := stein(t, task, benchmark(t, task, 1), shift); z < steinLimit {
			t.Errorf("%s: a planted error is off by %.1f standard errors only", name, z)
		}
	}
}

// Exact draws have the marginals of the reference draws.
func TestExactPosteriors(t *testing.T) {
	for _, name := range []string{"gaussian_linear", "gaussian_linear_uniform", "gaussian_mixture", "two_moons"} {
		task := lookup(t, name).(Exact)
		d, _ := task.Dims()
		for n := 1; n <= observations(); n++ {
			b := benchmark(t, task, n)
			draws := mat.NewDense(10_000, d, nil)
			if err := task.SamplePosterior(draws, b.X, 1, 0); err != nil {
				t.Fatal(err)
			}
			// Kolmogorov's law: √(n/2) D is above 2.3 once in 25,000.
			ks := make([]float64, d+1)
			metrics.KolmogorovSmirnovColumns(ks[:d], b.Reference, draws)
			ks[d] = metrics.KolmogorovSmirnov(sums(b.Reference), sums(draws))
			for j, v := range ks {
				if v*math.Sqrt(5000) > 2.3 {
					t.Errorf("%s, observation %d: statistic %.2f of parameter %d", name, n, v*math.Sqrt(5000), j+1)
				}
			}
		}
	}
}

// sums are the sums of the first two coordinates.
func sums(m *mat.Dense) []float64 {
	n, _ := m.Dims()
	s := make([]float64, n)
	for i := range s {
		s[i] = m.At(i, 0) + m.At(i, 1)
	}
	return s
}

// The crescent of each reference draw of two_moons has its radius and an even angle.
func TestTwoMoonsReference(t *testing.T) {
	task := lookup(t, "two_moons").(Exact)
	for n := 1; n <= observations(); n++ {
		b := benchmark(t, task, n)
		if mat.Max(b.Reference) > .999 || mat.Min(b.Reference) < -.999 {
			continue // the box cuts the crescent off
		}
		var radius, angle []float64
		for i := range 10_000 {
			th := b.Reference.RawRowView(i)
			p := b.X[0] + math.Abs(th[0]+th[1])/math.Sqrt2 - moonCenter
			q := b.X[1] - (th[1]-th[0])/math.Sqrt2
			radius, angle = append(radius, math.Hypot(p, q)), append(angle, math.Atan2(q, p))
		}
		m, s := stat.MeanStdDev(radius, nil)
		if math.Abs(m-moonRadius) > 4.5*moonSD/100 || math.Abs(s-moonSD) > 4.5*moonSD/math.Sqrt(20_000) {
			t.Errorf("observation %d: radius %.5f ± %.5f", n, m, s)
		}
		if m, s := stat.MeanStdDev(angle, nil); math.Abs(m) > 4.5*math.Pi/math.Sqrt(12)/100 || math.Abs(s-math.Pi/math.Sqrt(12)) > .03 {
			t.Errorf("observation %d: angle %.4f ± %.4f", n, m, s)
		}
	}
}

// The design is the one that the benchmark uses, from its generator.
func TestDesignIsTheBenchmarks(t *testing.T) {
	benchmark(t, lookup(t, "bernoulli_glm"), 1)
	m, err := readBare(folder + "/bernoulli_glm/design_matrix.csv")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range glmDesign() {
		for j, v := range row {
			if math.Abs(v-m[i][j]) > 1e-7*(1+math.Abs(v)) {
				t.Fatalf("element %d, %d is %g, want %g", i, j, v, m[i][j])
			}
		}
	}
	raw, sum := benchmark(t, lookup(t, "bernoulli_glm_raw"), 2), benchmark(t, lookup(t, "bernoulli_glm"), 2)
	for j, want := range sum.X {
		got := 0.0
		for i, row := range glmDesign() {
			got += row[j] * raw.X[i]
		}
		if math.Abs(got-want) > 1e-4 {
			t.Errorf("number %d of Xᵀy is %g, want %g", j, got, want)
		}
	}
}
