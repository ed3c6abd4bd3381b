// Package scaffold counts words.
package scaffold

// Count returns how many different words there are.
func Count(words []string) int {
	seen := make(map[string]struct{}, len(words))
	for _, word := range words {
		seen[word] = struct{}{}
	}
	return len(seen)
}
