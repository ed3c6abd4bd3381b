// Package scaffold counts words.
package scaffold

import "slices"

// Count returns how many different words there are.
func Count(words []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(words))))
}
