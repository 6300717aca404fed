package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// Brownian is the noise of one Brownian path per row and dimension over t from
// 1 down to 0. Unlike white noise, which draws anew for each interval, it gives
// every interval its part of the same path: a run with a finer grid refines the
// trajectories of one with a coarser grid, and a step that is rejected can be
// taken again in parts.
//
// Use 0 of an interval [s, t] is W/√h, W the increment of the path, h = t - s.
// Use 1 is H √(12/h), H = (1/h)∫(W_u - (u/h) W) du its area. Both are standard
// normal and independent of each other and of those of disjoint intervals. Other
// uses, and those of an empty interval, are white noise.
//
// The path is a binary tree over the times k 2^-40, each node of which splits
// increment and area of its interval by two normals that are a function of (seed,
// row, node) alone (Foster, Lyons & Oberhauser 2020, arXiv:1905.01736); so it is
// as much a pure function as white noise is. A step costs some 40 splits per row.
// A Brownian is not safe for concurrent use.
type Brownian struct {
	white *sde.Streams
	key   stream.Key
	first int
	src   *stream.Source
	at    [][2]pathPoint // of each row, the ends of the last interval: most begin where another ended
}

// brownianDepth is the number of levels of the tree. Times are rounded to its
// leaves, which moves a path by some 1e-6.
const brownianDepth = 40

// NewBrownian returns the paths of the rows first, first+1, … of a run.
func NewBrownian(seed uint64, name string, first int) *Brownian {
	k := stream.NewKey(seed, name+"/path")
	return &Brownian{white: sde.NewStreams(seed, name, first), key: k, first: first, src: stream.NewSource(k)}
}

func (p *Brownian) Normal(dst *mat.Dense, t, s float64, use int) {
	if use > 1 || leaf(t) == leaf(s) {
		p.white.Normal(dst, t, s, use)
		return
	}
	n, _ := dst.Dims()
	for i := range n {
		p.row(dst.RawRowView(i), i, t, s, use)
	}
}

// ends returns the path of row i at two leaves, valid until the next call.
func (p *Brownian) ends(i, dim int, from, to uint64) (a, b *pathPoint) {
	for len(p.at) <= i {
		p.at = append(p.at, [2]pathPoint{})
	}
	c := &p.at[i]
	if c[1].is(from, dim) || c[0].is(to, dim) {
		c[0], c[1] = c[1], c[0]
	}
	for k, leaf := range [2]uint64{from, to} {
		if !c[k].is(leaf, dim) {
			c[k].find(p, i, dim, leaf)
		}
	}
	return &c[0], &c[1]
}

// row stores the normals of row i over [s, t] in dst.
func (p *Brownian) row(dst []float64, i int, t, s float64, use int) {
	a, b := p.ends(i, len(dst), leaf(t), leaf(s))
	h := b.tau() - a.tau()
	for j := range dst {
		w := b.w[j] - a.w[j]
		if use == 0 {
			dst[j] = w / math.Sqrt(h)
			continue
		}
		area := (b.area[j]-a.area[j])/h - a.w[j] - 0.5*w
		dst[j] = area * math.Sqrt(12/h)
	}
}

// leaf is the place of t in the order of the path, which begins at t = 1.
func leaf(t float64) uint64 {
	return uint64(math.Round((1 - t) * (1 << brownianDepth)))
}

// pathPoint is the path of one row at one leaf: its value w and its integral
// from the begin, area, in each dimension.
type pathPoint struct {
	leaf    uint64
	w, area []float64
	// Increment and area of the node that a descent stands at.
	dw, dh []float64
}

func (q *pathPoint) is(leaf uint64, dim int) bool { return q.leaf == leaf && len(q.w) == dim }

// tau is the time since the begin of the path.
func (q *pathPoint) tau() float64 { return float64(q.leaf) / (1 << brownianDepth) }

// find moves q to the given leaf of row i, by descending the tree from its root,
// the interval [0, 1], and adding up what lies left of the way.
func (q *pathPoint) find(p *Brownian, i, dim int, leaf uint64) {
	if len(q.w) != dim {
		q.w, q.area = make([]float64, dim), make([]float64, dim)
		q.dw, q.dh = make([]float64, dim), make([]float64, dim)
	}
	row := p.key.At(uint64(p.first + i))
	p.src.Seek(row.At(0))
	for j := range dim {
		q.w[j], q.area[j] = 0, 0
		q.dw[j], q.dh[j] = p.src.NormFloat64(), p.src.NormFloat64()*math.Sqrt(1./12)
	}
	q.leaf = leaf
	h, node := 1.0, uint64(1)
	for level := brownianDepth - 1; level >= 0 && leaf<<(64-level-1) != 0; level-- {
		right := leaf>>level&1 == 1
		p.src.Seek(row.At(node))
		for j := range dim {
			q.split(j, h, right, p.src.NormFloat64(), p.src.NormFloat64())
		}
		h, node = h/2, 2*node
		if right {
			node++
		}
	}
	if leaf == 1<<brownianDepth { // the end of the root itself
		for j := range dim {
			q.w[j], q.area[j] = q.dw[j], 0.5*q.dw[j]+q.dh[j]
		}
	}
}

// split halves the interval of length h that dimension j stands at. With
// W = W1 + W2 and H = ¼(W1 - W2) + ½(H1 + H2), and A = W1 - W2:
//
//	A | H ~ N(3H, h/4)    H1 + H2 = 2H - ½A    H1 - H2 ~ N(0, h/12)
func (q *pathPoint) split(j int, h float64, right bool, z1, z2 float64) {
	w, area := q.dw[j], q.dh[j]
	a := 3*area + 0.5*math.Sqrt(h)*z1
	sum, diff := 2*area-0.5*a, math.Sqrt(h/12)*z2
	w1, h1 := 0.5*(w+a), 0.5*(sum+diff)
	if !right {
		q.dw[j], q.dh[j] = w1, h1
		return
	}
	q.area[j] += h / 2 * (q.w[j] + 0.5*w1 + h1)
	q.w[j] += w1
	q.dw[j], q.dh[j] = w-w1, sum-h1
}
