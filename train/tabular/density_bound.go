package tabular

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// drawAbsent draws the numbers of x that have no value in z, standard normal as in
// training, and returns the log density of what it drew in each row. Less that
// density, the bound of a row is one of the row without those numbers. first is the
// index of the first row. The positions omit are drawn, and do not count.
func drawAbsent(x, z *mat.Dense, omit []bool, seed uint64, first int) []float64 {
	n, _ := x.Dims()
	key, src := stream.NewKey(seed, "logprob/absent"), stream.NewSource(stream.Key{})
	lp := make([]float64, n)
	for i := range n {
		src.Seek(key.At(uint64(first + i)))
		for j, v := range z.RawRowView(i) {
			if math.IsNaN(v) {
				z := src.NormFloat64()
				x.Set(i, j, z)
				if omit != nil && omit[j] {
					continue
				}
				lp[i] -= 0.5*z*z + 0.5*math.Log(2*math.Pi)
			}
		}
	}
	return lp
}

// unused are the positions of numbers that no row has, since each value of their column is a level; nil if there are none.
// Training fills them with independent normal numbers, and the bound takes the posterior mean there to be that of this law.
// The network's own is some .01 from it: of a survey of five grades the bound that counts them lies .04 ± .03 nats lower.
func (m *Model) unused() (omit []bool) {
	for _, b := range m.blocks {
		if b.Kind == datasets.Continuous && m.codec.Metadata().Field(b.Column).LevelValues() != nil {
			if omit == nil {
				omit = make([]bool, m.codec.Dim())
			}
			omit[b.Start] = true
		}
	}
	return omit
}

// decodeLogProb is the log probability of a row given its noised version: a
// normal law for each number but those to omit, and the posterior itself for each category.
func (m *Model) decodeLogProb(omit []bool) func(x, mean []float64, c sde.Coeff) float64 {
	return func(x, mean []float64, c sde.Coeff) float64 {
		s, lp := c.Sigma/c.Alpha, 0.0
		for _, k := range m.blocks {
			switch {
			case k.Kind == datasets.Continuous && omit != nil && omit[k.Start]:
			case k.Kind == datasets.Continuous:
				e := (x[k.Start] - mean[k.Start]) / s
				lp -= 0.5*e*e + math.Log(s) + 0.5*math.Log(2*math.Pi)
			default:
				p := 0.0
				for j := k.Start; j < k.Start+k.Len; j++ {
					p += x[j] * mean[j]
				}
				lp += math.Log(max(p, math.SmallestNonzeroFloat64))
			}
		}
		return lp
	}
}
