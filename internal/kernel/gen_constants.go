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

// find is the index of a constant.
func find(name string) int {
	i := slices.IndexFunc(constants, func(c constant) bool { return c.name == name })
	if i < 0 {
		panic("no constant " + name)
	}
	return i
}

// k is a constant as an operand: the register that holds it, or its address.
func (s *isa) k(name string) any {
	if i := slices.Index(s.held, name); i >= 0 {
		return firstHeld + i
	}
	return fmt.Sprintf("table<>+%d(SB)", 64*find(name))
}

// firstHeld is the first of the registers that hold constants, which AVX2 has not.
const firstHeld = 16

// hold loads constants into registers until the next function: loading them in the loop would
// cost as many cycles as the arithmetic.
func (s *isa) hold(names []string) {
	if !s.many() {
		return
	}
	for i, name := range names {
		if s.neon() {
			s.constant(find(name), firstHeld+i)
		} else {
			s.op("VMOVUPS", s.k(name), firstHeld+i)
		}
	}
	s.held = names
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

func defineConstants() {
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
	define("exp hi", 60)
}

// table is what AVX2 and AVX-512 load constants from.
func table() {
	for i, c := range constants {
		for j := 0; j < 64; j += 8 {
			p("DATA table<>+%d(SB)/8, $0x%08x%08x", 64*i+j, c.bits, c.bits)
		}
	}
	p("GLOBL table<>(SB), RODATA|NOPTR, $%d", 64*len(constants))
}
