// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"cmp"
	"container/heap"
	"iter"
)

// Merge returns the values of all inputs as one sequence, in the order of
// compare. Each input must be in this order already. Values that compare as
// equal come in the order of their inputs. The inputs are read only as far as
// the loop over the result needs.
func Merge[T any](compare func(a, b T) int, inputs ...iter.Seq[T]) iter.Seq[T] {
	// All state belongs to one loop over the result, so that there can be
	// several.
	return func(yield func(T) bool) {
		h := heads[T]{compare: compare}
		for i, input := range inputs {
			next, stop := iter.Pull(input)
			// Deferred, since the loop may also be left by a panic.
			defer stop()
			if value, ok := next(); ok {
				h.list = append(h.list, head[T]{value, i, next})
			}
		}
		heap.Init(&h)
		var last *T
		for h.Len() > 0 {
			first := &h.list[0]
			if current := first.value; last == nil || compare(*last, current) != 0 {
				if !yield(current) {
					return
				}
				last = &current
			}
			// Only now is the next value of that input wanted.
			value, ok := first.next()
			if ok {
				first.value = value
				heap.Fix(&h, 0)
			} else {
				heap.Pop(&h)
			}
		}
	}
}

// A head is the first value of an input that has not been yielded yet.
type head[T any] struct {
	value T
	input int // its place among the inputs
	next  func() (T, bool)
}

// heads is a heap with the head that comes first at the top.
type heads[T any] struct {
	compare func(a, b T) int
	list    []head[T]
}

func (h *heads[T]) Len() int      { return len(h.list) }
func (h *heads[T]) Swap(i, j int) { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *heads[T]) Push(x any)    { h.list = append(h.list, x.(head[T])) }

func (h *heads[T]) Less(i, j int) bool {
	a, b := &h.list[i], &h.list[j]
	// A heap is not stable by itself: among equals the earlier input leads.
	return cmp.Or(h.compare(a.value, b.value), cmp.Compare(a.input, b.input)) < 0
}

func (h *heads[T]) Pop() any {
	last := len(h.list) - 1
	popped := h.list[last]
	h.list = h.list[:last]
	return popped
}
