#include "textflag.h"

// func copyPanel(dst, src unsafe.Pointer, k, stride, w, cols int)
// Row by row: whole vectors, single floats, zeros.
TEXT ·copyPanel(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD k+16(FP), R2
	MOVD stride+24(FP), R3
	MOVD w+32(FP), R4
	MOVD cols+40(FP), R5
	VEOR V1.B16, V1.B16, V1.B16
row:
	MOVD R1, R6
	MOVD R4, R7
	SUB  R4, R5, R8
	SUBS $4, R7
	BLT  few
whole:
	FMOVQ.P 16(R6), F0
	FMOVQ.P F0, 16(R0)
	SUBS $4, R7
	BGE  whole
few:
	ADDS $4, R7
	BEQ  pad
one:
	FMOVS.P 4(R6), F0
	FMOVS.P F0, 4(R0)
	SUBS $1, R7
	BNE  one
pad:
	CBZ  R8, next
zero:
	FMOVS.P F1, 4(R0)
	SUBS $1, R8
	BNE  zero
next:
	ADD  R3, R1
	SUBS $1, R2
	BNE  row
	RET

// TRANSPOSE transposes the 4 x 4 floats of V0 to V3 into V4 to V7.
#define TRANSPOSE \
	VTRN1 V1.S4, V0.S4, V16.S4 \
	VTRN2 V1.S4, V0.S4, V17.S4 \
	VTRN1 V3.S4, V2.S4, V18.S4 \
	VTRN2 V3.S4, V2.S4, V19.S4 \
	VZIP1 V18.D2, V16.D2, V4.D2 \
	VZIP1 V19.D2, V17.D2, V5.D2 \
	VZIP2 V18.D2, V16.D2, V6.D2 \
	VZIP2 V19.D2, V17.D2, V7.D2

// func transpose8(dst, src unsafe.Pointer, groups, n, ss, ds int)
// Four rows at a time; each block of 4 x 4 becomes four pieces of four rows.
TEXT ·transpose8(SB), NOSPLIT, $0-48
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD groups+16(FP), R2
	MOVD n+24(FP), R3
	MOVD ss+32(FP), R4
	MOVD ds+40(FP), R5
	LSL  $1, R2
	LSL  $1, R3
block:
	MOVD R1, R6
	MOVD R0, R7
	MOVD R2, R8
loop:
	FMOVQ (R6), F0
	ADD  R4, R6
	FMOVQ (R6), F1
	ADD  R4, R6
	FMOVQ (R6), F2
	ADD  R4, R6
	FMOVQ (R6), F3
	ADD  R4, R6
	TRANSPOSE
	MOVD R7, R9
	FMOVQ F4, (R9)
	ADD  R5, R9
	FMOVQ F5, (R9)
	ADD  R5, R9
	FMOVQ F6, (R9)
	ADD  R5, R9
	FMOVQ F7, (R9)
	ADD  $16, R7
	SUBS $1, R8
	BNE  loop
	ADD  $16, R1
	ADD  R5<<2, R0
	SUBS $1, R3
	BNE  block
	RET
