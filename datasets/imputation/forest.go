package imputation

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// forest is a bag of trees (Breiman 2001), each grown on a bootstrap sample until its
// leaves are pure, or small. All columns are tried at each split.
type forest struct {
	trees  []tree
	levels int // of the target, 0 for numbers
}

// tree is a list of nodes; the first is the root.
type tree struct {
	nodes []node
	order []int32 // training rows by leaf, repeated as drawn
}

// node is a split, x ≤ at going to left and the rest to left+1, or a leaf if left is 0.
type node struct {
	at         float64
	value      float64 // of a leaf: mean, or most frequent level
	feature    int32
	left       int32
	begin, end int32 // of a leaf: its rows in order
}

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

// predict returns the mean of the trees' values for row i of x, or the most frequent level.
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
		return float64(floats.MaxIdx(votes[:f.levels]))
	}
	return sum / float64(len(f.trees))
}

// draw returns a target drawn from the leaf of row i of x in a random tree.
func (f *forest) draw(x [][]float64, i int, y []float64, r *rand.Rand) float64 {
	t := &f.trees[r.IntN(len(f.trees))]
	leaf := t.find(x, i)
	return y[t.order[int(leaf.begin)+r.IntN(int(leaf.end-leaf.begin))]]
}
