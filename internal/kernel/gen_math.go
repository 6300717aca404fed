//go:build ignore

package main

import (
	"fmt"
	"math"
	"slices"
)

// constant is one entry of the table that every vector kernel reads, sixteen
// copies wide.
type constant struct {
	name string
	bits uint32
}

var constants []constant

func define(name string, v float64) {
	constants = append(constants, constant{name, math.Float32bits(float32(v))})
}

// k is the address of a constant.
func k(name string) string {
	for i, c := range constants {
		if c.name == name {
			return fmt.Sprintf("table<>+%d(SB)", 64*i)
		}
	}
	panic("no constant " + name)
}

// split cuts x into a head of 24 bits, a second and a third head of the rest.
func split(x, rest float64) (a, b, c float64) {
	a = float64(float32(x))
	b = float64(float32(x - a + rest))
	return a, b, x - a - b + rest
}

// interpolate returns the coefficients, lowest first, of the polynomial of
// degree n through f at the Chebyshev nodes of [lo, hi]: within a small factor
// of the best polynomial.
func interpolate(f func(float64) float64, n int, lo, hi float64) []float64 {
	x, d := make([]float64, n+1), make([]float64, n+1)
	for i := range x {
		x[i] = (lo+hi)/2 + (hi-lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/float64(n+1))
		d[i] = f(x[i])
	}
	for j := 1; j <= n; j++ { // divided differences
		for i := n; i >= j; i-- {
			d[i] = (d[i] - d[i-1]) / (x[i] - x[i-j])
		}
	}
	c := make([]float64, n+1)
	for i := n; i >= 0; i-- { // Newton's form, multiplied out
		for j := n; j > 0; j-- {
			c[j] = c[j-1] - x[i]*c[j]
		}
		c[0] = d[i] - x[i]*c[0]
	}
	return c
}

// series returns Σ sign^k u^k / (step·k + first)!, the tail of a power series.
func series(sign float64, step, first int) func(float64) float64 {
	return func(u float64) float64 {
		sum, pow := 0.0, 1.0
		for k := range 12 {
			sum += pow / math.Gamma(float64(step*k+first+1))
			pow *= sign * u
		}
		return sum
	}
}

// exp2Tail returns (2^f - 1)/f.
func exp2Tail(f float64) float64 { return math.Ln2 * series(1, 1, 1)(f*math.Ln2) }

func table() {
	const halfPiRest = 6.123233995736766e-17 // π/2 beyond its float64
	define("one", 1)
	constants = append(constants, constant{"sign", 1 << 31}, constant{"abs", 1<<31 - 1}, constant{"int one", 1})
	define("magic", 3<<22) // adding it rounds to an integer, left in the low bits
	define("minus log2e", -math.Log2E)
	define("2/π", 2/math.Pi)
	a, b, c := split(math.Pi/2, halfPiRest)
	define("π/2 hi", a)
	define("π/2 mid", b)
	define("π/2 lo", c)
	// sin r = r - r³ (s0 + s1 r² + …), cos r = 1 - r²/2 + r⁴ (c0 + c1 r² + …)
	for i, c := range interpolate(series(-1, 2, 3), 2, 0, 0.62) {
		define(fmt.Sprint("s", i), -c)
	}
	for i, c := range interpolate(series(-1, 2, 4), 2, 0, 0.62) {
		define(fmt.Sprint("c", i), c)
	}
	define("half", 0.5)
	// 2^f = 1 + f (p0 + p1 f + …), |f| <= 1/2.
	for i, c := range interpolate(exp2Tail, 4, -0.5, 0.5) {
		define(fmt.Sprint("p", i), c)
	}
	define("silu hi", 86)
	define("silu lo", -88)
	for i, c := range constants {
		for j := 0; j < 64; j += 8 {
			p("DATA table<>+%d(SB)/8, $0x%08x%08x", 64*i+j, c.bits, c.bits)
		}
	}
	p("GLOBL table<>(SB), RODATA|NOPTR, $%d", 64*len(constants))
}

// sinCos sets registers 5 and 6 to the sine and cosine of register 0, and
// raises register 7 to |x| as an integer, above which NaN and Inf lie too.
func (s *isa) sinCos() {
	s.op(s.bits("VPAND"), k("abs"), 0, 1)
	s.op("VPMAXSD", 1, 7, 7)
	s.op("VMOVUPS", k("magic"), 2)
	s.op("VMOVAPS", 0, 3)
	s.op("VFMADD132PS", k("2/π"), 2, 3) // quadrant, with magic
	s.op("VSUBPS", 2, 3, 2)
	for _, c := range []string{"π/2 hi", "π/2 mid", "π/2 lo"} {
		s.op("VFNMADD231PS", k(c), 2, 0) // r
	}
	s.op("VMULPS", 0, 0, 1) // r²
	s.op("VMOVUPS", k("s2"), 5)
	s.op("VFMADD213PS", k("s1"), 1, 5)
	s.op("VFMADD213PS", k("s0"), 1, 5)
	s.op("VMULPS", 1, 0, 2) // r³
	s.op("VFMADD213PS", 0, 2, 5)
	s.op("VMOVUPS", k("c2"), 6)
	s.op("VFMADD213PS", k("c1"), 1, 6)
	s.op("VFMADD213PS", k("c0"), 1, 6)
	s.op("VMOVUPS", k("one"), 2)
	s.op("VFNMADD231PS", k("half"), 1, 2)
	s.op("VMULPS", 1, 1, 1)
	s.op("VFMADD213PS", 2, 1, 6)
	// An odd quadrant exchanges the two; bit 1 of q and of q+1 are the signs.
	s.op("VPSLLD", "$31", 3, 1)
	s.op("VPSRAD", "$31", 1, 1)
	s.op(s.bits("VPXOR"), 5, 6, 2)
	s.op(s.bits("VPAND"), 1, 2, 2)
	s.op(s.bits("VPXOR"), 2, 5, 5)
	s.op(s.bits("VPXOR"), 2, 6, 6)
	s.op("VPADDD", k("int one"), 3, 1)
	for _, r := range [][2]int{{3, 5}, {1, 6}} {
		s.op("VPSLLD", "$30", r[0], r[0])
		s.op(s.bits("VPAND"), k("sign"), r[0], r[0])
		s.op(s.bits("VPXOR"), r[0], r[1], r[1])
	}
}

// functions emits the kernels that evaluate SiLU, sine and cosine.
func (s *isa) functions() {
	s.begin("sinCos", "sin, cos, x, most", "n", "DI", "SI", "DX", "R8", "CX")
	s.op(s.bits("VPXOR"), 7, 7, 7)
	s.flat(func() {
		s.load("(DX)(AX*1)", 0)
		s.sinCos()
		s.store(5, "(DI)(AX*1)")
		s.store(6, "(SI)(AX*1)")
	})
	s.op("VMOVUPS", 7, "(R8)")
	end()

	skip := func() {
		s.load("(R8)(AX*1)", 6)
		s.op("VADDPS", 5, 6, 5)
	}
	s.begin("biasSiLU", "y, z, bias", "rows, n, ld", "DI", "SI", "DX", "R9", "CX", "R13")
	s.keep()
	s.rows(func() { s.silu(); s.derivative(); s.store(5, "(DI)(AX*1)") }, "DI", "SI")
	end()
	s.begin("biasSiLUSkip", "y, z, bias, skip", "rows, n, ld", "DI", "SI", "DX", "R8", "R9", "CX", "R13")
	s.keep()
	s.rows(func() { s.silu(); s.derivative(); skip(); s.store(5, "(DI)(AX*1)") }, "DI", "SI", "R8")
	end()
	s.begin("biasSiLUValue", "y, bias", "rows, n, ld", "SI", "DX", "R9", "CX", "R13")
	s.keep()
	s.rows(func() { s.silu(); s.store(5, "(SI)(AX*1)") }, "SI")
	end()
	s.begin("biasSiLUSkipValue", "y, bias, skip", "rows, n, ld", "SI", "DX", "R8", "R9", "CX", "R13")
	s.keep()
	s.rows(func() { s.silu(); skip(); s.store(5, "(SI)(AX*1)") }, "SI", "R8")
	end()
}

// kept are the constants of silu, which AVX-512 has registers to hold: loading
// them in the loop would cost as many cycles as the arithmetic.
var kept = []string{"silu hi", "silu lo", "minus log2e", "magic", "p0", "p1", "p2", "p3", "p4", "one"}

func (s *isa) keep() {
	for i, name := range kept {
		if s.wide() {
			s.op("VMOVUPS", k(name), 16+i)
		}
	}
}

// kept is a constant of silu: a register, or its address.
func (s *isa) kept(name string) any {
	if !s.wide() {
		return k(name)
	}
	return 16 + slices.Index(kept, name)
}

// first is a constant of silu in a register: its own, or dst.
func (s *isa) first(name string, dst int) any {
	if !s.wide() {
		s.op("VMOVUPS", k(name), dst)
		return dst
	}
	return s.kept(name)
}

// silu leaves silu(x) in register 5, x being z + bias; 1/(1+exp(-x)) in 1, exp(-x)
// in 2 and x, clamped, in 7.
//
// exp(-x) is 2^n 2^f with n + f = -x log2(e), where log2(e) is one float: its
// relative error grows to 1e-8·|x|, harmless because exp(-x) adds to one or x
// multiplies something as small.
func (s *isa) silu() {
	s.load("(SI)(AX*1)", 0)
	s.load("(DX)(AX*1)", 1)
	s.op("VADDPS", 1, 0, 0)
	// The constant stands first: MIN and MAX return the second of two operands
	// that do not compare, so NaN goes through.
	s.op("VMINPS", 0, s.first("silu hi", 1), 1)
	s.op("VMAXPS", 1, s.first("silu lo", 2), 7)
	s.op("VMOVAPS", 7, 3)
	s.op("VFMADD132PS", s.kept("minus log2e"), s.first("magic", 2), 3) // n, with magic
	s.op("VSUBPS", s.kept("magic"), 3, 4)                              // n
	s.op("VMOVAPS", 7, 1)
	s.op("VFMSUB132PS", s.kept("minus log2e"), 4, 1) // f
	s.op("VMOVUPS", s.kept("p4"), 2)
	for _, c := range []string{"p3", "p2", "p1", "p0", "one"} {
		s.op("VFMADD213PS", s.kept(c), 1, 2)
	}
	if s.wide() {
		s.op("VSCALEFPS", 4, 2, 2)
	} else { // n stays in the exponent's field: -124 <= n <= 127
		s.op("VPSLLD", "$23", 3, 3)
		s.op("VPADDD", 3, 2, 2)
	}
	one := s.first("one", 3)
	s.op("VADDPS", one, 2, 4)
	s.op("VDIVPS", 4, one, 1)
	s.op("VMULPS", 0, 1, 5)
}

// derivative leaves silu'(x) over z, after silu.
func (s *isa) derivative() {
	// 1 - s = exp(-x) s keeps its digits where s is close to one.
	s.op("VMULPS", 7, 1, 3)
	s.op("VMULPS", 2, 1, 4)
	s.op("VFMADD213PS", 1, 4, 3)
	s.store(3, "(SI)(AX*1)")
}
