// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"container/heap"
	"iter"
)

// Merge returns the values of all inputs as one sequence, in the order of
// compare. Each input must be in this order already. Values that compare as
// equal come in the order of their inputs. The inputs are read only as far as
// the loop over the result needs.
func Merge[T any](compare func(a, b T) int, inputs ...iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		h := &heads[T]{compare: compare}
		for i, input := range inputs {
			next, stop := iter.Pull(input)
			defer stop()
			if value, ok := next(); ok {
				h.heads = append(h.heads, head[T]{value, i, next})
			}
		}
		heap.Init(h)
		for h.Len() > 0 {
			first := &h.heads[0]
			if !yield(first.value) {
				return
			}
			var ok bool
			if first.value, ok = first.next(); ok {
				heap.Fix(h, 0)
			} else {
				heap.Pop(h)
			}
		}
	}
}

// A head is the next value of an input.
type head[T any] struct {
	value T
	input int // its place among the inputs
	next  func() (T, bool)
}

// heads is a heap.Interface with the inputs that have not ended.
type heads[T any] struct {
	compare func(a, b T) int
	heads   []head[T]
}

func (h *heads[T]) Len() int { return len(h.heads) }

func (h *heads[T]) Less(i, j int) bool {
	a, b := &h.heads[i], &h.heads[j]
	if c := h.compare(a.value, b.value); c != 0 {
		return c < 0
	}
	return a.input < b.input
}

func (h *heads[T]) Swap(i, j int) { h.heads[i], h.heads[j] = h.heads[j], h.heads[i] }

func (h *heads[T]) Push(x any) { h.heads = append(h.heads, x.(head[T])) }

func (h *heads[T]) Pop() any {
	last := len(h.heads) - 1
	popped := h.heads[last]
	h.heads = h.heads[:last]
	return popped
}
