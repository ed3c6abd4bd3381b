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
	return func(yield func(T) bool) {
		var all []T
		for _, input := range inputs {
			all = slices.AppendSeq(all, input)
		}
		slices.SortStableFunc(all, compare)
		for _, v := range all {
			if !yield(v) {
				return
			}
		}
	}
}
