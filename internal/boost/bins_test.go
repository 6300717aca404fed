package boost

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// faithful says where the codes of t do not stand for the values of x.
func faithful(t *table, x *mat.Dense) error {
	n, p := x.Dims()
	for j := range p {
		c := &t.columns[j]
		if t.bundle[j] < 0 {
			if c.slots() != 1 {
				return fmt.Errorf("column %d of %d slots is left out", j, c.slots())
			}
			continue
		}
		b := &t.bundles[t.bundle[j]]
		m := &b.members[t.place[j]]
		for i := range n {
			got := m.common
			for s := range c.slots() {
				if (m.whole || s != m.common) && m.code(s) == int(b.code[i]) {
					got = s
				}
			}
			want := c.bins() // the slot of the missing
			if v := x.At(i, j); !math.IsNaN(v) {
				want = 0
				for _, cut := range c.cuts {
					if v >= cut {
						want++
					}
				}
			}
			if got != want || int(b.code[i]) >= b.size {
				return fmt.Errorf("row %d, column %d: slot %d, want %d", i, j, got, want)
			}
		}
	}
	return nil
}

func TestCodesAreFaithful(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := drawRows(r)
		tb := newTable(x, rapid.IntRange(2, 6).Draw(r, "bins"), 2)
		if err := faithful(tb, x); err != nil {
			r.Fatal(err)
		}
		if len(tb.bundles) == 0 {
			return
		}
		i := rapid.IntRange(0, tb.rows-1).Draw(r, "row")
		b := &tb.bundles[rapid.IntRange(0, len(tb.bundles)-1).Draw(r, "bundle")]
		b.code[i] = uint8((int(b.code[i]) + 1) % b.size)
		if faithful(tb, x) == nil {
			r.Fatal("a wrong code passes")
		}
	})
}

// Three categories of ten levels, one-hot, need three bundles, and a column
// that meets them in a row needs its own.
func TestOneHotIsBundled(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	x := mat.NewDense(500, 31, nil)
	for i := range 500 {
		for j := 0; j < 30; j += 10 {
			x.Set(i, j+rng.IntN(10), 1)
		}
		x.Set(i, 30, float64(rng.IntN(4)))
	}
	tb := newTable(x, maxBins, 1)
	if err := faithful(tb, x); err != nil {
		t.Error(err)
	}
	if len(tb.bundles) != 4 {
		t.Errorf("%d bundles, want 4", len(tb.bundles))
	}
}

// quantiles says what is wrong with cuts of the sorted values.
func quantiles(cuts, sorted []float64, limit int) error {
	if len(cuts) >= limit {
		return fmt.Errorf("%d cuts for %d bins", len(cuts), limit)
	}
	for i := 1; i < len(cuts); i++ {
		if !(cuts[i] > cuts[i-1]) {
			return fmt.Errorf("cuts %d and %d do not increase: %v", i-1, i, cuts)
		}
	}
	distinct := slices.Compact(slices.Clone(sorted))
	if want := len(distinct) - 1; len(distinct) <= limit && len(cuts) != max(want, 0) {
		return fmt.Errorf("%d distinct values have %d cuts", len(distinct), len(cuts))
	}
	lo := 0
	for b := range len(cuts) + 1 {
		hi := len(sorted)
		if b < len(cuts) {
			hi, _ = slices.BinarySearch(sorted, cuts[b])
		}
		if hi == lo && len(sorted) > 0 {
			return fmt.Errorf("bin %d is empty", b)
		}
		// Bins start at consecutive ranks n·k/limit, but for values that may
		// not be parted: without the run of the first value, a bin is no
		// longer than one such distance.
		run := lo
		for run < hi && sorted[run] == sorted[lo] {
			run++
		}
		if most := len(sorted)/limit + 1; len(distinct) > limit && hi-run > most {
			return fmt.Errorf("bin %d has %d rows beside those of its first value, want at most %d", b, hi-run, most)
		}
		lo = hi
	}
	return nil
}

func TestQuantileCuts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.OneOf(
			rapid.SliceOf(rapid.Float64()),
			rapid.SliceOf(rapid.Map(rapid.IntRange(0, 20), func(i int) float64 { return math.Exp2(float64(i)) })),
		).Draw(r, "values")
		slices.Sort(values)
		limit := rapid.IntRange(2, 8).Draw(r, "limit")
		cuts := quantileCuts(values, limit)
		if err := quantiles(cuts, values, limit); err != nil {
			r.Fatal(err)
		}
		if len(cuts) > 1 && quantiles(cuts[1:], values, limit) == nil && len(slices.Compact(slices.Clone(values))) <= limit {
			r.Fatal("a missing cut passes")
		}
	})
}

func TestBetween(t *testing.T) {
	next := math.Nextafter(1, 2)
	for _, c := range [][2]float64{{1, 2}, {1, next}, {0, 5e-324}, {-math.MaxFloat64, math.MaxFloat64}, {math.MaxFloat64 / 2, math.MaxFloat64}} {
		if m := between(c[0], c[1]); !(c[0] < m && m <= c[1]) {
			t.Errorf("between(%g, %g) is %g", c[0], c[1], m)
		}
	}
}

// Any n numbers within the top sum without overflow, and one number is known
// to 2⁻⁶² of n times the top.
func TestFixedPoint(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, math.MaxInt32).Draw(r, "n")
		top := rapid.Float64Range(0, 1e150).Draw(r, "top")
		v := top * rapid.Float64Range(-1, 1).Draw(r, "share")
		s := scale(top, n)
		// Half a unit of rounding per row beside the bound itself.
		if float64(fixed(top, s))*float64(n) > math.Exp2(bits)+float64(n) {
			r.Fatalf("%d times %g at scale %g overflow", n, top, s)
		}
		if got := float64(fixed(v, s)) / s; math.Abs(got-v) > math.Exp2(2-bits)*float64(n)*top+math.Abs(v)*0x1p-52+1/s {
			r.Fatalf("%g became %g", v, got)
		}
	})
}
