//go:build unix && !(linux && (amd64 || arm64))

package first

import "syscall"

// Elsewhere package syscall must do, so this package doesn't come first and nothing protects its memory. That is enough
// to practise: whoever would be deceived is whoever deceives.

func read(fd int, b []byte) int { return result(syscall.Read(fd, b)) }

func write(fd int, b []byte) int { return result(syscall.Write(fd, b)) }

func result(n int, err error) int {
	switch err {
	case nil:
		return n
	case syscall.EINTR:
		return eintr
	default:
		return -1
	}
}

func protect() {
	syscall.Close(fdSettings)
	syscall.CloseOnExec(fdRecords)
}
