package witness

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// observeBenchmark reports each time that a benchmark's function is run: package testing runs it with growing N.
//
// What is measured is what the timer of b counts, and beside it the processor time of all threads: a garbage collector or a
// goroutine in the background is charged to the code that makes it work. Package testing has no timer for that, so it is
// taken of the whole function; the harness charges the part of it in which the timer ran.
func observeBenchmark(name string, b *testing.B, body func(*testing.B)) {
	returned := false
	var cpu, wall time.Duration
	b.Cleanup(func() {
		if field[atomic.Bool](b, "hasSub").Load() {
			refuse("a benchmark with sub-benchmarks: " + name)
		}
		send(newRecord("bench").text(fName, name).flag(fReturned, returned).flag(fFailed, b.Failed()).
			flag(fSkipped, b.Skipped()).num(fRaces, raceErrors()).num(fTests, b.N).num(fNanos, int(b.Elapsed())).
			num(fCPU, int(cpu)).num(fWall, int(wall)).
			num(fMallocs, int(*field[uint64](b, "netAllocs"))).num(fBytes, int(*field[uint64](b, "netBytes"))))
	})
	b.ResetTimer() // the lines above are no part of what is measured
	start, used := time.Now(), processorTime()
	body(b)
	cpu, wall = processorTime()-used, time.Since(start)
	returned = true
}

// processorTime is what all threads of the process have used so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		refuse("can't ask for the processor time: " + err.Error())
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
