package witness

import (
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"0gavel.invalid/witness/perturb"
)

// ended counts "end" records, so that the harness sees that none is missing.
var ended atomic.Int64

// watch puts a watcher around every test, fuzz target, example and benchmark that m knows.
func watch(m *testing.M) {
	tests := field[[]testing.InternalTest](m, "tests")
	for i := range *tests {
		t := &(*tests)[i]
		name, body := t.Name, t.F
		t.F = func(t *testing.T) { observe(name, t, func() { body(t) }) }
	}
	fuzzTargets := *field[[]testing.InternalFuzzTarget](m, "fuzzTargets")
	for i := range fuzzTargets {
		name, body := fuzzTargets[i].Name, fuzzTargets[i].Fn
		fuzzTargets[i].Fn = func(f *testing.F) { observe(name, f, func() { body(f) }) }
	}
	// An example's own function can't tell whether its output was right. So examples become tests, which ask.
	examples := field[[]testing.InternalExample](m, "examples")
	for _, e := range *examples {
		*tests = append(*tests, testing.InternalTest{Name: e.Name, F: func(t *testing.T) {
			observe(e.Name, t, func() {
				if !testing.RunExamples(regexp.MatchString, []testing.InternalExample{e}) {
					t.Fail()
				}
			})
		}})
	}
	*examples = nil
	benchmarks := *field[[]testing.InternalBenchmark](m, "benchmarks")
	for i := range benchmarks {
		name, body := benchmarks[i].Name, benchmarks[i].F
		benchmarks[i].F = func(b *testing.B) { observeBenchmark(name, b, body) }
	}
}

// observe runs the body of a test between a "begin" and an "end" record. Cleanups run last in, first out, and after the
// parallel subtests, so the first one registered sees how the test really ended. That the body returned is a fact of its
// own: while a test panics, its cleanups still see Failed() == false.
func observe(name string, t testing.TB, body func()) {
	send(newRecord("begin").text(fName, name))
	races, start, returned := raceErrors(), time.Now(), false
	underWay.Store(currentGoroutine())
	t.Cleanup(func() {
		underWay.Store("")
		perturb.End()
		ended.Add(1)
		send(newRecord("end").text(fName, name).flag(fReturned, returned).flag(fFailed, t.Failed()).
			flag(fSkipped, t.Skipped()).num(fRaces, raceErrors()-races).num(fNanos, int(time.Since(start))))
	})
	perturb.Begin()
	body()
	returned = true
}
