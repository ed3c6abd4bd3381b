// Package first takes the key from descriptor 3 before any candidate code runs.
//
// Go initialises the packages that are ready in the order of their paths. This one imports nothing but unsafe, which is
// no real package, so it is ready at once; and its path begins with a zero, whereas paths of exercises begin with a
// letter. Even an import of runtime or syscall would let a candidate package that imports nothing run earlier, and read
// the key.
package first

const (
	fdSettings = 3
	fdRecords  = 4

	maxSettings = 32 << 10
	keySize     = 32
	eintr       = -4
)

// secret is what descriptor 3 held: the key, then the settings. The last byte is there to see that they were too long.
// It has no pointers, so it is in no heap dump.
var (
	secret [keySize + maxSettings + 1]byte
	length int
)

// Failure says what went wrong, or else is empty.
var Failure string

func init() {
	for length < len(secret) {
		n := read(fdSettings, secret[length:])
		if n == eintr {
			continue
		}
		if n < 0 {
			Failure = "can't read descriptor 3"
		}
		if n <= 0 {
			break
		}
		length += n
	}
	switch {
	case Failure != "":
	case length < keySize:
		Failure = "no key on descriptor 3"
	case length == len(secret):
		Failure = "settings longer than 32 KiB"
	}
	protect()
}

// Key is the key that seals the records, or nil.
func Key() []byte {
	if length < keySize {
		return nil
	}
	return secret[:keySize]
}

// Settings are the settings as the harness wrote them. Only for when there was no Failure.
func Settings() []byte { return secret[keySize:length] }

// Write writes a frame and says whether it could. A full pipe blocks, until the harness reads it.
func Write(b []byte) bool {
	for len(b) > 0 {
		n := write(fdRecords, b)
		if n == eintr {
			continue
		}
		if n <= 0 {
			return false
		}
		b = b[n:]
	}
	return true
}
