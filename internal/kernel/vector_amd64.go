package kernel

import (
	"math"
	"unsafe"
)

// These run the float32 kernels of the path in use and report whether there is
// one. Slices are checked. Those of matrices are not empty.

func ptr(s []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

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

// sinCosLimit is the largest |x| that the vector kernel reduces exactly enough.
const sinCosLimit = 1e5

// sinCos32 does pieces small enough to keep the arguments: outputs may overlay
// them, and a piece with an argument beyond the limit is done again in Go.
func sinCos32(sin, cos, x []float32) bool {
	if active == pathGo {
		return false
	}
	var piece [128]float32
	for i := 0; i < len(x); i += len(piece) {
		var most [16]uint32
		e := min(i+len(piece), len(x))
		n := copy(piece[:], x[i:e])
		if active == pathAVX512 {
			sinCos512(ptr(sin[i:e]), ptr(cos[i:e]), ptr(piece[:]), unsafe.Pointer(&most), n)
		} else {
			sinCos256(ptr(sin[i:e]), ptr(cos[i:e]), ptr(piece[:]), unsafe.Pointer(&most), n)
		}
		over := false
		for _, m := range most {
			over = over || m > math.Float32bits(sinCosLimit)
		}
		for j := 0; over && j < n; j++ {
			if v := float64(piece[j]); !(math.Abs(v) <= sinCosLimit) {
				s, c := math.Sincos(v)
				sin[i+j], cos[i+j] = float32(s), float32(c)
			}
		}
	}
	return true
}

func adam32(w, g, m, v, ema []float32, c *adamConsts) bool {
	k := [8]float32{float32(c.scale), float32(c.m), float32(c.v), float32(c.decay), float32(c.rate), float32(c.root), float32(c.eps), float32(c.ema)}
	p := unsafe.Pointer(&k)
	switch {
	case active == pathAVX512 && ema != nil:
		adamEMA512(ptr(w), ptr(g), ptr(m), ptr(v), p, ptr(ema), len(w))
	case active == pathAVX512:
		adam512(ptr(w), ptr(g), ptr(m), ptr(v), p, len(w))
	case active == pathAVX2 && ema != nil:
		adamEMA256(ptr(w), ptr(g), ptr(m), ptr(v), p, ptr(ema), len(w))
	case active == pathAVX2:
		adam256(ptr(w), ptr(g), ptr(m), ptr(v), p, len(w))
	}
	return active != pathGo
}

// sumSquares32 adds the squares of the first elements, a multiple of 16, to s
// and returns how many it took.
func sumSquares32(s *[sumLanes]float64, x []float32) (taken int) {
	n := len(x) &^ (sumLanes - 1)
	if n == 0 {
		return 0
	}
	switch active {
	case pathAVX512:
		sumSquares512(unsafe.Pointer(s), ptr(x), n)
	case pathAVX2:
		sumSquares256(unsafe.Pointer(s), ptr(x), n)
	default:
		return 0
	}
	return n
}
