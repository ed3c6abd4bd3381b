package buildorder_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"buildorder"
)

// wantOrder checks that Order returns this order, in each of several calls.
func wantOrder(t *testing.T, what string, needs map[string][]string, want []string) {
	t.Helper()
	for range 5 {
		got, err := buildorder.Order(needs)
		if err != nil {
			t.Fatalf("Order(%s) error = %v, want nil", what, err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("Order(%s) = %q, want %q", what, got, want)
		}
	}
}

func TestSmallestFirstThroughout(t *testing.T) {
	for name, test := range map[string]struct {
		needs map[string][]string
		want  []string
	}{
		"the first name needs the last one": {
			map[string][]string{"a": {"z"}, "b": nil},
			[]string{"b", "z", "a"},
		},
		"one that has just become possible goes before others that long were": {
			map[string][]string{"a": {"c"}, "b": {"a"}, "c": nil, "d": nil, "e": nil},
			[]string{"c", "a", "b", "d", "e"},
		},
		"two chains": {
			map[string][]string{"a": {"f"}, "f": {"b"}, "c": {"e"}, "e": {"d"}},
			[]string{"b", "d", "e", "c", "f", "a"},
		},
		"capitals and digits, in the order of bytes": {
			map[string][]string{"v10": nil, "v2": nil, "V1": nil, "é": nil, "z": nil},
			[]string{"V1", "v10", "v2", "z", "é"},
		},
	} {
		t.Run(name, func(t *testing.T) { wantOrder(t, fmt.Sprint(test.needs), test.needs, test.want) })
	}

	t.Run("graphs of chance", func(t *testing.T) {
		for seed := range 20 {
			needs := graphOfChance(uint64(seed), true)
			wantOrder(t, fmt.Sprint(needs), needs, plainOrder(needs))
		}
	})
}

func TestRepeatedNeeds(t *testing.T) {
	wantOrder(t, "map[a:[b b c] b:[c c c]]", map[string][]string{"a": {"b", "b", "c"}, "b": {"c", "c", "c"}},
		[]string{"c", "b", "a"})
}

func TestLeavesTheInput(t *testing.T) {
	for _, make := range []func() map[string][]string{
		func() map[string][]string {
			return map[string][]string{"a": {"z", "c", "m", "c"}, "c": {"z", "x"}, "z": nil, "k": {"x", "a"}}
		},
		func() map[string][]string {
			return map[string][]string{"a": {"z", "c", "c", "b"}, "c": {"b", "a"}, "z": {"z", "b"}, "k": {}}
		},
	} {
		needs := make()
		// A list may be a part of a longer one that belongs to the caller.
		whole := []string{"z", "c", "first", "last"}
		needs["w"] = whole[:2]
		want := maps.Clone(needs)
		for name, list := range needs {
			want[name] = slices.Clone(list)
		}

		buildorder.Order(needs)
		if !reflect.DeepEqual(needs, want) {
			t.Errorf("Order(%v) has changed its argument to %v, want it left alone", want, needs)
		}
		if want := []string{"z", "c", "first", "last"}; !slices.Equal(whole, want) {
			t.Errorf("Order(%v) has changed the slice behind a list to %q, want it left at %q", want, whole, want)
		}
	}
}

// graphOfChance makes needs of 12 packages, without cycles if so asked.
func graphOfChance(seed uint64, acyclic bool) map[string][]string {
	chance := rand.New(rand.NewPCG(seed, 1))
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
	chance.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	needs := map[string][]string{}
	for i, name := range names {
		needs[name] = nil
		for j, other := range names {
			if chance.IntN(7) == 0 && (j < i || !acyclic) {
				needs[name] = append(needs[name], other)
			}
		}
	}
	return needs
}

// plainOrder is what the statement says, word by word: of the packages that can
// be built, the smallest.
func plainOrder(needs map[string][]string) []string {
	var order []string
	names := slices.Sorted(maps.Keys(needs))
	for len(order) < len(names) {
		for _, name := range names {
			possible := !slices.Contains(order, name)
			for _, needed := range needs[name] {
				possible = possible && slices.Contains(order, needed)
			}
			if possible {
				order = append(order, name)
				break
			}
		}
	}
	return order
}
