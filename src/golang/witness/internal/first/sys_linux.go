//go:build linux && (amd64 || arm64)

package first

import "unsafe"

// sys makes a system call behind the back of the scheduler and of the race detector: package syscall would have to be
// imported, and its Write is a synchronisation that can hide a candidate's race. A negative result is an error number.
func sys(number, a, b, c uintptr) uintptr

func read(fd uintptr, b []byte) int {
	return int(sys(sysRead, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

func write(fd uintptr, b []byte) int {
	return int(sys(sysWrite, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))))
}

// protect puts standard input in the place of what was read, keeps other processes (and, for an ordinary user, the process itself by way of
// /proc/self/mem) from reading this one's memory, and keeps the records' descriptor out of programs that it starts.
//
// The number of what was read stays taken. The runtime would else use it for its poller, and an os.File that a candidate
// has made of it would close the poller, which kills the process, whenever garbage is next collected.
func protect() {
	const prSetDumpable, fSetFD, fdCloExec, oCloExec = 4, 2, 1, 0x80000
	if length == 0 || int(sys(sysDup3, 0, fdSettings, oCloExec)) < 0 {
		sys(sysClose, fdSettings, 0, 0)
	}
	if int(sys(sysPrctl, prSetDumpable, 0, 0)) < 0 {
		Failure = "can't make the process non-dumpable"
	}
	sys(sysFcntl, fdRecords, fSetFD, fdCloExec)
}
