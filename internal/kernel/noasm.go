//go:build !amd64 && !arm64

package kernel

// Without assembly each float32 kernel reports false, and its caller goes on
// to the portable loop.

type tile struct{}

func gemm32(*Workspace, int, int, int, []float32, int, bool, []float32, int, bool, []float32, int, bool) bool {
	return false
}

func biasSiLU32(y, z, bias, skip []float32, rows, n, ld int) bool   { return false }
func biasSiLUValue32(y, bias, skip []float32, rows, n, ld int) bool { return false }
func addBias32(z, bias []float32, rows, n, ld int) bool             { return false }
func mulColSum32(dz, g, d, sum []float32, rows, n, ld int) bool     { return false }
func colSum32(sum, g []float32, rows, n, ld int) bool               { return false }
func add32(dst, a, b []float32) bool                                { return false }
func sinCos32(sin, cos, x []float32) bool                           { return false }
func expMinus32(y, x []float32) bool                                { return false }
func adam32(w, g, m, v, ema []float32, c *adamConsts) bool          { return false }
func sumSquares32(s *[sumLanes]float64, x []float32) (taken int)    { return 0 }

func peakBurst(ws *Workspace) float64 { return peakPortable(ws) }
