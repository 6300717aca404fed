package sbi

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// inputs say what a network is given of an observation: features, beside them waves of each,
// and what the base says, the mean m_j(x) of z and half the log variance of w, of all
// coordinates or of one.
type inputs struct {
	Coordinate int   `json:"coordinate"`        // of the network, −1 for all
	Features   []int `json:"features,omitzero"` // nil for all, empty for none
	Waves      int   `json:"waves,omitempty"`   // octaves: sin and cos of π/4 2^k f
	Moments    bool  `json:"moments,omitempty"`
	Encoder    bool  `json:"encoder,omitempty"` // they pass a network of their own
}

// size is their number, of p features and d coordinates.
func (q inputs) size(p, d int) int {
	n := p
	if q.Features != nil {
		n = len(q.Features)
	}
	n += 2 * q.Waves * n
	switch {
	case !q.Moments:
	case q.Coordinate < 0:
		n += 2 * d
	default:
		n += 2
	}
	return n
}

// labels are what a network takes of each row of features f: its inputs, and behind them the
// means and the variances of its coordinates in w. mean and variance are those of the base.
func (q inputs) labels(b *base, f, mean, variance *mat.Dense) *mat.Dense {
	n, d := mean.Dims()
	p := b.terms.Features
	z := mat.NewDense(n, d, nil)
	b.space.fromLatent(z, mean)
	first, end := 0, d
	if q.Coordinate >= 0 {
		first, end = q.Coordinate, q.Coordinate+1
	}
	var points int // numbers of the points of a set, behind the features
	if q.Coordinate < 0 {
		points = f.RawMatrix().Cols - p
	}
	l := mat.NewDense(n, q.size(p, d)+points+2*(end-first), nil)
	for i := range n {
		row := l.RawRowView(i)[:0]
		from := f.RawRowView(i)
		if q.Features == nil {
			row = append(row, from[:p]...)
		}
		for _, k := range q.Features {
			row = append(row, from[k])
		}
		own := row
		for w := range q.Waves {
			for _, v := range own {
				s, c := math.Sincos(math.Pi / 4 * float64(int(1)<<w) * v)
				row = append(row, s, c)
			}
		}
		v := variance.RawRowView(i)[first:end]
		if q.Moments {
			row = append(row, z.RawRowView(i)[first:end]...)
			for _, x := range v {
				row = append(row, math.Log(x)/2)
			}
		}
		row = append(row, from[p:p+points]...)
		row = append(append(row, mean.RawRowView(i)[first:end]...), v...)
		if len(row) != len(l.RawRowView(i)) {
			panic("sbi: size mismatch")
		}
	}
	return l
}

func (q inputs) check(p, d int) error {
	if q.Coordinate < -1 || q.Coordinate >= d || q.Waves < 0 || q.Waves > 8 {
		return errDamaged
	}
	for _, k := range q.Features {
		if k < 0 || k >= p {
			return errDamaged
		}
	}
	return nil
}
