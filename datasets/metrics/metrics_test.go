package metrics

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/internal/stream"
)

func TestKolmogorovSmirnov(t *testing.T) {
	for _, c := range []struct {
		x, y []float64
		want float64
	}{
		{[]float64{1}, []float64{1}, 0},
		{[]float64{1}, []float64{2}, 1},
		{[]float64{3, 1, 2}, []float64{2, 3, 1}, 0},
		{[]float64{1, 2, 3, 4}, []float64{3, 4, 5, 6}, .5},
		{[]float64{0, 0, 0, 1}, []float64{0, 1, 1, 1}, .5},       // ties within and across
		{[]float64{0, 0, 0}, []float64{0}, 0},                    // all tied
		{[]float64{1, 1, 2}, []float64{1, 2, 2, 2}, 2./3 - 1./4}, // unequal sizes
		{[]float64{math.Inf(-1), 0}, []float64{0, math.Inf(1)}, .5},
		{[]float64{1, math.NaN()}, []float64{1}, math.NaN()},
	} {
		x := slices.Clone(c.x)
		got := KolmogorovSmirnov(c.x, c.y)
		if math.Abs(got-c.want) > 1e-15 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("KolmogorovSmirnov(%v, %v) = %v, want %v", c.x, c.y, got, c.want)
		}
		if !math.IsNaN(c.want) && !slices.Equal(x, c.x) {
			t.Error("the argument is sorted in place")
		}
	}
}

// bruteKS evaluates both distribution functions at every value.
func bruteKS(x, y []float64) float64 {
	f := func(s []float64, v float64) float64 {
		n := 0
		for _, w := range s {
			if w <= v {
				n++
			}
		}
		return float64(n) / float64(len(s))
	}
	top := 0.0
	for _, v := range slices.Concat(x, y) {
		top = max(top, math.Abs(f(x, v)-f(y, v)))
	}
	return top
}

// bruteW is ∫|F - G| by the sum over sorted values.
func bruteW(x, y []float64) float64 {
	all := slices.Concat(x, y)
	slices.Sort(all)
	sum := 0.0
	for i := 1; i < len(all); i++ {
		n, m := 0, 0
		for _, v := range x {
			if v <= all[i-1] {
				n++
			}
		}
		for _, v := range y {
			if v <= all[i-1] {
				m++
			}
		}
		sum += (all[i] - all[i-1]) * math.Abs(float64(n)/float64(len(x))-float64(m)/float64(len(y)))
	}
	return sum
}

func TestMarginalsAgainstBruteForce(t *testing.T) {
	rng := stream.New(1, "brute")
	for range 300 {
		x, y := make([]float64, 1+rng.IntN(30)), make([]float64, 1+rng.IntN(30))
		decimals := math.Pow10(rng.IntN(3)) // 1: many ties
		for _, s := range [][]float64{x, y} {
			for i := range s {
				s[i] = math.Round(rng.NormFloat64()*2*decimals) / decimals
			}
		}
		if got, want := KolmogorovSmirnov(x, y), bruteKS(x, y); math.Abs(got-want) > 1e-14 {
			t.Fatalf("KolmogorovSmirnov(%v, %v) = %v, want %v", x, y, got, want)
		}
		if got, want := Wasserstein(x, y), bruteW(x, y); math.Abs(got-want) > 1e-12 {
			t.Fatalf("Wasserstein(%v, %v) = %v, want %v", x, y, got, want)
		}
	}
}

// For two samples of one law √(nm/(n+m)) KS has Kolmogorov's distribution,
// whose mean is √(π/2) ln 2 = 0.8687 and standard deviation 0.2603.
func TestKolmogorovSmirnovNull(t *testing.T) {
	const n, runs = 400, 400
	rng := stream.New(2, "null")
	mean := func(shift float64) float64 {
		sum := 0.0
		x, y := make([]float64, n), make([]float64, n)
		for range runs {
			for i := range n {
				x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()+shift
			}
			sum += math.Sqrt(n/2) * KolmogorovSmirnov(x, y)
		}
		return sum / runs
	}
	// The continuity correction for n = 400 is about 1/(6√(n/2)) = 0.012.
	limit := 4*.2603/math.Sqrt(runs) + .02
	if got := mean(0); math.Abs(got-.8687) > limit {
		t.Errorf("mean %.4f, want 0.8687 within %.4f", got, limit)
	}
	if got := mean(.1); math.Abs(got-.8687) < limit {
		t.Errorf("a shift of 0.1 leaves the mean at %.4f", got)
	}
}

func TestKolmogorovSmirnovColumns(t *testing.T) {
	real := mat.NewDense(4, 2, []float64{0, 1, 2, 1, 4, 1, 6, 1})
	synthetic := mat.NewDense(2, 2, []float64{1, 3, 5, 5})
	ks := make([]float64, 2)
	KolmogorovSmirnovColumns(ks, real, synthetic)
	if ks[0] != .25 || ks[1] != 1 {
		t.Errorf("columns %v", ks)
	}
}

func TestCorrelationDifference(t *testing.T) {
	up := mat.NewDense(3, 2, []float64{1, 10, 2, 20, 3, 30})
	down := mat.NewDense(4, 2, []float64{1, 3, 2, 2, 3, 1, 2, 2})
	flat := mat.NewDense(3, 2, []float64{1, .1, 2, .1, 3, .1})
	for _, c := range []struct {
		x, y *mat.Dense
		want float64
	}{
		{up, up, 0}, {up, down, 2}, {up, flat, 1}, {flat, flat, 0},
		{mat.NewDense(2, 1, nil), mat.NewDense(3, 1, nil), 0},
	} {
		if got := CorrelationDifference(c.x, c.y); math.Abs(got-c.want) > 1e-14 {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
	// One pair of three differs, by 1.
	x := mat.NewDense(4, 3, []float64{1, 1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1})
	y := mat.NewDense(4, 3, []float64{1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1})
	rho := func(m *mat.Dense, j, k int) float64 {
		return stat.Correlation(mat.Col(nil, j, m), mat.Col(nil, k, m), nil)
	}
	want := (math.Abs(rho(x, 0, 1)-rho(y, 0, 1)) + math.Abs(rho(x, 0, 2)-rho(y, 0, 2)) + math.Abs(rho(x, 1, 2)-rho(y, 1, 2))) / 3
	if got := CorrelationDifference(x, y); math.Abs(got-want) > 1e-14 || want == 0 {
		t.Errorf("%v, want %v", got, want)
	}
	flat.Set(1, 1, math.NaN())
	if !math.IsNaN(CorrelationDifference(up, flat)) {
		t.Error("a NaN in a constant column is lost")
	}
	y.Set(0, 0, math.NaN())
	if !math.IsNaN(CorrelationDifference(x, y)) {
		t.Error("a NaN is lost")
	}
}

func TestSlicedWasserstein(t *testing.T) {
	const n, d, projections = 50, 5, 2000
	rng := stream.New(3, "sliced")
	x, y := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	x.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, x)
	delta := []float64{1, -2, 0, 2, 4} // of length 5
	y.Apply(func(_, j int, v float64) float64 { return v + delta[j] }, x)
	// θ·δ has mean square |δ|²/d, which bounds the variance of its modulus.
	a, _ := math.Lgamma(d / 2.)
	b, _ := math.Lgamma((d + 1) / 2.)
	mean := 5 * math.Exp(a-b) / math.Sqrt(math.Pi)
	se := math.Sqrt((25./d - mean*mean) / projections)
	got := SlicedWasserstein(x, y, projections, 1)
	if math.Abs(got-mean) > 4*se {
		t.Errorf("%.4f, want %.4f ± %.4f", got, mean, se)
	}
	if SlicedWasserstein(x, y, projections, 1) != got || SlicedWasserstein(x, y, projections, 2) == got {
		t.Error("not a function of the seed")
	}
	if SlicedWasserstein(x, x, 10, 1) != 0 {
		t.Error("a sample is not at distance 0 from itself")
	}
	// In one dimension there is one direction, up to sign.
	p, q := []float64{1, 4, 2}, []float64{0, 0, 7, 3}
	if got, want := SlicedWasserstein(mat.NewDense(3, 1, p), mat.NewDense(4, 1, q), 3, 1), Wasserstein(p, q); math.Abs(got-want) > 1e-14 {
		t.Errorf("%v in one dimension, want %v", got, want)
	}
}

func TestMisusePanics(t *testing.T) {
	one, two := mat.NewDense(2, 1, nil), mat.NewDense(2, 2, nil)
	for name, f := range map[string]func(){
		"empty":       func() { KolmogorovSmirnov(nil, []float64{1}) },
		"empty W":     func() { Wasserstein([]float64{1}, nil) },
		"columns":     func() { CorrelationDifference(one, two) },
		"dst":         func() { KolmogorovSmirnovColumns(make([]float64, 1), two, two) },
		"projections": func() { SlicedWasserstein(two, two, 0, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
