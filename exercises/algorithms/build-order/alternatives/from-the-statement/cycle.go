package buildorder

import (
	"fmt"
	"strings"
)

// A CycleError names the packages that need each other, so that none of them
// can be built first.
type CycleError struct {
	Cycles [][]string
}

func (e *CycleError) Error() string {
	cycles := make([]string, len(e.Cycles))
	for i, cycle := range e.Cycles {
		cycles[i] = strings.Join(cycle, " ")
	}
	return fmt.Sprintf("packages need each other: %s", strings.Join(cycles, "; "))
}
