// Package earlyos remembers what os's error variables were; see earlyio. The standard streams aren't among them, since
// a test may replace those to capture output.
package earlyos

import "os"

var saved = current()

func current() [8]error {
	return [...]error{os.ErrInvalid, os.ErrPermission, os.ErrExist, os.ErrNotExist, os.ErrClosed,
		os.ErrNoDeadline, os.ErrDeadlineExceeded, os.ErrProcessDone}
}

// Same says whether they still are.
func Same() bool { return saved == current() }
