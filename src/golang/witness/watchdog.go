package witness

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	firstLook  = 300 * time.Millisecond // most tests are over by then, and have cost nothing
	secondLook = 20 * time.Millisecond  // after the first that proved something
)

// exitStuck is the exit code of a process whose test can never end. A sealed "stuck" record says that it was the witness.
const exitStuck = 98

// underWay is the id of the goroutine whose end is the end of the test, or empty.
var underWay atomic.Value

// watchOver ends the process as soon as it is proven that the test under way can't end. A test that is stuck would else be
// given all its time, the more surely the more goes on in the background.
//
// It must not hold on to anything of a test's: what it can reach, the profile takes to be in use. It is started before
// the tests, and so is the canary, since a test may count goroutines. Its pauses grow, since a look may cost a garbage
// collection, and since who looks is at work: the harness counts the time in which nothing is.
func watchOver(s settings) {
	last := ""
	for pause := firstLook; ; pause *= 2 {
		time.Sleep(pause)
		test, _ := underWay.Load().(string)
		if test == "" || !s.watchdog {
			continue
		}
		now := dump()
		hasMoved := now != last
		last = now
		if busy := atWork(goroutinesIn(now), s.module); len(busy) > 0 {
			send(newRecord("busy").stacks(fStacks, busy))
		}
		// Where nothing has moved, another profile would say what the last one said.
		if !hasMoved || !mayBeStuck(goroutinesIn(now), test) {
			continue
		}
		if _, stuck := proveStuck(test, s.module); !stuck {
			continue
		}
		time.Sleep(secondLook)
		if left, stuck := proveStuck(test, s.module); stuck {
			sendLast(newRecord("stuck").stacks(fLeaks, left.leaked).stacks(fStacks, left.running))
			os.Exit(exitStuck)
		}
	}
}

// atWork are the stacks of the candidate's goroutines that wait for nothing. The dump that the runtime prints when a run is
// ended has none of those that are on another thread then, or in the race detector.
func atWork(all []goroutine, module string) (busy []string) {
	for _, g := range all {
		if (g.state == "running" || g.state == "runnable") && g.touches(module) {
			busy = append(busy, g.text)
		}
	}
	return busy
}

// proveStuck takes a leak profile and says whether it proves that the test can't end.
func proveStuck(test, module string) (remains, bool) {
	all, proven := leakProfile()
	stuck := slices.ContainsFunc(awaited(all, test), func(g goroutine) bool { return g.leaked && g.holdsUp() })
	return sortOut(all, module), proven && stuck
}

// mayBeStuck says from a mere dump whether a profile could prove that the test can't end. A test that is at work itself
// needn't have the garbage collected under it.
func mayBeStuck(all []goroutine, test string) bool {
	// The runtime (1.26, 1.27) forgets to count a goroutine as blocked in its bubble once a profile has found it leaked.
	// Where a bubble would still see for itself that it is blocked, it is left to.
	if slices.ContainsFunc(all, func(g goroutine) bool { return g.mayLeak() && !g.holdsUp() }) {
		return false
	}
	return slices.ContainsFunc(awaited(all, test), goroutine.mayLeak)
}

// awaited are the goroutines without whose end the test can't end: its own, those of its subtests, and if one of these
// runs a synctest bubble, all in the bubble.
func awaited(all []goroutine, test string) (found []goroutine) {
	ids, bubbles := map[string]bool{test: true}, map[string]bool{}
	for size := 0; size < len(ids); {
		size = len(ids)
		for _, g := range all {
			_, parent, _ := strings.Cut(g.frames, "\ncreated by testing.(*T).Run in goroutine ")
			if parent, _, _ = strings.Cut(parent, "\n"); ids[parent] {
				ids[g.id] = true
			}
			if ids[g.id] && g.state == "synctest.Run" {
				bubbles[g.bubble] = true
			}
		}
	}
	for _, g := range all {
		if ids[g.id] || bubbles[g.bubble] {
			found = append(found, g)
		}
	}
	return found
}
