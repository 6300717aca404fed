package kernel

import "time"

// MeasurePeak returns the speed of the float32 matrix product on operands in
// the first-level cache, in floating-point operations per second (a multiply
// and an add count as two): what the products of this path on one thread are
// to be compared with. It takes the best of short bursts during d, by the
// clock now.
func MeasurePeak(d time.Duration, now func() time.Time) float64 {
	var ws Workspace
	best, start := 0.0, now()
	for begin := start; begin.Sub(start) < d; {
		flops := 0.0
		for range 200 {
			flops += peakBurst(&ws)
		}
		end := now()
		if s := end.Sub(begin).Seconds(); s > 0 {
			best = max(best, flops/s)
		}
		begin = end
	}
	return best
}

// peakPortable is a burst of the portable product, in operations.
func peakPortable(ws *Workspace) float64 {
	const m, n, k = 16, 32, 64
	a, b, c := scratch(&ws.strips, m*k), scratch(&ws.panel, n*k), scratch(&ws.flip, m*n)
	gemmNN(m, n, k, a, k, b, n, c, n, false)
	return 2 * m * n * k
}
