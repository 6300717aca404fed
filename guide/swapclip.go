package guide

import (
	"math"

	"tweedie/sde"
)

// clip makes v, which is σ²/α times a learned Jacobian and so has its errors multiplied by
// about 150 at t = 1, a covariance that rows can have: its eigenvalues, in units of the
// standard deviations of the data, are kept between 0 and slack times those of normal data that
// are fully correlated. a and q are memory.
func (s PriorSwap) clip(v, a, q, variance []float64, c sde.Coeff) {
	d := len(s.index)
	unit := func(k int) float64 {
		if variance == nil {
			return 1
		}
		return math.Sqrt(variance[s.index[k]])
	}
	for j := range d {
		for k := range d {
			a[j*d+k] = v[j*d+k] / (unit(j) * unit(k))
		}
	}
	eigen(a, q, d)
	most := slack * spread(c, float64(d))
	for j := range d {
		for k := range d {
			sum := 0.0
			for l := range d {
				sum += q[j*d+l] * q[k*d+l] * min(max(a[l*d+l], 0), most)
			}
			v[j*d+k] = sum * unit(j) * unit(k)
		}
	}
}
