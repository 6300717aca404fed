//go:build ignore

package main

import "fmt"

// The loops of NEON, which has no masks: the last elements of a row are done one by one, each in
// the first lane of a vector.

// neonFlush sets flush-to-zero, of operands and results, which neonEnd restores.
func neonFlush() { p("\tMRS FPCR, R25\n\tORR $(1<<24), R25, R24\n\tMSR R24, FPCR") }

func neonEnd() { p("\tMSR R25, FPCR\n\tRET") }

func (s *isa) neonBegin(name, decl string, args, regs []string) {
	p("\n// %s\nTEXT ·%s%s(SB), NOSPLIT, $0-%d", decl, name, s.name, 8*len(args))
	stub("\n//go:noescape\n%s", decl)
	neonFlush()
	for i, a := range args {
		p("\tMOVD %s+%d(FP), %s", a, 8*i, general(regs[i]))
	}
	s.element()
}

// neonFlat runs body over CX elements; AX is the offset in bytes.
func (s *isa) neonFlat(body func()) {
	p("\tMOVD $0, R8\n\tSUBS $4, R6\n\tBLT tail\nloop:")
	s.one(body)
	p("\tADD $16, R8\n\tSUBS $4, R6\n\tBGE loop\ntail:\n\tADDS $4, R6\n\tBEQ done\none:")
	s.masked = true
	s.one(body)
	s.masked = false
	p("\tADD $4, R8\n\tSUBS $1, R6\n\tBNE one\ndone:")
}

// one runs body, whose intermediate results end there.
func (s *isa) one(body func()) {
	s.element()
	body()
	s.element()
}

// neonRows runs body over R9 rows of CX columns, R13 floats apart; AX is the offset in the row,
// and the registers named move from row to row.
func (s *isa) neonRows(body func(), moving ...string) {
	p("\tLSL $2, R7, R9\n\tLSL $2, R6, R10\n\tAND $-16, R10, R5")
	p("row:\n\tMOVD $0, R8\n\tCBZ R5, tail\nloop:")
	s.one(body)
	p("\tADD $16, R8\n\tCMP R5, R8\n\tBLT loop\ntail:\n\tCMP R10, R8\n\tBGE next\none:")
	s.masked = true
	s.one(body)
	s.masked = false
	p("\tADD $4, R8\n\tCMP R10, R8\n\tBLT one\nnext:")
	for _, r := range moving {
		p("\tADD R9, %s", general(r))
	}
	p("\tSUBS $1, R4\n\tBNE row")
}

// neonColumns runs body over R9 rows, R13 floats apart, for four vectors of columns at a time,
// then for one, then for one column. R8 points at the sums, which body keeps in registers 8 + v;
// AX is the offset in the matrices.
func (s *isa) neonColumns(body func(v int)) {
	p("\tLSL $2, R7, R9\n\tMOVD $0, R5")
	block := func(label string, vecs, bytes int) {
		for v := range vecs {
			s.load(fmt.Sprintf("%d(R8)", v*s.bytes), 8+v)
		}
		p("\tMOVD R5, R8\n\tMOVD R4, R10\n%s:", label)
		s.one(func() {
			for v := range vecs {
				body(v)
			}
		})
		p("\tADD R9, R8\n\tSUBS $1, R10\n\tBNE %s", label)
		for v := range vecs {
			s.store(8+v, fmt.Sprintf("%d(R8)", v*s.bytes))
		}
		p("\tADD $%d, R3\n\tADD $%d, R5", bytes, bytes)
	}
	for _, vecs := range []int{4, 1} {
		p("\tSUBS $%d, R6\n\tBLT past%d\nwide%d:", vecs*4, vecs, vecs)
		block(fmt.Sprintf("rows%d", vecs), vecs, vecs*16)
		p("\tSUBS $%d, R6\n\tBGE wide%d\npast%d:\n\tADD $%d, R6", vecs*4, vecs, vecs, vecs*4)
	}
	p("\tCBZ R6, done\none:")
	s.masked = true
	block("part", 1, 4)
	s.masked = false
	p("\tSUBS $1, R6\n\tBNE one\ndone:")
}
