package losses

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Positions are positions first … end−1 of a row.
type Positions struct{ First, End int }

// Masking draws which columns of a row are given to the network and which it
// has to denoise, so that one network learns the law of any columns given any
// others (as Tashiro et al. 2021, arXiv:2107.03502, do for imputation). For
// each row,
//
//	with probability 1 − Share nothing is given;
//	otherwise a rate r ~ U(0, 1) is drawn, and each column is given with
//	probability r, independently.
//
// A column may have several parts, such as a flag and the number that it
// announces: with probability ¼ only the first of them is given. The zero value
// gives nothing.
type Masking struct {
	Columns [][]Positions
	Share   float64
}

// Validate returns an error unless o fits rows of d positions.
func (o Masking) Validate(d int) error {
	if !(o.Share >= 0 && o.Share <= 1) {
		return fmt.Errorf("losses: share of rows that are given in part is %g: want a probability", o.Share)
	}
	for k, c := range o.Columns {
		for _, p := range c {
			if p.First < 0 || p.End > d || p.First >= p.End {
				return fmt.Errorf("losses: column %d has positions %d to %d of %d", k, p.First, p.End-1, d)
			}
		}
	}
	return nil
}

// Draw stores in each row of known, n×d, the values of x that are given, and
// NaN elsewhere. What is given is a function of (b.Seed, b.Step, row of the
// batch). Values that are NaN in x are never given.
func (o Masking) Draw(known, x *mat.Dense, b Batch, p *Problem) {
	n, d := x.Dims()
	if r, c := known.Dims(); r != n || c != d {
		panic("losses: masks of another size")
	}
	b.check(n)
	key, rng := stream.NewKey(b.Seed, "losses/mask").At(uint64(b.Step)), p.random()
	for i := range n {
		to, from := known.RawRowView(i), x.RawRowView(i)
		for j := range to {
			to[j] = math.NaN()
		}
		rng.Seek(key.At(uint64(b.First + i)))
		if rng.Float64() >= o.Share {
			continue
		}
		rate := rng.Float64()
		for _, parts := range o.Columns {
			given, first := rng.Float64() < rate, rng.Float64() < 0.25
			if !given {
				continue
			}
			for k, s := range parts {
				if k > 0 && first {
					break
				}
				copy(to[s.First:s.End], from[s.First:s.End])
			}
		}
	}
}

// Fill replaces the NaN of x, positions without a value, by standard normals:
// a number that a flag says is absent has that law, whatever the flag says.
// They are a function of (b.Seed, b.Step, row of the batch).
func Fill(x *mat.Dense, b Batch, p *Problem) {
	n, _ := x.Dims()
	b.check(n)
	key, rng := stream.NewKey(b.Seed, "losses/absent").At(uint64(b.Step)), p.random()
	for i := range n {
		sought := false
		for j, v := range x.RawRowView(i) {
			if !math.IsNaN(v) {
				continue
			}
			if !sought {
				rng.Seek(key.At(uint64(b.First + i)))
				sought = true
			}
			x.Set(i, j, rng.NormFloat64())
		}
	}
}
