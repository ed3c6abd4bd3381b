#include "textflag.h"

// func sys(number, a, b, c uintptr) uintptr
TEXT ·sys(SB),NOSPLIT,$0-40
	MOVQ	number+0(FP), AX
	MOVQ	a+8(FP), DI
	MOVQ	b+16(FP), SI
	MOVQ	c+24(FP), DX
	MOVQ	$0, R10
	MOVQ	$0, R8
	SYSCALL
	MOVQ	AX, ret+32(FP)
	RET
