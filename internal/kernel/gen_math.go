//go:build ignore

package main

import "slices"

// sinCos sets registers 5 and 6 to the sine and cosine of register 0, and
// raises register 7 to |x| as an integer, above which NaN and Inf lie too.
func (s *isa) sinCos() {
	s.op(s.bits("VPAND"), s.k("abs"), 0, 1)
	s.op("VPMAXSD", 1, 7, 7)
	s.op("VMOVUPS", s.k("magic"), 2)
	s.op("VMOVAPS", 0, 3)
	s.op("VFMADD132PS", s.k("2/π"), 2, 3) // quadrant, with magic
	s.op("VSUBPS", 2, 3, 2)
	for _, c := range []string{"π/2 hi", "π/2 mid", "π/2 lo"} {
		s.op("VFNMADD231PS", s.k(c), 2, 0) // r
	}
	s.op("VMULPS", 0, 0, 1) // r²
	s.op("VMOVUPS", s.k("s2"), 5)
	s.op("VFMADD213PS", s.k("s1"), 1, 5)
	s.op("VFMADD213PS", s.k("s0"), 1, 5)
	s.op("VMULPS", 1, 0, 2) // r³
	s.op("VFMADD213PS", 0, 2, 5)
	s.op("VMOVUPS", s.k("c2"), 6)
	s.op("VFMADD213PS", s.k("c1"), 1, 6)
	s.op("VFMADD213PS", s.k("c0"), 1, 6)
	s.op("VMOVUPS", s.k("one"), 2)
	s.op("VFNMADD231PS", s.k("half"), 1, 2)
	s.op("VMULPS", 1, 1, 1)
	s.op("VFMADD213PS", 2, 1, 6)
	// An odd quadrant exchanges the two; bit 1 of q and of q+1 are the signs.
	s.op("VPSLLD", "$31", 3, 1)
	s.op("VPSRAD", "$31", 1, 1)
	s.op(s.bits("VPXOR"), 5, 6, 2)
	s.op(s.bits("VPAND"), 1, 2, 2)
	s.op(s.bits("VPXOR"), 2, 5, 5)
	s.op(s.bits("VPXOR"), 2, 6, 6)
	s.op("VPADDD", s.k("int one"), 3, 1)
	for _, r := range [][2]int{{3, 5}, {1, 6}} {
		s.op("VPSLLD", "$30", r[0], r[0])
		s.op(s.bits("VPAND"), s.k("sign"), r[0], r[0])
		s.op(s.bits("VPXOR"), r[0], r[1], r[1])
	}
}

// functions emits the kernels that evaluate SiLU, the exponential, sine and cosine.
func (s *isa) functions() {
	s.begin("sinCos", "sin, cos, x, most", "n", "DI", "SI", "DX", "R8", "CX")
	if s.neon() {
		s.hold(angleConstants)
	}
	s.op(s.bits("VPXOR"), 7, 7, 7)
	s.flat(func() {
		s.load("(DX)(AX*1)", 0)
		s.sinCos()
		s.store(5, "(DI)(AX*1)")
		s.store(6, "(SI)(AX*1)")
	})
	s.op("VMOVUPS", 7, "(R8)")
	s.end()
	s.begin("expMinus", "y, x", "n", "DI", "SI", "CX")
	s.hold(append([]string{"exp hi"}, siluConstants[1:]...))
	s.flat(func() { s.load("(SI)(AX*1)", 0); s.expMinus("exp hi"); s.store(2, "(DI)(AX*1)") })
	s.end()

	skip := func() {
		s.load("(R8)(AX*1)", 6)
		s.op("VADDPS", 5, 6, 5)
	}
	s.begin("biasSiLU", "y, z, bias", "rows, n, ld", "DI", "SI", "DX", "R9", "CX", "R13")
	s.hold(siluConstants)
	s.rows(func() { s.silu(); s.derivative(); s.store(5, "(DI)(AX*1)") }, "DI", "SI")
	s.end()
	s.begin("biasSiLUSkip", "y, z, bias, skip", "rows, n, ld", "DI", "SI", "DX", "R8", "R9", "CX", "R13")
	s.hold(siluConstants)
	s.rows(func() { s.silu(); s.derivative(); skip(); s.store(5, "(DI)(AX*1)") }, "DI", "SI", "R8")
	s.end()
	s.begin("biasSiLUValue", "y, bias", "rows, n, ld", "SI", "DX", "R9", "CX", "R13")
	s.hold(siluConstants)
	s.rows(func() { s.silu(); s.store(5, "(SI)(AX*1)") }, "SI")
	s.end()
	s.begin("biasSiLUSkipValue", "y, bias, skip", "rows, n, ld", "SI", "DX", "R8", "R9", "CX", "R13")
	s.hold(siluConstants)
	s.rows(func() { s.silu(); skip(); s.store(5, "(SI)(AX*1)") }, "SI", "R8")
	s.end()
}

// siluConstants and angleConstants are what silu and sinCos read.
var (
	siluConstants  = []string{"silu hi", "silu lo", "minus log2e", "magic", "p0", "p1", "p2", "p3", "p4", "one"}
	angleConstants = []string{"abs", "magic", "2/π", "π/2 hi", "π/2 mid", "π/2 lo", "s0", "s1", "s2", "c0", "c1", "c2", "one", "half", "int one", "sign"}
)

// first is a constant in a register: its own, or dst.
func (s *isa) first(name string, dst int) any {
	if slices.Contains(s.held, name) {
		return s.k(name)
	}
	s.op("VMOVUPS", s.k(name), dst)
	return dst
}

// silu leaves silu(x) in register 5, x being z + bias; 1/(1+exp(-x)) in 1, exp(-x)
// in 2 and x, clamped, in 7.
func (s *isa) silu() {
	s.load("(SI)(AX*1)", 0)
	s.load("(DX)(AX*1)", 1)
	s.op("VADDPS", 1, 0, 0)
	s.expMinus("silu hi")
	one := s.first("one", 3)
	s.op("VADDPS", one, 2, 4)
	s.op("VDIVPS", 4, one, 1)
	s.op("VMULPS", 0, 1, 5)
}

// expMinus leaves exp(-x), x being register 0, in register 2, and x, clamped from above to the
// constant hi, in 7.
//
// exp(-x) is 2^n 2^f with n + f = -x log2(e), where log2(e) is one float: its
// relative error grows to 1e-8·|x|, harmless because exp(-x) adds to one or x
// multiplies something as small.
func (s *isa) expMinus(hi string) {
	// The constant stands first: MIN and MAX return the second of two operands
	// that do not compare, so NaN goes through.
	s.op("VMINPS", 0, s.first(hi, 1), 1)
	s.op("VMAXPS", 1, s.first("silu lo", 2), 7)
	s.op("VMOVAPS", 7, 3)
	s.op("VFMADD132PS", s.k("minus log2e"), s.first("magic", 2), 3) // n, with magic
	s.op("VSUBPS", s.k("magic"), 3, 4)                              // n
	s.op("VMOVAPS", 7, 1)
	s.op("VFMSUB132PS", s.k("minus log2e"), 4, 1) // f
	s.op("VMOVUPS", s.k("p4"), 2)
	for _, c := range []string{"p3", "p2", "p1", "p0", "one"} {
		s.op("VFMADD213PS", s.k(c), 1, 2)
	}
	if s.wide() {
		s.op("VSCALEFPS", 4, 2, 2)
	} else { // n stays in the exponent's field: -124 <= n <= 127
		s.op("VPSLLD", "$23", 3, 3)
		s.op("VPADDD", 3, 2, 2)
	}
}

// derivative leaves silu'(x) over z, after silu.
func (s *isa) derivative() {
	// 1 - s = exp(-x) s keeps its digits where s is close to one.
	s.op("VMULPS", 7, 1, 3)
	s.op("VMULPS", 2, 1, 4)
	s.op("VFMADD213PS", 1, 4, 3)
	s.store(3, "(SI)(AX*1)")
}
