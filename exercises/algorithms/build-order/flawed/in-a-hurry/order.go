// Package buildorder finds the order in which packages can be built.
package buildorder

import (
	"maps"
	"slices"
)

// Order returns all packages in the order in which they are to be built, each
// behind what it needs, and as early as its name allows. If some need each
// other, it returns a *CycleError with all of them.
func Order(needs map[string][]string) ([]string, error) {
	count := map[string]int{}
	users := map[string][]string{}
	for name, list := range needs {
		count[name] += len(list)
		for _, n := range list {
			count[n] += 0
			users[n] = append(users[n], name)
		}
	}

	var ready []string
	for name, n := range count {
		if n == 0 {
			ready = append(ready, name)
		}
	}
	slices.Sort(ready)

	var order []string
	for len(ready) > 0 {
		name := ready[0]
		ready = ready[1:]
		order = append(order, name)
		slices.Sort(users[name])
		for _, user := range users[name] {
			count[user]--
			if count[user] == 0 {
				ready = append(ready, user)
			}
		}
		delete(count, name)
	}
	if len(count) > 0 {
		return nil, &CycleError{Cycles: [][]string{slices.Sorted(maps.Keys(count))}}
	}
	return order, nil
}
