package mergesorted_test

import (
	"cmp"
	"iter"
	"slices"
	"testing"

	"mergesorted"
)

func TestMerges(t *testing.T) {
	for _, test := range []struct {
		name   string
		inputs [][]int
		want   []int
	}{
		{"no inputs", nil, nil},
		{"an empty input", [][]int{{}}, nil},
		{"one input", [][]int{{1, 2, 3}}, []int{1, 2, 3}},
		{"two inputs", [][]int{{1, 4, 5}, {2, 3, 6}}, []int{1, 2, 3, 4, 5, 6}},
		{"one behind the other", [][]int{{7, 8, 9}, {1, 2, 3}}, []int{1, 2, 3, 7, 8, 9}},
		{"unlike lengths", [][]int{{5}, {}, {1, 2, 3, 4, 6, 7}, {0, 9}}, []int{0, 1, 2, 3, 4, 5, 6, 7, 9}},
		{"the same values", [][]int{{0, 1, 1}, {1, 2}, {0, 2, 2}}, []int{0, 0, 1, 1, 1, 2, 2, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var inputs []iter.Seq[int]
			for _, values := range test.inputs {
				inputs = append(inputs, slices.Values(values))
			}
			got := slices.Collect(mergesorted.Merge(cmp.Compare[int], inputs...))
			if !slices.Equal(got, test.want) {
				t.Errorf("Merge(cmp.Compare, %v) gives %v, want %v", test.inputs, got, test.want)
			}
		})
	}
}

func TestBreak(t *testing.T) {
	merged := mergesorted.Merge(cmp.Compare[int],
		slices.Values([]int{1, 3, 5, 7}), slices.Values([]int{2, 4, 6, 8}))
	var got []int
	for value := range merged {
		got = append(got, value)
		if value == 3 {
			break
		}
	}
	if want := []int{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("Merge of 1 3 5 7 and 2 4 6 8, left at 3, gives %v, want %v", got, want)
	}
}

func TestCompareDecides(t *testing.T) {
	// Longer words come first. How far below or above zero a comparison is
	// says nothing.
	longerFirst := func(a, b string) int { return len(b) - len(a) }
	got := slices.Collect(mergesorted.Merge(longerFirst,
		slices.Values([]string{"fourteen", "seven", "two"}),
		slices.Values([]string{"a dozen", "nine", ""})))
	want := []string{"fourteen", "a dozen", "seven", "nine", "two", ""}
	if !slices.Equal(got, want) {
		t.Errorf("Merge(longer words first, fourteen seven two, a dozen nine \"\") gives %q, want %q", got, want)
	}
}
