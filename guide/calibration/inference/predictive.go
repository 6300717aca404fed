package inference

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Predictive is a posterior predictive check: whether data simulated with draws of θ look
// as the observation that θ was inferred from (Gelman, Meng & Stern 1996). The p-values are
// not uniform, as the observation was used twice: mostly nearer to ½. Small ones mean that
// the posterior, or the simulator, does not explain the observation.
type Predictive struct {
	Names []string  `json:"names"`
	Ranks []float64 `json:"ranks"`    // of each number of the observation among those simulated, as a share
	P     []float64 `json:"p_values"` // of each: twice the smaller tail, with one more counted
	// Distance is the p-value of the observation as a whole: the share of the simulated rows
	// that are as far from the rest of them, by the root mean square of normal scores.
	Distance float64 `json:"p_distance"`
}

// PredictiveCheck compares an observation with data that were simulated with draws of its
// posterior, a row each, at least 20. It errs on a number that is not finite, and panics on
// a size mismatch.
func PredictiveCheck(names []string, simulated *mat.Dense, observation []float64) (*Predictive, error) {
	n, w := simulated.Dims()
	if len(names) != w || len(observation) != w {
		panic("inference: size mismatch")
	}
	if n < leastSimulations {
		return nil, fmt.Errorf("%d simulations of draws: give at least %d", n, leastSimulations)
	}
	if err := finite(simulated, "simulation of draw", names); err != nil {
		return nil, err
	}
	if err := finite(mat.NewDense(1, w, observation), "observation", names); err != nil {
		return nil, err
	}
	r := &Predictive{Names: names}
	for j, v := range observation {
		below, above := 0, 0
		for i := range n {
			if u := simulated.At(i, j); u < v {
				below++
			} else if u > v {
				above++
			}
		}
		r.Ranks = append(r.Ranks, (float64(below)+float64(n-below-above)/2)/float64(n))
		tie := n - below - above
		r.P = append(r.P, math.Min(1, 2*float64(1+tie+min(below, above))/float64(1+n)))
	}
	s := newScores(simulated)
	far := make([]float64, n)
	z := s.all(simulated)
	zero := make([]float64, w)
	for i := range n {
		far[i] = squared(z.RawRowView(i), zero)
	}
	slices.Sort(far)
	own := make([]float64, w)
	s.row(own, observation)
	r.Distance = tail(far, squared(own, zero))
	return r, nil
}
