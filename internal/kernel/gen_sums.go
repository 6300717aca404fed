//go:build ignore

package main

import "fmt"

func (s *isa) sums() {
	s.begin("mulColSum", "dz, grad, d, sum", "rows, n, ld", "DI", "SI", "DX", "R8", "R9", "CX", "R13")
	s.columns(func(v int) {
		at := fmt.Sprintf("%d", v*s.bytes)
		s.load(at+"(SI)(AX*1)", v)
		s.load(at+"(DX)(AX*1)", 4+v)
		s.op("VMULPS", 4+v, v, v)
		s.store(v, at+"(DI)(AX*1)")
		s.op("VADDPS", v, 8+v, 8+v)
	})
	s.end()
	s.begin("colSum", "sum, grad", "rows, n, ld", "R8", "SI", "R9", "CX", "R13")
	s.columns(func(v int) {
		s.load(fmt.Sprintf("%d(SI)(AX*1)", v*s.bytes), v)
		s.op("VADDPS", v, 8+v, 8+v)
	})
	s.end()
	s.begin("add", "dst, a, b", "n", "DI", "SI", "DX", "CX")
	s.flat(func() {
		s.load("(SI)(AX*1)", 0)
		s.load("(DX)(AX*1)", 1)
		s.op("VADDPS", 1, 0, 0)
		s.store(0, "(DI)(AX*1)")
	})
	s.end()
	s.begin("addBias", "z, bias", "rows, n, ld", "DI", "DX", "R9", "CX", "R13")
	s.rows(func() {
		s.load("(DI)(AX*1)", 0)
		s.load("(DX)(AX*1)", 1)
		s.op("VADDPS", 1, 0, 0)
		s.store(0, "(DI)(AX*1)")
	}, "DI")
	s.end()
	s.sumSquares()
}

// sumSquares adds the squares of n elements, a multiple of 16, to 16 float64s.
func (s *isa) sumSquares() {
	s.begin("sumSquares", "sum, x", "n", "DI", "SI", "CX")
	parts := 128 / s.bytes
	sum := max(4, parts)
	for i := range parts {
		s.op("VMOVUPD", fmt.Sprintf("%d(DI)", i*s.bytes), sum+i)
	}
	p("loop:")
	for i := range parts {
		s.op("VCVTPS2PD", fmt.Sprintf("%d(SI)", i*s.bytes/2), i)
		s.op("VFMADD231PD", i, i, sum+i)
	}
	s.repeat("SI", 64, "CX", 16)
	for i := range parts {
		s.op("VMOVUPD", sum+i, fmt.Sprintf("%d(DI)", i*s.bytes))
	}
	s.end()
}

// adam is the formula of Adam's doc comment; c points at its constants.
func (s *isa) adam(name, pointers string, ema bool) {
	regs := []string{"DI", "SI", "DX", "R8", "R10", "R9", "CX"}
	if !ema {
		regs = []string{"DI", "SI", "DX", "R8", "R10", "CX"}
	}
	s.begin(name, pointers, "n", regs...)
	const scale, m, v, decay, rate, root, eps, avg = 7, 8, 9, 10, 11, 12, 13, 14
	for i := range 8 {
		s.op("VBROADCASTSS", fmt.Sprintf("%d(R10)", 4*i), scale+i)
	}
	s.flat(func() {
		s.load("(SI)(AX*1)", 0) // g
		s.load("(DX)(AX*1)", 1) // m
		s.load("(R8)(AX*1)", 2) // v
		s.load("(DI)(AX*1)", 3) // w
		s.op("VMULPS", scale, 0, 0)
		s.op("VSUBPS", 1, 0, 4)
		s.op("VFMADD231PS", 4, m, 1)
		s.op("VMULPS", 0, 0, 0)
		s.op("VSUBPS", 2, 0, 4)
		s.op("VFMADD231PS", 4, v, 2)
		s.store(1, "(DX)(AX*1)")
		s.store(2, "(R8)(AX*1)")
		s.op("VSQRTPS", 2, 2)
		s.op("VFMADD213PS", eps, root, 2)
		s.op("VMULPS", rate, 1, 1)
		s.op("VDIVPS", 2, 1, 1)
		s.op("VMULPS", decay, 3, 4)
		s.op("VSUBPS", 4, 3, 3)
		s.op("VSUBPS", 1, 3, 3)
		s.store(3, "(DI)(AX*1)")
		if ema {
			s.load("(R9)(AX*1)", 5)
			s.op("VSUBPS", 5, 3, 3)
			s.op("VFMADD231PS", 3, avg, 5)
			s.store(5, "(R9)(AX*1)")
		}
	})
	s.end()
}
