package datasets

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// drawn are n values, sorted.
func drawn(n int, draw func(rng *rand.Rand) float64) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, n)
	for i := range v {
		v[i] = draw(rng)
	}
	slices.Sort(v)
	return v
}

var amounts = []float64{594, 1055, 2174, 3103, 4386, 5013, 7298, 7688, 10520, 15024, 27828, 99999}

func TestAtoms(t *testing.T) {
	const n = 4000
	amount := func(rng *rand.Rand) float64 { return amounts[rng.IntN(len(amounts))] }
	for _, c := range []struct {
		name   string
		values []float64
		want   []float64 // nil for none
	}{
		{"normals", drawn(n, func(r *rand.Rand) float64 { return r.NormFloat64() }), nil},
		{"years of age", drawn(n, func(r *rand.Rand) float64 { return float64(17 + r.IntN(60)) }), nil},
		{"multiples of .005", drawn(n, func(r *rand.Rand) float64 { return math.Round(100*math.Abs(r.NormFloat64())) * .005 }), nil},
		{"children", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(4)) }), nil},
		{"yes and no", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(2)) }), nil},
		{"prices, hardly repeated", drawn(n, func(r *rand.Rand) float64 { return math.Round(1e4*r.ExpFloat64()) / 100 }), nil},
		{"zeros and normals", drawn(n, func(r *rand.Rand) float64 {
			if r.IntN(3) == 0 {
				return 0
			}
			return r.NormFloat64()
		}), []float64{0}},
		{"amounts", drawn(n, amount), amounts},
		{"zeros and amounts", drawn(n, func(r *rand.Rand) float64 {
			if r.IntN(10) > 0 {
				return 0
			}
			return amount(r)
		}), append([]float64{0}, amounts...)},
	} {
		got := findAtoms(c.values, n)
		least := len(c.want)
		if least > 1 {
			least-- // one value remains a number
		}
		if len(got) > len(c.want) || len(got) < least {
			t.Errorf("%s: %d atoms, want %v", c.name, len(got), c.want)
		}
		last := math.Inf(-1)
		for _, a := range got {
			at, end := slices.BinarySearch(c.values, a.Value)
			if !end || !slices.Contains(c.want, a.Value) || a.Value <= last {
				t.Errorf("%s: %g is an atom", c.name, a.Value)
				continue
			}
			last = a.Value
			k := at
			for k < n && c.values[k] == a.Value {
				k++
			}
			if a.Share != float64(k-at)/n {
				t.Errorf("%s: the share of %g is %g", c.name, a.Value, a.Share)
			}
		}
	}
}

// Rare values are not levels of their own.
func TestRareAmountsStayNumbers(t *testing.T) {
	v := drawn(1000, func(r *rand.Rand) float64 { return amounts[r.IntN(8)] })
	for _, rare := range []float64{123456, 77777} {
		v = append(v, rare, rare)
	}
	slices.Sort(v)
	f := Field{Name: "gain", Type: TypeInteger, Digits: &Digits{}, Atoms: findAtoms(v, len(v))}
	for i, x := range v {
		if a := f.atom(x); (a >= 0) != (x < 70000) || a >= 0 && f.Atoms[a].Value != x {
			t.Fatalf("row %d: %g is atom %d", i, x, a)
		}
	}
	if f.atom(math.NaN()) >= 0 || f.atom(595) >= 0 {
		t.Error("what no row has is an atom")
	}
	if n := len(f.Atoms); n != 8 {
		t.Errorf("%d atoms, want 8", n)
	}
}
