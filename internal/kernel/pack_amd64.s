#include "textflag.h"

DATA ones<>+0(SB)/8, $0xffffffffffffffff
DATA ones<>+8(SB)/8, $0xffffffffffffffff
DATA ones<>+16(SB)/8, $0xffffffffffffffff
DATA ones<>+24(SB)/8, $0xffffffffffffffff
DATA ones<>+32(SB)/8, $0
DATA ones<>+40(SB)/8, $0
DATA ones<>+48(SB)/8, $0
DATA ones<>+56(SB)/8, $0
GLOBL ones<>(SB), RODATA|NOPTR, $64

// func copyPanel(dst, src unsafe.Pointer, k, stride, w, cols int)
// Eight columns at a time: whole vectors, one vector under a mask, zeros.
TEXT ·copyPanel(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ stride+24(FP), R8
	MOVQ w+32(FP), R9
	MOVQ cols+40(FP), R10
	MOVQ R10, R11
	SHLQ $2, R11
	VXORPS Y1, Y1, Y1
stripe:
	MOVQ DI, AX
	MOVQ SI, DX
	MOVQ k+16(FP), CX
	CMPQ R9, $8
	JGE  whole
	TESTQ R9, R9
	JLE  zero
	LEAQ ones<>+32(SB), BX
	NEGQ R9
	VMOVUPS (BX)(R9*4), Y2
	NEGQ R9
part:
	VMASKMOVPS (DX), Y2, Y0
	VMOVUPS Y0, (AX)
	ADDQ R8, DX
	ADDQ R11, AX
	DECQ CX
	JNE  part
	JMP  next
whole:
	VMOVUPS (DX), Y0
	VMOVUPS Y0, (AX)
	ADDQ R8, DX
	ADDQ R11, AX
	DECQ CX
	JNE  whole
	JMP  next
zero:
	VMOVUPS Y1, (AX)
	ADDQ R11, AX
	DECQ CX
	JNE  zero
next:
	ADDQ $32, DI
	ADDQ $32, SI
	SUBQ $8, R9
	SUBQ $8, R10
	JGT  stripe
	VZEROUPPER
	RET

// func transpose8(dst, src unsafe.Pointer, groups, n, ss, ds int)
// The halves of rows r and r+4 are loaded into one register, so that two rounds
// of shuffles within 128-bit lanes finish the transposition.
TEXT ·transpose8(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ groups+16(FP), CX
	MOVQ ss+32(FP), R8
	MOVQ ds+40(FP), R9
	LEAQ (R8)(R8*2), R10
	LEAQ (R9)(R9*2), R11
	MOVQ n+24(FP), DX
block:
	MOVQ SI, AX
	MOVQ DI, BX
	MOVQ CX, R14
loop:
	LEAQ (AX)(R8*4), R12
	VMOVUPS (AX), X0
	VMOVUPS (AX)(R8*1), X1
	VMOVUPS (AX)(R8*2), X2
	VMOVUPS (AX)(R10*1), X3
	VMOVUPS 16(AX), X4
	VMOVUPS 16(AX)(R8*1), X5
	VMOVUPS 16(AX)(R8*2), X6
	VMOVUPS 16(AX)(R10*1), X7
	VINSERTF128 $1, (R12), Y0, Y0
	VINSERTF128 $1, (R12)(R8*1), Y1, Y1
	VINSERTF128 $1, (R12)(R8*2), Y2, Y2
	VINSERTF128 $1, (R12)(R10*1), Y3, Y3
	VINSERTF128 $1, 16(R12), Y4, Y4
	VINSERTF128 $1, 16(R12)(R8*1), Y5, Y5
	VINSERTF128 $1, 16(R12)(R8*2), Y6, Y6
	VINSERTF128 $1, 16(R12)(R10*1), Y7, Y7
	VUNPCKLPS Y1, Y0, Y8
	VUNPCKHPS Y1, Y0, Y9
	VUNPCKLPS Y3, Y2, Y10
	VUNPCKHPS Y3, Y2, Y11
	VSHUFPS $0x44, Y10, Y8, Y0
	VSHUFPS $0xEE, Y10, Y8, Y1
	VSHUFPS $0x44, Y11, Y9, Y2
	VSHUFPS $0xEE, Y11, Y9, Y3
	VUNPCKLPS Y5, Y4, Y8
	VUNPCKHPS Y5, Y4, Y9
	VUNPCKLPS Y7, Y6, Y10
	VUNPCKHPS Y7, Y6, Y11
	VSHUFPS $0x44, Y10, Y8, Y4
	VSHUFPS $0xEE, Y10, Y8, Y5
	VSHUFPS $0x44, Y11, Y9, Y6
	VSHUFPS $0xEE, Y11, Y9, Y7
	LEAQ (BX)(R9*4), R13
	VMOVUPS Y0, (BX)
	VMOVUPS Y1, (BX)(R9*1)
	VMOVUPS Y2, (BX)(R9*2)
	VMOVUPS Y3, (BX)(R11*1)
	VMOVUPS Y4, (R13)
	VMOVUPS Y5, (R13)(R9*1)
	VMOVUPS Y6, (R13)(R9*2)
	VMOVUPS Y7, (R13)(R11*1)
	LEAQ (AX)(R8*8), AX
	ADDQ $32, BX
	DECQ R14
	JNE  loop
	ADDQ $32, SI
	LEAQ (DI)(R9*8), DI
	DECQ DX
	JNE  block
	VZEROUPPER
	RET
