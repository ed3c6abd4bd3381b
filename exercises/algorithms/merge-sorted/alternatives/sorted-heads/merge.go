// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"iter"
	"slices"
)

type source[T any] struct {
	index int
	head  T
	pull  func() (T, bool)
}

// Merge keeps the inputs sorted by what each of them gives next.
func Merge[T any](compare func(a, b T) int, inputs ...iter.Seq[T]) iter.Seq[T] {
	byHead := func(a, b *source[T]) int {
		if order := compare(a.head, b.head); order != 0 {
			return order
		}
		return a.index - b.index
	}
	return func(yield func(T) bool) {
		var waiting []*source[T]
		for index, input := range inputs {
			pull, stop := iter.Pull(input)
			defer stop()
			if head, ok := pull(); ok {
				waiting = append(waiting, &source[T]{index, head, pull})
			}
		}
		slices.SortFunc(waiting, byHead)

		for len(waiting) > 0 {
			first := waiting[0]
			waiting = waiting[1:]
			current := first.head
			// Here the next value is taken before the current one is given.
			if head, ok := first.pull(); ok {
				first.head = head
				at, _ := slices.BinarySearchFunc(waiting, first, byHead)
				waiting = slices.Insert(waiting, at, first)
			}
			if !yield(current) {
				return
			}
		}
	}
}
