// Package scaffold counts words.
package scaffold

import "slices"

// Count returns how many different words there are.
func Count(words []string) int {
	count := 0
	for i, word := range words {
		if !slices.Contains(words[:i], word) {
			count++
		}
	}
	return count
}
