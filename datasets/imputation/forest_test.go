package imputation

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sample returns n rows of d features with ties, targets, and a grower that
// holds each row as often as its count says.
func sample(n, d, levels, minLeaf int, seed uint64) (*grower, []int32) {
	r := rand.New(rand.NewPCG(seed, 5))
	x := make([][]float64, d)
	rows := make([]int32, n)
	y := make([]float64, n)
	for k := range x {
		x[k] = make([]float64, n)
		for i := range x[k] {
			x[k][i] = float64(r.IntN(n / 2))
		}
	}
	for i := range y {
		rows[i] = int32(i)
		y[i] = r.NormFloat64()
		if levels > 0 {
			y[i] = float64(r.IntN(levels))
		}
	}
	g := newGrower(x, y, rows, levels, minLeaf)
	for i := range g.count {
		g.count[i] = 1 + r.IntN(3)
	}
	return g, rows
}

// impurity is Σ_rows |y - mean|², levels as one-hot vectors, of the rows on one
// side.
func impurity(g *grower, rows []int32, side func(int32) bool) (sum, n float64) {
	dim := max(g.levels, 1)
	part := func(i int32, k int) float64 {
		if g.levels == 0 {
			return g.y[i]
		}
		if int(g.y[i]) == k {
			return 1
		}
		return 0
	}
	for k := range dim {
		var m, w float64
		for _, i := range rows {
			if side(i) {
				m += float64(g.count[i]) * part(i, k)
				w += float64(g.count[i])
			}
		}
		for _, i := range rows {
			if side(i) {
				sum += float64(g.count[i]) * math.Pow(part(i, k)-m/w, 2)
			}
		}
		n = w
	}
	return sum, n
}

// The split found has the lowest impurity of all, by trying them; another split
// has not, the twin.
func TestSplitIsBest(t *testing.T) {
	for _, levels := range []int{0, 2, 4} {
		for seed := range uint64(5) {
			g, rows := sample(24, 3, levels, 3, seed)
			cost := func(f int, cut float64) float64 {
				a, n := impurity(g, rows, func(i int32) bool { return g.x[f][i] <= cut })
				b, m := impurity(g, rows, func(i int32) bool { return g.x[f][i] > cut })
				if n < 3 || m < 3 {
					return math.Inf(1)
				}
				return a + b
			}
			least, most := math.Inf(1), 0.0
			for f := range g.x {
				for cut := range 12 {
					c := cost(f, float64(cut)+0.5)
					least = min(least, c)
					if !math.IsInf(c, 1) {
						most = max(most, c)
					}
				}
			}
			best := func(c float64) bool { return math.Abs(c-least) < 1e-9 }
			f, cut, ok := g.best(rows, g.sorted)
			if !ok || !best(cost(f, cut)) {
				t.Errorf("%d levels: impurity %g, least %g", levels, cost(f, cut), least)
			}
			if best(most) {
				t.Errorf("%d levels: the worst split passes", levels)
			}
		}
	}
}

// A tree with leaves of one row repeats what it was grown on; leaves hold their
// rows as often as drawn, and no fewer than asked for.
func TestTreeRepeatsItsRows(t *testing.T) {
	for _, levels := range []int{0, 3} {
		for _, minLeaf := range []int{1, 5} {
			g, rows := sample(60, 2, levels, minLeaf, 9)
			for i := range g.x[0] {
				g.x[0][i] = float64(i) // rows differ
			}
			g = newGrower(g.x, g.y, rows, levels, minLeaf)
			tree := g.grow(rows, 60, rand.New(rand.NewPCG(1, 2)))
			drawn, wrong := 0, 0
			for _, i := range rows {
				if g.count[i] == 0 {
					continue
				}
				leaf := tree.find(g.x, int(i))
				if math.Abs(leaf.value-g.y[i]) > 1e-12 {
					wrong++
				}
				inLeaf := 0
				for _, k := range tree.order[leaf.begin:leaf.end] {
					if k == i {
						inLeaf++
					}
				}
				if inLeaf != g.count[i] || int(leaf.end-leaf.begin) < minLeaf {
					t.Fatalf("row %d is drawn %d times and in its leaf %d times of %d", i, g.count[i], inLeaf, leaf.end-leaf.begin)
				}
				drawn += inLeaf
			}
			if drawn != 60 || len(tree.order) != 60 {
				t.Errorf("%d rows of 60 in leaves of %d", drawn, len(tree.order))
			}
			if (wrong == 0) != (minLeaf == 1) {
				t.Errorf("leaves of %d: %d rows not repeated", minLeaf, wrong)
			}
		}
	}
}
