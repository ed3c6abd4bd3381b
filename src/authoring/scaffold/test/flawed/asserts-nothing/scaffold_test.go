package scaffold_test

import (
	"testing"

	"scaffold"
)

func TestLongest(t *testing.T) {
	scaffold.Longest([]string{"one", "fifteen"})
	scaffold.Longest(nil)
}
