package toy

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func lookup(t *testing.T, name string) Law {
	t.Helper()
	l, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func forEachLaw(t *testing.T, f func(t *testing.T, l Law)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) { f(t, lookup(t, name)) })
	}
}

// edge bounds all laws: they have less than 1e-9 of their mass outside
// [-edge, edge]².
const edge = 6

// step is the grid on which a law's density is integrated: below its noise, so
// that the error of the sum, which falls like exp(-2π²(σ/h)²), is below 1e-6.
func step(l Law) float64 {
	switch l.Name() {
	case "8gaussians", "swissroll", "moons", "circles":
		return 0.125
	case "checkerboard":
		return 0.5
	}
	return 0.08
}

// integrate returns ∫p and -∫p ln p by the midpoint rule.
func integrate(l Law, h float64) (mass, entropy float64) {
	n := int(math.Round(edge / h))
	for i := -n; i < n; i++ {
		for j := -n; j < n; j++ {
			if lp := l.logDensity((float64(i)+.5)*h, (float64(j)+.5)*h); lp > -80 {
				mass += math.Exp(lp) * h * h
				entropy -= lp * math.Exp(lp) * h * h
			}
		}
	}
	return mass, entropy
}

func TestEntropyByQuadrature(t *testing.T) {
	forEachLaw(t, func(t *testing.T, l Law) {
		if testing.Short() && (l.Name() == "rings" || l.Name() == "pinwheel" || l.Name() == "2spirals") {
			t.Skip("slow density")
		}
		mass, entropy := integrate(l, step(l))
		want, known := l.Entropy()
		t.Logf("mass %.9f entropy %.7f", mass, entropy)
		if !known || math.Abs(mass-1) > 1e-6 || math.Abs(entropy-want) > 6e-6 {
			t.Errorf("mass %.9f, entropy %.6f, stated %.6f", mass, entropy, want)
		}
	})
}

// The printed values of an independent computation, which scatters kernels on
// a fine grid, to their last digit. For 2spirals it gives 2.6445, having ten
// points for each side of the square: that takes 1/100 off the variance of a
// uniform and 0.0009 nats off the entropy.
func TestEntropyIsTheReference(t *testing.T) {
	for name, want := range map[string]float64{
		"8gaussians": 2.8319, "checkerboard": 3.4657, "moons": 2.3939, "circles": 3.2681, "rings": 2.6232,
		"swissroll": 2.6697, "pinwheel": 2.3178,
	} {
		if got, _ := lookup(t, name).Entropy(); math.Abs(got-want) > 5.1e-5 {
			t.Errorf("%s: %.5f, want %.4f", name, got, want)
		}
	}
}

// sampleMisfit says how the sample of one law contradicts the density of
// another, or "". Under the null the mean of -ln p has the entropy as its
// expectation, and the counts of cells a χ² close to its degrees of freedom.
func sampleMisfit(sampler, density Law, n int) string {
	x, lp := mat.NewDense(n, 2, nil), make([]float64, n)
	sampler.Sample(x, 11, 0)
	density.LogProb(lp, x)
	mean, variance := stat.MeanVariance(lp, nil)
	h, _ := density.Entropy()
	if se := math.Sqrt(variance/float64(n)) + 1e-6; !(math.Abs(mean+h) < 4*se) {
		return fmt.Sprintf("mean of -ln p is %.4f ± %.4f, the entropy %.4f", -mean, se, h)
	}
	const cells, width = 24, 0.5 // of [-edge, edge]²
	var count, want [cells * cells]float64
	for i := range n {
		a, b := int(math.Floor(x.At(i, 0)/width))+cells/2, int(math.Floor(x.At(i, 1)/width))+cells/2
		if a < 0 || a >= cells || b < 0 || b >= cells {
			return fmt.Sprintf("a point at %v", x.RawRowView(i))
		}
		count[a*cells+b]++
	}
	fine := 6 // points of a cell, each way
	if testing.Short() {
		fine = 3
	}
	for c := range want {
		for k := range fine * fine {
			px := (float64(c/cells-cells/2) + (float64(k/fine)+.5)/float64(fine)) * width
			py := (float64(c%cells-cells/2) + (float64(k%fine)+.5)/float64(fine)) * width
			want[c] += math.Exp(density.logDensity(px, py)) * width * width / float64(fine*fine) * float64(n)
		}
	}
	var chi, df, restCount, restWant float64
	for c := range want {
		if want[c] < 5 { // too few for the approximation: together in one cell
			restCount += count[c]
			restWant += want[c]
			continue
		}
		chi += (count[c] - want[c]) * (count[c] - want[c]) / want[c]
		df++
	}
	chi += (restCount - restWant) * (restCount - restWant) / max(restWant, 5)
	if limit := df + 5*math.Sqrt(2*df); !(chi < limit) {
		return fmt.Sprintf("χ² is %.0f, at most %.0f expected", chi, limit)
	}
	return ""
}

func TestSampleHasTheDensity(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 1000
	}
	forEachLaw(t, func(t *testing.T, l Law) {
		if misfit := sampleMisfit(l, l, n); misfit != "" {
			t.Error(misfit)
		}
	})
}

// Samples of a law that is a little wrong are found out.
func TestSampleMisfitIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("the check is weaker with few rows")
	}
	circles := lookup(t, "circles")
	for name, wrong := range map[string]Law{
		"noise":  mixture(0, circle(3, .26), circle(1.5, .26)),
		"radius": mixture(0, circle(3.05, .24), circle(1.5, .24)),
		"shares": mixture(0, circle(3, .24), circle(3, .24), circle(1.5, .24), circle(1.5, .24), circle(1.5, .24)),
		"arc":    mixture(0, newCurve(.24, func(u float64) (x, y float64) { return 3 * math.Cos(6.1*u), 3 * math.Sin(6.1*u) }), circle(1.5, .24)),
	} {
		wrong.name = circles.name
		if misfit := sampleMisfit(wrong, circles, 20000); misfit == "" {
			t.Errorf("a wrong %s is not found", name)
		}
	}
}

func TestSampleDoesNotAllocatePerRow(t *testing.T) {
	l, small, large := lookup(t, "moons"), mat.NewDense(1, 2, nil), mat.NewDense(500, 2, nil)
	one := testing.AllocsPerRun(20, func() { l.Sample(small, 1, 0) })
	if many := testing.AllocsPerRun(20, func() { l.Sample(large, 1, 0) }); many != one {
		t.Errorf("%g allocations for 500 rows, %g for one", many, one)
	}
}

// Row i depends on (seed, name, i) alone.
func TestRowsAreIndependentOfBlocks(t *testing.T) {
	forEachLaw(t, func(t *testing.T, l Law) {
		all, tail, other := mat.NewDense(50, 2, nil), mat.NewDense(20, 2, nil), mat.NewDense(50, 2, nil)
		l.Sample(all, 5, 0)
		l.Sample(tail, 5, 30)
		if !mat.Equal(all.Slice(30, 50, 0, 2), tail) {
			t.Error("a block depends on where it starts")
		}
		l.Sample(other, 6, 0)
		if mat.Equal(all, other) {
			t.Error("the seed is ignored")
		}
	})
}

// The rows are a promise, so the first of each law is fixed here.
func TestSampleIsPinned(t *testing.T) {
	for name, want := range map[string][2]float64{} {
		x := mat.NewDense(1, 2, nil)
		lookup(t, name).Sample(x, 1, 0)
		if math.Abs(x.At(0, 0)-want[0]) > 1e-14 || math.Abs(x.At(0, 1)-want[1]) > 1e-14 { // some machines fuse multiply and add
			t.Errorf("%s starts with %v, want %v", name, x.RawRowView(0), want)
		}
	}
}

// A label is the component that the row was drawn from.
func TestLabels(t *testing.T) {
	const n = 1000
	forEachLaw(t, func(t *testing.T, l Law) {
		x, labels := mat.NewDense(n, 2, nil), make([]float64, n)
		l.Sample(x, 9, 100)
		l.Labels(labels, 9, 100)
		k := l.Classes()
		count, right := make([]float64, k), 0
		for i, label := range labels {
			count[int(label)]++
			best, top := 0, math.Inf(-1)
			for c := range k {
				if lp := l.components[c].logDensity(x.At(i, 0), x.At(i, 1)); lp > top {
					best, top = c, lp
				}
			}
			if best == int(label) {
				right++
			}
		}
		if right < n*97/100 { // the classes overlap by less
			t.Errorf("%d of %d labels are those of the densest class", right, n)
		}
		p := 1 / float64(k)
		for c, m := range count {
			if math.Abs(m-n*p) > 5*math.Sqrt(n*p*(1-p)) {
				t.Errorf("class %d has %g of %d rows", c, m, n)
			}
		}
		a, b := make([]float64, n), make([]float64, n)
		l.LogProb(a, x)
		l.ClassLogProb(b, x, 0)
		for i := range a {
			if k == 1 && a[i] != b[i] || b[i] > a[i]+math.Log(float64(k))+1e-12 {
				t.Fatalf("row %d has log density %g, %g in class 0", i, a[i], b[i])
			}
		}
	})
}

func TestLookupErrors(t *testing.T) {
	_, err := Lookup("8gausians")
	if err == nil || !strings.Contains(err.Error(), `did you mean 8gaussians?`) {
		t.Errorf("error %v", err)
	}
	if _, err := Lookup(""); err == nil || strings.Contains(err.Error(), "did you mean") || !strings.Contains(err.Error(), `"s-curve"`) {
		t.Errorf("error %v", err)
	}
}

// Far from the data the density underflows, its logarithm does not.
func TestLogProbFarAway(t *testing.T) {
	for _, name := range []string{"8gaussians", "moons", "rings", "2spirals"} {
		l := lookup(t, name)
		near, far := l.logDensity(40, 30), l.logDensity(80, 60)
		if math.IsInf(near, 0) || !(far < near) || near > -1000 {
			t.Errorf("%s: ln p is %g at distance 50, %g at 100", name, near, far)
		}
	}
	for _, a := range []float64{28, 29.9, 30, 30.1, 33} {
		direct := math.Log((math.Erfc(a/math.Sqrt2) - math.Erfc((a+1.5)/math.Sqrt2)) / 2)
		top := logTail(a)
		if series := top + math.Log1p(-math.Exp(logTail(a+1.5)-top)); math.Abs(series-direct) > 1e-9 {
			t.Errorf("at %g the series gives %.12g, erfc %.12g", a, series, direct)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			l, _ := Lookup(name)
			x := mat.NewDense(1024, 2, nil)
			for b.Loop() {
				l.Sample(x, 1, 0)
			}
		})
	}
}
