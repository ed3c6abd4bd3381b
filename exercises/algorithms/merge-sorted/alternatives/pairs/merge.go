// Package mergesorted merges sorted sequences.
package mergesorted

import "iter"

// Merge merges the first half of the inputs, merges the second half, and
// merges the two.
func Merge[T any](compare func(a, b T) int, inputs ...iter.Seq[T]) iter.Seq[T] {
	switch len(inputs) {
	case 0:
		return func(func(T) bool) {}
	case 1:
		return inputs[0]
	}
	middle := len(inputs) / 2
	left := Merge(compare, inputs[:middle]...)
	right := Merge(compare, inputs[middle:]...)

	return func(yield func(T) bool) {
		next, stop := iter.Pull(right)
		defer stop()
		theirs, ok := next()
		// The left half needs no Pull: it drives the loop.
		for ours := range left {
			for ok && compare(theirs, ours) < 0 {
				if !yield(theirs) {
					return
				}
				theirs, ok = next()
			}
			if !yield(ours) {
				return
			}
		}
		for ok {
			if !yield(theirs) {
				return
			}
			theirs, ok = next()
		}
	}
}
