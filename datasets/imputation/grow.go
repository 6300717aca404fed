package imputation

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
)

type grower struct {
	x       [][]float64 // features, one slice each
	y       []float64
	levels  int
	minLeaf int
	sorted  [][]int32 // rows in increasing order of each feature
	count   []int     // of each row in the sample
	left    []bool    // side of each row in the split at hand
	scratch []int32
	classes [2][]float64
}

// newGrower sorts rows, which index x and y, by each of the features.
func newGrower(x [][]float64, y []float64, rows []int32, levels, minLeaf int) *grower {
	g := &grower{x: x, y: y, levels: levels, minLeaf: minLeaf, sorted: make([][]int32, len(x))}
	for f := range x {
		v := x[f]
		g.sorted[f] = slices.Clone(rows)
		slices.SortStableFunc(g.sorted[f], func(a, b int32) int { return cmp.Compare(v[a], v[b]) })
	}
	return g.fork()
}

// fork returns a grower of the same rows for another goroutine.
func (g *grower) fork() *grower {
	t := *g
	t.count, t.left, t.scratch = make([]int, len(g.y)), make([]bool, len(g.y)), nil
	for i := range t.classes {
		t.classes[i] = make([]float64, g.levels)
	}
	return &t
}

func (g *grower) grow(rows []int32, n int, r *rand.Rand) tree {
	clear(g.count)
	for range n {
		g.count[rows[r.IntN(len(rows))]]++
	}
	inBag := func(all []int32) []int32 {
		s := make([]int32, 0, min(n, len(all)))
		for _, i := range all {
			if g.count[i] > 0 {
				s = append(s, i)
			}
		}
		return s
	}
	sorted := make([][]int32, len(g.sorted))
	for f := range sorted {
		sorted[f] = inBag(g.sorted[f])
	}
	order := sorted[0]
	g.scratch = make([]int32, len(order))
	t := tree{nodes: make([]node, 1, 2*len(order))}
	g.split(&t, 0, order, sorted)
	return t
}

// split makes node at, which holds the rows of order, and all below it.
func (g *grower) split(t *tree, at int, order []int32, sorted [][]int32) {
	feature, cut, ok := g.best(order, sorted)
	if !ok {
		g.leaf(t, at, order)
		return
	}
	left := len(t.nodes)
	t.nodes = append(t.nodes, node{}, node{})
	t.nodes[at] = node{at: cut, feature: int32(feature), left: int32(left)}
	for _, i := range order {
		g.left[i] = g.x[feature][i] <= cut
	}
	lower, upper := make([][]int32, len(sorted)), make([][]int32, len(sorted))
	for f, rows := range sorted {
		k := g.partition(rows)
		lower[f], upper[f] = rows[:k], rows[k:]
	}
	g.split(t, left, lower[0], lower)
	g.split(t, left+1, upper[0], upper)
}

func (g *grower) partition(rows []int32) int {
	k, m := 0, 0
	for _, i := range rows {
		if g.left[i] {
			rows[k] = i
			k++
		} else {
			g.scratch[m] = i
			m++
		}
	}
	copy(rows[k:], g.scratch[:m])
	return k
}

func (g *grower) leaf(t *tree, at int, order []int32) {
	begin := len(t.order)
	var n, sum float64
	class := g.classes[0]
	clear(class)
	for _, i := range order {
		w := float64(g.count[i])
		n += w
		if g.levels > 0 {
			class[int(g.y[i])] += w
		} else {
			sum += w * g.y[i]
		}
		for range g.count[i] {
			t.order = append(t.order, i)
		}
	}
	v := sum / n
	if g.levels > 0 {
		v = float64(floats.MaxIdx(class))
	}
	t.nodes[at] = node{value: v, begin: int32(begin), end: int32(len(t.order))}
}
