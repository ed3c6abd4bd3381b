// Package mutants switches between the correct implementation and its mutants, which are all in one binary.
//
// The harness writes each function that has mutants as a switch over [Number]. So a test can't tell a mutant from the
// original by what the binary is, where it lies, or how it was built. The code under test knows this package by a name
// that only its own files have; the policy denies importing it.
package mutants

import (
	"strconv"
	"strings"
	"sync/atomic"

	"0gavel.invalid/witness/internal/first"
)

const most = 1 << 14 // statements that are counted

var (
	number   int
	counting bool
	ran      [most]atomic.Bool
)

// The number is needed before any other package's init, so it isn't left to the witness's Main.
func init() {
	if first.Failure != "" {
		return
	}
	for pair := range strings.SplitSeq(string(first.Settings()), "\x00") {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "mutant":
			number, _ = strconv.Atoi(value)
		case "coverage":
			counting = value == "on"
		}
	}
}

// Number is the number of the mutant that this process is about, or 0 for the correct implementation.
func Number() int { return number }

// Ran notes that a statement is executed. Only in a run for that: an atomic operation hides races.
func Ran(statement int) {
	if counting && statement < most {
		ran[statement].Store(true)
	}
}

// Counts says whether this run is one in which statements are noted.
func Counts() bool { return counting }

// Covered has one character for each statement up to the last that was executed: 1 if it was.
func Covered() string {
	var b strings.Builder
	for i := range ran {
		if ran[i].Load() {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return strings.TrimRight(b.String(), "0")
}
