package evaluate

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
)

// gower scales rows so that L1 distances treat all columns alike (Gower 1971,
// as scaled by Jolicoeur-Martineau et al. 2024, arXiv:2309.09968, section 5.1):
//
//   - numbers and dates by the range of the real training rows, (v - min)/(max - min),
//     not clipped; a column without a range is only shifted;
//   - categories one-hot, divided by 2 for three levels or more, so that two
//     levels are 1 apart; missing is a level;
//   - of numbers, missing is a coordinate of its own: ½ where the cell is
//     missing and 0 elsewhere, the number itself then counting as ½, so that
//     a missing cell is between ½ and 1 from any number of the range.
//
// The distance of two rows is a sum over columns, at most 1 for each within
// the range.
type gower struct {
	lo, scale []float64 // by column
	flag      []bool    // has a missing number in one of the tables
	numbers   int       // coordinates of numbers and flags
	levels    []int     // by column, those of categories that occur, with missing
}

// points are rows in that scale: numbers and flags, and the codes of categories.
type points struct {
	n, numbers, cats int
	num              []float64 // n×numbers
	cat              []int32   // n×cats
}

// newGower takes the scale from train, and the coordinates from all tables.
func newGower(train *frame, others ...*frame) *gower {
	d := len(train.cols)
	g := &gower{lo: make([]float64, d), scale: make([]float64, d), flag: make([]bool, d), levels: make([]int, d)}
	all := append([]*frame{train}, others...)
	for j := range train.cols {
		c := &train.cols[j]
		if c.category() {
			g.levels[j] = len(c.names) + 1
			continue
		}
		lo, hi := extent(c.num)
		g.lo[j], g.scale[j] = lo, 1
		if math.IsInf(lo, 1) { // no number in train at all
			g.lo[j] = 0
		}
		if hi > lo {
			g.scale[j] = 1 / (hi - lo)
		}
		for _, f := range all {
			g.flag[j] = g.flag[j] || missingShare(&f.cols[j], f.n) > 0
		}
		g.numbers++
		if g.flag[j] {
			g.numbers++
		}
	}
	return g
}

func (g *gower) apply(f *frame) *points {
	p := &points{n: f.n, numbers: g.numbers}
	for j := range f.cols {
		if f.cols[j].category() {
			p.cats++
		}
	}
	p.num, p.cat = make([]float64, f.n*p.numbers), make([]int32, f.n*p.cats)
	at, cat := 0, 0
	for j := range f.cols {
		c := &f.cols[j]
		if c.category() {
			for i, k := range c.level {
				p.cat[i*p.cats+cat] = int32(k)
			}
			cat++
			continue
		}
		for i, v := range c.num {
			row := p.num[i*p.numbers:]
			row[at] = (v - g.lo[j]) * g.scale[j]
			if math.IsNaN(v) {
				row[at], row[at+1] = 0.5, 0.5
			}
		}
		if at++; g.flag[j] {
			at++
		}
	}
	return p
}

// distance returns that of row i of p from row k of q, or a value above limit.
func distance(p *points, i int, q *points, k int, limit float64) float64 {
	d := 0.0
	a, b := p.cat[i*p.cats:(i+1)*p.cats], q.cat[k*p.cats:(k+1)*p.cats]
	for j, v := range a {
		if v != b[j] {
			if d++; d > limit {
				return d
			}
		}
	}
	x, y := p.num[i*p.numbers:(i+1)*p.numbers], q.num[k*p.numbers:(k+1)*p.numbers]
	for j, v := range x {
		if d += math.Abs(v - y[j]); d > limit && j&3 == 3 {
			return d
		}
	}
	return d
}

// nearest stores the distance of each row of p from the nearest (other) row of q.
func nearest(dst []float64, p, q *points, workers int) {
	const block = 64
	parallel.For(workers, (p.n+block-1)/block, func(b int) {
		for i := b * block; i < min(p.n, (b+1)*block); i++ {
			best := math.Inf(1)
			for k := range q.n {
				if p != q || i != k {
					best = min(best, distance(p, i, q, k, best))
				}
			}
			dst[i] = best
		}
	})
}

// dense returns the coordinates themselves, with one-hot categories.
func (g *gower) dense(f *frame) *mat.Dense {
	p := g.apply(f)
	width := g.numbers
	for _, k := range g.levels {
		width += k
	}
	x := mat.NewDense(f.n, width, nil)
	for i := range f.n {
		copy(x.RawRowView(i), p.num[i*p.numbers:(i+1)*p.numbers])
	}
	at := g.numbers
	for j := range f.cols {
		for i, k := range f.cols[j].level {
			x.Set(i, at+k, 0.5)
		}
		at += g.levels[j]
	}
	return x
}
