package nn

import (
	"math"

	"tweedie/internal/kernel"
	"tweedie/sde"
)

// softmaxes is memory for the posteriors of levels, by the positions of a row.
//
// Exponentials are taken in float32, as the network computes, of all categories of a row at
// once, and are at least 10⁻²⁶ of the greatest.
type softmaxes struct {
	own        []float32 // of the rows of a block: how far the logits ln π + α x/σ² are below the greatest
	below, exp []float32
	logits     []float64
	left       []bool // categories that are left out
}

func (m *inputs) softmaxes(k *machine[float32]) *softmaxes {
	if d := m.Net.Dim; k.soft.own == nil {
		k.soft = softmaxes{make([]float32, BlockRows*d), make([]float32, d), make([]float32, d), make([]float64, d), make([]bool, len(m.Cats))}
	}
	return &k.soft
}

// exponentials stores exp(-below) in exp; of numbers between categories too, which nobody
// reads: one call is cheaper than one for each category.
func (s *softmaxes) exponentials(cs []Category, below []float32) {
	first, end := cs[0].Start, cs[len(cs)-1].end()
	kernel.ExpMinus(s.exp[first:end], below[first:end])
}

// ownLogits stores what the noisy positions x of row i say of the levels: how far their logits are
// below the greatest. y is what is given of the row, or nil: categories that it gives are left out.
func (m *inputs) ownLogits(k *machine[float32], x, y []float64, c sde.Coeff, i int) {
	d, s := m.Net.Dim, m.softmaxes(k)
	own := s.own[i*d : (i+1)*d]
	for b := range m.Cats {
		cat := &m.Cats[b]
		lo, hi := cat.Start, cat.end()
		whole, _ := cat.given(y)
		if s.left[b] = whole && m.Conditionable; s.left[b] {
			continue
		}
		cat.below(own[lo:hi], x[lo:hi], nil, levelGain(c), s.logits[lo:hi])
	}
}

// fillPosteriors stores the posteriors of these logits, those of softmax(ln π + α x/σ²), in the
// inputs of row i.
func (m *inputs) fillPosteriors(k *machine[float32], f []float32, i int) {
	d, s := m.Net.Dim, &k.soft
	if k.own == nil {
		k.own = make([]float64, BlockRows*d)
	}
	q := k.own[i*d : (i+1)*d]
	if k.lean { // no pullback will ask for it, and one row stays in the cache
		q = k.own[:d]
	}
	s.exponentials(m.Cats, s.own[i*d:(i+1)*d])
	for b := range m.Cats {
		if s.left[b] {
			continue
		}
		lo, hi := m.Cats[b].Start, m.Cats[b].end()
		e, part := s.exp[lo:hi], 1/sum4(s.exp[lo:hi])
		q, mean, clean, f := q[lo:hi][:len(e)], m.mean[lo:hi][:len(e)], m.clean[lo:hi][:len(e)], f[lo:hi][:len(e)]
		for j, v := range e {
			p := float64(part * float64(v))
			q[j], f[j] = p, float32((p-mean[j])*clean[j])
		}
	}
}

// posteriors stores softmax(ln π + α x/σ² + F), over the levels that y does not exclude, in the
// positions of the categories of p. x are the noisy positions of row i of the block, and y is what
// is given of it, or nil; for categories that it gives nothing is stored.
func (m *inputs) posteriors(k *machine[float32], p, x, y []float64, i int) {
	d, s, c := m.Net.Dim, m.softmaxes(k), k.prep.row(i).c
	if c.Sigma == 0 {
		m.noiseless(p, x, y, c.Alpha)
		return
	}
	own, out := s.own[i*d:(i+1)*d], k.out[i*d:(i+1)*d]
	for b := range m.Cats {
		cat := &m.Cats[b]
		lo, hi := cat.Start, cat.end()
		whole, part := cat.given(y)
		if s.left[b] = whole; whole {
			continue
		}
		if part { // anew: float32 does not tell apart levels that are far below an excluded one
			cat.below(own[lo:hi], x[lo:hi], y[lo:hi], levelGain(c), s.logits[lo:hi])
		}
		belowTop(s.below[lo:hi], out[lo:hi], own[lo:hi])
	}
	s.exponentials(m.Cats, s.below)
	for b := range m.Cats {
		if s.left[b] {
			continue
		}
		lo, hi := m.Cats[b].Start, m.Cats[b].end()
		part := 1 / sum4(s.exp[lo:hi])
		p := p[lo:hi]
		for j, v := range s.exp[lo:hi][:len(p)] {
			p[j] = part * float64(v)
		}
	}
	m.exclude(p, y)
}

// noiseless are the posteriors where there is no noise: the row is what it is.
func (m *inputs) noiseless(p, x, y []float64, alpha float64) {
	for _, c := range m.Cats {
		for j := c.Start; j < c.end(); j++ {
			p[j] = x[j] / alpha
		}
	}
	m.exclude(p, y)
}

// exclude stores 0 for the levels that y excludes.
func (m *inputs) exclude(p, y []float64) {
	if y == nil {
		return
	}
	for _, c := range m.Cats {
		for j := c.Start; j < c.end(); j++ {
			if y[j] == 0 {
				p[j] = 0
			}
		}
	}
}

// levelGain is α/σ², by which noisy positions enter the logits.
func levelGain(c sde.Coeff) float64 { return c.Alpha / max(c.Sigma*c.Sigma, 1e-30) }

// below stores how far each logit ln π + α x/σ² is below the greatest, +Inf for levels that y,
// unless it is nil, excludes. gain is α/σ²; l is memory.
func (c *Category) below(dst []float32, x, y []float64, gain float64, l []float64) {
	top := int64(math.MinInt64)
	logs, x, dst := c.logs[:len(l)], x[:len(l)], dst[:len(l)]
	for j := range l {
		u := logs[j] + float64(gain*x[j])
		if y != nil && y[j] == 0 {
			u = math.Inf(-1)
		}
		l[j], top = u, max(top, ordered64(int64(math.Float64bits(u))))
	}
	greatest := math.Float64frombits(uint64(ordered64(top)))
	for j, v := range l {
		dst[j] = float32(greatest - v)
	}
}

// belowTop stores how far each f − own is below the greatest.
func belowTop(dst, f, own []float32) {
	top := int32(math.MinInt32)
	f, own = f[:len(dst)], own[:len(dst)]
	for j := range dst {
		u := f[j] - own[j]
		dst[j], top = u, max(top, ordered32(int32(math.Float32bits(u))))
	}
	greatest := math.Float32frombits(uint32(ordered32(top)))
	for j, u := range dst {
		dst[j] = greatest - u
	}
}

// ordered64 maps the bits of floats to integers of the same order, and back. The greatest integer is
// found without branches, which fail often at the first levels of a category.
func ordered64(bits int64) int64 { return bits ^ int64(uint64(bits>>63)>>1) }

func ordered32(bits int32) int32 { return bits ^ int32(uint32(bits>>31)>>1) }

// sum4 adds in four chains, for speed.
func sum4(e []float32) float64 {
	var s, t, u, v float64
	for ; len(e) >= 4; e = e[4:] {
		s += float64(e[0])
		t += float64(e[1])
		u += float64(e[2])
		v += float64(e[3])
	}
	switch len(e) {
	case 3:
		u += float64(e[2])
		fallthrough
	case 2:
		t += float64(e[1])
		fallthrough
	case 1:
		s += float64(e[0])
	}
	return (s + t) + (u + v)
}
