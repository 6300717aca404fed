package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// NeighborMixup is a table whose rows are mixed, each time they are read, with one of
// their nearest rows: the numbers of row x become
//
//	x + u (x' − x),   u ~ U(0, share),
//
// with x' one of its k nearest rows, chosen at random; categories do not change. It
// keeps a network from memorizing the rows of a small table: mixup (Zhang et al. 2018,
// arXiv:1710.09412) between nearest neighbors, as in SMOTE (Chawla et al. 2002,
// arXiv:1106.1813). It is biased: the variance within a neighborhood is multiplied by
// 1 − share + ⅔ share². What is read is a function of (seed, row, pass). Safe for
// concurrent use.
type NeighborMixup struct {
	Rows
	numbers []int      // positions that are mixed
	clean   *mat.Dense // the rows as they are first read
	near    [][]int    // of each row, the nearest first
	share   float64
	key     stream.Key
}

// NewNeighborMixup returns rows, of dim positions and len(scales) conditions, whose
// positions numbers are mixed with those of one of the k nearest rows, in Euclidean
// distance. A label that differs adds 2 to the squared distance, as a category of
// another level does; a condition with a scale other than 0 is a number, and its
// difference is divided by the scale; positions without a value add nothing. It takes
// O(n²) time, and panics unless 0 < share ≤ 1 and k > 0.
func NewNeighborMixup(rows Rows, dim int, scales []float64, numbers []int, k int, share float64, seed uint64) *NeighborMixup {
	if !(share > 0 && share <= 1) || k < 1 {
		panic("train: NeighborMixup needs a share in (0, 1] and neighbors")
	}
	n := rows.Len()
	b := &NeighborMixup{Rows: rows, numbers: numbers, share: share, key: stream.NewKey(seed, "train/blend")}
	if n == 0 {
		return b
	}
	b.clean = mat.NewDense(n, dim, nil)
	var c *mat.Dense
	if len(scales) > 0 {
		c = mat.NewDense(n, len(scales), nil)
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	rows.Read(b.clean, c, all, 0)
	b.near = make([][]int, n)
	for i := range n {
		b.near[i] = nearest(b.clean, c, scales, i, min(k, n-1))
	}
	return b
}

// nearest returns the k rows nearest to row i, the first ones where distances are equal.
func nearest(x, c *mat.Dense, scales []float64, i, k int) []int {
	rows, far := make([]int, 0, k+1), make([]float64, 0, k+1)
	n, _ := x.Dims()
	for j := range n {
		d := distance(x.RawRowView(i), x.RawRowView(j))
		if c != nil {
			for l, v := range c.RawRowView(i) {
				switch e := v - c.At(j, l); {
				case scales[l] != 0:
					d += float64(e / scales[l] * (e / scales[l]))
				case e != 0:
					d += 2
				}
			}
		}
		if j == i || len(far) == k && (k == 0 || d >= far[k-1]) {
			continue
		}
		at, _ := slices.BinarySearchFunc(far, d, func(f, d float64) int {
			if f <= d {
				return -1
			}
			return 1
		})
		rows, far = slices.Insert(rows, at, j), slices.Insert(far, at, d)
		rows, far = rows[:min(k, len(rows))], far[:min(k, len(far))]
	}
	return rows
}

func distance(a, b []float64) float64 {
	sum := 0.0
	for j, v := range a {
		if e := v - b[j]; !math.IsNaN(e) {
			sum += float64(e * e)
		}
	}
	return sum
}

func (b *NeighborMixup) Read(x, c *mat.Dense, idx []int, pass uint64) {
	b.Rows.Read(x, c, idx, pass)
	key, rng := b.key.At(pass), stream.NewSource(stream.Key{})
	for r, i := range idx {
		if len(b.near[i]) == 0 {
			continue
		}
		rng.Seek(key.At(uint64(i)))
		to, u := b.clean.RawRowView(b.near[i][rng.IntN(len(b.near[i]))]), b.share*rng.Float64()
		row := x.RawRowView(r)
		for _, j := range b.numbers {
			if e := to[j] - row[j]; !math.IsNaN(e) {
				row[j] += float64(u * e)
			}
		}
	}
}
