package singleflight_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"singleflight"
)

func TestKeysSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		one, two := newWork(), newWork()
		first := call(t.Context(), t, &g, "first", "user 1", one)
		second := call(t.Context(), t, &g, "second", "user 2", two)
		if one.calls.Load() != 1 || two.calls.Load() != 1 {
			t.Errorf("Do with two keys at once: %d and %d calls of their functions, want 1 and 1", one.calls.Load(), two.calls.Load())
		}
		two.end("Grace", nil)
		second.wants("the function of its key has returned, that of another key runs", "Grace")
		first.waits("the function of another key has returned")
		one.end("Ada", nil)
		first.wants("the function of its key has returned", "Ada")
	})
}

func TestLateCallersJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		w, other := newWork(), newWork()
		first := call(t.Context(), t, &g, "first", "user 1", w)
		time.Sleep(time.Hour)
		late := call(t.Context(), t, &g, "late", "user 1", other)
		if got := other.calls.Load(); got != 0 {
			t.Errorf("Do while a call of the same key is under way: %d calls of its own function, want 0", got)
		}
		w.end("Ada", nil)
		first.wants("the function has returned", "Ada")
		late.wants("the function of the first caller has returned", "Ada")
	})
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		w := newWork()
		first := call(t.Context(), t, &g, "first", "user 1", w)
		second := call(t.Context(), t, &g, "second", "user 1", w)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		third := call(ctx, t, &g, "third", "user 1", w)

		second.cancel()
		synctest.Wait()
		if second.returned("its ctx is cancelled") && !errors.Is(second.err, context.Canceled) {
			t.Errorf("Do of a second caller whose ctx is cancelled: error = %v, want one that wraps %q", second.err, context.Canceled)
		}
		third.waits("the ctx of another caller is cancelled")
		began := time.Now()
		if third.returned("the deadline of its ctx has passed") {
			if !errors.Is(third.err, context.DeadlineExceeded) {
				t.Errorf("Do of a third caller whose deadline passes: error = %v, want one that wraps %q", third.err, context.DeadlineExceeded)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("Do of a third caller whose deadline is in 10s has returned after %v, want 10s", took)
			}
		}
		first.waits("the ctx of two others has ended")
		w.end("Ada", nil)
		first.wants("the two others have given up, the function has returned", "Ada")
	})
}

func TestEndedBeforehand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		calls := 0
		_, err := g.Do(ended, "user 1", func(context.Context) (string, error) {
			calls++
			return "Ada", nil
		})
		synctest.Wait()
		if !errors.Is(err, context.Canceled) || calls > 0 {
			t.Errorf("Do(ctx that has ended, key, fn) error = %v and %d calls of fn, want one that wraps %q and 0 calls",
				err, calls, context.Canceled)
		}
	})
}

func TestFirstMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var g singleflight.Group[string, string]
		w := newWork()
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "request 17"), 10*time.Second)
		defer cancel()
		first := call(ctx, t, &g, "first", "user 1", w)
		second := call(t.Context(), t, &g, "second", "user 1", w)
		if w.calls.Load() > 1 {
			t.Fatalf("2 goroutines call Do with the same key: %d calls of fn, want 1", w.calls.Load())
		}
		if got := w.context(t).Value(key{}); got != "request 17" {
			t.Errorf("Do(ctx, key, fn): fn found %v in its context, want the value of ctx", got)
		}

		time.Sleep(11 * time.Second)
		if first.returned("the deadline of its ctx has passed, another one waits") && !errors.Is(first.err, context.DeadlineExceeded) {
			t.Errorf("Do of the first caller, its deadline has passed: error = %v, want one that wraps %q",
				first.err, context.DeadlineExceeded)
		}
		if err := w.context(t).Err(); err != nil {
			t.Errorf("Do, the deadline of the first caller has passed, a second one waits: the context of fn has ended (%v), want it alive", err)
		}
		second.waits("the first caller has given up")
		w.end("Ada", nil)
		second.wants("the first caller has given up, fn has returned", "Ada")
	})
}

func TestFirstIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		w := newWork()
		first := call(t.Context(), t, &g, "first", "user 1", w)
		second := call(t.Context(), t, &g, "second", "user 1", w)
		first.cancel()
		synctest.Wait()
		if w.context(t).Err() != nil {
			t.Errorf("Do, the first caller is cancelled, a second one waits: the context of fn has ended (%v), want it alive", w.context(t).Err())
		}
		third := call(t.Context(), t, &g, "third", "user 1", w)
		if got := w.calls.Load(); got != 1 {
			t.Errorf("Do when the first caller has given up and a second one waits: %d calls of fn, want the 1 that is under way", got)
		}
		w.end("Ada", nil)
		second.wants("the first caller was cancelled, fn has returned", "Ada")
		third.wants("the first caller was cancelled, fn has returned", "Ada")
	})
}

func TestLastEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		w := newWork()
		callers := []*caller{
			call(t.Context(), t, &g, "first", "user 1", w),
			call(t.Context(), t, &g, "second", "user 1", w),
			call(t.Context(), t, &g, "third", "user 1", w),
		}
		for i, c := range callers {
			if w.context(t).Err() != nil {
				t.Errorf("%d of 3 callers have given up: the context of fn has ended (%v), want it alive", i, w.context(t).Err())
			}
			c.cancel()
			synctest.Wait()
			c.returned("its ctx is cancelled")
		}
		if w.context(t).Err() == nil {
			t.Error("3 of 3 callers have given up: the context of fn is alive, want it cancelled")
		}
		w.end("Ada", nil)
	})
}

func TestReturnEndsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		w := newWork()
		c := call(t.Context(), t, &g, "only", "user 1", w)
		w.end("Ada", nil)
		c.wants("fn has returned", "Ada")
		if w.context(t).Err() == nil {
			t.Error("fn has returned: its context is alive, want it cancelled")
		}
	})
}

func TestStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group[string, string]
		old, fresh := newWork(), newWork()
		gone := call(t.Context(), t, &g, "first", "user 1", old)
		gone.cancel()
		synctest.Wait()

		first := call(t.Context(), t, &g, "next", "user 1", fresh)
		if got := fresh.calls.Load(); got != 1 {
			t.Errorf("Do when all callers of before have given up, and their fn still runs: %d calls of the new fn, want 1", got)
		}
		old.end("old Ada", nil)
		first.waits("the abandoned fn has returned")
		if got := fresh.calls.Load(); got == 1 && fresh.context(t).Err() != nil {
			t.Errorf("the abandoned fn has returned: the context of the new fn has ended (%v), want it alive", fresh.context(t).Err())
		}

		second := call(t.Context(), t, &g, "last", "user 1", fresh)
		if got := fresh.calls.Load(); got != 1 {
			t.Errorf("the abandoned fn has returned while a new one runs, and another caller comes: %d calls of the new fn, want 1", got)
		}
		fresh.end("new Ada", nil)
		first.wants("the new fn has returned", "new Ada")
		second.wants("the new fn has returned", "new Ada")
	})
}
