//go:build ignore

package main

import (
	"fmt"
	"strings"
)

func (s *isa) load(addr string, dst int) {
	switch {
	case !s.masked:
		s.op("VMOVUPS", addr, dst)
	case s.wide():
		s.op("VMOVUPS.Z", addr, "K1", dst)
	default:
		s.op("VMASKMOVPS", addr, 15, dst)
	}
}

func (s *isa) store(src int, addr string) {
	switch {
	case !s.masked:
		s.op("VMOVUPS", src, addr)
	case s.wide():
		s.op("VMOVUPS", src, "K1", addr)
	default:
		s.op("VMASKMOVPS", src, 15, addr)
	}
}

// mask makes the mask of the first CX lanes; CX and BX are clobbered.
func (s *isa) mask() {
	if s.wide() {
		p("\tMOVQ $1, BX\n\tSHLQ CX, BX\n\tDECQ BX\n\tKMOVW BX, K1")
	} else {
		p("\tLEAQ lanes<>+32(SB), BX\n\tNEGQ CX\n\tVMOVUPS (BX)(CX*4), Y15")
	}
}

// begin opens a function whose arguments are words: pointers, then ints.
func (s *isa) begin(name, pointers, ints string, regs ...string) {
	decl := fmt.Sprintf("func %s%s(%s unsafe.Pointer, %s int)", name, s.name, pointers, ints)
	args := strings.Split(pointers+", "+ints, ", ")
	p("\n// %s\nTEXT ·%s%s(SB), NOSPLIT, $8-%d", decl, name, s.name, 8*len(args))
	stub("\n//go:noescape\n%s", decl)
	flushSubnormals()
	for i, a := range args {
		p("\tMOVQ %s+%d(FP), %s", a, 8*i, regs[i])
	}
}

// flat runs body over CX elements; AX is the offset in bytes.
func (s *isa) flat(body func()) {
	p("\tXORQ AX, AX\n\tSUBQ $%d, CX\n\tJLT tail\nloop:", s.lanes())
	body()
	p("\tADDQ $%d, AX\n\tSUBQ $%d, CX\n\tJGE loop\ntail:\n\tADDQ $%d, CX\n\tJEQ done", s.bytes, s.lanes(), s.lanes())
	s.mask()
	s.masked = true
	body()
	s.masked = false
	p("done:")
}

// rows runs body over R9 rows of CX columns, R13 floats apart; AX is the offset
// in the row, and the registers named move from row to row.
func (s *isa) rows(body func(), moving ...string) {
	p("\tMOVQ R13, R11\n\tSHLQ $2, R11\n\tMOVQ CX, R10\n\tSHLQ $2, R10\n\tANDQ $%d, R10\n\tANDQ $%d, CX\n\tMOVQ CX, R12", -s.bytes, s.lanes()-1)
	s.mask()
	p("row:\n\tXORQ AX, AX\n\tCMPQ AX, R10\n\tJGE tail\nloop:")
	body()
	p("\tADDQ $%d, AX\n\tCMPQ AX, R10\n\tJLT loop\ntail:\n\tTESTQ R12, R12\n\tJEQ next", s.bytes)
	s.masked = true
	body()
	s.masked = false
	p("next:")
	for _, r := range moving {
		p("\tADDQ R11, %s", r)
	}
	p("\tDECQ R9\n\tJNE row")
}

// columns runs body over R9 rows, R13 floats apart, for four vectors of columns at a time, then
// for one, then for the rest under a mask. R8 points at the sums, which body
// keeps in registers 8 + v; AX is the offset in the matrices.
func (s *isa) columns(body func(v int)) {
	p("\tMOVQ R13, R11\n\tSHLQ $2, R11\n\tXORQ R10, R10")
	block := func(label string, vecs int) {
		for v := range vecs {
			s.load(fmt.Sprintf("%d(R8)", v*s.bytes), 8+v)
		}
		p("\tMOVQ R10, AX\n\tMOVQ R9, R12\n%s:", label)
		for v := range vecs {
			body(v)
		}
		p("\tADDQ R11, AX\n\tDECQ R12\n\tJNE %s", label)
		for v := range vecs {
			s.store(8+v, fmt.Sprintf("%d(R8)", v*s.bytes))
		}
	}
	for _, vecs := range []int{4, 1} {
		p("\tSUBQ $%d, CX\n\tJLT past%d\nwide%d:", vecs*s.lanes(), vecs, vecs)
		block(fmt.Sprintf("rows%d", vecs), vecs)
		p("\tADDQ $%d, R8\n\tADDQ $%d, R10", vecs*s.bytes, vecs*s.bytes)
		p("\tSUBQ $%d, CX\n\tJGE wide%d\npast%d:\n\tADDQ $%d, CX", vecs*s.lanes(), vecs, vecs, vecs*s.lanes())
	}
	p("\tTESTQ CX, CX\n\tJEQ done")
	s.mask()
	s.masked = true
	block("part", 1)
	s.masked = false
	p("done:")
}

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
	end()
	s.begin("colSum", "sum, grad", "rows, n, ld", "R8", "SI", "R9", "CX", "R13")
	s.columns(func(v int) {
		s.load(fmt.Sprintf("%d(SI)(AX*1)", v*s.bytes), v)
		s.op("VADDPS", v, 8+v, 8+v)
	})
	end()
	s.begin("add", "dst, a, b", "n", "DI", "SI", "DX", "CX")
	s.flat(func() {
		s.load("(SI)(AX*1)", 0)
		s.load("(DX)(AX*1)", 1)
		s.op("VADDPS", 1, 0, 0)
		s.store(0, "(DI)(AX*1)")
	})
	end()
	s.begin("addBias", "z, bias", "rows, n, ld", "DI", "DX", "R9", "CX", "R13")
	s.rows(func() {
		s.load("(DI)(AX*1)", 0)
		s.load("(DX)(AX*1)", 1)
		s.op("VADDPS", 1, 0, 0)
		s.store(0, "(DI)(AX*1)")
	}, "DI")
	end()
	s.sumSquares()
}

// sumSquares adds the squares of n elements, a multiple of 16, to 16 float64s.
func (s *isa) sumSquares() {
	s.begin("sumSquares", "sum, x", "n", "DI", "SI", "CX")
	parts := 128 / s.bytes
	for i := range parts {
		s.op("VMOVUPD", fmt.Sprintf("%d(DI)", i*s.bytes), 4+i)
	}
	p("loop:")
	for i := range parts {
		s.op("VCVTPS2PD", fmt.Sprintf("%d(SI)", i*s.bytes/2), i)
		s.op("VFMADD231PD", i, i, 4+i)
	}
	p("\tADDQ $64, SI\n\tSUBQ $16, CX\n\tJNE loop")
	for i := range parts {
		s.op("VMOVUPD", 4+i, fmt.Sprintf("%d(DI)", i*s.bytes))
	}
	end()
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
	end()
}

// vectors emits the float32 vector kernels. Both instruction sets get the same
// operations, so they give the same bits. The last lanes of a row are done under a
// mask.
func vectors() {
	for i := range 16 { // ones, then zeros
		p("DATA lanes<>+%d(SB)/4, $%d", 4*i, -(1-i/8)&0xffffffff)
	}
	p("GLOBL lanes<>(SB), RODATA|NOPTR, $64")
	table()
	for _, s := range []*isa{&avx512, &avx2} {
		s.sums()
		s.adam("adam", "w, grad, m, v, c", false)
		s.adam("adamEMA", "w, grad, m, v, c, ema", true)
		s.functions()
	}
}
