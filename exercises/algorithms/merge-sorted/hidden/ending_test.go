package mergesorted_test

import (
	"iter"
	"testing"

	"mergesorted"
)

func TestEndsInputs(t *testing.T) {
	for _, test := range []struct {
		name, how string
		loop      func(merged iter.Seq[value])
	}{
		{"to the end", "to the end", func(merged iter.Seq[value]) {
			for range merged {
			}
		}},
		{"break at once", "left at its first value", func(merged iter.Seq[value]) {
			for range merged {
				break
			}
		}},
		{"break", "left at its tenth value", func(merged iter.Seq[value]) {
			count := 0
			for range merged {
				if count++; count == 10 {
					break
				}
			}
		}},
		{"panic", "left by a panic at its tenth value", func(merged iter.Seq[value]) {
			defer func() { recover() }()
			count := 0
			for range merged {
				if count++; count == 10 {
					panic("enough")
				}
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, seqs := sources(4, 8)
			test.loop(mergesorted.Merge(byKey, seqs...))
			for _, s := range list {
				if s.started == 0 {
					t.Errorf("a loop over Merge(4 inputs), %s: input %d was never read, want it read", test.how, s.index)
				}
				if s.ended != s.started {
					t.Errorf("a loop over Merge(4 inputs), %s: input %d has not ended, want its function to have returned", test.how, s.index)
				}
			}
		})
	}
}

func TestEndsInputsAfterPanic(t *testing.T) {
	list, seqs := sources(3, 8)
	seqs = append(seqs, func(yield func(value) bool) {
		if yield(value{0, 3, 0}) {
			panic("input 3 is broken")
		}
	})
	func() {
		defer func() {
			if got := recover(); got != "input 3 is broken" {
				t.Errorf("a loop over Merge(4 inputs, one of which panics) panics with %v, want the panic of the input", got)
			}
		}()
		for range mergesorted.Merge(byKey, seqs...) {
		}
	}()
	for _, s := range list {
		if s.ended != s.started {
			t.Errorf("a loop over Merge(4 inputs), left by a panic of input 3: input %d has not ended, want its function to have returned", s.index)
		}
	}
}
