package toy

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Posterior is a law given that one coordinate was observed with a normal error:
//
//	p(x|y) ∝ p(x) N(y; x_Column, SD²).
//
// It is exact, to judge guided rows by.
type Posterior struct {
	Law       Law
	Column    int     // 0 or 1
	Value, SD float64 // y, and the standard deviation of its error, above 0
}

// mostTries for a row of a Posterior.
const mostTries = 1 << 20

// Sample stores the rows first, first+1, … of the sample of that seed in dst, n×2: draws
// of the law, accepted with the probability exp(-(y - x)²/(2 SD²)). Row i depends on seed
// and i alone. It errs where the law has next to no rows near the value, and panics unless
// dst has two columns.
func (p Posterior) Sample(dst *mat.Dense, seed uint64, first int) error {
	n, one := rows(dst), mat.NewDense(1, 2, nil)
	key := stream.NewKey(seed, "toy/posterior")
	src := stream.NewSource(key)
	for i := range n {
		own := stream.Seed(seed, "toy/posterior", uint64(first+i))
		src.Seek(key.At(uint64(first + i)))
		accepted := false
		for try := 0; try < mostTries && !accepted; try++ {
			p.Law.Sample(one, own, try)
			accepted = src.Float64() < math.Exp(p.exponent(one.At(0, p.Column)))
		}
		if !accepted {
			return fmt.Errorf("toy: none of %d draws of %s goes with %g ± %g: observe a value that it has", mostTries, p.Law.Name(), p.Value, p.SD)
		}
		dst.SetRow(i, one.RawRowView(0))
	}
	return nil
}

// LogDensity is ln p(x) + ln N(y; x_Column, SD²) in nats: the log density of the posterior
// and the log evidence ln p(y).
func (p Posterior) LogDensity(x, y float64) float64 {
	return p.Law.logDensity(x, y) + p.exponent([2]float64{x, y}[p.Column]) - math.Log(p.SD*math.Sqrt(2*math.Pi))
}

func (p Posterior) exponent(v float64) float64 {
	z := (p.Value - v) / p.SD
	return -z * z / 2
}
