package boost

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
)

type model struct {
	columns int
	obj     objective
	trees   []tree // obj.outputs of each round
	workers int
}

// fit runs the rounds. x has been checked.
func fit(x *mat.Dense, obj objective, o *Options) *model {
	n, p := x.Dims()
	m := &model{columns: p, obj: obj, workers: o.Workers}
	if obj.settled() {
		return m
	}
	w := newGrower(newTable(x, o.Bins, o.Workers), o)
	k := obj.outputs
	margin, mean := make([]float64, n*k), make([]float64, n*k)
	for i := range n {
		copy(margin[i*k:], obj.prior)
	}
	for range o.Trees {
		blocks(o.Workers, n, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				obj.mean(mean[i*k:(i+1)*k], margin[i*k:(i+1)*k])
			}
		})
		for out := range k {
			if math.IsInf(obj.prior[out], -1) {
				m.trees = append(m.trees, tree{{column: -1}})
				continue
			}
			w.derive(&obj, out, mean)
			m.trees = append(m.trees, w.grow())
			w.step(margin, out, k)
		}
	}
	return m
}

// settled says whether there is nothing to learn: one class alone.
func (obj *objective) settled() bool {
	finite := 0
	for _, v := range obj.prior {
		if !math.IsInf(v, 0) {
			finite++
		}
	}
	return finite == 0 || obj.outputs > 1 && finite == 1
}

// derive starts a tree: it sets w.gh to the derivatives of all rows, in fixed point.
func (w *grower) derive(obj *objective, out int, mean []float64) {
	n, k := w.rows, obj.outputs
	for i := range w.row {
		w.row[i] = int32(i)
	}
	newton := func(at int) (g, h float64) {
		i := int(w.row[at])
		v := mean[i*k+out]
		return v - obj.target(i, out), obj.curvature(v)
	}
	tops := make([][2]float64, (n+block-1)/block)
	blocks(w.workers, n, func(lo, hi int) {
		top := &tops[lo/block]
		for at := lo; at < hi; at++ {
			g, h := newton(at)
			top[0], top[1] = max(top[0], math.Abs(g)), max(top[1], h)
		}
	})
	var top [2]float64
	for _, v := range tops {
		top[0], top[1] = max(top[0], v[0]), max(top[1], v[1])
	}
	sg, sh := scale(top[0], n), scale(top[1], n)
	w.unitG, w.unitH = 1/sg, 1/sh
	blocks(w.workers, n, func(lo, hi int) {
		for at := lo; at < hi; at++ {
			g, h := newton(at)
			w.gh[at] = sum{fixed(g, sg), fixed(h, sh)}
		}
	})
}

// step adds the last tree that w grew to the margins of its output.
func (w *grower) step(margin []float64, out, k int) {
	for _, l := range w.leaves {
		for _, i := range w.row[l.lo:l.hi] {
			margin[int(i)*k+out] += l.value
		}
	}
}

// predict calls emit with the mean of each row of x, on several goroutines.
func (m *model) predict(x *mat.Dense, emit func(row int, mean []float64)) {
	n, p := x.Dims()
	if p != m.columns {
		panic("boost: the rows have another number of columns than those of the fit")
	}
	k := m.obj.outputs
	blocks(m.workers, n, func(lo, hi int) {
		margin, mean := make([]float64, k), make([]float64, k)
		for i := lo; i < hi; i++ {
			m.margin(margin, x.RawRowView(i), m.trees)
			m.obj.mean(mean, margin)
			emit(i, mean)
		}
	})
}

// margin writes the margins of row x under trees, a prefix of the model's, to dst.
func (m *model) margin(dst, x []float64, trees []tree) {
	copy(dst, m.obj.prior)
	for r := range slices.Chunk(trees, m.obj.outputs) {
		for k, t := range r {
			dst[k] += t.leaf(x)
		}
	}
}

// block is the number of independent rows that are one unit of work.
const block = 1024

// blocks calls do on the consecutive ranges of at most block rows of [0,n).
func blocks(workers, n int, do func(lo, hi int)) {
	parallel.For(workers, (n+block-1)/block, func(i int) { do(i*block, min((i+1)*block, n)) })
}
