package witness

import (
	"runtime"
	"strings"

	"0gavel.invalid/witness/internal/early/pprof"
)

// A goroutine is one as a dump shows it.
type goroutine struct {
	id      string
	state   string // what it is doing: "running", "chan receive"
	durable bool   // as a synctest bubble understands it
	leaked  bool   // a profile has proven that it can never run again
	bubble  string // the number of its synctest bubble, if it is in one
	frames  string // two lines for each: the function, and after a tab its place
	text    string // all of it
}

// goroutinesIn reads a dump of goroutines.
func goroutinesIn(dump string) (all []goroutine) {
	for text := range strings.SplitSeq(strings.TrimSpace(dump), "\n\n") {
		header, frames, _ := strings.Cut(text, "\n")
		// The labels that may follow are words of the candidate's.
		header, _, _ = strings.Cut(header, " labels:")
		id, about, _ := strings.Cut(strings.TrimPrefix(header, "goroutine "), " [")
		about = strings.TrimSuffix(about, "]:")
		g := goroutine{id: id, frames: frames, text: text}
		_, g.bubble, _ = strings.Cut(about, ", synctest bubble ")
		g.state, _, _ = strings.Cut(about, ",")
		g.state, g.leaked = strings.CutSuffix(g.state, " (leaked)")
		g.state, g.durable = strings.CutSuffix(g.state, " (durable)")
		all = append(all, g)
	}
	return all
}

// mayLeak says whether it waits for what a profile may prove never to come.
func (g goroutine) mayLeak() bool {
	switch g.state {
	case "chan receive", "chan send", "select", "sync.WaitGroup.Wait":
		return !g.durable // else the runtime leaves it to its bubble
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock":
		return true
	default:
		return g.bubbleSees()
	}
}

// bubbleSees says whether it waits in a way in which a synctest bubble sees for itself that a goroutine is blocked, though
// the runtime has no name of its own for it there.
func (g goroutine) bubbleSees() bool {
	switch g.state {
	case "chan receive (nil chan)", "chan send (nil chan)", "select (no cases)", "sync.Cond.Wait":
		return true
	default:
		return false
	}
}

// holdsUp says whether one that waits for ever keeps what it belongs to from ending. A bubble that sees it panics instead.
func (g goroutine) holdsUp() bool { return g.bubble == "" || !g.bubbleSees() }

// waitsForCode says whether it waits for what only code that runs can end: no timer, no signal, nobody outside.
func (g goroutine) waitsForCode() bool {
	switch g.state {
	case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "sync.WaitGroup.Wait", "sync.Cond.Wait":
		return true
	default:
		return false
	}
}

// watchesOver says whether it is the watchdog, which runs no code of others.
func (g goroutine) watchesOver() bool {
	return strings.Contains(g.frames, "\n0gavel.invalid/witness.watchOver(")
}

// dump is what all goroutines are doing. It costs far less than a leak profile.
func dump() string {
	const usual, most = 2 << 10, 64 << 20 // bytes: of a stack, of all
	for size := 16<<10 + usual*runtime.NumGoroutine(); ; size *= 2 {
		buffer := make([]byte, min(size, most))
		if n := runtime.Stack(buffer, true); n < size || size >= most {
			return string(buffer[:n])
		}
	}
}

// currentGoroutine is the id of the caller's goroutine.
func currentGoroutine() string {
	header := make([]byte, 64)
	header = header[:runtime.Stack(header, false)]
	return goroutinesIn(string(header))[0].id
}

// leakProfile takes a leak profile and says whether it tells of two goroutines whose state is certain: this one and the
// canary. These two aren't among the goroutines that it gives, nor is Main, which waits for the test.
//
//go:noinline
func leakProfile() (all []goroutine, proven bool) {
	var profile strings.Builder
	pprof.WriteLeaks(&profile)
	whole, canaryLeaked := false, false
	for _, g := range goroutinesIn(profile.String()) {
		switch {
		case strings.Contains(g.frames, "\n0gavel.invalid/witness.leakProfile("):
			whole = true
		case strings.HasPrefix(g.frames, "0gavel.invalid/witness.canary("):
			canaryLeaked = g.leaked // if not, it may not be parked yet
		case !strings.Contains(g.frames, "\n0gavel.invalid/witness.Main("):
			all = append(all, g)
		}
	}
	return all, whole && canaryLeaked
}

// releaseCanary leaks a goroutine on purpose. Only a profile that has it is one: a candidate might have put another in
// the place of the goroutineleak profile.
//
//go:noinline
func releaseCanary() {
	started := make(chan struct{})
	go canary(started, make(chan struct{}))
	<-started
}

//go:noinline
func canary(started, never chan struct{}) {
	close(started)
	<-never
}

// touches says whether a goroutine runs the candidate's code or was started by it. Frames in test files don't count: they
// may be of the candidate's package, but are the author's.
func (g goroutine) touches(module string) bool {
	for lines := g.frames; lines != ""; {
		var function, place string
		function, lines, _ = strings.Cut(lines, "\n")
		if !strings.HasPrefix(lines, "\t") {
			continue
		}
		place, lines, _ = strings.Cut(lines, "\n")
		name, ours := strings.CutPrefix(plain(strings.TrimPrefix(function, "created by ")), module)
		if ours && strings.HasPrefix(name, ".") || ours && strings.HasPrefix(name, "/") {
			if !strings.Contains(place, "_test.go:") {
				return true
			}
		}
	}
	return false
}
