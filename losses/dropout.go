package losses

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// ConditionDropout replaces conditions by their null token (NaN), so that one network
// learns the conditional and the unconditional denoiser, and everything between
// (Ho & Salimans 2022, alg. 1, arXiv:2207.12598). For each row,
//
//	with probability Joint, all conditions are dropped;
//	otherwise condition k is dropped with probability Each[k], independently.
//
// Condition k is thus dropped at the rate Joint + (1-Joint) Each[k]. A nil Each
// drops none on its own; otherwise it has one probability per condition. The
// zero value drops nothing. A condition that is NaN already stays NaN.
type ConditionDropout struct {
	Each  []float64
	Joint float64
}

// Validate returns an error unless o fits k conditions.
func (o ConditionDropout) Validate(k int) error {
	if o.Each != nil && len(o.Each) != k {
		return fmt.Errorf("losses: dropout has %d probabilities for %d conditions", len(o.Each), k)
	}
	for i, q := range o.Each {
		if !(0 <= q && q <= 1) {
			return fmt.Errorf("losses: dropout of condition %d is %g: want a probability", i, q)
		}
	}
	if !(0 <= o.Joint && o.Joint <= 1) {
		return fmt.Errorf("losses: joint dropout is %g: want a probability", o.Joint)
	}
	return nil
}

// Never reports whether no condition is ever dropped.
func (o ConditionDropout) Never() bool {
	return o.Joint == 0 && !slices.ContainsFunc(o.Each, func(q float64) bool { return q > 0 })
}

// Apply stores in row i of dst the conditions of the clean row that row i of p
// was drawn from, some of them dropped. dst and c are n×K, different matrices;
// p must have been drawn for the same block b. What is dropped is a function of
// (b.Seed, b.Step, row of the batch); rows that share a clean row share it too.
// It allocates nothing, and panics on a size mismatch.
func (o ConditionDropout) Apply(dst, c *mat.Dense, p *Problem, b Batch) {
	n, k := c.Dims()
	if r, cc := dst.Dims(); r != n || cc != k || len(p.T) != n {
		panic("losses: dropout of conditions of another size")
	}
	if o.Each != nil && len(o.Each) != k {
		panic("losses: dropout has another number of conditions")
	}
	b.check(n)
	key := stream.NewKey(b.Seed, "losses/dropout").At(uint64(b.Step))
	rng := p.random()
	for i := range n {
		row := dst.RawRowView(i)
		s := p.Source(i)
		copy(row, c.RawRowView(s))
		rng.Seek(key.At(uint64(b.First + s)))
		all := rng.Float64() < o.Joint
		for j := range row {
			if all || o.Each != nil && rng.Float64() < o.Each[j] {
				row[j] = math.NaN()
			}
		}
	}
}
