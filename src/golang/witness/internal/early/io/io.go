// Package earlyio remembers what io's variables were.
//
// Each package under early imports only the package that it watches and what that one needs. Go initialises the packages
// that are ready in the order of their paths, and ours come first, so no candidate package that imports io, and nothing
// else, can change it earlier.
package earlyio

import "io"

var saved = current()

func current() [6]error {
	return [...]error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrNoProgress, io.ErrShortWrite, io.ErrShortBuffer}
}

// Same says whether they still are.
func Same() bool { return saved == current() }
