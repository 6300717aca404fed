package simulators

import (
	"math"

	"tweedie/internal/stream"
)

// The distractors: so many numbers of a mixture of so many t laws.
const (
	distractors          = 92
	distractorComponents = 20
	distractorFreedom    = 2
)

// slcpDistractors is slcp with 92 more numbers that say nothing of θ, all 100 in a fixed
// order that mixes them. The distractors are a draw of a mixture of 20 multivariate t
// laws of 2 degrees of freedom,
//
//	loc = 15 n,   scale L = 3 (strict lower triangle of N + diag(exp n)),   n, N standard normal
//
// with equal weights. The benchmark keeps its laws and its order in files of its own;
// ours have the same definition, drawn from other random numbers (fixed: they do not
// depend on the seed of a simulation). So observations of the benchmark's task cannot be
// given to a model of this one. The posterior given the informative numbers is that of
// slcp, and LogLikelihood leaves out the density of the distractors, in which θ is not.
func slcpDistractors() Task {
	n := newNuisance()
	return &tractable{
		simulator{
			name:    "slcp_distractors",
			prior:   box(5, -3, 3),
			columns: numbered("data", 2*slcpPoints+distractors),
			draw: func(x, theta []float64, rng *stream.Source) error {
				all := make([]float64, len(x))
				if err := slcpDraw(all[:2*slcpPoints], theta, rng); err != nil {
					return err
				}
				n.draw(all[2*slcpPoints:], rng)
				for k, at := range n.place {
					x[at] = all[k]
				}
				return nil
			},
		},
		func(theta, x []float64) (float64, error) {
			points := make([]float64, 2*slcpPoints)
			for k := range points {
				points[k] = x[n.place[k]]
			}
			return slcpLikelihood(theta, points), nil
		},
	}
}

// Informative returns the columns of slcp_distractors that have the data of slcp, in
// its order.
func Informative() []int { return newNuisance().place[: 2*slcpPoints : 2*slcpPoints] }

// nuisance is the law of the distractors, and where each number stands in a row.
type nuisance struct {
	loc   [distractorComponents][distractors]float64
	scale [distractorComponents][]float64 // lower triangles, row by row
	place []int
}

func newNuisance() *nuisance {
	n := &nuisance{place: stream.New(0, "simulators/slcp_distractors/order").Perm(2*slcpPoints + distractors)}
	for k := range distractorComponents {
		rng := stream.New(0, "simulators/slcp_distractors/law", uint64(k))
		for i := range distractors {
			n.loc[k][i] = 15 * rng.NormFloat64()
		}
		for i := range distractors {
			for range i {
				n.scale[k] = append(n.scale[k], 3*rng.NormFloat64())
			}
			n.scale[k] = append(n.scale[k], 3*math.Exp(rng.NormFloat64()))
		}
	}
	return n
}

// draw fills x with loc + L e/√(χ²_ν/ν).
func (n *nuisance) draw(x []float64, rng *stream.Source) {
	k := rng.IntN(distractorComponents)
	var e [distractors]float64
	for i := range e {
		e[i] = rng.NormFloat64()
	}
	chi := 2 * rng.ExpFloat64() // χ² of 2 degrees of freedom
	root, at := math.Sqrt(chi/distractorFreedom), 0
	for i := range x {
		sum := 0.0
		for j := range i + 1 {
			sum += n.scale[k][at] * e[j]
			at++
		}
		x[i] = n.loc[k][i] + sum/root
	}
}
