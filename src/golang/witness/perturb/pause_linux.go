package perturb

import (
	"syscall"
	"unsafe"
)

// pause sleeps behind the scheduler's back: to the runtime the goroutine runs, and the processor is free for others.
//
//go:norace
func pause(nanoseconds int64) {
	time := syscall.NsecToTimespec(nanoseconds)
	syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&time)), 0, 0)
}
