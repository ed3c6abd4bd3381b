// Package witness reports, over a sealed channel, how the tests of one process ended.
//
// Tests and the code under test share a process, so nothing that the process prints can be believed: an init function
// that prints "--- PASS" and exits with 0 looks like success. The witness therefore writes records to descriptor 4, each
// sealed with a key that only it and the harness know, and the harness believes nothing else. Many things in here look
// odd; each says which attack it stops.
//
// The harness generates the TestMain of the test binary; all it does is call [Main].
package witness

import (
	"os"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"unsafe"

	earlycontext "0gavel.invalid/witness/internal/early/context"
	"0gavel.invalid/witness/internal/early/flags"
	earlyfs "0gavel.invalid/witness/internal/early/fs"
	earlyio "0gavel.invalid/witness/internal/early/io"
	earlyos "0gavel.invalid/witness/internal/early/os"
	"0gavel.invalid/witness/internal/early/pprof"
	earlyruntime "0gavel.invalid/witness/internal/early/runtime"
	"0gavel.invalid/witness/internal/first"
	"0gavel.invalid/witness/mutants"
	"0gavel.invalid/witness/perturb"
)

// exitRefused is the exit code of a witness that will not work. Anyone can exit with 97: only a sealed "refused" record
// says that it was the witness.
const exitRefused = 97

// entered stops a second call of Main, from a test or from an author's TestMain.
var entered atomic.Bool

// sentinels are the variables of other packages that tests compare with or rely on. A candidate who sets io.EOF to nil
// makes every "err == io.EOF" of a test mean something else. The values to compare with were saved before any candidate
// code could run.
var sentinels = []struct {
	name string
	same func() bool
}{
	{"io", earlyio.Same},
	{"fs", earlyfs.Same},
	{"os", earlyos.Same},
	{"context", earlycontext.Same},
	{"http", httpSame},
}

// Main runs the tests and reports on them, then ends the process. It works once, and only for the generated TestMain.
// An author's own TestMain is run in place of m.Run; it must call m.Run and return (os.Exit would lose the last record).
func Main(m *testing.M, author func(*testing.M)) {
	if first.Failure != "" {
		refuse(first.Failure)
	}
	settings, err := parseSettings(first.Settings())
	if err != nil {
		refuse(err.Error())
	}
	if !calledByTestMain(settings.testMain) {
		refuse("not called by the generated TestMain")
	}
	if entered.Swap(true) {
		refuse("called a second time")
	}
	if !pprof.Available() {
		refuse("this toolchain has no goroutineleak profile")
	}
	if err := flags.Force(settings.flags); err != nil {
		refuse(err.Error())
	}
	if err := perturb.Prepare(settings.perturb); err != nil {
		refuse(err.Error())
	}
	// An init function may have appended "-test.run=NONE". The flags are forced by now; this is for tests that parse
	// them again.
	if len(os.Args) > 1 {
		os.Args = os.Args[:1:1]
	}
	base := runtime.NumGoroutine()
	send(newRecord("hello").text(fGoVersion, runtime.Version()).num(fBase, alone-ours).num(fProcs, earlyruntime.Procs).
		num(fGoroutines, base))

	releaseCanary()
	go watchOver(settings)
	// What a package starts before any test needn't end with one.
	before := map[string]bool{}
	if settings.strict {
		for _, g := range goroutinesIn(dump()) {
			before[g.id] = true
		}
	}
	watch(m)
	if author != nil {
		author(m)
	} else {
		m.Run()
	}
	code := *field[int](m, "exitCode")

	var tampered []string
	if name := flags.Changed(); name != "" {
		tampered = append(tampered, "flag:"+name)
	}
	for _, s := range sentinels {
		if !s.same() {
			tampered = append(tampered, s.name)
		}
	}
	// Another GOMAXPROCS would undo a stress run. Package testing itself sets it when it is given -test.cpu.
	if runtime.GOMAXPROCS(0) != earlyruntime.Procs && settings.flags["test.cpu"] == "" {
		tampered = append(tampered, "GOMAXPROCS")
	}
	if mutants.Counts() {
		send(newRecord("coverage").field(fCovered, mutants.Covered()))
	}
	left := settle(settings, before)
	if !left.proven {
		tampered = append(tampered, "leakprofile")
	}
	sendLast(newRecord("final").num(fCode, code).num(fRaces, raceErrors()).num(fTests, int(ended.Load())).
		num(fBase, base).num(fGoroutines, len(left.leaked)+len(left.running)).words(fTamper, tampered).
		stacks(fLeaks, left.leaked).stacks(fStacks, left.running))
	os.Exit(code)
}

// refuse ends a process in which the witness can't do its work, or is asked to by someone who may not.
func refuse(why string) {
	println("gavel witness: refused:", why)
	if first.Key() != nil {
		sendLast(newRecord("refused").text(fReason, why))
	}
	os.Exit(exitRefused)
}

// field is a pointer to an unexported field of a struct of package testing. A package that has changed is refused, not
// guessed at.
func field[T, S any](of *S, name string) *T {
	f := reflect.ValueOf(of).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		refuse(reflect.TypeFor[S]().String() + " has changed: " + name)
	}
	return (*T)(unsafe.Pointer(f.UnsafeAddr()))
}
