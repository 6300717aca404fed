package toy

import (
	"math"

	"tweedie/internal/stream"
)

// gaussian is N((x, y), sd² I).
type gaussian struct{ x, y, sd float64 }

func (g gaussian) draw(rng *stream.Source) (x, y float64) {
	return g.x + g.sd*rng.NormFloat64(), g.y + g.sd*rng.NormFloat64()
}

func (g gaussian) logDensity(x, y float64) float64 {
	return -((x-g.x)*(x-g.x)+(y-g.y)*(y-g.y))/(2*g.sd*g.sd) - math.Log(2*math.Pi*g.sd*g.sd)
}

// gaussians is 8gaussians: centers at k·45° on a circle of radius 4, standard
// deviation 0.5, all divided by 1.414 (not √2). Class k is the center.
func gaussians() Law {
	const unit = 1.414
	var c []component
	for k := range 8 {
		sin, cos := math.Sincos(float64(k) * math.Pi / 4)
		c = append(c, gaussian{4 * cos / unit, 4 * sin / unit, .5 / unit})
	}
	return mixture(2.83188, c...)
}

// square is uniform on [x, x+side) × [y, y+side).
type square struct{ x, y, side float64 }

func (s square) draw(rng *stream.Source) (x, y float64) {
	return s.x + s.side*rng.Float64(), s.y + s.side*rng.Float64()
}

func (s square) logDensity(x, y float64) float64 {
	if x < s.x || x >= s.x+s.side || y < s.y || y >= s.y+s.side {
		return math.Inf(-1)
	}
	return -2 * math.Log(s.side)
}

// checkerboard is uniform on the squares of one color of a 4×4 board on
// [-4, 4]²: with x₁ ~ U(-2, 2), x₂ = U(0, 1) - 2 b + (⌊x₁⌋ mod 2), b 0 or 1,
// doubled. Classes count the squares by columns from the left, in each the
// upper one first.
func checkerboard() Law {
	var c []component
	for column := range 4 {
		for b := range 2 {
			c = append(c, square{float64(2*column - 4), float64(2*(column%2) - 4*b), 2})
		}
	}
	return mixture(math.Log(32), c...)
}
