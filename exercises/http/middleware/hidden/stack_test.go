package middleware_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"middleware"
)

func TestStack(t *testing.T) {
	for _, tt := range []struct {
		what   string
		handle http.HandlerFunc
		status int // that goes out
		panics int // lines with that message
		took   time.Duration
	}{
		{"answers", func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			if got := middleware.RequestIDFrom(r.Context()); got != "client-7" {
				t.Errorf("within Stack, for a request with X-Request-ID: client-7: RequestIDFrom(r.Context()) = %q, want it", got)
			}
			if _, ok := r.Context().Deadline(); !ok {
				t.Error("within Stack: r.Context() has no deadline, want one")
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, "pie")
		}, 201, 0, time.Second},
		{"panics", burn, 500, 1, 0},
		{"writes a part and panics", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "half a pie")
			panic("kitchen on fire")
		}, 500, 1, 0},
		{"takes too long", func(w http.ResponseWriter, r *http.Request) { time.Sleep(2 * limit) }, 503, 0, limit},
	} {
		synctest.Test(t, func(t *testing.T) {
			journal, log := newJournal()
			defer time.Sleep(time.Minute) // until the handler has ended too
			r := get(t, "/pies")
			r.Header.Set("X-Request-ID", "client-7")
			w, panicked := serve(t, middleware.Stack(log, limit, tt.handle), r)
			what := "Stack around a handler that " + tt.what
			if panicked != nil || w.status != tt.status {
				t.Fatalf("%s: status %d, panic %v, want %d and none", what, w.status, panicked, tt.status)
			}
			if got := w.sent.Get("X-Request-ID"); got != "client-7" {
				t.Errorf("%s: the answer's X-Request-ID = %q, want %q", what, got, "client-7")
			}

			line := journal.line(t, "request")
			wantAttr(t, what, line, "request_id", "client-7")
			wantAttr(t, what, line, "status", float64(tt.status))
			wantAttr(t, what, line, "bytes", float64(w.body.Len()))
			wantAttr(t, what, line, "duration", float64(tt.took))
			panics := journal.lines(t, "panic")
			if len(panics) != tt.panics {
				t.Fatalf("%s: %d lines with the message %q, want %d", what, len(panics), "panic", tt.panics)
			}
			for _, line := range panics {
				wantAttr(t, what, line, "request_id", "client-7")
				wantAttr(t, what, line, "panic", "kitchen on fire")
			}
		})
	}
}

func TestStackAborts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal, log := newJournal()
		h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		_, panicked := serve(t, middleware.Stack(log, limit, h), get(t, "/"))
		const what = "Stack around a handler that panics with http.ErrAbortHandler"
		if panicked != http.ErrAbortHandler {
			t.Errorf("%s: the panic %v came out, want http.ErrAbortHandler", what, panicked)
		}
		if n := len(journal.lines(t, "panic")); n != 0 {
			t.Errorf("%s: %d lines with the message %q, want 0", what, n, "panic")
		}
		journal.line(t, "request")
	})
}
