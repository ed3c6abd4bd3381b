#include "textflag.h"

// func sys(number, a, b, c uintptr) uintptr
TEXT ·sys(SB),NOSPLIT,$0-40
	MOVD	number+0(FP), R8
	MOVD	a+8(FP), R0
	MOVD	b+16(FP), R1
	MOVD	c+24(FP), R2
	MOVD	$0, R3
	MOVD	$0, R4
	SVC
	MOVD	R0, ret+32(FP)
	RET
