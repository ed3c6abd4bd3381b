package scaffold_test

import (
	"testing"

	"scaffold"
)

func TestLongest(t *testing.T) {
	if _, err := scaffold.Longest([]string{"one"}); err != nil {
		t.Errorf("Longest error = %v, want nil", err)
	}
}
