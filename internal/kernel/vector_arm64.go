package kernel

import "unsafe"

// These run the float32 kernels of NEON unless the portable path is in use, and report whether
// they did. Slices are checked. Those of matrices are not empty.

func biasSiLU32(y, z, bias, skip []float32, rows, n, ld int) bool {
	switch {
	case active == pathGo:
		return false
	case skip != nil:
		biasSiLUSkipNEON(ptr(y), ptr(z), ptr(bias), ptr(skip), rows, n, ld)
	default:
		biasSiLUNEON(ptr(y), ptr(z), ptr(bias), rows, n, ld)
	}
	return true
}

func biasSiLUValue32(y, bias, skip []float32, rows, n, ld int) bool {
	switch {
	case active == pathGo:
		return false
	case skip != nil:
		biasSiLUSkipValueNEON(ptr(y), ptr(bias), ptr(skip), rows, n, ld)
	default:
		biasSiLUValueNEON(ptr(y), ptr(bias), rows, n, ld)
	}
	return true
}

func addBias32(z, bias []float32, rows, n, ld int) bool {
	if active == pathGo {
		return false
	}
	addBiasNEON(ptr(z), ptr(bias), rows, n, ld)
	return true
}

func mulColSum32(dz, g, d, sum []float32, rows, n, ld int) bool {
	if active == pathGo {
		return false
	}
	mulColSumNEON(ptr(dz), ptr(g), ptr(d), ptr(sum), rows, n, ld)
	return true
}

func colSum32(sum, g []float32, rows, n, ld int) bool {
	if active == pathGo {
		return false
	}
	colSumNEON(ptr(sum), ptr(g), rows, n, ld)
	return true
}

func add32(dst, a, b []float32) bool {
	if active == pathGo {
		return false
	}
	addNEON(ptr(dst), ptr(a), ptr(b), len(dst))
	return true
}

func expMinus32(y, x []float32) bool {
	if active == pathGo {
		return false
	}
	expMinusNEON(ptr(y), ptr(x), len(x))
	return true
}

func sinCosPiece(sin, cos, x, most unsafe.Pointer, n int) { sinCosNEON(sin, cos, x, most, n) }

func adamPiece(w, g, m, v, c unsafe.Pointer, n int) { adamNEON(w, g, m, v, c, n) }

func adamEMAPiece(w, g, m, v, c, ema unsafe.Pointer, n int) { adamEMANEON(w, g, m, v, c, ema, n) }

func sumSquaresPiece(s, x unsafe.Pointer, n int) { sumSquaresNEON(s, x, n) }
