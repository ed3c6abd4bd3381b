// Package buildorder finds the order in which packages can be built.
package buildorder

import (
	"container/heap"
	"maps"
	"slices"
)

// Order returns all packages in the order in which they are to be built, each
// behind what it needs, and as early as its name allows. If some need each
// other, it returns a *CycleError with all of them.
func Order(needs map[string][]string) ([]string, error) {
	g := newGraph(needs)
	order := g.order()
	if len(order) < len(g.names) {
		return nil, &CycleError{Cycles: g.cycles()}
	}
	return order, nil
}

// A graph has each package and each need once.
type graph struct {
	names  []string            // ascending
	needs  map[string][]string // what a package needs
	usedBy map[string][]string // the other way round
}

func newGraph(needs map[string][]string) *graph {
	g := &graph{needs: make(map[string][]string), usedBy: make(map[string][]string)}
	names := make(map[string]bool)
	for name, list := range needs {
		names[name] = true
		list = slices.Compact(slices.Sorted(slices.Values(list)))
		g.needs[name] = list
		for _, needed := range list {
			names[needed] = true
			g.usedBy[needed] = append(g.usedBy[needed], name)
		}
	}
	g.names = slices.Sorted(maps.Keys(names))
	return g
}

// order returns those packages that can be built, in order.
func (g *graph) order() []string {
	missing := make(map[string]int) // how many needs of a package aren't built
	ready := &nameHeap{}
	for _, name := range g.names {
		missing[name] = len(g.needs[name])
		if missing[name] == 0 {
			heap.Push(ready, name)
		}
	}
	var order []string
	for ready.Len() > 0 {
		name := heap.Pop(ready).(string)
		order = append(order, name)
		for _, user := range g.usedBy[name] {
			missing[user]--
			if missing[user] == 0 {
				heap.Push(ready, user)
			}
		}
	}
	return order
}

// cycles returns the strongly connected components that are cycles, by
// Kosaraju's algorithm.
func (g *graph) cycles() [][]string {
	seen := make(map[string]bool)
	var finished []string
	for _, name := range g.names {
		finished = append(finished, walk(g.needs, name, seen)...)
	}

	clear(seen)
	var cycles [][]string
	for _, name := range slices.Backward(finished) {
		group := walk(g.usedBy, name, seen)
		if len(group) > 1 || len(group) == 1 && slices.Contains(g.needs[name], name) {
			slices.Sort(group)
			cycles = append(cycles, group)
		}
	}
	slices.SortFunc(cycles, slices.Compare)
	return cycles
}

// walk returns all that can be reached from start and has not been seen, each
// name behind those that were reached from it. It keeps its own stack, since
// ways may be long.
func walk(edges map[string][]string, start string, seen map[string]bool) (finished []string) {
	if seen[start] {
		return nil
	}
	seen[start] = true
	type step struct {
		name string
		rest []string // edges not yet followed
	}
	stack := []step{{start, edges[start]}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.rest) == 0 {
			finished = append(finished, top.name)
			stack = stack[:len(stack)-1]
			continue
		}
		next := top.rest[0]
		top.rest = top.rest[1:]
		if !seen[next] {
			seen[next] = true
			stack = append(stack, step{next, edges[next]})
		}
	}
	return finished
}

// A nameHeap is a heap.Interface, the smallest name first.
type nameHeap []string

func (h nameHeap) Len() int           { return len(h) }
func (h nameHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h nameHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *nameHeap) Push(x any)        { *h = append(*h, x.(string)) }

func (h *nameHeap) Pop() any {
	last := len(*h) - 1
	name := (*h)[last]
	*h = (*h)[:last]
	return name
}
