// Package mergesorted merges sorted sequences.
package mergesorted

import (
	"cmp"
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
		input int
		next  func() (T, bool)
		stop  func()
	}
	order := func(a, b head) int {
		return cmp.Or(compare(a.value, b.value), cmp.Compare(a.input, b.input))
	}
	start := func() []head {
		var heads []head
		for i, input := range inputs {
			next, stop := iter.Pull(input)
			if value, ok := next(); ok {
				heads = append(heads, head{value, i, next, stop})
			}
		}
		slices.SortFunc(heads, order)
		return heads
	}

	heads := start()
	return func(yield func(T) bool) {
		if heads == nil {
			heads = start()
		}
		mine := heads
		heads = nil
		for _, h := range mine {
			defer h.stop()
		}
		for len(mine) > 0 {
			first := mine[0]
			mine = mine[1:]
			if !yield(first.value) {
				return
			}
			var ok bool
			if first.value, ok = first.next(); ok {
				at, _ := slices.BinarySearchFunc(mine, first, order)
				mine = slices.Insert(mine, at, first)
			}
		}
	}
}
