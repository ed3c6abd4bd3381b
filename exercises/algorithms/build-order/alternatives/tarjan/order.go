// Package buildorder finds the order in which packages can be built.
package buildorder

import (
	"fmt"
	"slices"
	"strings"
)

type pkg struct {
	name   string
	needs  []*pkg
	usedBy []*pkg
	open   int // how many of needs are still to be built

	// For the search of cycles.
	index, low int
	pending    bool
	done       int
}

// Order looks for cycles first, and sorts only if there are none.
func Order(needs map[string][]string) ([]string, error) {
	all := load(needs)
	if cycles := findCycles(all); len(cycles) > 0 {
		return nil, fmt.Errorf("no order: %w", &CycleError{Cycles: cycles})
	}

	// buildable is sorted, with the first name at its end.
	byName := func(a, b *pkg) int { return strings.Compare(b.name, a.name) }
	var buildable []*pkg
	for _, p := range all {
		if p.open == 0 {
			buildable = append(buildable, p)
		}
	}
	slices.SortFunc(buildable, byName)
	order := make([]string, 0, len(all))
	for len(buildable) > 0 {
		last := len(buildable) - 1
		p := buildable[last]
		buildable = buildable[:last]
		order = append(order, p.name)
		for _, user := range p.usedBy {
			user.open--
			if user.open == 0 {
				at, _ := slices.BinarySearchFunc(buildable, user, byName)
				buildable = slices.Insert(buildable, at, user)
			}
		}
	}
	return order, nil
}

func load(needs map[string][]string) []*pkg {
	known := map[string]*pkg{}
	var all []*pkg
	get := func(name string) *pkg {
		if known[name] == nil {
			known[name] = &pkg{name: name}
			all = append(all, known[name])
		}
		return known[name]
	}
	for name, list := range needs {
		p := get(name)
		for _, other := range list {
			needed := get(other)
			p.needs = append(p.needs, needed)
			needed.usedBy = append(needed.usedBy, p)
			p.open++
		}
	}
	return all
}

// findCycles is Tarjan's search for strongly connected components, with a stack
// of its own.
func findCycles(all []*pkg) [][]string {
	var cycles [][]string
	var stack, pending []*pkg
	count := 0
	enter := func(p *pkg) {
		count++
		p.index, p.low, p.pending = count, count, true
		stack, pending = append(stack, p), append(pending, p)
	}
	for _, root := range all {
		if root.index > 0 {
			continue
		}
		enter(root)
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			if p.done < len(p.needs) {
				needed := p.needs[p.done]
				p.done++
				if needed.index == 0 {
					enter(needed)
				} else if needed.pending {
					p.low = min(p.low, needed.index)
				}
				continue
			}
			stack = stack[:len(stack)-1]
			if len(stack) > 0 {
				parent := stack[len(stack)-1]
				parent.low = min(parent.low, p.low)
			}
			if p.low < p.index {
				continue
			}
			at := len(pending) - 1
			for pending[at] != p {
				at--
			}
			var names []string
			for _, member := range pending[at:] {
				member.pending = false
				names = append(names, member.name)
			}
			pending = pending[:at]
			if len(names) > 1 || slices.Contains(p.needs, p) {
				slices.Sort(names)
				cycles = append(cycles, names)
			}
		}
	}
	slices.SortFunc(cycles, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return cycles
}
