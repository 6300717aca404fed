package simulators

import (
	"math"

	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// The crescent of two_moons: a half circle of this radius about (0.25, 0).
const (
	moonRadius, moonSD = 0.1, 0.01
	moonCenter         = 0.25
)

// twoMoons is the task θ ~ U[-1, 1]²,
//
//	x = p + (-|θ_1 + θ_2|/√2, (θ_2 - θ_1)/√2)
//	p = (r cos a + 0.25, r sin a),   a ~ U(-π/2, π/2),   r ~ N(0.1, 0.01²)
//
// whose posterior has two crescents. Given x it is drawn by drawing p and solving for θ,
// which keeps areas, and rejecting what is outside of the box.
func twoMoons() Task {
	return &exact{
		tractable{
			simulator{
				name:    "two_moons",
				prior:   box(2, -1, 1),
				columns: numbered("data", 2),
				draw: func(x, theta []float64, rng *stream.Source) error {
					p, q := drawMoon(rng)
					x[0] = p - math.Abs(theta[0]+theta[1])/math.Sqrt2
					x[1] = q + (theta[1]-theta[0])/math.Sqrt2
					return nil
				},
			},
			func(theta, x []float64) (float64, error) {
				p := x[0] + math.Abs(theta[0]+theta[1])/math.Sqrt2 - moonCenter
				q := x[1] - (theta[1]-theta[0])/math.Sqrt2
				return moonDensity(p, q), nil
			},
		},
		func(theta, x []float64, rng *stream.Source) bool {
			p, q := drawMoon(rng)
			sum, difference := p-x[0], x[1]-q // (θ_1 + θ_2)/√2 up to its sign, (θ_2 - θ_1)/√2
			if sum < 0 {
				return false
			}
			if rng.IntN(2) == 1 {
				sum = -sum
			}
			theta[0], theta[1] = (sum-difference)/math.Sqrt2, (sum+difference)/math.Sqrt2
			return math.Abs(theta[0]) <= 1 && math.Abs(theta[1]) <= 1
		},
	}
}

func drawMoon(rng *stream.Source) (p, q float64) {
	a := math.Pi * (rng.Float64() - .5)
	r := moonRadius + moonSD*rng.NormFloat64()
	return r*math.Cos(a) + moonCenter, r * math.Sin(a)
}

// moonDensity is the log density N(r; 0.1, 0.01²)/(π r) at (p, q) from the center.
func moonDensity(p, q float64) float64 {
	if p < 0 {
		return math.Inf(-1)
	}
	r := math.Hypot(p, q)
	z := (r - moonRadius) / moonSD
	return -z*z/2 - numeric.HalfLog2Pi - math.Log(moonSD) - math.Log(math.Pi*r)
}
