package witness

import (
	"errors"
	"runtime"
	"strings"
)

// settings are what the harness says about this run. They come over descriptor 3, not in os.Args or the environment,
// which an init function could change before Main sees them.
type settings struct {
	testMain string            // symbol of the generated TestMain, for example workerpool_test.TestMain
	module   string            // module path of the candidate's code
	watchdog bool              // whether a test may be proven to be stuck
	strict   bool              // whether all of the candidate's goroutines must end
	callers  bool              // whether timers or the garbage collector may call functions of the candidate's or the tests'
	perturb  string            // for package perturb
	flags    map[string]string // test.* flags
}

// parseSettings reads key=value pairs that NULs separate.
func parseSettings(text []byte) (settings, error) {
	s := settings{callers: true, flags: map[string]string{}}
	for pair := range strings.SplitSeq(string(text), "\x00") {
		key, value, ok := strings.Cut(pair, "=")
		switch {
		case pair == "": // after a closing NUL
		case !ok:
			return s, errors.New("malformed setting: " + pair)
		case key == "testmain":
			s.testMain = value
		case key == "module":
			s.module = value
		case key == "watchdog":
			s.watchdog = value == "on"
		case key == "callers":
			s.callers = value != "none"
		case key == "leaks":
			s.strict = value == "strict"
		case key == "perturb":
			s.perturb = value
		case key == "mutant" || key == "coverage":
			// for package mutants
		default:
			s.flags[key] = value
		}
	}
	if s.testMain == "" || s.module == "" {
		return s, errors.New("the settings lack testmain or module")
	}
	return s, nil
}

// calledByTestMain says whether the caller was called by testMain, that by main.main, and nothing stands between. Code
// that calls Main from an init function, a goroutine or a test has another stack, and nobody can name a function of
// theirs main.main.
func calledByTestMain(testMain string) bool {
	want := []string{"0gavel.invalid/witness.Main", plain(testMain), "main.main", "runtime.main", "runtime.goexit"}
	pcs := make([]uintptr, len(want)+1)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for i, more := 0, true; more; i++ {
		var f runtime.Frame
		if f, more = frames.Next(); i >= len(want) || plain(f.Function) != want[i] || more != (i < len(want)-1) {
			return false
		}
	}
	return true
}

// plain is a symbol as people write it: the linker escapes the dots after the last slash of a package's path.
func plain(symbol string) string { return strings.ReplaceAll(symbol, "%2e", ".") }
