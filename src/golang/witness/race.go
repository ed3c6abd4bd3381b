//go:build race

package witness

import "runtime"

// raceErrors is the number of races that the race detector has reported so far.
func raceErrors() int { return runtime.RaceErrors() }
