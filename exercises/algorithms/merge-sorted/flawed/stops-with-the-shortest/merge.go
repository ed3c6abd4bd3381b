// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"iter"
)

// Merge returns the values of all inputs as one sequence, in the order of
// compare. Each input must be in this order already. Values that compare as
// equal come in the order of their inputs. The inputs are read only as far as
// the loop over the result needs.
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
	}
}
