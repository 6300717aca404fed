package nn

import (
	"slices"

	"tweedie/internal/stream"
)

// UnitDropout is dropout of hidden units in a step of training (Srivastava et al.
// 2014, JMLR 15): in each row, each unit of each layer is set to 0 with probability
// Share, and otherwise multiplied by 1/(1 − Share). In a residual layer this is done
// to the branch that is added. It keeps a network from memorizing the rows of a small
// table, which happens above all where the given values of a row identify it. The
// units are a function of (Seed, Step, layer, row of the batch). The zero value drops
// none.
type UnitDropout struct {
	Share           float64 // in [0, 1); kept to 16 bits
	Seed            uint64
	Step            int
	First           int  // the row of the batch that the block starts with
	ConditionalOnly bool // drop only in rows with given values
}

// unitDropout is the state of UnitDropout, or of Conditional.WithDropout, on one machine.
type unitDropout struct {
	share float64
	key   stream.Key
	first int      // the units of row i are a function of first + i
	names []uint64 // or, unless nil, of names[i]
	rng   *stream.Source
	whole []bool // rows of the block that keep all units; nil for none
}

func (d *unitDropout) start(b UnitDropout) {
	d.set(b.Share, b.First, nil)
	if b.Share > 0 {
		d.key = stream.NewKey(b.Seed, "nn/drop").At(uint64(b.Step))
	}
}

func (d *unitDropout) set(share float64, first int, names []uint64) {
	d.share, d.first, d.names, d.whole = share, first, names, nil
	if share > 0 && d.rng == nil {
		d.rng = stream.NewSource(stream.Key{})
	}
}

// keepUnits exempts rows without given values, of d positions each, from dropout.
func (m *machine[T]) keepUnits(d int) {
	if m.whole == nil {
		m.whole = make([]bool, BlockRows)
	}
	for i := range m.whole {
		m.whole[i] = !slices.Contains(m.known[i*d:(i+1)*d], true)
	}
	m.drop.whole = m.whole
}

func (d *unitDropout) nameOf(i int) uint64 {
	switch {
	case d.names == nil:
		return uint64(d.first + i)
	case i < len(d.names):
		return d.names[i]
	}
	return 0 // row i is padding
}

// unitMask says which units Conditional.WithDropout drops.
type unitMask struct {
	share float64
	key   stream.Key
	names []uint64
}

// WithDropout returns g with dropout at inference (Monte Carlo dropout, Gal &
// Ghahramani 2016, arXiv:1506.02142): a share of the hidden units is dropped, as
// UnitDropout does in training, but the same ones at every noise level. The units of
// row i are a function of seed and names[i]; Rows keeps the names with their rows.
// Each row is then drawn by a network from an approximate posterior over networks,
// so that the rows vary more where a network trained with dropout is uncertain. It
// panics unless share is in [0, 1) and there is a name for each row that g is bound to.
func (g *Conditional) WithDropout(share float64, seed uint64, names []uint64) *Conditional {
	if !(share >= 0 && share < 1) || !g.cond.shared && len(names) != g.cond.rows() {
		panic("nn: dropout of a share outside of [0, 1), or of another number of rows")
	}
	if share > 0 && g.model.own != nil {
		panic("nn: dropout of units of a network of one's own, which has none by name")
	}
	c := g.cond
	c.units = unitMask{share, stream.NewKey(seed, "nn/thinned"), names}
	return &Conditional{g.model, c}
}

func (c *conds) setUnits(d *unitDropout, first, n int) {
	if c.units.share == 0 {
		d.set(0, 0, nil)
		return
	}
	d.set(c.units.share, 0, c.units.names[first:first+n])
	d.key = c.units.key
}

// dropUnits drops units from y = silu(z) and its derivative, and adds x unless nil.
func (l *layer[T]) dropUnits(y, x []T) {
	const bits = 1 << 16
	d := &l.m.drop
	dropped := uint64(d.share * bits)
	scale := [2]T{bits / T(bits-dropped), 0}
	key, ldx, ldy := d.key.At(uint64(l.index)), l.ldx(), l.ldy()
	for i := range l.rows {
		yi := y[i*ldy:][:l.out]
		if d.whole == nil || !d.whole[i] {
			di := l.deriv[i*ldy:][:l.out]
			d.rng.Seek(key.At(d.nameOf(i)))
			word := uint64(0)
			for j := range yi {
				if j%4 == 0 {
					word = d.rng.Uint64()
				}
				s := scale[(word&(bits-1)-dropped)>>63] // below dropped wraps round
				word >>= 16
				yi[j] *= s
				if !l.m.lean {
					di[j] *= s
				}
			}
		}
		if x != nil {
			for j, v := range x[i*ldx:][:l.out] {
				yi[j] += v
			}
		}
	}
}
