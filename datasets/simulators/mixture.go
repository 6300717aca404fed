package simulators

import (
	"math"

	"tweedie/datasets/prior"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// mixtureSD are the standard deviations of the components of gaussian_mixture.
var mixtureSD = [2]float64{1, 0.1}

// mixtureBox is half the width of its prior.
const mixtureBox = 10

// gaussianMixture is the task θ ~ U[-10, 10]², x|θ ~ ½ N(θ, I) + ½ N(θ, 0.01 I), the
// component drawn for each row and common to both coordinates. Its posterior is the
// same mixture in θ, restricted to the box.
func gaussianMixture() Task {
	return &exact{
		tractable{
			simulator{
				name:    "gaussian_mixture",
				prior:   box(2, -mixtureBox, mixtureBox),
				columns: numbered("data", 2),
				draw: func(x, theta []float64, rng *stream.Source) error {
					sd := mixtureSD[rng.IntN(2)]
					for j, v := range theta {
						x[j] = v + sd*rng.NormFloat64()
					}
					return nil
				},
			},
			func(theta, x []float64) (float64, error) {
				l := [2]float64{}
				for k, sd := range mixtureSD {
					l[k] = logNormalDensity(x, theta, sd) - math.Ln2
				}
				return numeric.LogSumExp(l[:]), nil
			},
		},
		drawMixturePosterior,
	}
}

// drawMixturePosterior picks a component by its mass in the box, and draws from it there.
func drawMixturePosterior(theta, x []float64, rng *stream.Source) bool {
	var mass [2]float64
	for k, sd := range mixtureSD {
		for _, v := range x {
			mass[k] += prior.LogNormalMass((-mixtureBox-v)/sd, (mixtureBox-v)/sd)
		}
	}
	sd := mixtureSD[0]
	if rng.Float64() < 1/(1+math.Exp(mass[0]-mass[1])) {
		sd = mixtureSD[1]
	}
	for j, v := range x {
		theta[j] = restrictedNormal(v, sd, -mixtureBox, mixtureBox, rng)
	}
	return true
}
