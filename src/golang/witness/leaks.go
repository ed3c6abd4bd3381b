package witness

import (
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	ours     = 2                      // goroutines: the watchdog and the canary
	alone    = 1 + ours               // the number of goroutines when nobody else is left but Main
	grace    = time.Millisecond       // for goroutines that are about to end, before the profile's garbage collection
	patience = 250 * time.Millisecond // for goroutines that still run the candidate's code
	leniency = 2 * time.Second        // for the same where it fails the test that they do
	despair  = 5 * time.Second        // for the canary: only a machine that is much too busy gets near it
)

// remains are the goroutines that a run left behind.
type remains struct {
	leaked  []string // stacks of those that can never run again, whoever's they are
	running []string // stacks of the candidate's others
	proven  bool     // the profile told of two goroutines whose state is certain
}

// settle waits a little for the candidate's goroutines and says which are left, but for those that were there before and
// still run.
//
// When there are none, as after most good runs, it costs nothing. One whose leak is proven can't end, so it isn't waited
// for. Each look costs a garbage collection, so there is a new one only when goroutines have come or gone, or after a
// pause that doubles.
func settle(s settings, before map[string]bool) remains {
	start, patience := time.Now(), patience
	if s.strict {
		patience = leniency
	}
	for runtime.NumGoroutine() > alone && time.Since(start) < grace {
		time.Sleep(grace / 10)
	}
	if runtime.NumGoroutine() == alone {
		return remains{proven: true}
	}
	for pause := time.Millisecond; ; pause *= 2 {
		all, proven := leakProfile()
		if !s.callers {
			markLockedIn(all)
		}
		all = slices.DeleteFunc(all, func(g goroutine) bool { return !g.leaked && before[g.id] })
		left := sortOut(all, s.module)
		left.proven = proven
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

// markLockedIn marks goroutines as leaked that the profile takes to be in use, since their lock is a package's.
//
// Only code that runs ends a wait for a lock, a WaitGroup or a Cond. Once the tests are over, none is left to run if all
// goroutines wait so or are leaked: none sleeps, reads, makes a system call, or receives from what may be a timer's or a
// signal's channel. What timers and the garbage collector call by themselves is for the caller to rule out.
func markLockedIn(all []goroutine) {
	const notGiven = 2 // Main and the canary
	if len(all)+notGiven != runtime.NumGoroutine() {
		return // a dump that is much too long is cut
	}
	if slices.ContainsFunc(all, func(g goroutine) bool { return !g.leaked && !g.waitsForCode() && !g.watchesOver() }) {
		return
	}
	for i := range all {
		g := &all[i]
		if !g.leaked && g.waitsForCode() {
			g.leaked = true
			g.text = strings.Replace(g.text, " ["+g.state, " ["+g.state+" (leaked)", 1)
		}
	}
}

// sortOut sorts the goroutines of a leak profile.
func sortOut(all []goroutine, module string) (left remains) {
	for _, g := range all {
		switch {
		case g.leaked:
			left.leaked = append(left.leaked, g.text)
		case g.touches(module):
			left.running = append(left.running, g.text)
		}
	}
	return left
}
