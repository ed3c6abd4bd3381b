// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"iter"
	"slices"
)

// Merge returns the values of all inputs as one sequence, in the order of
// compare. Each input must be in this order already. Values that compare as
// equal come in the order of their inputs. The inputs are read only as far as
// the loop over the result needs.
func Merge[T any](compare func(a, b T) int, inputs ...iter.Seq[T]) iter.Seq[T] {
	type head struct {
		value T
		next  func() (T, bool)
	}
	return func(yield func(T) bool) {
		var heads []head
		for _, input := range inputs {
			next, stop := iter.Pull(input)
			defer stop()
			if value, ok := next(); ok {
				heads = append(heads, head{value, next})
			}
		}
		for len(heads) > 0 {
			first := 0
			for i := range heads {
				if compare(heads[i].value, heads[first].value) < 0 {
					first = i
				}
			}
			if !yield(heads[first].value) {
				return
			}
			value, ok := heads[first].next()
			if ok {
				heads[first].value = value
			} else {
				heads = slices.Delete(heads, first, first+1)
			}
		}
	}
}
