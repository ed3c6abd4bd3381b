package witness

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"0gavel.invalid/witness/internal/first"
)

// What the harness reads from descriptor 4 is a sequence of frames
//
//	u32le length | body | MAC
//
// where MAC = HMAC-SHA256(key, MAC of the frame before (zeros at first) | u32le number of this frame | body), so a frame
// that is forged, changed, dropped, repeated or moved breaks the chain. A body is a sequence of fields
//
//	u8 tag | u32le length | bytes
//
// whose values are text: numbers in decimal, flags as 0 or 1.
const (
	fKind       = iota + 1 // "hello" "begin" "end" "bench" "coverage" "final" "stuck" "busy" "refused"
	fName                  // of the test
	fReturned              // the body of the test came back: no panic, no FailNow, no SkipNow, no Goexit
	fFailed                // so says package testing
	fSkipped               // likewise
	fRaces                 // races seen: during the test, or in the whole run
	fNanos                 // duration
	fCode                  // exit code that package testing decided on
	fGoroutines            // hello: goroutines there are; final: goroutines left behind, before fLeaks and fStacks are cut
	fBase                  // hello: goroutines of a program that has run no code; final: goroutines before the tests
	fLeaks                 // stacks of the goroutines that can never run again
	fStacks                // stacks of the candidate's other goroutines that have not ended; busy: of those at work
	fGoVersion             // of the toolchain that built this
	fTamper                // what was found changed: names joined by spaces
	fProcs                 // GOMAXPROCS
	fTests                 // final: "end" records before it; bench: the N of the benchmark
	fReason                // why the witness refused
	fCovered               // which statements were executed, one character for each
	fCPU                   // bench: processor time of the benchmark's function, all threads together, in nanoseconds
	fWall                  // bench: how long that function took in all, in nanoseconds; fNanos is what its timer counts
	fMallocs               // bench: allocations while the timer ran
	fBytes                 // bench: bytes allocated while the timer ran
)

const (
	maxName = 512               // bytes of a name or a short text
	maxText = 64 << 10          // bytes of stacks
	maxBody = 2*maxText + 8<<10 // two texts at most; 8 KiB are plenty for the rest
)

// A record is the body of a frame while it is being put together.
type record []byte

func newRecord(kind string) record { return record(nil).text(fKind, kind) }

func (r record) field(tag byte, value string) record {
	r = binary.LittleEndian.AppendUint32(append(r, tag), uint32(len(value)))
	return append(r, value...)
}

// text adds a name or a short text.
func (r record) text(tag byte, s string) record { return r.field(tag, cut(s, maxName)) }

func (r record) words(tag byte, words []string) record { return r.text(tag, strings.Join(words, " ")) }

func (r record) num(tag byte, n int) record { return r.field(tag, strconv.Itoa(n)) }

func (r record) flag(tag byte, v bool) record {
	if v {
		return r.field(tag, "1")
	}
	return r.field(tag, "0")
}

// stacks adds as many whole stacks as fit.
func (r record) stacks(tag byte, stacks []string) record {
	var b strings.Builder
	for _, s := range stacks {
		s = cut(s, maxText)
		if b.Len()+len("\n\n")+len(s) > maxText && b.Len() > 0 {
			break
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(s)
	}
	return r.field(tag, b.String())
}

// cut cuts s to at most n bytes of valid UTF-8.
func cut(s string, n int) string { return strings.ToValidUTF8(s[:min(len(s), n)], "") }

// The state of the channel; mu guards all of it.
var (
	mu       sync.Mutex
	sealed   [sha256.Size]byte // MAC of the last frame
	sequence uint32
	closed   bool // a write failed, or the last record is out
)

func send(r record) {
	mu.Lock()
	defer mu.Unlock()
	write(r)
}

// sendLast sends the last record: what a test's late cleanup or a goroutine would still add is dropped.
func sendLast(r record) {
	mu.Lock()
	defer mu.Unlock()
	write(r)
	closed = true
}

func write(r record) {
	if closed {
		return
	}
	sealed = mac(r)
	sequence++
	frame := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(r)+len(sealed)), uint32(len(r)))
	closed = !first.Write(append(append(frame, r...), sealed[:]...))
}

// The blocks to hash. Package crypto/hmac would leave the padded key on the heap, where a heap dump shows it; arrays
// without pointers at package level are in no dump, and are cleared after use.
var (
	inner [sha256.BlockSize + sha256.Size + 4 + maxBody]byte
	outer [sha256.BlockSize + sha256.Size]byte
)

// mac is the seal of the next frame.
func mac(r record) [sha256.Size]byte {
	defer clear(inner[:sha256.BlockSize])
	defer clear(outer[:sha256.BlockSize])
	copy(inner[:], first.Key())
	copy(outer[:], first.Key())
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	n := sha256.BlockSize
	n += copy(inner[n:], sealed[:])
	binary.LittleEndian.PutUint32(inner[n:], sequence)
	n += 4
	n += copy(inner[n:], r)
	sum := sha256.Sum256(inner[:n])
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
