package datasets

import (
	"cmp"
	"math"
	"slices"

	"tweedie/internal/numeric"
)

// complete estimates the clusterings of the columns in turn: the profiles of a column
// include the clusters of the columns before it.
func (m *Metadata) complete(c *Cells) {
	known := *m
	known.Columns = slices.Clone(m.Columns)
	for j := range known.Columns {
		if known.Columns[j].clustered() {
			known.Columns[j].Condition = true // none of the blocks, for now
		}
	}
	for j := range m.Columns {
		f := &m.Columns[j]
		if !f.clustered() {
			continue
		}
		n := f.items()
		item := f.itemOf()
		p := newProfiles(newCodec(&known, false), c, n, func(i int) int {
			if k := c.Level(i, j); k >= 0 {
				return item[k]
			}
			return -1
		})
		f.Clustering = &Clustering{Own: f.Clustering.Own, Clusters: f.Clustering.Clusters, Order: p.order(f.Clustering)}
		known.Columns[j] = *f
	}
}

// order arranges the levels as Clustering says. Clusters are halved along their principal
// axis, again and again. Their members are in order of frequency, so that the shares are
// about the same in all clusters. Ties go by index.
func (p *profiles) order(c *Clustering) []int {
	order := make([]int, p.n)
	for k := range order {
		order[k] = k
	}
	frequent := func(a, b int) int { return cmp.Or(cmp.Compare(p.weight[b], p.weight[a]), a-b) }
	slices.SortFunc(order, frequent)
	p.split(order[c.Own:], c, 0, c.Clusters)
	for k := range c.Clusters {
		slices.SortFunc(order[c.start(k, p.n):c.start(k+1, p.n)], frequent)
	}
	return order
}

func (p *profiles) split(items []int, c *Clustering, lo, hi int) {
	if hi-lo < 2 {
		return
	}
	slices.Sort(items) // the axis is a sum over them
	p.sort(items, p.axis(items))
	mid := (lo + hi) / 2
	cut := c.start(mid, p.n) - c.start(lo, p.n)
	p.split(items[:cut], c, lo, mid)
	p.split(items[cut:], c, mid, hi)
}

func (p *profiles) sort(items []int, axis []float64) {
	type placed struct {
		item int
		at   float64
	}
	line := make([]placed, len(items))
	for i, k := range items {
		line[i] = placed{k, numeric.Dot(p.row(k), axis)}
	}
	slices.SortFunc(line, func(a, b placed) int { return cmp.Or(cmp.Compare(a.at, b.at), a.item-b.item) })
	for i := range line {
		items[i] = line[i].item
	}
}

func (p *profiles) centroid(items []int) []float64 {
	mean, sum := make([]float64, p.d), 0.0
	for _, k := range items {
		sum += p.weight[k]
		for j, v := range p.row(k) {
			mean[j] += p.weight[k] * v
		}
	}
	for j := range mean {
		mean[j] /= sum
	}
	return mean
}

// axisSteps is the number of power iterations, enough for an axis that is nearly principal.
const axisSteps = 30

// axis returns the principal axis of items by their weight, its largest component
// positive, or 0 where they do not differ.
func (p *profiles) axis(items []int) []float64 {
	mean, axis, next := p.centroid(items), make([]float64, p.d), make([]float64, p.d)
	best := 0.0
	for j := range axis { // begin with the feature of the largest variance
		v := 0.0
		for _, k := range items {
			x := p.mean[k*p.d+j] - mean[j]
			v += p.weight[k] * x * x
		}
		if v > best {
			best = v
			clear(axis)
			axis[j] = 1
		}
	}
	if best == 0 {
		return axis
	}
	for range axisSteps {
		clear(next)
		middle := numeric.Dot(mean, axis)
		for _, k := range items {
			row := p.row(k)
			s := p.weight[k] * (numeric.Dot(row, axis) - middle)
			for j, v := range row {
				next[j] += s * (v - mean[j])
			}
		}
		size := math.Sqrt(numeric.Dot(next, next))
		if size == 0 {
			break
		}
		for j := range axis {
			axis[j] = next[j] / size
		}
	}
	largest := 0.0
	for _, v := range axis {
		if math.Abs(v) > math.Abs(largest) {
			largest = v
		}
	}
	if largest < 0 {
		for j := range axis {
			axis[j] = -axis[j]
		}
	}
	return axis
}
