//go:build ignore

package main

import "fmt"

// neonTile is a register tile of NEON: one of the tiles of amd64 (gen_gemm.go) but for masks,
// as panels.edge gives it whole tiles of C, and for broadcasts, as a multiply-add takes one
// lane of a vector as a factor.
// Registers: R0 the argument, R1 row tile of A, R2 cursor in A, R3 to R9 multiples of rsa, R10
// csa, R11 bs, R12 cursor in B, R13 cursor in the packed panel, R14 C tile, R15 ldc, R16 count,
// R17 and R19 scratch, R20 tiles left, R21 the prefetch distance.
type neonTile struct {
	rows, vecs int
	extra      string // "", "pack" or "keep"
}

func (t neonTile) label() string { return fmt.Sprintf("tileNEONr%dv%d%s", t.rows, t.vecs, t.extra) }

// acc is the accumulator of row i, vector v: the last registers.
func (t neonTile) acc(i, v int) int { return 32 - t.rows*t.vecs + i*t.vecs + v }

// vectors loads or stores vecs vectors, in pairs where it can.
func (t neonTile) vectors(load bool, first int, pointer string) {
	move := func(op, pair, at string) {
		if load {
			p("\t%s %s, %s", op, at, pair)
		} else {
			p("\t%s %s, %s", op, pair, at)
		}
	}
	for v := 0; v < t.vecs; v += 2 {
		at := fmt.Sprintf("%d(%s)", 16*v, pointer)
		switch {
		case v+1 == t.vecs:
			move("FMOVQ", fmt.Sprintf("F%d", first+v), at)
		case load:
			move("FLDPQ", fmt.Sprintf("(F%d, F%d)", first+v, first+v+1), at)
		default:
			move("FSTPQ", fmt.Sprintf("(F%d, F%d)", first+v, first+v+1), at)
		}
	}
}

// multiply adds lane by the vectors of B to row i.
func (t neonTile) multiply(i, reg, lane int) {
	for v := range t.vecs {
		bits := 0x4F801000 | lane&1<<21 | lane>>1<<11 | reg<<16 | v<<5 | t.acc(i, v)
		p("\tWORD $0x%08X // FMLA V%d.S[%d], V%d.S4, V%d.S4", bits, reg, lane, v, t.acc(i, v))
	}
}

// step is one k.
func (t neonTile) step() {
	t.vectors(true, 0, "R12")
	p("\tADD R11, R12")
	switch t.extra {
	case "pack":
		p("\tADD R21, R12, R17\n\tPRFM (R17), PLDL1KEEP")
		t.vectors(false, 0, "R13")
		p("\tADD $%d, R13", 16*t.vecs)
	case "keep": // rows floats of A, side by side
		if t.rows != 6 {
			panic("a keeping tile has six rows")
		}
		p("\tFMOVQ (R2), F%d\n\tFMOVD 16(R2), F%d", t.vecs, t.vecs+1)
		p("\tFMOVQ F%d, (R13)\n\tFMOVD F%d, 16(R13)\n\tADD $24, R13\n\tADD R10, R2", t.vecs, t.vecs+1)
		for i := range t.rows {
			t.multiply(i, t.vecs+i/4, i%4)
		}
		return
	}
	for i := range t.rows {
		reg := t.vecs + i%4
		if i == 0 {
			p("\tFMOVS (R2), F%d", reg)
		} else {
			p("\tFMOVS (R2)(R%d), F%d", 2+i, reg)
		}
		t.multiply(i, reg, 0)
	}
	p("\tADD R10, R2")
}

// c loads or stores the tile of C, and leaves the row below it in R17.
func (t neonTile) c(load bool) {
	p("\tMOVD R14, R17")
	for i := range t.rows {
		t.vectors(load, t.acc(i, 0), "R17")
		p("\tADD R15, R17")
	}
}

func (t neonTile) load() {
	p("\tMOVD tile_load(R0), R17\n\tCBZ R17, zero")
	t.c(true)
	p("\tJMP begin\nzero:")
	for a := t.acc(0, 0); a < 32; a++ {
		p("\tVEOR V%d.B16, V%d.B16, V%d.B16", a, a, a)
	}
	p("begin:")
	if t.rows != 6 || t.extra == "pack" {
		return
	}
	p("\tMOVD tile_far(R0), R17\n\tCBZ R17, near\n\tMOVD $6, R19\n\tMADD R19, R14, R15, R17")
	for range t.rows {
		p("\tPRFM (R17), PSTL1KEEP\n\tADD R15, R17")
	}
	p("near:")
}

func (t neonTile) emit() {
	p("\n// func %s(t *tile)", t.label())
	p("TEXT ·%s(SB), NOSPLIT, $0-8", t.label())
	neonFlush()
	p("\tMOVD t+0(FP), R0\n\tMOVD tile_a(R0), R1\n\tMOVD tile_rsa(R0), R3\n\tMOVD tile_csa(R0), R10")
	p("\tMOVD tile_bs(R0), R11\n\tMOVD tile_c(R0), R14\n\tMOVD tile_ldc(R0), R15\n\tMOVD tile_mt(R0), R20")
	for i := 2; i < t.rows; i++ {
		p("\tADD R3, R%d, R%d", 1+i, 2+i)
	}
	if t.extra == "pack" {
		p("\tLSL $%d, R11, R21", ahead)
	}
	if t.extra == "keep" { // the tiles follow one another
		p("\tMOVD tile_pack(R0), R13")
	}
	p("tile:")
	t.load()
	p("\tMOVD R1, R2\n\tMOVD tile_b(R0), R12\n\tMOVD tile_kc(R0), R16")
	if t.extra == "pack" {
		p("\tMOVD tile_pack(R0), R13")
	}
	p("\tSUBS $%d, R16\n\tBLT tail\nloop:", unroll)
	for range unroll {
		t.step()
	}
	p("\tSUBS $%d, R16\n\tBGE loop\ntail:\n\tADDS $%d, R16\n\tBLE store\none:", unroll, unroll)
	t.step()
	p("\tSUBS $1, R16\n\tBNE one\nstore:")
	t.c(false)
	p("\tMOVD R17, R14\n\tMOVD tile_astep(R0), R19\n\tADD R19, R1\n\tSUBS $1, R20\n\tBNE tile")
	neonEnd()
	stub("func %s(t *tile)", t.label())
}

// neonGemm emits the tiles of NEON.
func neonGemm() {
	for _, w := range []struct {
		vecs int
		rows []int
	}{{4, []int{6, 4, 2, 1}}, {2, []int{8, 4, 2, 1}}, {1, []int{8, 4, 2, 1}}} {
		for _, rows := range w.rows {
			neonTile{rows, w.vecs, ""}.emit()
		}
		neonTile{w.rows[0], w.vecs, "pack"}.emit()
	}
	neonTile{6, 4, "keep"}.emit()
}
