// Package earlycontext remembers what context's variables were; see earlyio.
package earlycontext

import "context"

var saved = current()

func current() [2]error { return [...]error{context.Canceled, context.DeadlineExceeded} }

// Same says whether they still are.
func Same() bool { return saved == current() }
