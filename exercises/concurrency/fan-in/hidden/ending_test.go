package fanin_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClosesAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := merge(t, 3, 0)
		for i, input := range m.inputs {
			m.wg.Go(func() {
				time.Sleep(time.Duration(i+1) * time.Second)
				close(input)
			})
		}
		began := time.Now()
		select {
		case _, ok := <-m.output:
			if ok {
				t.Fatal("Merge(ctx, 3 empty inputs) gave a value, want none")
			}
		case <-time.After(time.Hour):
			t.Fatal("Merge(ctx, 3 inputs), closed after 1s, 2s and 3s: the output is still open after an hour, want it closed")
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("Merge(ctx, 3 inputs), closed after 1s, 2s and 3s: the output was closed after %v, want 3s", took)
		}
	})
}

func TestClosesAfterTheLastValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const inputs = 8
		m := merge(t, inputs, 1)
		m.closeInputs()
		for read := range inputs {
			time.Sleep(time.Minute) // the reader takes its time
			select {
			case _, ok := <-m.output:
				if !ok {
					t.Fatalf("Merge(ctx, %d closed inputs with a value each): closed after %d values, want %d", inputs, read, inputs)
				}
			case <-time.After(time.Hour):
				t.Fatalf("Merge(ctx, %d closed inputs with a value each): stuck after %d values, want %d", inputs, read, inputs)
			}
		}
		m.wantClosed("all inputs are closed, all values are taken")
	})
}

func TestLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := merge(t, 3, 1)
		m.closeInputs()
		for range 3 {
			select {
			case <-m.output:
			case <-time.After(time.Hour):
				t.Fatal("Merge(ctx, 3 closed inputs with a value each) is stuck, want it to give them all")
			}
		}
		m.wantClosed("all inputs are closed, all values are taken")
		m.wantNothingLeft("all inputs are closed, ctx lives on")
	})
}

func TestReaderHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := merge(t, 5, 10)
		for range 7 {
			select {
			case <-m.output:
			case <-time.After(time.Hour):
				t.Fatal("Merge(ctx, 5 inputs with 10 values each) is stuck before its eighth value, want it to give 50")
			}
		}
		time.Sleep(time.Minute)
		m.ctx.cancel()
		m.wantClosed("nobody reads, ctx is cancelled")
		m.wantNothingLeft("nobody reads, ctx is cancelled")
	})
}

func TestInputsAreSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := merge(t, 5, 0)
		close(m.inputs[2])
		time.Sleep(time.Minute)
		m.ctx.cancel()
		m.wantClosed("four inputs are silent and open, ctx is cancelled")
		m.wantNothingLeft("four inputs are silent and open, ctx is cancelled")
	})
}

func TestTakesNothingMore(t *testing.T) {
	t.Run("ctx is cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const inputs, values = 10, 20
			m := merge(t, inputs, values)
			time.Sleep(time.Second)
			before := m.waiting()
			m.ctx.cancel()
			m.wantClosed("nobody reads, ctx is cancelled")
			time.Sleep(time.Minute)
			if taken := before - m.waiting(); taken > inputs {
				t.Errorf("Merge(ctx, %d inputs), ctx is cancelled: received %d values after that, want none", inputs, taken)
			}
		})
	})
	t.Run("ctx has ended before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const inputs, values = 30, 4
			m := prepare(t, inputs, values)
			m.ctx.cancel()
			m.call()
			m.wantClosed("ctx has ended before the call")
			if taken := inputs*values - m.waiting(); taken > 0 {
				t.Errorf("Merge(ctx, %d inputs), ctx has ended before: received %d values, want none", inputs, taken)
			}
		})
	})
	t.Run("an input gives something later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := merge(t, 16, 0)
			time.Sleep(time.Second)
			m.ctx.cancel()
			m.wantClosed("silent inputs, ctx is cancelled")
			for i, input := range m.inputs {
				select {
				case input <- value(i, 0):
					t.Errorf("Merge(ctx, 16 inputs), ctx is cancelled: received a value of input %d a while later, want none", i)
				case <-time.After(time.Second):
				}
			}
		})
	})
}
