package datasets

import "math"

// profiles are what the rows of each level are like: the mean of the other columns'
// encoded rows, less that of all rows, shrunk to 0 by its uncertainty.
type profiles struct {
	n, d   int
	mean   []float64 // n×d
	weight []float64 // rows of each level, at least ½
}

func (p *profiles) row(k int) []float64 { return p.mean[k*p.d : (k+1)*p.d] }

// Values are added up as whole numbers of these units, so that sums depend on
// which rows there are and not on their order. Beyond ±8 they count as 8.
const (
	profileUnit   = 1 << 20
	profileSquare = 1 << 10 // of those that are squared
	profileMost   = 8
)

// newProfiles returns the profiles of n levels; level says which one a row has, -1 for
// none. e encodes the other columns of c. It needs 16 bytes for each level and feature.
func newProfiles(e *Codec, c *Cells, n int, level func(i int) int) *profiles {
	f := e.features(n)
	sums, squares, rows := make([]int64, n*f.count), make([]int64, f.count), make([]float64, n)
	row, x := make([]float64, e.dim), make([]float64, f.count)
	for i := range c.rows {
		k := level(i)
		if k < 0 {
			continue
		}
		rows[k]++
		e.encodeMiddle(row, c, i)
		f.apply(x, row)
		for j, v := range x {
			v = max(-profileMost, min(v, profileMost))
			sums[k*f.count+j] += int64(math.Round(v * profileUnit))
			q := int64(math.Round(v * profileSquare))
			squares[j] += q * q
		}
	}
	return shrunk(n, f.count, sums, squares, rows)
}

// shrunk returns the profiles of sums and sums of squares. With variances τ² of levels and
// s² within a level, the mean of n rows is multiplied by nτ²/(nτ² + s²) (Efron and Morris
// 1973).
func shrunk(n, d int, sums, squares []int64, rows []float64) *profiles {
	p := &profiles{n: n, d: d, mean: make([]float64, n*d), weight: make([]float64, n)}
	all, same, seen := 0.0, 0.0, 0.0
	for k, r := range rows {
		p.weight[k] = math.Max(r, 0.5)
		all, same = all+r, same+r*r
		if r > 0 {
			seen++
		}
	}
	if all <= seen || seen < 2 {
		return p
	}
	for j := range d {
		total := int64(0)
		for k := range n {
			total += sums[k*d+j]
		}
		mean := float64(total) / profileUnit / all
		between, within := 0.0, float64(squares[j])/profileSquare/profileSquare-all*mean*mean
		for k, r := range rows {
			if r > 0 {
				m := float64(sums[k*d+j])/profileUnit/r - mean
				p.mean[k*d+j] = m
				between += r * m * m
			}
		}
		within = math.Max(within-between, 0) / (all - seen)
		spread := math.Max(between-(seen-1)*within, 0) / (all - same/all)
		for k, r := range rows {
			if p.mean[k*d+j] != 0 {
				p.mean[k*d+j] *= r * spread / (r*spread + within)
			}
		}
	}
	return p
}

// featureMap makes features of encoded rows: numbers as they are, and positions of levels
// less their means, divided by the standard deviation of their block.
type featureMap struct {
	count      int
	gain, mean []float64 // of each position
}

// features returns the map for profiles of n levels. Positions beyond the number of
// features share one, with alternating signs.
func (e *Codec) features(n int) featureMap {
	f := featureMap{count: min(e.dim, max(16, (1<<22)/n)), gain: make([]float64, e.dim), mean: make([]float64, e.dim)}
	for _, b := range e.blocks {
		scale := 1.0
		if b.Kind == Category {
			variance := 0.0
			for _, p := range b.Freq {
				variance += p * (1 - p)
			}
			scale = 1 / math.Sqrt(math.Max(variance, 1e-12))
		}
		for k := range b.Len {
			j := b.Start + k
			f.gain[j] = scale
			if b.Kind == Category {
				f.mean[j] = b.Freq[k]
			}
			if j/f.count%2 == 1 {
				f.gain[j] = -scale
			}
		}
	}
	return f
}

// apply stores the features of a row in dst; NaN counts as the mean.
func (f featureMap) apply(dst, row []float64) {
	clear(dst)
	for j, v := range row {
		if v == v {
			dst[j%f.count] += f.gain[j] * (v - f.mean[j])
		}
	}
}

// encodeMiddle encodes row i of c, every number in the middle of its cell.
func (e *Codec) encodeMiddle(dst []float64, c *Cells, i int) {
	for k := range e.columns {
		p := &e.columns[k]
		p.column.encode(p, dst, c, i, func() float64 { return 0.5 })
	}
}
