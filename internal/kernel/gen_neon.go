//go:build ignore

package main

import (
	"fmt"
	"slices"
	"strings"
)

// neonPlace is where NEON has what the kernels name. A fused multiply-add of NEON overwrites the
// addend, so the others begin with a copy of it in a free register, which takes the name of the
// result: vector says which register that is. sums are the pointers base + index of the
// element at hand that were computed for it.
type neonPlace struct {
	vector map[int]int
	free   []int
	sums   map[string]string
}

// generals are the names of general registers on amd64 and arm64. R18, R26 to R31 are not ours.
var generals = map[string]string{
	"DI": "R0", "SI": "R1", "DX": "R2", "R8": "R3", "R9": "R4", "R10": "R5", "CX": "R6", "R13": "R7",
	"AX": "R8", "R11": "R9", "R12": "R10", "BX": "R11",
}

func general(name string) string {
	r, ok := generals[name]
	if !ok {
		panic("no register " + name)
	}
	return r
}

// element forgets what was computed for the element before.
func (s *isa) element() {
	s.at = neonPlace{vector: map[int]int{}, sums: map[string]string{}}
	first, last := firstHeld, 31
	if s.held != nil {
		first, last = 8, firstHeld-1
	}
	for r := first; r <= last; r++ {
		s.at.free = append(s.at.free, r)
	}
}

// v is the register of a vector.
func (s *isa) v(r any) int {
	n, ok := r.(int)
	if !ok {
		panic("not a register")
	}
	if to, ok := s.at.vector[n]; ok {
		return to
	}
	return n
}

// address translates D(BASE) and D(BASE)(AX*1).
func (s *isa) address(text string) string {
	disp, rest, _ := strings.Cut(text, "(")
	base, index, indexed := strings.Cut(strings.TrimSuffix(rest, ")"), ")(")
	if !indexed {
		return disp + "(" + general(base) + ")"
	}
	sum, ok := s.at.sums[base]
	if !ok {
		sum = fmt.Sprintf("R%d", 19+len(s.at.sums))
		p("\tADD %s, %s, %s", general(strings.TrimSuffix(index, "*1")), general(base), sum)
		s.at.sums[base] = sum
	}
	return disp + "(" + sum + ")"
}

// neonLoad and neonStore move a vector, or in the tail one element.
func (s *isa) neonLoad(addr string, dst int)  { p("\t%s %s, F%d", s.move(), s.address(addr), s.v(dst)) }
func (s *isa) neonStore(src int, addr string) { p("\t%s F%d, %s", s.move(), s.v(src), s.address(addr)) }

func (s *isa) move() string {
	if s.masked {
		return "FMOVS"
	}
	return "FMOVQ"
}

// constant fills a register with a constant.
func (s *isa) constant(i, dst int) {
	p("\tMOVW $0x%08x, R19\n\tVDUP R19, V%d.S4", constants[i].bits, dst)
}

// encoded are instructions that Go's assembler does not know, as NAME.ARRANGEMENT.
var encoded = map[string]struct {
	bits uint32
	name string
}{
	"VADDPS": {0x4E20D400, "FADD"}, "VSUBPS": {0x4EA0D400, "FSUB"}, "VMULPS": {0x6E20DC00, "FMUL"}, "VDIVPS": {0x6E20FC00, "FDIV"},
	"VMINPS": {0x4EA0F400, "FMIN"}, "VMAXPS": {0x4E20F400, "FMAX"}, "VSQRTPS": {0x6EA1F800, "FSQRT"},
}

// known are instructions that it knows.
var known = map[string]string{
	"VPAND": "VAND %s.B16, %s.B16, %s.B16", "VPXOR": "VEOR %s.B16, %s.B16, %s.B16", "VPADDD": "VADD %s.S4, %s.S4, %s.S4",
	"VPMAXSD":     "VUMAX %s.S4, %s.S4, %s.S4", // of magnitudes, which have no sign
	"VFMADD231PS": "VFMLA %s.S4, %s.S4, %s.S4", "VFNMADD231PS": "VFMLS %s.S4, %s.S4, %s.S4", "VFMADD231PD": "VFMLA %s.D2, %s.D2, %s.D2",
}

// neonOp translates an instruction whose operands are in the order of Go's assembler, the
// result last.
func (s *isa) neonOp(name string, args []any) {
	if e, ok := encoded[name]; ok {
		s.encode(e.bits, e.name, args)
		return
	}
	if text, ok := known[name]; ok {
		var a []any
		for _, x := range args {
			a = append(a, fmt.Sprintf("V%d", s.v(x)))
		}
		p("\t"+text, a...)
		return
	}
	switch dst := args[len(args)-1]; name {
	case "VMOVUPS", "VMOVAPS", "VMOVUPD":
		s.copy(args[0], dst)
	case "VBROADCASTSS":
		p("\tFMOVS %s, F%d\n\tVDUP V%d.S[0], V%d.S4", s.address(args[0].(string)), dst, dst, dst)
	case "VCVTPS2PD":
		p("\tFMOVD %s, F%d", s.address(args[0].(string)), dst)
		s.encode(0x0E617800, "FCVTL", []any{dst, dst})
	case "VPSLLD":
		p("\tVSHL %s, V%d.S4, V%d.S4", args[0], s.v(args[1]), s.v(dst))
	case "VPSRAD":
		s.encode(0x4F000400|(64-31)<<16, "SSHR $31", args[1:])
	default:
		s.multiplyAdd(name, args)
	}
}

// encode emits an instruction of two or three registers as a word.
func (s *isa) encode(bits uint32, name string, args []any) {
	var text []string
	for i, at := range []uint{16, 5, 0}[3-len(args):] {
		bits |= uint32(s.v(args[i])) << at
		text = append(text, fmt.Sprintf("V%d", s.v(args[i])))
	}
	p("\tWORD $0x%08X // %s %s", bits, name, strings.Join(text, ", "))
}

// copy loads, stores or copies a whole vector.
func (s *isa) copy(src, dst any) {
	if a, ok := src.(string); ok && strings.HasPrefix(a, "table") {
		panic("a constant that is not held")
	} else if ok {
		p("\tFMOVQ %s, F%d", s.address(a), s.v(dst))
	} else if a, ok := dst.(string); ok {
		p("\tFMOVQ F%d, %s", s.v(src), s.address(a))
	} else {
		p("\tVMOV V%d.B16, V%d.B16", s.v(src), s.v(dst))
	}
}

// multiplyAdd translates the multiply-adds whose result is a factor: 132 is dst·a + b and 213
// is b·dst + a.
func (s *isa) multiplyAdd(name string, args []any) {
	a, b, dst := s.v(args[0]), s.v(args[1]), s.v(args[2])
	to := s.at.free[0]
	s.at.free = append(slices.Delete(s.at.free, 0, 1), dst)
	switch name {
	case "VFMADD132PS":
		p("\tVMOV V%d.B16, V%d.B16\n\tVFMLA V%d.S4, V%d.S4, V%d.S4", b, to, a, dst, to)
	case "VFMADD213PS":
		p("\tVMOV V%d.B16, V%d.B16\n\tVFMLA V%d.S4, V%d.S4, V%d.S4", a, to, b, dst, to)
	case "VFMSUB132PS":
		s.encode(0x6EA0F800, "FNEG", []any{b, to})
		p("\tVFMLA V%d.S4, V%d.S4, V%d.S4", a, dst, to)
	default:
		panic("no translation of " + name)
	}
	s.at.vector[args[2].(int)] = to
}
