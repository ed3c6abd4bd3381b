// Package buildorder finds the order in which packages can be built.
package buildorder

import (
	"container/heap"
	"maps"
	"slices"
	"sort"
)

// Order returns all packages in the order in which they are to be built, each
// behind what it needs, and as early as its name allows. If some need each
// other, it returns a *CycleError with all of them.
func Order(needs map[string][]string) ([]string, error) {
	g := newGraph(needs)

	// missing counts what a package needs that isn't built yet.
	missing := make([]int, len(g.names))
	var ready queue
	for p, needed := range g.needs {
		if missing[p] = len(needed); missing[p] == 0 {
			ready.Push(p)
		}
	}
	heap.Init(&ready)

	var order []string
	for ready.Len() > 0 {
		p := heap.Pop(&ready).(int)
		order = append(order, g.names[p])
		for _, user := range g.users[p] {
			if missing[user]--; missing[user] == 0 {
				heap.Push(&ready, user)
			}
		}
	}
	if len(order) < len(g.names) {
		return nil, &CycleError{g.cycles()}
	}
	return order, nil
}

// A graph knows packages by number. Numbers are in the order of names.
type graph struct {
	names []string
	needs [][]int // what a package needs
	users [][]int // what needs a package
}

func newGraph(needs map[string][]string) graph {
	names := slices.Collect(maps.Keys(needs))
	for _, needed := range needs {
		names = append(names, needed...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	number := make(map[string]int, len(names))
	for p, name := range names {
		number[name] = p
	}

	g := graph{names, make([][]int, len(names)), make([][]int, len(names))}
	for p, name := range names {
		// What is needed twice stands in both lists twice, and counts once
		// as often as it is counted off.
		for _, needed := range needs[name] {
			n := number[needed]
			g.needs[p] = append(g.needs[p], n)
			g.users[n] = append(g.users[n], p)
		}
	}
	return g
}

// cycles returns the groups of packages that need each other, after Kosaraju:
// a walk along the needs ends a group's last package behind all that the group
// needs. Taken from behind, what is still free and leads back to a package is
// then its group.
func (g graph) cycles() [][]string {
	ended := g.walk()
	taken := make([]bool, len(g.names))
	var cycles [][]string
	for _, start := range slices.Backward(ended) {
		if taken[start] {
			continue
		}
		taken[start] = true
		group := []int{start}
		for i := 0; i < len(group); i++ {
			for _, user := range g.users[group[i]] {
				if !taken[user] {
					taken[user] = true
					group = append(group, user)
				}
			}
		}
		if len(group) > 1 {
			slices.Sort(group)
			cycle := make([]string, len(group))
			for i, p := range group {
				cycle[i] = g.names[p]
			}
			cycles = append(cycles, cycle)
		}
	}
	slices.SortFunc(cycles, slices.Compare)
	return cycles
}

// walk goes to every package, depth first along what is needed, and returns
// them in the order in which it was done with them. It keeps its way in a
// slice, since a way may be longer than a stack is deep.
func (g graph) walk() []int {
	seen := make([]bool, len(g.names))
	next := make([]int, len(g.names)) // which need of a package comes next
	var ended []int
	for start := range g.names {
		if seen[start] {
			continue
		}
		seen[start] = true
		for way := []int{start}; len(way) > 0; {
			p := way[len(way)-1]
			if next[p] == len(g.needs[p]) {
				ended = append(ended, p)
				way = way[:len(way)-1]
				continue
			}
			needed := g.needs[p][next[p]]
			next[p]++
			if !seen[needed] {
				seen[needed] = true
				way = append(way, needed)
			}
		}
	}
	return ended
}

// queue is a heap with the smallest number at the top.
type queue struct{ sort.IntSlice }

func (q *queue) Push(x any) { q.IntSlice = append(q.IntSlice, x.(int)) }

func (q *queue) Pop() any {
	last := q.Len() - 1
	p := q.IntSlice[last]
	q.IntSlice = q.IntSlice[:last]
	return p
}
