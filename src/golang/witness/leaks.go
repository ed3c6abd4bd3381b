package witness

import (
	"runtime"
	"strings"
	"time"

	"0gavel.invalid/witness/internal/early/pprof"
)

const (
	alone    = 1                      // the number of goroutines when nobody but Main is left
	grace    = time.Millisecond       // for goroutines that are about to end, before the profile's garbage collection
	patience = 250 * time.Millisecond // for goroutines that still run the candidate's code
	despair  = 5 * time.Second        // for the canary: only a machine that is much too busy gets near it
)

// remains are the goroutines that a run left behind.
type remains struct {
	leaked  []string // stacks of those that can never run again, whoever's they are
	running []string // stacks of the candidate's others
	proven  bool     // the profile told of two goroutines whose state is certain
}

// settle waits a little for the candidate's goroutines and says which are left.
//
// When there are none, as after most good runs, it costs nothing. One whose leak is proven can't end, so it isn't waited
// for. Each look costs a garbage collection, so there is a new one only when goroutines have come or gone, or after a
// pause that doubles.
func settle(module string) remains {
	start := time.Now()
	for runtime.NumGoroutine() > alone && time.Since(start) < grace {
		time.Sleep(grace / 10)
	}
	if runtime.NumGoroutine() == alone {
		return remains{proven: true}
	}
	releaseCanary()
	for pause := time.Millisecond; ; pause *= 2 {
		left := look(module)
		waited := time.Since(start)
		if left.proven && (len(left.running) == 0 || waited >= patience) || waited > despair {
			return left
		}
		again := waited + pause
		if waited < patience {
			again = min(again, patience)
		}
		for seen := runtime.NumGoroutine(); runtime.NumGoroutine() == seen && time.Since(start) < again; {
			time.Sleep(time.Millisecond / 2)
		}
	}
}

// look takes a leak profile and sorts the goroutines in it.
func look(module string) (left remains) {
	var dump strings.Builder
	pprof.WriteLeaks(&dump)
	whole, canaryLeaked := false, false
	for stack := range strings.SplitSeq(strings.TrimSpace(dump.String()), "\n\n") {
		header, frames, _ := strings.Cut(stack, "\n")
		switch leaked := leakedState(header); {
		case strings.Contains(frames, "\n0gavel.invalid/witness.look("): // this one
			whole = true
		case strings.HasPrefix(frames, canaryFrame):
			canaryLeaked = leaked // if not, it may not be parked yet
		case leaked:
			left.leaked = append(left.leaked, stack)
		case touches(frames, module):
			left.running = append(left.running, stack)
		}
	}
	left.proven = whole && canaryLeaked
	return left
}

// leakedState says whether a header such as "goroutine 7 [chan receive (leaked)]:" is that of a leaked goroutine. The
// labels that may follow are words of the candidate's.
func leakedState(header string) bool {
	state, _, _ := strings.Cut(header, " labels:")
	return strings.Contains(state, "(leaked)")
}

// touches says whether a goroutine runs the candidate's code or was started by it. A frame is two lines, the function
// and, after a tab, its place. Frames in test files don't count: they may be of the candidate's package, but are the
// author's.
func touches(frames, module string) bool {
	for lines := frames; lines != ""; {
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

// canaryFrame begins the stack of the canary.
const canaryFrame = "0gavel.invalid/witness.canary("

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
