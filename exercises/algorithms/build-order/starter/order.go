// Package buildorder finds the order in which packages can be built.
package buildorder

import "errors"

// Order returns all packages in the order in which they are to be built, each
// behind what it needs, and as early as its name allows. If some need each
// other, it returns a *CycleError with all of them.
func Order(needs map[string][]string) ([]string, error) {
	return nil, errors.New("buildorder: Order is not written yet")
}
