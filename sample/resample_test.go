package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var resamplers = []Resampler{Systematic, Stratified, Multinomial, Residual}

// offspring counts the copies of each particle.
func offspring(idx []int, k int) []int {
	n := make([]int, k)
	for _, i := range idx {
		n[i]++
	}
	return n
}

// A resample is the method under test, or a broken one.
type resample func(idx []int, w []float64, r *rand.Rand)

// checkUnbiased returns how mean offspring counts differ from n W, or "".
func checkUnbiased(f resample) string {
	r := rand.New(rand.NewPCG(1, 2))
	w := []float64{0.3, 0.001, 0, 0.05, 0.249, 0.4}
	const n, replicas = 7, 20000
	mean, square, idx := make([]float64, len(w)), make([]float64, len(w)), make([]int, n)
	for range replicas {
		f(idx, w, r)
		for i, c := range offspring(idx, len(w)) {
			mean[i] += float64(c) / replicas
			square[i] += float64(c*c) / replicas
		}
	}
	for i, v := range w {
		se := math.Sqrt(math.Max(square[i]-mean[i]*mean[i], n*v/replicas) / replicas)
		if math.Abs(mean[i]-n*v) > 4*se {
			return fmt.Sprintf("particle %d: %.4f copies on average, want %.4f ± %.4f", i, mean[i], n*v, se)
		}
	}
	return ""
}

func TestResamplersAreUnbiased(t *testing.T) {
	for _, m := range resamplers {
		if diff := checkUnbiased(m.Resample); diff != "" {
			t.Errorf("%v: %s", m, diff)
		}
	}
	floored := func(idx []int, w []float64, r *rand.Rand) { // weights with a floor, as in some codes
		v := make([]float64, len(w))
		for i := range v {
			v[i] = math.Max(w[i], 0.01)
		}
		Systematic.Resample(idx, v, r)
	}
	if checkUnbiased(floored) == "" {
		t.Error("floored weights pass")
	}
	nearest := func(idx []int, w []float64, _ *rand.Rand) { // quantiles (j+½)/n
		sweep(idx, len(w), func(i int) float64 { return w[i] }, 1, func(j int) float64 { return (float64(j) + 0.5) / float64(len(idx)) })
	}
	if checkUnbiased(nearest) == "" {
		t.Error("fixed quantiles pass")
	}
}

// bounds of the number of copies: systematic takes ⌊nW⌋ or ⌈nW⌉, residual at
// least ⌊nW⌋, stratified less than nW + 2 and more than nW - 2.
func checkBounds(m Resampler, w []float64, n int, r *rand.Rand) string {
	total := 0.0
	for _, v := range w {
		total += v
	}
	idx := make([]int, n)
	m.Resample(idx, w, r)
	for i, c := range offspring(idx, len(w)) {
		want, got, eps := float64(n)*w[i]/total, float64(c), 1e-9*float64(n)
		bad := w[i] == 0 && c > 0
		switch m {
		case Systematic:
			bad = bad || got < math.Floor(want-eps) || got > math.Ceil(want+eps)
		case Stratified:
			bad = bad || math.Abs(got-want) > 2
		case Residual:
			bad = bad || got < math.Floor(want-eps)
		}
		if bad {
			return fmt.Sprintf("%d copies of a particle with n W = %g", c, want)
		}
	}
	return ""
}

func TestResamplersKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(resamplers).Draw(t, "method")
		w := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 { // from e^-700 to 1, and 0
			if rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
				return 0
			}
			return math.Exp(-rapid.Float64Range(0, 700).Draw(t, "log weight"))
		}), 1, 40).Draw(t, "weights")
		w[rapid.IntRange(0, len(w)-1).Draw(t, "heavy")] = 1
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if diff := checkBounds(m, w, rapid.IntRange(1, 60).Draw(t, "n"), r); diff != "" {
			t.Fatalf("%v: %s", m, diff)
		}
	})
	r := rand.New(rand.NewPCG(3, 0))
	failed := false
	for range 20 {
		idx, w := make([]int, 30), []float64{0.3, 0.3, 0.4}
		Multinomial.Resample(idx, w, r)
		for i, c := range offspring(idx, 3) {
			failed = failed || math.Abs(float64(c)-30*w[i]) > 1
		}
	}
	if !failed {
		t.Error("multinomial draws keep the bounds of systematic ones: the check is blind")
	}
}

// Multinomial draws have the variance n W (1-W); the others no more.
func TestResamplersOrderTheirVariances(t *testing.T) {
	w := []float64{0.35, 0.2, 0.05, 0.4}
	const n, replicas = 10, 20000
	for _, m := range resamplers {
		r := rand.New(rand.NewPCG(7, uint64(m)))
		idx := make([]int, n)
		for i, v := range w {
			sum := 0.0
			for range replicas {
				m.Resample(idx, w, r)
				e := float64(offspring(idx, 4)[i]) - n*v
				sum += e * e / replicas
			}
			want := n * v * (1 - v)
			se := want * math.Sqrt(3./replicas)
			if sum > want+4*se || m == Multinomial && sum < want-4*se {
				t.Errorf("%v, particle %d: variance %.4f, multinomial %.4f", m, i, sum, want)
			}
		}
	}
}

func TestResampleRefusesBadWeights(t *testing.T) {
	for _, w := range [][]float64{{0, 0}, {math.NaN(), 1}, {-1, 2}, {math.Inf(1), 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", w)
				}
			}()
			Systematic.Resample(make([]int, 3), w, rand.New(rand.NewPCG(1, 1)))
		}()
	}
}
