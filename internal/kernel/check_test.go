package kernel

import (
	"math"
	"strings"
	"testing"
)

// TestPanics calls each kernel with one argument wrong.
func TestPanics(t *testing.T) {
	var ws Workspace
	s := make([]float32, 12)
	ok := AdamStep{Correction1: 1, Correction2: 1}
	for name, f := range map[string]func(){
		"nil workspace":    func() { GemmNN(nil, 1, 1, 1, s, 1, s, 1, s, 1, false) },
		"negative m":       func() { GemmNN(&ws, -1, 1, 1, s, 1, s, 1, s, 1, false) },
		"lda below k":      func() { GemmNN(&ws, 2, 2, 3, s, 2, s, 2, s, 2, false) },
		"a short":          func() { GemmNN(&ws, 4, 1, 3, s[:11], 3, s, 1, s, 1, false) },
		"b short":          func() { GemmNN(&ws, 1, 4, 3, s, 3, s[:11], 4, s, 4, false) },
		"c short":          func() { GemmNN(&ws, 4, 3, 1, s, 1, s, 3, s[:11], 3, false) },
		"TN a short":       func() { GemmTN(&ws, 3, 1, 4, s[:11], 3, s, 1, s, 1, false) },
		"NT b short":       func() { GemmNT(&ws, 1, 4, 3, s, 3, s[:11], 3, s, 4, false) },
		"stride overflow":  func() { GemmNN(&ws, math.MaxInt, 1, 1, s, 4, s, 1, s, 4, false) },
		"silu y short":     func() { BiasSiLU(s[:11], s, s, 3, 4, 4) },
		"silu bias short":  func() { BiasSiLU(s, s, s[:3], 3, 4, 4) },
		"skip short":       func() { BiasSiLUSkip(s, s, s, s[:11], 3, 4, 4) },
		"silu ld below n":  func() { BiasSiLU(s, s, s, 3, 4, 3) },
		"value skip short": func() { BiasSiLUValue(s, s, s[:11], 3, 4, 4) },
		"negative rows":    func() { AddBias(s, s, -1, 4, 4) },
		"rows overflow":    func() { AddBias(s, s, math.MaxInt, 4, 4) },
		"sum short":        func() { MulColSum(s, s, s, s[:3], 3, 4, 4, false) },
		"colsum short":     func() { ColSum(s[:3], s, 3, 4, 4, false) },
		"add lengths":      func() { Add(s, s[:11], s) },
		"lane lengths":     func() { ReduceLanes(s, [][]float32{s, s[:11]}) },
		"sincos lengths":   func() { SinCos(s, s[:11], s) },
		"exp lengths":      func() { ExpMinus(s, s[:11]) },
		"adam lengths":     func() { Adam(s, s, s, s[:11], nil, ok) },
		"adam ema":         func() { Adam(s, s, s, s, s[:11], ok) },
		"adam corrections": func() { Adam(s, s, s, s, nil, AdamStep{}) },
	} {
		func() {
			defer func() {
				if m, _ := recover().(string); !strings.HasPrefix(m, "kernel: ") {
					t.Errorf("%s: panic %q", name, m)
				}
			}()
			f()
		}()
	}
}

// TestEmpty calls the kernels with nothing to do.
func TestEmpty(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		var ws Workspace
		c := []float32{1, 2}
		GemmNN(&ws, 0, 3, 4, nil, 4, make([]float32, 12), 3, nil, 3, false)
		GemmTN(&ws, 3, 0, 4, make([]float32, 12), 3, nil, 0, nil, 0, false)
		GemmNT(&ws, 1, 2, 0, nil, 0, nil, 0, c, 2, true)
		if c[0] != 1 || c[1] != 2 {
			t.Error("k=0 with acc changed C")
		}
		GemmNT(&ws, 1, 2, 0, nil, 0, nil, 0, c, 2, false)
		if c[0] != 0 || c[1] != 0 {
			t.Error("k=0 without acc left C")
		}
		BiasSiLU[float32](nil, nil, nil, 0, 0, 0)
		AddBias[float32](nil, nil, 3, 0, 0)
		MulColSum(nil, nil, nil, c, 0, 2, 2, false)
		ColSum(c, nil, 0, 2, 2, true)
		ReduceLanes(c, nil)
		Adam[float32](nil, nil, nil, nil, nil, AdamStep{Correction1: 1, Correction2: 1})
	})
}

func TestNoAllocations(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		checkAllocations[float32](t)
		checkAllocations[float64](t)
	})
}

func checkAllocations[T Float](t *testing.T) {
	const m, n, k = 40, 50, 60
	var ws Workspace
	a, b, c, v := make([]T, 4096), make([]T, 4096), make([]T, 4096), make([]T, 64)
	lanes := [][]T{b, c}
	step := AdamStep{Correction1: 1, Correction2: 1}
	sum := 0.0
	f := func() {
		GemmNN(&ws, m, n, k, a, k, b, n, c, n, false)
		GemmTN(&ws, m, n, k, a, m, b, n, c, n, true)
		GemmNT(&ws, m, n, k, a, k, b, k, c, n, false)
		GemmNT(&ws, m, 2, k, a, k, b, k, c, n, false)
		BiasSiLU(a, b, v, 40, 50, 50)
		BiasSiLUSkip(a, b, v, c, 40, 50, 50)
		BiasSiLUValue(a, v, c, 40, 50, 50)
		AddBias(a, v, 40, 50, 50)
		MulColSum(a, b, c, v, 40, 50, 50, true)
		ColSum(v, a, 40, 50, 50, false)
		Add(a, b, c)
		ReduceLanes(a, lanes)
		SinCos(a, b, c)
		ExpMinus(a, c)
		Adam(a, b, c, a, b, step)
		sum += SumSquares(a)
	}
	if got := testing.AllocsPerRun(3, f); got != 0 {
		t.Errorf("%T: %v allocations per round", sum, got)
	}
}
