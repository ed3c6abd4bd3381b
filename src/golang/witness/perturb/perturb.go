// Package perturb holds goroutines up at moments that chance picks, so that a few runs of a test show what otherwise
// happens once in ten thousand.
//
// The harness builds the code under test a second time with a call of [Point] before each statement that another
// goroutine can notice. What a point does must look to the program like a scheduler that took its time:
//
//   - It synchronises nothing: no channel, lock, atomic operation or instrumented memory access, so it hides no race from
//     the race detector. Its variables are shared and plain on purpose, and all functions that touch them are marked
//     go:norace; a lost update costs a little chance.
//   - It never blocks as the runtime sees it. A goroutine at a point is runnable, so in a bubble of testing/synctest the
//     clock stands still meanwhile, and no leak profile takes it for a leak.
//   - It takes so little time in all that a test with a time limit doesn't notice.
package perturb

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	_ "unsafe" // for go:linkname
)

const (
	microsecond = 1000
	slice       = 50 * microsecond     // of a hold-up, after which others have a turn on its processor
	allowance   = 20_000 * microsecond // of time that hold-ups take in all, counted once where they coincide
	fresh       = 8                    // visits of a place after which its hold-ups are halved, and so on
)

// Hold-ups last 2^shortest µs (less is lost in the noise of a busy machine) to 2^longest µs.
const shortest, middle, longest = 5, 9, 13

// A way says at which visits of which places goroutines are held up.
type way struct {
	perPlace bool   // draw once for each place, rather than at each visit: goroutines that do the same meet in the middle of it
	share    uint64 // of what is drawn leads to a hold-up, of 4
	checks   bool   // hold up for long where something was just checked, and for a short time elsewhere
}

// ways are taken in turn, run by run.
var ways = [...]way{
	{perPlace: true, share: 4},
	{checks: true, share: 3},
	{share: 3},
	{perPlace: true, share: 3},
}

var (
	active bool
	chosen = -1
	seed   uint64

	drawn  uint64      // state of the generator
	left   int64       // of the allowance, in nanoseconds
	until  int64       // when the latest hold-up was over
	alone  int         // the number of goroutines when the test began
	visits [1024]uint8 // with hold-ups, by place
)

// Prepare takes the harness's setting, the number of the run and a seed: "3,12345". An empty one leaves all as it is.
func Prepare(setting string) error {
	if setting == "" {
		return nil
	}
	number, rest, _ := strings.Cut(setting, ",")
	run, err := strconv.ParseUint(number, 10, 32)
	if err == nil {
		seed, err = strconv.ParseUint(rest, 10, 64)
	}
	if err != nil {
		return errors.New("malformed setting: perturb")
	}
	chosen = int(run % uint64(len(ways)))
	return nil
}

// Begin makes points take effect: a test's body begins.
//
//go:norace
func Begin() {
	alone, drawn, left = runtime.NumGoroutine(), mix(seed), allowance
	active = chosen >= 0
}

// End makes points do nothing from now on.
//
//go:norace
func End() { active = false }

// Point is called before, and at the end of a list of statements after, a statement that other goroutines can notice.
//
//go:norace
func Point(place int) {
	// Where nobody else is there to be faster, waiting is wasted.
	if active && runtime.NumGoroutine() > alone {
		visit(place, false)
	}
}

// Checked is a [Point] before the first such statement after something was checked, which may no longer be true.
//
//go:norace
func Checked(place int) {
	if active && runtime.NumGoroutine() > alone {
		visit(place, true)
	}
}

//go:norace
func visit(place int, checked bool) {
	way := &ways[chosen]
	var chance uint64
	if way.perPlace {
		chance = mix(seed ^ mix(uint64(place)+1))
	} else {
		drawn += 0x9e3779b97f4a7c15
		chance = mix(drawn)
	}
	if chance%4 >= way.share {
		return
	}
	// The time is drawn from a wide range by its logarithm: then one of the hold-ups of a run mostly outlasts all others
	// together, which is what brings goroutines out of their usual order.
	low, high := uint64(shortest), uint64(longest)
	if way.checks && checked {
		low = middle
	} else if way.checks {
		high = middle
	}
	duration := int64(microsecond) << (low + chance/4%(high-low))
	duration += duration * int64(chance>>33) >> 31
	seen := &visits[place%len(visits)]
	holdUp(duration >> (*seen / fresh))
	*seen = min(*seen, 254) + 1
}

// holdUp keeps the goroutine from going on. Others run meanwhile, also on this processor: each time that one gives way
// here, all that are runnable have their turn.
//
//go:norace
func holdUp(duration int64) {
	start := nanotime()
	now := start
	for active {
		runtime.Gosched()
		now = nanotime()
		rest := start + duration - now
		if rest <= 0 {
			break
		}
		pause(min(rest, slice))
	}
	left -= now - max(start, until)
	until = max(until, now)
	if left <= 0 {
		active = false
	}
}

// mix spreads the bits of x (the finaliser of MurmurHash3).
//
//go:norace
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return x
}

// nanotime is the real time, in a bubble of testing/synctest too.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
