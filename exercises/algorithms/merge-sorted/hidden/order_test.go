package mergesorted_test

import (
	"cmp"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"mergesorted"
)

func TestStable(t *testing.T) {
	for _, test := range []struct {
		name string
		keys [][]int
	}{
		{"all equal", [][]int{{1, 1, 1}, {1, 1}, {1, 1, 1, 1}}},
		{"runs of equals", [][]int{{1, 1, 2, 2, 3}, {1, 2, 2, 3, 3}, {1, 1, 1, 3}}},
		{"equals that begin late", [][]int{{5, 5}, {1, 5, 5}, {2, 3, 5}, {0, 5, 5, 5}}},
	} {
		t.Run(test.name, func(t *testing.T) { wantMerged(t, fmt.Sprintf("inputs with the keys %v", test.keys), test.keys) })
	}

	t.Run("many inputs", func(t *testing.T) {
		chance := rand.New(rand.NewPCG(1, 2))
		keys := make([][]int, 40)
		for i := range keys {
			for range chance.IntN(20) {
				keys[i] = append(keys[i], chance.IntN(6))
			}
			slices.Sort(keys[i])
		}
		wantMerged(t, "40 inputs, with keys from 0 to 5", keys)
	})
}

// wantMerged merges inputs of these keys, and wants each value in its place.
func wantMerged(t *testing.T, what string, keys [][]int) {
	t.Helper()
	var inputs []iter.Seq[value]
	var want []value
	for i, list := range keys {
		input := make([]value, len(list))
		for place, key := range list {
			input[place] = value{key, i, place}
		}
		inputs = append(inputs, slices.Values(input))
		want = append(want, input...)
	}
	slices.SortStableFunc(want, byKey)

	got := slices.Collect(mergesorted.Merge(byKey, inputs...))
	if len(got) != len(want) {
		t.Errorf("Merge(%s) gives %d values, want %d", what, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if g, w := got[i], want[i]; g != w {
			t.Fatalf("Merge(%s): value %d has key %d and is number %d of input %d, want key %d, number %d of input %d",
				what, i, g.key, g.place, g.input, w.key, w.place, w.input)
		}
	}
}

func TestFewComparisons(t *testing.T) {
	const inputs, each = 1000, 5
	seqs := make([]iter.Seq[int], inputs)
	for i := range seqs {
		values := make([]int, each)
		for n := range values {
			values[n] = n*inputs + (i*7+n)%inputs
		}
		seqs[i] = slices.Values(values)
	}
	calls := 0
	count := 0
	for range mergesorted.Merge(func(a, b int) int {
		calls++
		return cmp.Compare(a, b)
	}, seqs...) {
		count++
	}
	if count != inputs*each {
		t.Fatalf("Merge(%d inputs of %d values) gives %d values, want %d", inputs, each, count, inputs*each)
	}
	if most := 100 * inputs * each; calls > most {
		t.Errorf("Merge(%d inputs of %d values) has called compare %d times, %d times for each value, want at most 100",
			inputs, each, calls, calls/count)
	}
}
