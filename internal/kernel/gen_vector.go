//go:build ignore

package main

import (
	"fmt"
	"strings"
)

func (s *isa) load(addr string, dst int) {
	switch {
	case s.neon():
		s.neonLoad(addr, dst)
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
	case s.neon():
		s.neonStore(src, addr)
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

// repeat closes a loop over count elements, step at a time, that moves a pointer.
func (s *isa) repeat(pointer string, bytes int, count string, step int) {
	if s.neon() {
		p("\tADD $%d, %s\n\tSUBS $%d, %s\n\tBNE loop", bytes, general(pointer), step, general(count))
		return
	}
	p("\tADDQ $%d, %s\n\tSUBQ $%d, %s\n\tJNE loop", bytes, pointer, step, count)
}

// begin opens a function whose arguments are words: pointers, then ints.
func (s *isa) begin(name, pointers, ints string, regs ...string) {
	decl := fmt.Sprintf("func %s%s(%s unsafe.Pointer, %s int)", name, s.name, pointers, ints)
	args := strings.Split(pointers+", "+ints, ", ")
	s.held = nil
	if s.neon() {
		s.neonBegin(name, decl, args, regs)
		return
	}
	p("\n// %s\nTEXT ·%s%s(SB), NOSPLIT, $8-%d", decl, name, s.name, 8*len(args))
	stub("\n//go:noescape\n%s", decl)
	flushSubnormals()
	for i, a := range args {
		p("\tMOVQ %s+%d(FP), %s", a, 8*i, regs[i])
	}
}

// flat runs body over CX elements; AX is the offset in bytes.
func (s *isa) flat(body func()) {
	if s.neon() {
		s.neonFlat(body)
		return
	}
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
	if s.neon() {
		s.neonRows(body, moving...)
		return
	}
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
	if s.neon() {
		s.neonColumns(body)
		return
	}
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

// vectors emits the float32 vector kernels. All instruction sets get the same
// operations, so they give the same bits.
func (s *isa) vectors() {
	s.sums()
	s.adam("adam", "w, grad, m, v, c", false)
	s.adam("adamEMA", "w, grad, m, v, c, ema", true)
	s.functions()
}

// tables are what the kernels of amd64 read: the constants, and masks for the last lanes of a row.
func tables() {
	for i := range 16 { // ones, then zeros
		p("DATA lanes<>+%d(SB)/4, $%d", 4*i, -(1-i/8)&0xffffffff)
	}
	p("GLOBL lanes<>(SB), RODATA|NOPTR, $64")
	table()
}
