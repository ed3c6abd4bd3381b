package middleware_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"middleware"
)

const limit = 10 * time.Second

// wantTimeout reports an answer that isn't the 503 of a time-out, and nothing else.
func wantTimeout(t *testing.T, what string, w *wire) {
	t.Helper()
	if w.status != http.StatusServiceUnavailable || w.body.Len() == 0 || strings.Contains(w.body.String(), "pie") {
		t.Errorf("%s: answer = %d %q, want a 503 with a few words of Timeout's own", what, w.status, w.body.String())
	}
	if got, ok := w.sent["X-Pie"]; ok {
		t.Errorf("%s: the 503 has the handler's header X-Pie: %q, want it without", what, got)
	}
	if w.superfluous != 0 {
		t.Errorf("%s: WriteHeader was called %d times too often", what, w.superfluous)
	}
}

func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const what = "Timeout(10s) around a handler that writes half a pie and ignores its context"
		var deadline time.Time
		var hasDeadline bool
		var before, late, ended error
		done := make(chan struct{})
		h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			deadline, hasDeadline = r.Context().Deadline()
			w.Header().Set("X-Pie", "apple")
			_, before = fmt.Fprint(w, "half a pie")
			time.Sleep(limit + time.Second)
			ended = r.Context().Err()
			w.Header().Set("X-Pie", "cold")
			w.WriteHeader(http.StatusOK)
			_, late = fmt.Fprint(w, "the other half of the pie")
		}))
		start := time.Now()
		w, _ := serve(t, h, get(t, "/"))
		if took := time.Since(start); took != limit {
			t.Errorf("%s: the answer took %v, want %v", what, took, limit)
		}
		wantTimeout(t, what, w)

		<-done
		wantTimeout(t, what+", and goes on after that", w)
		if !hasDeadline || !deadline.Equal(start.Add(limit)) {
			t.Errorf("%s: the deadline of its context = %v, %t, want in 10s", what, deadline, hasDeadline)
		}
		if ended == nil {
			t.Errorf("%s: r.Context().Err() after 11s = nil, want an error", what)
		}
		if before != nil {
			t.Errorf("%s: Write in time = %v, want nil", what, before)
		}
		if late != http.ErrHandlerTimeout {
			t.Errorf("%s: Write after 11s = %v, want http.ErrHandlerTimeout", what, late)
		}
	})
}

func TestWholeAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-Pie", "apple")
			w.Header().Add("X-Pie", "pear")
			w.WriteHeader(http.StatusCreated)
			for range 3 {
				time.Sleep(3 * time.Second)
				fmt.Fprint(w, "pie ")
			}
		}))
		w, _ := serve(t, h, get(t, "/"))
		if w.status != http.StatusCreated || w.body.String() != "pie pie pie " || len(w.sent["X-Pie"]) != 2 {
			t.Errorf("Timeout(10s) around a handler of 9s: answer = %d %q with X-Pie: %q, want 201 %q with the handler's two",
				w.status, w.body.String(), w.sent["X-Pie"], "pie pie pie ")
		}
	})
}

// The handler goes on at the very moment at which its time is up: either may be first.
func TestOnTheDot(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			const pie = "the whole pie, every bit of the pie"
			h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusCreated)
				time.Sleep(limit)
				for word := range strings.SplitAfterSeq(pie, " ") {
					w.Header().Add("X-Pie", word)
					fmt.Fprint(w, word)
				}
			}))
			w, _ := serve(t, h, get(t, "/"))
			synctest.Wait()
			if w.status == http.StatusCreated && w.body.String() == pie {
				return
			}
			wantTimeout(t, "Timeout(10s) around a handler that ends after 10s", w)
		})
	}
}

func TestPanicBelowTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type value struct{ n int }
		for _, want := range []any{value{7}, http.ErrAbortHandler} {
			h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, "half a pie")
				panic(want)
			}))
			w, panicked := serve(t, h, get(t, "/"))
			if panicked != want {
				t.Errorf("Timeout around a handler that panics with %v: the panic %v came out, want the same", want, panicked)
			}
			if w.status != 0 {
				t.Errorf("Timeout around a handler that writes and panics: answer = %d %q, want nothing sent", w.status, w.body.String())
			}
		}
	})
}

func TestLatePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(limit + time.Second)
			panic("too late")
		}))
		w, panicked := serve(t, h, get(t, "/"))
		if panicked != nil {
			t.Errorf("Timeout(10s) around a handler that panics after 11s: the panic %v came out, want none", panicked)
		}
		wantTimeout(t, "Timeout(10s) around a handler that panics after 11s", w)
		time.Sleep(time.Minute)
	})
}

// A goroutine that is left behind when the bubble ends makes synctest.Test panic.
func TestNothingLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := middleware.Timeout(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(limit + time.Second)
		}))
		w, _ := serve(t, h, get(t, "/"))
		wantTimeout(t, "Timeout(10s) around a handler of 11s", w)
		time.Sleep(time.Minute)
	})
}
