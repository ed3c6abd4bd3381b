package fanin_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestNothingLostOrDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const inputs, values = 20, 40
		m := merge(t, inputs, 0)
		for i, input := range m.inputs {
			m.wg.Go(func() {
				defer close(input)
				for k := range values {
					if (i+k)%7 == 0 {
						time.Sleep(time.Duration(i%3) * time.Millisecond)
					}
					select {
					case input <- value(i, k):
					case <-m.over:
						return
					}
				}
			})
		}
		next := make([]int, inputs) // how many values of each input have come
		over := time.After(2 * time.Hour)
		for reads := 0; ; reads++ {
			var got string
			var ok bool
			select {
			case got, ok = <-m.output:
			case <-over:
				t.Fatalf("Merge(ctx, %d inputs): nothing came for an hour, with %d values read, want all %d", inputs, reads, inputs*values)
			}
			if !ok {
				break
			}
			var i, k int
			if _, err := fmt.Sscanf(got, "%d/%d", &i, &k); err != nil {
				t.Fatalf("Merge(ctx, %d inputs) gave %q, want only what the inputs gave", inputs, got)
			}
			if k != next[i] {
				t.Fatalf("Merge(ctx, %d inputs) gave %q as value %d of its input, want %q: all values once and in order",
					inputs, got, next[i], value(i, next[i]))
			}
			next[i]++
			if reads%50 == 0 {
				time.Sleep(time.Millisecond) // now and then the reader is slow
			}
		}
		for i, got := range next {
			if got != values {
				t.Errorf("Merge(ctx, %d inputs) gave %d values of input %d, want %d", inputs, got, i, values)
			}
		}
	})
}

func TestHandsOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := merge(t, 4, 0)
		close(m.inputs[1]) // inputs 0 and 2 are silent, 1 is closed
		for k := range 20 {
			time.Sleep(1_234_567 * time.Nanosecond)
			sent := time.Now()
			m.wg.Go(func() {
				select {
				case m.inputs[3] <- value(3, k):
				case <-m.over:
				}
			})
			select {
			case got, ok := <-m.output:
				if !ok {
					t.Fatal("Merge(ctx, 4 inputs), two silent, one closed: the output is closed, want it to give a value of the fourth")
				}
				if got != value(3, k) {
					t.Fatalf("Merge(ctx, 4 inputs) gave %q, want %q", got, value(3, k))
				}
			case <-time.After(time.Hour):
				t.Fatal("Merge(ctx, 4 inputs), two silent, one closed: a value of the fourth hasn't come after an hour, want it at once")
			}
			if late := time.Since(sent); late != 0 {
				t.Fatalf("Merge(ctx, 4 inputs), two silent, one closed: a value of the fourth came %v late, want it at once", late)
			}
		}
	})
}

func TestValuesWaitInInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const inputs, values = 4, 50
		m := merge(t, inputs, values)
		time.Sleep(time.Minute) // nobody reads
		if held := inputs*values - m.waiting(); held > 2*inputs {
			t.Errorf("Merge(ctx, %d inputs with %d values each), nobody reads: holds %d values, want at most %d",
				inputs, values, held, 2*inputs)
		}
	})
}
