package simulators

import (
	"errors"
	"math"
)

// tolerance is the error of a step, absolute and relative to the solution.
const tolerance = 1e-8

// mostSteps bounds the steps of a solution, of which these problems take some hundreds.
const mostSteps = 1_000_000

var errStiff = errors.New("the differential equation was not solved in 1,000,000 steps: the parameters are far outside of the prior")

// solveODE calls at(k, y(k·every)) for k = 0, …, last, for dy/dt = f(y), y(0) = y. It takes
// steps of Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3), of order 5 with an
// embedded order 4, whose sizes keep the estimated error of each below the tolerance; a
// step ends at each time that is asked for.
func solveODE(f func(y [2]float64) [2]float64, y [2]float64, every float64, last int, at func(k int, y [2]float64)) error {
	at(0, y)
	h, k1 := every/10, f(y)
	steps := 0
	for k := 1; k <= last; k++ {
		left := every
		for left > 0 {
			if steps++; steps > mostSteps {
				return errStiff
			}
			step := math.Min(h, left)
			next, slope, err := dormandPrince(f, y, k1, step)
			if math.IsNaN(err) {
				err = 1e10
			}
			grow := math.Min(math.Max(0.9*math.Pow(err, -0.2), 0.2), 5)
			if err <= 1 {
				y, k1 = next, slope
				left -= step
			}
			if err > 1 || step == h || grow < 1 {
				h = step * grow
			}
		}
		at(k, y)
	}
	return nil
}

// stages are the coefficients of Dormand & Prince: stage s is at y + h Σ_i stages[s][i] k_i,
// the last being the solution of order 5, and defect times h that less the one of order 4.
var (
	stages = [7][6]float64{
		{},
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	defect = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// dormandPrince makes a step. It returns the derivative at its end, which is the first
// of the next step, and the estimated error in units of the tolerance.
func dormandPrince(f func(y [2]float64) [2]float64, y, k1 [2]float64, h float64) (next, slope [2]float64, err float64) {
	k := [7][2]float64{k1}
	for s := 1; s < 7; s++ {
		next = y
		for i, c := range stages[s][:s] {
			next[0] += h * c * k[i][0]
			next[1] += h * c * k[i][1]
		}
		k[s] = f(next)
	}
	for i := range y {
		e := 0.0
		for s, c := range defect {
			e += h * c * k[s][i]
		}
		if math.IsNaN(e) {
			return next, k[6], e
		}
		err = math.Max(err, math.Abs(e)/(tolerance*(1+math.Max(math.Abs(y[i]), math.Abs(next[i])))))
	}
	return next, k[6], err
}
