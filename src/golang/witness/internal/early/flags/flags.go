// Package flags sets the test flags to what the harness wants, whatever os.Args says; see earlyio for why it is early.
package flags

import (
	"errors"
	"flag"
	"strings"
	"testing"
)

type testFlag struct {
	name, initial, want string
	value               flag.Value
}

// all holds the flags themselves, since flag.CommandLine is a variable that a candidate can replace.
var all []testFlag

func init() {
	testing.Init()
	flag.CommandLine.VisitAll(func(f *flag.Flag) {
		if strings.HasPrefix(f.Name, "test.") {
			all = append(all, testFlag{name: f.Name, initial: f.DefValue, value: f.Value})
		}
	})
}

// Force sets every test flag to what wanted says, or else to its default.
func Force(wanted map[string]string) error {
	flag.CommandLine.Parse(nil) // so that m.Run doesn't parse os.Args
	known := 0
	for i := range all {
		f := &all[i]
		f.want = f.initial
		if value, ok := wanted[f.name]; ok {
			f.want = value
			known++
		}
		if err := f.value.Set(f.want); err != nil && f.want != f.initial {
			return errors.New("bad value of flag " + f.name)
		}
		f.want = f.value.String()
	}
	if known != len(wanted) {
		return errors.New("unknown setting or flag")
	}
	return nil
}

// Changed is the name of a flag that isn't what Force made it.
func Changed() string {
	for _, f := range all {
		if f.value.String() != f.want {
			return f.name
		}
	}
	return ""
}
