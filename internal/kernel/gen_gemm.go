//go:build ignore

package main

import "fmt"

// tile is one variant of the register tiles of the matrix product.
//
// A tile holds rows x vecs accumulators. op(A) is addressed as a + i·rsa +
// k·csa, so A is read in place whether transposed or not; B is read as rows of
// stride bs, packed or in place. A "pack" tile also writes the rows of B it
// reads to the packed panel, which costs a store for every six multiplications and
// saves a pass over B; a "keep" tile does the same for the columns of a
// transposed A. Each accumulator is one chain of fused multiply-adds
// over k, so every variant gives the same bits.
// Registers: DI row tile of A, AX cursor in A, R8-R11 odd multiples of rsa, R12
// csa, R13 bs, R14 cursor in B, R15 cursor in the packed panel, DX C tile, BX ldc,
// CX count, SI scratch or, in the loop, the prefetch distance.
type tile struct {
	*isa
	rows, vecs int
	extra      string // "", "pack" or "keep"
}

func (t tile) label() string { return fmt.Sprintf("tile%sr%dv%d%s", t.name, t.rows, t.vecs, t.extra) }

// acc is the accumulator of row i, vector v: the last registers. The first hold
// the vectors of B, those between are for broadcasts.
func (t tile) acc(i, v int) string {
	last := 16
	if t.wide() {
		last = 32
	}
	return t.reg(last - t.rows*t.vecs + i*t.vecs + v)
}

// row is the address of element (i, k) of op(A), AX being that of (0, k).
func row(i int) string {
	multiples := []struct {
		of  int
		reg string
	}{{1, "R8"}, {3, "R9"}, {5, "R10"}, {7, "R11"}}
	if i == 0 {
		return "(AX)"
	}
	for _, m := range multiples {
		for _, s := range []int{1, 2, 4, 8} {
			if m.of*s == i {
				return fmt.Sprintf("(AX)(%s*%d)", m.reg, s)
			}
		}
	}
	panic("row out of reach")
}

// step is one k: rows broadcasts, rows x vecs multiply-adds.
func (t tile) step() {
	for v := range t.vecs {
		p("\tVMOVUPS %d(R14), %s", v*t.bytes, t.reg(v))
	}
	p("\tADDQ R13, R14")
	switch t.extra {
	case "pack":
		for o := 0; o < t.vecs*t.bytes; o += 64 {
			p("\tPREFETCHT0 %d(R14)(SI*1)", o)
		}
		for v := range t.vecs {
			p("\tVMOVUPS %s, %d(R15)", t.reg(v), v*t.bytes)
		}
		p("\tADDQ $%d, R15", t.vecs*t.bytes)
	case "keep": // rows floats of A, side by side
		if t.rows != 6 {
			panic("a keeping tile has six rows")
		}
		p("\tVMOVUPS (AX), X%d\n\tVMOVSD 16(AX), X%d", t.vecs, t.vecs+1)
		p("\tVMOVUPS X%d, (R15)\n\tVMOVSD X%d, 16(R15)\n\tADDQ $24, R15", t.vecs, t.vecs+1)
	}
	broadcasts := 2
	if t.wide() {
		broadcasts = 4
	}
	for i := range t.rows {
		b := t.reg(max(2, t.vecs) + i%broadcasts)
		p("\tVBROADCASTSS %s, %s", row(i), b)
		for v := range t.vecs {
			p("\tVFMADD231PS %s, %s, %s", t.reg(v), b, t.acc(i, v))
		}
	}
	p("\tADDQ R12, AX")
}

// each emits one line per accumulator, walking the rows of C.
func (t tile) each(f func(acc, addr string, v int)) {
	p("\tMOVQ DX, SI")
	for i := range t.rows {
		for v := range t.vecs {
			f(t.acc(i, v), fmt.Sprintf("%d(SI)", v*t.bytes), v)
		}
		if i < t.rows-1 {
			p("\tADDQ BX, SI")
		}
	}
}

// masks prepares the columns to load and store: K1 to K4, or Y0 and Y1 loaded
// from a table of ones and zeros where a partial tile needs them.
func (t tile) masks() {
	p("\tMOVQ tile_width(SI), CX")
	p("\tNEGQ CX\n\tMOVQ $-1, AX\n\tSHRQ CX, AX\n\tKMOVW AX, K1")
	for v := 1; v < t.vecs; v++ {
		p("\tSHRQ $16, AX\n\tKMOVW AX, K%d", v+1)
	}
}

func (t tile) narrowMasks() {
	p("\tMOVQ t+0(FP), SI\n\tMOVQ tile_width(SI), CX\n\tNEGQ CX")
	p("\tLEAQ columns<>+64(SB), SI")
	for v := range t.vecs {
		p("\tVMOVUPS %d(SI)(CX*4), %s", 32*v, t.reg(v))
	}
}

func (t tile) load() {
	p("\tMOVQ t+0(FP), SI\n\tCMPQ tile_load(SI), $0\n\tJEQ zero")
	if t.wide() {
		t.each(func(acc, addr string, v int) { p("\tVMOVUPS.Z %s, K%d, %s", addr, v+1, acc) })
	} else {
		p("\tCMPQ tile_width(SI), $%d\n\tJLT loadpart", t.vecs*8)
		t.each(func(acc, addr string, v int) { p("\tVMOVUPS %s, %s", addr, acc) })
		p("\tJMP begin\nloadpart:")
		t.narrowMasks()
		t.each(func(acc, addr string, v int) { p("\tVMASKMOVPS %s, %s, %s", addr, t.reg(v), acc) })
	}
	p("\tJMP begin\nzero:")
	for i := range t.rows {
		for v := range t.vecs {
			if a := t.acc(i, v); t.wide() {
				p("\tVPXORD %s, %s, %s", a, a, a)
			} else {
				p("\tVXORPS %s, %s, %s", a, a, a)
			}
		}
	}
	p("begin:")
	t.prefetch()
}

// prefetch asks for the rows of C of the next tile, to be written, if C is too
// large to be near: loads and stores at the ends of a tile would wait for them.
// The instruction is PREFETCHW, which Go's assembler does not know and old
// processors take for no operation.
func (t tile) prefetch() {
	if t.rows != 6 || t.extra == "pack" {
		return
	}
	p("\tMOVQ t+0(FP), SI\n\tCMPQ tile_far(SI), $0\n\tJEQ near\n\tLEAQ (DX)(BX*4), SI\n\tLEAQ (SI)(BX*2), SI")
	for i := range t.rows {
		for o := 0; o < t.vecs*t.bytes; o += 64 {
			p("\tBYTE $0x0F; BYTE $0x0D; BYTE $0x8E; LONG $%d // PREFETCHW %d(SI)", o, o)
		}
		if i < t.rows-1 {
			p("\tADDQ BX, SI")
		}
	}
	p("near:")
}

func (t tile) store() {
	if t.wide() {
		t.each(func(acc, addr string, v int) { p("\tVMOVUPS %s, K%d, %s", acc, v+1, addr) })
		return
	}
	p("\tMOVQ t+0(FP), SI\n\tCMPQ tile_width(SI), $%d\n\tJLT storepart", t.vecs*8)
	t.each(func(acc, addr string, v int) { p("\tVMOVUPS %s, %s", acc, addr) })
	p("\tJMP next\nstorepart:")
	t.narrowMasks()
	t.each(func(acc, addr string, v int) { p("\tVMASKMOVPS %s, %s, %s", acc, t.reg(v), addr) })
	p("next:")
}

const unroll = 4

// ahead is the logarithm of how many rows of B a packing tile asks for before
// it needs them: a large B comes from beyond the second-level cache.
const ahead = 4

func (t tile) emit() {
	p("\n// func %s(t *tile)", t.label())
	p("TEXT ·%s(SB), NOSPLIT, $8-8", t.label())
	flushSubnormals()
	p("\tMOVQ t+0(FP), SI\n\tMOVQ tile_a(SI), DI\n\tMOVQ tile_rsa(SI), R8\n\tMOVQ tile_csa(SI), R12")
	p("\tMOVQ tile_bs(SI), R13\n\tMOVQ tile_c(SI), DX\n\tMOVQ tile_ldc(SI), BX")
	if t.rows > 3 {
		p("\tLEAQ (R8)(R8*2), R9")
	}
	if t.rows > 5 {
		p("\tLEAQ (R8)(R8*4), R10")
	}
	if t.rows > 7 {
		p("\tLEAQ (R9)(R8*4), R11")
	}
	if t.wide() {
		t.masks()
	}
	if t.extra == "keep" { // the tiles follow one another
		p("\tMOVQ tile_pack(SI), R15")
	}
	p("tile:")
	t.load()
	p("\tMOVQ t+0(FP), SI\n\tMOVQ DI, AX\n\tMOVQ tile_b(SI), R14\n\tMOVQ tile_kc(SI), CX")
	if t.extra == "pack" {
		p("\tMOVQ tile_pack(SI), R15\n\tMOVQ R13, SI\n\tSHLQ $%d, SI", ahead)
	}
	p("\tSUBQ $%d, CX\n\tJLT tail\nloop:", unroll)
	for range unroll {
		t.step()
	}
	p("\tSUBQ $%d, CX\n\tJGE loop\ntail:\n\tADDQ $%d, CX\n\tJLE store\none:", unroll, unroll)
	t.step()
	p("\tDECQ CX\n\tJNE one\nstore:")
	t.store()
	p("\tADDQ BX, SI\n\tMOVQ SI, DX\n\tMOVQ t+0(FP), SI\n\tADDQ tile_astep(SI), DI\n\tDECQ tile_mt(SI)\n\tJNE tile")
	t.end()
	stub("func %s(t *tile)", t.label())
}

// gemm emits the tiles.
func gemm() {
	for i := range 32 { // 16 ones, then 16 zeros
		p("DATA columns<>+%d(SB)/4, $%d", 4*i, -(1-i/16)&0xffffffff)
	}
	p("GLOBL columns<>(SB), RODATA|NOPTR, $128")
	for _, w := range []struct {
		*isa
		vecs int
		rows []int
	}{
		{&avx512, 4, []int{6, 4, 2, 1}}, {&avx512, 2, []int{8, 4, 2, 1}}, {&avx512, 1, []int{8, 4, 2, 1}},
		{&avx2, 2, []int{6, 4, 2, 1}}, {&avx2, 1, []int{6, 4, 2, 1}},
	} {
		for _, rows := range w.rows {
			tile{w.isa, rows, w.vecs, ""}.emit()
		}
		tile{w.isa, w.rows[0], w.vecs, "pack"}.emit()
	}
	tile{&avx512, 6, 4, "keep"}.emit()
	tile{&avx2, 6, 2, "keep"}.emit()
}
