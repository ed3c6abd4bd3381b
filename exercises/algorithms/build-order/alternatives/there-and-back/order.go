// Package buildorder finds the order in which packages can be built.
package buildorder

import (
	"maps"
	"slices"
)

type set map[string]bool

// Order builds what can be built, and looks for cycles in the rest.
func Order(needs map[string][]string) ([]string, error) {
	waitsFor, usedBy := map[string]set{}, map[string]set{}
	add := func(name string) {
		if waitsFor[name] == nil {
			waitsFor[name], usedBy[name] = set{}, set{}
		}
	}
	for name, list := range needs {
		add(name)
		for _, needed := range list {
			add(needed)
			waitsFor[name][needed] = true
			usedBy[needed][name] = true
		}
	}

	var ready, order []string
	for name, waits := range waitsFor {
		if len(waits) == 0 {
			ready = append(ready, name)
		}
	}
	slices.Sort(ready)
	for len(ready) > 0 {
		name := ready[0]
		ready = ready[1:]
		order = append(order, name)
		for user := range usedBy[name] {
			delete(waitsFor[user], name)
			if len(waitsFor[user]) == 0 {
				at, _ := slices.BinarySearch(ready, user)
				ready = slices.Insert(ready, at, user)
			}
		}
		delete(waitsFor, name)
		delete(usedBy, name)
	}
	if len(waitsFor) == 0 {
		return order, nil
	}

	var cycles [][]string
	for _, name := range slices.Sorted(maps.Keys(waitsFor)) {
		if waitsFor[name] == nil {
			continue // in a cycle that is known already
		}
		there, back := reach(name, waitsFor), reach(name, usedBy)
		if !there[name] {
			continue
		}
		var cycle []string
		for member := range there {
			if back[member] {
				cycle = append(cycle, member)
			}
		}
		for _, member := range cycle {
			delete(waitsFor, member)
			delete(usedBy, member)
		}
		slices.Sort(cycle)
		cycles = append(cycles, cycle)
	}
	return nil, &CycleError{cycles}
}

// reach returns all names to which one or more steps lead.
func reach(start string, steps map[string]set) set {
	reached := set{}
	queue := []string{start}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for next := range steps[name] {
			if !reached[next] {
				reached[next] = true
				queue = append(queue, next)
			}
		}
	}
	return reached
}
