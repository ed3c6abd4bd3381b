package buildorder_test

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"testing"

	"buildorder"
)

// wantCycles checks that Order reports these cycles, in each of several calls.
func wantCycles(t *testing.T, needs map[string][]string, want [][]string) {
	t.Helper()
	for range 5 {
		order, err := buildorder.Order(needs)
		cycleErr, ok := errors.AsType[*buildorder.CycleError](err)
		if !ok {
			t.Fatalf("Order(%v) = %q, %v, want an error that wraps a *CycleError", needs, order, err)
		}
		if order != nil {
			t.Fatalf("Order(%v) = %q beside an error, want nil", needs, order)
		}
		if !reflect.DeepEqual(cycleErr.Cycles, want) {
			t.Fatalf("Order(%v): Cycles = %q, want %q", needs, cycleErr.Cycles, want)
		}
	}
}

func TestAllCycles(t *testing.T) {
	for name, test := range map[string]struct {
		needs map[string][]string
		want  [][]string
	}{
		"two apart": {
			map[string][]string{"d": {"c"}, "c": {"d"}, "x": {"b"}, "b": {"x"}, "m": nil},
			[][]string{{"b", "x"}, {"c", "d"}},
		},
		"one needs itself": {
			map[string][]string{"a": {"b"}, "b": {"b"}, "c": nil},
			[][]string{{"b"}},
		},
		"one needs itself, and is in a cycle as well": {
			map[string][]string{"a": {"b"}, "b": {"b", "a"}},
			[][]string{{"a", "b"}},
		},
		"before and behind a cycle": {
			map[string][]string{"before": {"p"}, "p": {"q"}, "q": {"r", "behind"}, "r": {"p"}, "behind": {"last"}},
			[][]string{{"p", "q", "r"}},
		},
		"on the way from one cycle to another": {
			map[string][]string{"a": {"b"}, "b": {"a", "way"}, "way": {"further"}, "further": {"y"}, "y": {"z"}, "z": {"y"}},
			[][]string{{"a", "b"}, {"y", "z"}},
		},
		"two that share a package": {
			map[string][]string{"hub": {"a", "z"}, "a": {"hub"}, "z": {"y"}, "y": {"hub"}},
			[][]string{{"a", "hub", "y", "z"}},
		},
		"found in the order of names, not of needs": {
			map[string][]string{"a": {"k"}, "k": {"j"}, "j": {"k", "c"}, "c": {"b"}, "b": {"c", "z"}, "z": {"z"}},
			[][]string{{"b", "c"}, {"j", "k"}, {"z"}},
		},
		"a short cut within": {
			map[string][]string{"a": {"b", "c"}, "b": {"c"}, "c": {"d"}, "d": {"a"}},
			[][]string{{"a", "b", "c", "d"}},
		},
	} {
		t.Run(name, func(t *testing.T) { wantCycles(t, test.needs, test.want) })
	}

	t.Run("graphs of chance", func(t *testing.T) {
		for seed := range 40 {
			needs := graphOfChance(uint64(seed), false)
			if want := plainCycles(needs); want != nil {
				wantCycles(t, needs, want)
			}
		}
	})
}

// plainCycles is what the statement says, word by word: which packages lead to
// each other, or to themselves.
func plainCycles(needs map[string][]string) [][]string {
	leads := map[string]map[string]bool{}
	for start := range needs {
		leads[start] = map[string]bool{}
		queue := slices.Clone(needs[start])
		for len(queue) > 0 {
			p := queue[0]
			queue = queue[1:]
			if !leads[start][p] {
				leads[start][p] = true
				queue = append(queue, needs[p]...)
			}
		}
	}
	seen := map[string]bool{}
	var cycles [][]string
	for a := range needs {
		if !leads[a][a] || seen[a] {
			continue
		}
		var cycle []string
		for b := range needs {
			if leads[a][b] && leads[b][a] {
				seen[b] = true
				cycle = append(cycle, b)
			}
		}
		slices.Sort(cycle)
		cycles = append(cycles, cycle)
	}
	slices.SortFunc(cycles, slices.Compare)
	return cycles
}

// count is how many packages a long chain has, stack how many bytes a
// goroutine may use for it.
const count, stack = 5_000, 128 << 10

func longChain() (names []string, needs map[string][]string) {
	names, needs = make([]string, count), make(map[string][]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("p%04d", i)
		if i > 0 {
			needs[names[i]] = []string{names[i-1]}
		}
	}
	return names, needs
}

func TestDeepChain(t *testing.T) {
	names, needs := longChain()
	defer debug.SetMaxStack(debug.SetMaxStack(stack))
	got, err := buildorder.Order(needs)
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("Order(a chain of %d packages) = %d packages, %v, want all, in the order of the chain", count, len(got), err)
	}
}

func TestDeepCycles(t *testing.T) {
	names, needs := longChain()
	defer debug.SetMaxStack(debug.SetMaxStack(stack))

	needs[names[0]] = []string{names[count-1]}
	_, err := buildorder.Order(needs)
	if cycleErr, ok := errors.AsType[*buildorder.CycleError](err); !ok {
		t.Errorf("Order(a cycle of %d packages): no *CycleError, want one", count)
	} else if len(cycleErr.Cycles) != 1 || !slices.Equal(cycleErr.Cycles[0], names) {
		t.Errorf("Order(a cycle of %d packages) reports %d cycles, want 1 with all packages", count, len(cycleErr.Cycles))
	}
}
