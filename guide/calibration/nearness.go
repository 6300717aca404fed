package calibration

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// neighbors is the number of rows that Nearness looks at.
const neighbors = 8

// NearnessName is the name of the quantity of Report.Fit that is Nearness.
const NearnessName = "fit to what is given"

// Nearness stores in dst how dense rows of pool are at each row of x, in nats up to a
// constant and to the dimension: -ln of the distance to the eighth nearest, positions in
// their standard deviations in the pool. It is a function of a whole row, so that a row
// whose free columns do not go with those that are given has less of it. It panics on a
// size mismatch, and on a pool of less than eight rows.
func Nearness(dst []float64, x, pool *mat.Dense) {
	n, d := x.Dims()
	m, dp := pool.Dims()
	if len(dst) != n || d != dp || m < neighbors {
		panic("calibration: size mismatch")
	}
	scale := make([]float64, d)
	for j := range scale {
		if _, sd := meanSD(mat.Col(nil, j, pool)); sd > 0 {
			scale[j] = 1 / (sd * sd)
		}
	}
	var nearest [neighbors]float64
	for i := range n {
		for k := range nearest {
			nearest[k] = math.Inf(1)
		}
		row := x.RawRowView(i)
		for p := range m {
			s := 0.0
			for j, v := range pool.RawRowView(p) {
				s += (row[j] - v) * (row[j] - v) * scale[j]
			}
			for k := neighbors - 1; k >= 0 && s < nearest[k]; k-- { // keep them sorted
				if k < neighbors-1 {
					nearest[k+1] = nearest[k]
				}
				nearest[k] = s
			}
		}
		dst[i] = -math.Log(math.Max(nearest[neighbors-1], 1e-300)) / 2
	}
}
