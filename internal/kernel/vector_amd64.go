package kernel

import "unsafe"

// These run the float32 kernels of the path in use and report whether there is
// one. Slices are checked. Those of matrices are not empty.

func biasSiLU32(y, z, bias, skip []float32, rows, n, ld int) bool {
	switch {
	case active == pathAVX512 && skip != nil:
		biasSiLUSkip512(ptr(y), ptr(z), ptr(bias), ptr(skip), rows, n, ld)
	case active == pathAVX512:
		biasSiLU512(ptr(y), ptr(z), ptr(bias), rows, n, ld)
	case active == pathAVX2 && skip != nil:
		biasSiLUSkip256(ptr(y), ptr(z), ptr(bias), ptr(skip), rows, n, ld)
	case active == pathAVX2:
		biasSiLU256(ptr(y), ptr(z), ptr(bias), rows, n, ld)
	}
	return active != pathGo
}

func biasSiLUValue32(y, bias, skip []float32, rows, n, ld int) bool {
	switch {
	case active == pathAVX512 && skip != nil:
		biasSiLUSkipValue512(ptr(y), ptr(bias), ptr(skip), rows, n, ld)
	case active == pathAVX512:
		biasSiLUValue512(ptr(y), ptr(bias), rows, n, ld)
	case active == pathAVX2 && skip != nil:
		biasSiLUSkipValue256(ptr(y), ptr(bias), ptr(skip), rows, n, ld)
	case active == pathAVX2:
		biasSiLUValue256(ptr(y), ptr(bias), rows, n, ld)
	}
	return active != pathGo
}

func addBias32(z, bias []float32, rows, n, ld int) bool {
	switch active {
	case pathAVX512:
		addBias512(ptr(z), ptr(bias), rows, n, ld)
	case pathAVX2:
		addBias256(ptr(z), ptr(bias), rows, n, ld)
	}
	return active != pathGo
}

func mulColSum32(dz, g, d, sum []float32, rows, n, ld int) bool {
	switch active {
	case pathAVX512:
		mulColSum512(ptr(dz), ptr(g), ptr(d), ptr(sum), rows, n, ld)
	case pathAVX2:
		mulColSum256(ptr(dz), ptr(g), ptr(d), ptr(sum), rows, n, ld)
	}
	return active != pathGo
}

func colSum32(sum, g []float32, rows, n, ld int) bool {
	switch active {
	case pathAVX512:
		colSum512(ptr(sum), ptr(g), rows, n, ld)
	case pathAVX2:
		colSum256(ptr(sum), ptr(g), rows, n, ld)
	}
	return active != pathGo
}

func add32(dst, a, b []float32) bool {
	switch active {
	case pathAVX512:
		add512(ptr(dst), ptr(a), ptr(b), len(dst))
	case pathAVX2:
		add256(ptr(dst), ptr(a), ptr(b), len(dst))
	}
	return active != pathGo
}

func expMinus32(y, x []float32) bool {
	switch active {
	case pathAVX512:
		expMinus512(ptr(y), ptr(x), len(x))
	case pathAVX2:
		expMinus256(ptr(y), ptr(x), len(x))
	}
	return active != pathGo
}

func sinCosPiece(sin, cos, x, most unsafe.Pointer, n int) {
	if active == pathAVX512 {
		sinCos512(sin, cos, x, most, n)
	} else {
		sinCos256(sin, cos, x, most, n)
	}
}

func adamPiece(w, g, m, v, c unsafe.Pointer, n int) {
	if active == pathAVX512 {
		adam512(w, g, m, v, c, n)
	} else {
		adam256(w, g, m, v, c, n)
	}
}

func adamEMAPiece(w, g, m, v, c, ema unsafe.Pointer, n int) {
	if active == pathAVX512 {
		adamEMA512(w, g, m, v, c, ema, n)
	} else {
		adamEMA256(w, g, m, v, c, ema, n)
	}
}

func sumSquaresPiece(s, x unsafe.Pointer, n int) {
	if active == pathAVX512 {
		sumSquares512(s, x, n)
	} else {
		sumSquares256(s, x, n)
	}
}
