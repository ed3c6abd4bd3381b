package scaffold_test

import (
	"testing"

	"scaffold"
)

func expect(t *testing.T, want string, words ...string) {
	t.Helper()
	if got, err := scaffold.Longest(words); got != want || err != nil {
		t.Errorf("Longest(%q) = %q, %v, want %q, nil", words, got, err, want)
	}
}

func TestTheLongestIsFound(t *testing.T) {
	expect(t, "fifteen", "one", "fifteen", "two")
	expect(t, "larger", "größe", "larger")
}

func TestTheFirstOfEqualsIsFound(t *testing.T) {
	expect(t, "two", "two", "six")
}

func TestNothingIsAnError(t *testing.T) {
	if _, err := scaffold.Longest([]string{}); err != scaffold.ErrNoWords {
		t.Errorf("Longest of nothing: error = %v, want ErrNoWords", err)
	}
}
