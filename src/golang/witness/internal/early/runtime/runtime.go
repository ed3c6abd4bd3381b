// Package earlyruntime remembers what GOMAXPROCS was; see earlyio.
package earlyruntime

import "runtime"

// Procs is the value that the process was started with.
var Procs = runtime.GOMAXPROCS(0)
