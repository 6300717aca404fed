//go:build amd64 || arm64

package kernel

import (
	"math"
	"unsafe"
)

func ptr(s []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

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
		sinCosPiece(ptr(sin[i:e]), ptr(cos[i:e]), ptr(piece[:]), unsafe.Pointer(&most), n)
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
	if active == pathGo {
		return false
	}
	k := [8]float32{float32(c.scale), float32(c.m), float32(c.v), float32(c.decay), float32(c.rate), float32(c.root), float32(c.eps), float32(c.ema)}
	if p := unsafe.Pointer(&k); ema != nil {
		adamEMAPiece(ptr(w), ptr(g), ptr(m), ptr(v), p, ptr(ema), len(w))
	} else {
		adamPiece(ptr(w), ptr(g), ptr(m), ptr(v), p, len(w))
	}
	return true
}

// sumSquares32 adds the squares of the first elements, a multiple of 16, to s
// and returns how many it took.
func sumSquares32(s *[sumLanes]float64, x []float32) (taken int) {
	n := len(x) &^ (sumLanes - 1)
	if n == 0 || active == pathGo {
		return 0
	}
	sumSquaresPiece(unsafe.Pointer(s), ptr(x), n)
	return n
}
