// Package pprof holds on to the goroutineleak profile; see earlyio for why it is early.
package pprof

import (
	"io"
	"reflect"
	"runtime/pprof"
)

// leaks is a copy, because "*pprof.Lookup(name) = *pprof.NewProfile(other)" is legal Go and would change the original.
// It is nil where the toolchain has no such profile. (Go 1.26 has it with GOEXPERIMENT=goroutineleakprofile.)
var leaks = duplicate(pprof.Lookup("goroutineleak"))

// duplicate copies through reflection: vet rightly objects to copying a lock, but nobody holds this one.
func duplicate(p *pprof.Profile) *pprof.Profile {
	if p == nil {
		return nil
	}
	d := new(pprof.Profile)
	reflect.ValueOf(d).Elem().Set(reflect.ValueOf(p).Elem())
	return d
}

// Available says whether there is a profile to take.
func Available() bool { return leaks != nil }

// WriteLeaks collects garbage, which finds the leaked goroutines, then writes the stacks of all goroutines; the headers of
// the leaked ones say "(leaked)".
func WriteLeaks(w io.Writer) error { return leaks.WriteTo(w, 2) }
