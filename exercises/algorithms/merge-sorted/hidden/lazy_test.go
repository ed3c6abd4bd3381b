package mergesorted_test

import (
	"iter"
	"slices"
	"testing"

	"mergesorted"
)

// A value remembers where it came from. Only keys are compared.
type value struct {
	key, input, place int
}

func byKey(a, b value) int { return a.key - b.key }

// A source is an input that counts what happens to it.
type source struct {
	index int
	key   func(place int) int
	count int // how many values it has

	started, ended int // how many loops over it have begun, and ended
	taken          int // how many values were taken
}

func (s *source) all(yield func(value) bool) {
	s.started++
	defer func() { s.ended++ }()
	for place := range s.count {
		s.taken++
		if !yield(value{s.key(place), s.index, place}) {
			return
		}
	}
}

// sources returns inputs whose keys are drawn from all numbers in turn, so that
// each of them is needed again and again.
func sources(inputs, count int) ([]*source, []iter.Seq[value]) {
	list, seqs := make([]*source, inputs), make([]iter.Seq[value], inputs)
	for i := range list {
		list[i] = &source{
			index: i,
			key:   func(place int) int { return place*inputs + (i+place)%inputs },
			count: count,
		}
		seqs[i] = list[i].all
	}
	return list, seqs
}

func TestStartsLazily(t *testing.T) {
	list, seqs := sources(3, 5)
	merged := mergesorted.Merge(func(a, b value) int {
		t.Error("Merge(…) has called compare before there was a loop over its result, want it to wait for one")
		return byKey(a, b)
	}, seqs...)
	for _, s := range list {
		if s.started > 0 {
			t.Errorf("Merge(3 inputs) has begun to read input %d before there was a loop over its result, want it to wait for one", s.index)
		}
	}
	_ = merged
}

func TestOneAhead(t *testing.T) {
	// The key of each value but the first few is far away for some inputs.
	skewed := func(place int) int { return place * 40 }
	for _, test := range []struct {
		name string
		make func() ([]*source, []iter.Seq[value])
	}{
		{"one input", func() ([]*source, []iter.Seq[value]) { return sources(1, 10_000) }},
		{"even inputs", func() ([]*source, []iter.Seq[value]) { return sources(5, 10_000) }},
		{"skewed inputs", func() ([]*source, []iter.Seq[value]) {
			list, seqs := sources(4, 10_000)
			list[1].key, list[2].key = skewed, skewed
			return list, seqs
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, seqs := test.make()
			yielded := make([]int, len(list))
			total := 0
			check := func(when string) {
				for _, s := range list {
					if s.taken > yielded[s.index]+1 {
						t.Fatalf("Merge(%d inputs of 10000 values), %s %d values: %d values were taken from input %d, of which %d have come out, want at most one more than these",
							len(list), when, total, s.taken, s.index, yielded[s.index])
					}
				}
			}
			for v := range mergesorted.Merge(byKey, seqs...) {
				yielded[v.input]++
				total++
				check("after")
				if total == 50 {
					break
				}
			}
			if total != 50 {
				t.Errorf("Merge(%d inputs of 10000 values) gives %d values, want the 50 that are asked for", len(list), total)
			}
			check("left after")
		})
	}
}

func TestRepeats(t *testing.T) {
	_, seqs := sources(3, 4)
	merged := mergesorted.Merge(byKey, seqs...)

	var want []value
	for _, seq := range seqs {
		want = slices.AppendSeq(want, seq)
	}
	slices.SortStableFunc(want, byKey)

	for v := range merged {
		if v == want[1] {
			break
		}
	}
	for _, when := range []string{"after one that was left early", "for the third time"} {
		if got := slices.Collect(merged); !slices.Equal(got, want) {
			t.Errorf("the result of Merge, in a loop %s, gives %v, want %v", when, got, want)
		}
	}

	outer := 0
	for v := range merged {
		if outer < len(want) && v != want[outer] {
			t.Fatalf("the result of Merge, in a loop around other loops over it, gives %v as value %d, want %v", v, outer, want[outer])
		}
		outer++
		if got := slices.Collect(merged); !slices.Equal(got, want) {
			t.Fatalf("the result of Merge, in a loop within another loop over it, gives %v, want %v", got, want)
		}
	}
	if outer != len(want) {
		t.Errorf("the result of Merge, in a loop around other loops over it, gives %d values, want %d", outer, len(want))
	}
}

func TestOneAtATime(t *testing.T) {
	// Inputs, compare and the loop all change one variable, without a lock.
	steps := 0
	input := func(start int) iter.Seq[int] {
		return func(yield func(int) bool) {
			for n := range 50 {
				steps++
				if !yield(start + 3*n) {
					return
				}
			}
		}
	}
	compare := func(a, b int) int {
		steps++
		return a - b
	}
	count := 0
	for range mergesorted.Merge(compare, input(0), input(1), input(2)) {
		steps++
		count++
	}
	if count != 150 {
		t.Errorf("Merge(3 inputs of 50 values that share a variable) gives %d values, want 150", count)
	}
}
