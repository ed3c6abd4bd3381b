// Package earlyfs remembers what io/fs's variables were; see earlyio.
package earlyfs

import "io/fs"

var saved = current()

func current() [5]error {
	return [...]error{fs.ErrInvalid, fs.ErrPermission, fs.ErrExist, fs.ErrNotExist, fs.ErrClosed}
}

// Same says whether they still are.
func Same() bool { return saved == current() }
