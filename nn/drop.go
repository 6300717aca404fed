package nn

import "tweedie/internal/stream"

// Drop leaves hidden units out of a step of training: each unit of each layer
// and row is 0 with probability Share, and 1/(1 − Share) times itself
// otherwise (Srivastava et al. 2014, JMLR 15; of the residual layers, the
// branch that is added). A network so trained cannot learn single rows of a
// small table by heart. What is left out is a function of (Seed, Step, layer,
// row of the batch). The zero value leaves nothing out.
type Drop struct {
	Share float64 // in [0, 1); kept to 16 bits
	Seed  uint64
	Step  int
	First int // the row of the batch that the block starts with
}

// thinner is the state of Drop on one machine.
type thinner struct {
	Drop
	key stream.Key
	rng *stream.Source
}

func (d *thinner) start(b Drop) {
	d.Drop = b
	if b.Share == 0 {
		return
	}
	if d.rng == nil {
		d.rng = stream.NewSource(stream.Key{})
	}
	d.key = stream.NewKey(b.Seed, "nn/drop").At(uint64(b.Step))
}

// thin drops units from y = silu(z), whose derivative is deriv, and adds x if
// it is not nil.
func (l *layer[T]) thin(y, x []T) {
	const bits = 1 << 16
	d := &l.m.drop
	dropped := uint64(d.Share * bits)
	scale := [2]T{bits / T(bits-dropped), 0}
	key, ldx, ldy := d.key.At(uint64(l.index)), l.ldx(), l.ldy()
	for i := range l.rows {
		d.rng.Seek(key.At(uint64(d.First + i)))
		yi, di := y[i*ldy:][:l.out], l.deriv[i*ldy:][:l.out]
		word := uint64(0)
		for j := range yi {
			if j%4 == 0 {
				word = d.rng.Uint64()
			}
			s := scale[(word&(bits-1)-dropped)>>63] // below dropped wraps round
			word >>= 16
			yi[j] *= s
			di[j] *= s
		}
		if x != nil {
			for j, v := range x[i*ldx:][:l.out] {
				yi[j] += v
			}
		}
	}
}
