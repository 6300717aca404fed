package gaps

import (
	"math/rand/v2"
	"slices"
)

// forest is a bag of regression or classification trees (Breiman 2001), each
// grown on a bootstrap sample of the rows until its leaves are pure, or small.
// With all columns tried at each split, as in MissForest's common settings, the
// bootstrap is all that makes trees differ.
type forest struct {
	trees  []tree
	levels int // of the target, 0 for numbers
}

// tree is a list of nodes; the first is the root.
type tree struct {
	nodes []node
	order []int32 // training rows by leaf, repeated as drawn
}

// node is a split, rows with x ≤ at going to left and others to left+1, or a
// leaf, when left is 0.
type node struct {
	at         float64
	value      float64 // of a leaf: mean, or most frequent level
	feature    int32
	left       int32
	begin, end int32 // of a leaf: its rows in order
}

// grower builds trees on one set of rows.
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

// newGrower sorts rows, which index x and y, by each feature. There is one
// feature at least.
func newGrower(x [][]float64, y []float64, rows []int32, levels, minLeaf int) *grower {
	g := &grower{x: x, y: y, levels: levels, minLeaf: minLeaf, sorted: make([][]int32, len(x))}
	for f := range x {
		v := x[f]
		g.sorted[f] = slices.Clone(rows)
		slices.SortStableFunc(g.sorted[f], func(a, b int32) int {
			switch {
			case v[a] < v[b]:
				return -1
			case v[a] > v[b]:
				return 1
			}
			return 0
		})
	}
	return g.twin()
}

// twin returns a grower that can be used at the same time.
func (g *grower) twin() *grower {
	t := *g
	t.count, t.left, t.scratch = make([]int, len(g.y)), make([]bool, len(g.y)), nil
	for i := range t.classes {
		t.classes[i] = make([]float64, g.levels)
	}
	return &t
}

// grow builds one tree on n rows drawn with replacement.
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

// partition moves the rows of the left side to the front, both in order.
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

// leaf stores the value and the rows of a leaf.
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
		v = float64(argmax(class))
	}
	t.nodes[at] = node{value: v, begin: int32(begin), end: int32(len(t.order))}
}

// best finds the split that lowers the squared error most, or the Gini
// impurity, which is the squared error of one-hot levels: both are largest in
// Σ_sides |sum|²/n. Of splits equally good, the first counts. There is none
// when all targets are the same.
func (g *grower) best(order []int32, sorted [][]int32) (feature int, cut float64, ok bool) {
	var n float64
	first, pure := g.y[order[0]], true
	for _, i := range order {
		n += float64(g.count[i])
		pure = pure && g.y[i] == first
	}
	if pure || n < float64(2*g.minLeaf) {
		return 0, 0, false
	}
	var gain float64
	scan := g.scanNumbers
	if g.levels > 0 {
		scan = g.scanLevels
	}
	for f, rows := range sorted {
		if c, v, found := scan(rows, g.x[f], n, gain); found {
			feature, cut, gain, ok = f, c, v, true
		}
	}
	return feature, cut, ok
}

// scanNumbers returns the best split of numbers by one feature, if it gains
// more than least over none. With targets shifted to mean 0, the gain is
// s²/n_left + s²/n_right, s the sum on the left.
func (g *grower) scanNumbers(rows []int32, x []float64, n, least float64) (cut, gain float64, ok bool) {
	if x[rows[0]] == x[rows[len(rows)-1]] {
		return 0, least, false
	}
	var mean float64
	for _, i := range rows {
		mean += float64(g.count[i]) * g.y[i]
	}
	mean /= n
	var s, m float64
	gain = least
	for k, i := range rows[:len(rows)-1] {
		w := float64(g.count[i])
		m += w
		s += w * (g.y[i] - mean)
		next := x[rows[k+1]]
		if x[i] == next || m < float64(g.minLeaf) || n-m < float64(g.minLeaf) {
			continue
		}
		if v := s * s * n / (m * (n - m)); v > gain {
			cut, gain, ok = middle(x[i], next), v, true
		}
	}
	return cut, gain, ok
}

// scanLevels is scanNumbers for levels: the gain is
// Σ_k (left_k²/n_left + right_k²/n_right - total_k²/n).
func (g *grower) scanLevels(rows []int32, x []float64, n, least float64) (cut, gain float64, ok bool) {
	if x[rows[0]] == x[rows[len(rows)-1]] {
		return 0, least, false
	}
	left, right := g.classes[0], g.classes[1]
	clear(left)
	clear(right)
	for _, i := range rows {
		right[int(g.y[i])] += float64(g.count[i])
	}
	var all, l, r, m float64
	for _, v := range right {
		all += v * v
	}
	r, gain = all, least
	for k, i := range rows[:len(rows)-1] {
		w, c := float64(g.count[i]), int(g.y[i])
		l += w * (2*left[c] + w)
		r += w * (w - 2*right[c])
		left[c] += w
		right[c] -= w
		m += w
		next := x[rows[k+1]]
		if x[i] == next || m < float64(g.minLeaf) || n-m < float64(g.minLeaf) {
			continue
		}
		if v := l/m + r/(n-m) - all/n; v > gain {
			cut, gain, ok = middle(x[i], next), v, true
		}
	}
	return cut, gain, ok
}

// middle lies between a and b > a, and is below b.
func middle(a, b float64) float64 {
	if c := a + (b-a)/2; c < b {
		return c
	}
	return a
}

// find returns the leaf of row i of x.
func (t *tree) find(x [][]float64, i int) *node {
	n := &t.nodes[0]
	for n.left > 0 {
		side := n.left
		if !(x[n.feature][i] <= n.at) {
			side++
		}
		n = &t.nodes[side]
	}
	return n
}

// predict returns the mean of the trees' values for row i of x, or the level
// that most of them vote for, given room for their votes.
func (f *forest) predict(x [][]float64, i int, votes []float64) float64 {
	clear(votes)
	var sum float64
	for t := range f.trees {
		v := f.trees[t].find(x, i).value
		if f.levels > 0 {
			votes[int(v)]++
		} else {
			sum += v
		}
	}
	if f.levels > 0 {
		return float64(argmax(votes[:f.levels]))
	}
	return sum / float64(len(f.trees))
}

// draw returns the target of a training row, drawn from the leaf of row i of x
// in a tree drawn at random.
func (f *forest) draw(x [][]float64, i int, y []float64, r *rand.Rand) float64 {
	t := &f.trees[r.IntN(len(f.trees))]
	leaf := t.find(x, i)
	return y[t.order[int(leaf.begin)+r.IntN(int(leaf.end-leaf.begin))]]
}
