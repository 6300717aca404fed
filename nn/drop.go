package nn

import (
	"slices"

	"tweedie/internal/stream"
)

// Drop leaves hidden units out of a step of training: each unit of each layer
// and row is 0 with probability Share, and 1/(1 − Share) times itself
// otherwise (Srivastava et al. 2014, JMLR 15; of the residual layers, the
// branch that is added). A network so trained cannot learn single rows of a
// small table by heart, as it does where what is given of a row names it. What is left out is a function of (Seed, Step, layer,
// row of the batch). The zero value leaves nothing out.
type Drop struct {
	Share float64 // in [0, 1); kept to 16 bits
	Seed  uint64
	Step  int
	First int  // the row of the batch that the block starts with
	Given bool // only of rows of which something is given
}

// thinner is the state of Drop, or of Given.Thinned, on one machine.
type thinner struct {
	share float64
	key   stream.Key
	first int      // row i of the block is named first + i
	names []uint64 // or, if there are any, names[i]
	rng   *stream.Source
	spare []bool // rows of the block that keep all units; nil for none
}

func (d *thinner) start(b Drop) {
	d.set(b.Share, b.First, nil)
	if b.Share > 0 {
		d.key = stream.NewKey(b.Seed, "nn/drop").At(uint64(b.Step))
	}
}

func (d *thinner) set(share float64, first int, names []uint64) {
	d.share, d.first, d.names, d.spare = share, first, names, nil
	if share > 0 && d.rng == nil {
		d.rng = stream.NewSource(stream.Key{})
	}
}

// spareRows lets rows of which nothing is known, of d positions each, keep their units.
func (m *machine[T]) spareRows(d int) {
	if m.whole == nil {
		m.whole = make([]bool, Block)
	}
	for i := range m.whole {
		m.whole[i] = !slices.Contains(m.known[i*d:(i+1)*d], true)
	}
	m.drop.spare = m.whole
}

func (d *thinner) name(i int) uint64 {
	switch {
	case d.names == nil:
		return uint64(d.first + i)
	case i < len(d.names):
		return d.names[i]
	}
	return 0 // no row
}

// thinning is what Given.Thinned leaves out.
type thinning struct {
	share float64
	key   stream.Key
	names []uint64
}

// Thinned returns g with a share of the hidden units left out, as Drop leaves
// them out of training but the same ones at every noise level: row i of every
// batch, or of those that Rows takes, is denoised by the network that seed and
// names[i] name. Rows that are drawn with it know less surely what a network
// trained with dropout is unsure of: each has a network drawn from an
// approximate posterior (Gal & Ghahramani 2016, arXiv:1506.02142). It panics
// unless share is in [0, 1) and there is a name for each row that g is bound to.
func (g *Given) Thinned(share float64, seed uint64, names []uint64) *Given {
	if !(share >= 0 && share < 1) || !g.cond.shared && len(names) != g.cond.rows() {
		panic("nn: thinning by an impossible share, or of another number of rows")
	}
	c := g.cond
	c.thin = thinning{share, stream.NewKey(seed, "nn/thinned"), names}
	return &Given{g.model, c}
}

func (c *conds) thinned(d *thinner, first, n int) {
	if c.thin.share == 0 {
		d.set(0, 0, nil)
		return
	}
	d.set(c.thin.share, 0, c.thin.names[first:first+n])
	d.key = c.thin.key
}

// thin drops units from y = silu(z), and from its derivative if there is one,
// and adds x if it is not nil.
func (l *layer[T]) thin(y, x []T) {
	const bits = 1 << 16
	d := &l.m.drop
	dropped := uint64(d.share * bits)
	scale := [2]T{bits / T(bits-dropped), 0}
	key, ldx, ldy := d.key.At(uint64(l.index)), l.ldx(), l.ldy()
	for i := range l.rows {
		yi := y[i*ldy:][:l.out]
		if d.spare == nil || !d.spare[i] {
			di := l.deriv[i*ldy:][:l.out]
			d.rng.Seek(key.At(d.name(i)))
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
