package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"middleware"
)

func TestLoggedStatus(t *testing.T) {
	for _, tt := range []struct {
		what   string
		handle http.HandlerFunc
		status float64
		bytes  float64
	}{
		{"returns at once", func(w http.ResponseWriter, r *http.Request) {}, 200, 0},
		{"writes without a status", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "hello ")
			fmt.Fprint(w, "world")
		}, 200, 11},
		{"says 204", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, 204, 0},
		{"says 404, then 500", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			w.WriteHeader(500)
		}, 404, 0},
		{"writes, then says 500", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "hello")
			w.WriteHeader(500)
		}, 200, 5},
		{"says 103, then 201", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(201)
			fmt.Fprint(w, "made")
		}, 201, 4},
		{"says 103, then writes", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			fmt.Fprint(w, "made")
		}, 200, 4},
	} {
		journal, log := newJournal()
		w, _ := serve(t, middleware.AccessLog(log)(tt.handle), get(t, "/"))
		if float64(w.status) != tt.status || float64(w.body.Len()) != tt.bytes {
			t.Errorf("a handler that %s, in AccessLog: answer = %d %q, want it unchanged", tt.what, w.status, w.body.String())
		}
		line := journal.line(t, "request")
		what := "a handler that " + tt.what
		wantAttr(t, what, line, "status", tt.status)
		wantAttr(t, what, line, "bytes", tt.bytes)
	}
}

func TestLoggedWhenItPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal, log := newJournal()
		h := middleware.AccessLog(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, "half")
			time.Sleep(time.Second)
			panic(http.ErrAbortHandler)
		}))
		_, panicked := serve(t, h, httptest.NewRequestWithContext(t.Context(), "POST", "/jobs", nil))
		if panicked != http.ErrAbortHandler {
			t.Errorf("AccessLog around a handler that panics with http.ErrAbortHandler: %v came out, want the same", panicked)
		}
		const what = "a handler that says 202, writes half, and panics"
		line := journal.line(t, "request")
		wantAttr(t, what, line, "method", "POST")
		wantAttr(t, what, line, "path", "/jobs")
		wantAttr(t, what, line, "status", 202.0)
		wantAttr(t, what, line, "bytes", 4.0)
		wantAttr(t, what, line, "duration", float64(time.Second))
	})
}

func TestLogOfManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal, log := newJournal()
		h := middleware.AccessLog(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var n int
			fmt.Sscanf(r.URL.Path, "/%d", &n)
			time.Sleep(time.Second) // until all of them are here
			w.WriteHeader(200 + n)
			time.Sleep(time.Second)
			fmt.Fprintf(w, "%*d", n, 0)
		}))
		var wg sync.WaitGroup
		for n := 1; n <= 8; n++ {
			wg.Go(func() { serve(t, h, get(t, fmt.Sprintf("/%d", n))) })
		}
		wg.Wait()

		lines := journal.lines(t, "request")
		if len(lines) != 8 {
			t.Fatalf("8 requests at the same time: %d lines in the log, want 8", len(lines))
		}
		for _, line := range lines {
			path, _ := line["path"].(string)
			var n float64
			fmt.Sscanf(path, "/%g", &n)
			what := "8 requests at the same time, GET " + path
			wantAttr(t, what, line, "status", 200+n)
			wantAttr(t, what, line, "bytes", n)
			wantAttr(t, what, line, "duration", float64(2*time.Second))
		}
	})
}

// A connWire can do what the writer of a connection can.
type connWire struct {
	wire
	readDeadline time.Time
}

func (w *connWire) SetReadDeadline(at time.Time) error {
	w.readDeadline = at
	return nil
}

func TestControllerReachesThrough(t *testing.T) {
	_, log := newJournal()
	for _, tt := range []struct {
		name string
		m    middleware.Middleware
	}{
		{"RequestID", middleware.RequestID()},
		{"AccessLog", middleware.AccessLog(log)},
		{"Recoverer", middleware.Recoverer(log)},
		{"RequestID, AccessLog and Recoverer", func(next http.Handler) http.Handler {
			return middleware.RequestID()(middleware.AccessLog(log)(middleware.Recoverer(log)(next)))
		}},
	} {
		w := &connWire{}
		h := tt.m(http.HandlerFunc(func(inner http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(inner)
			fmt.Fprint(inner, "first")
			if err := c.Flush(); err != nil {
				t.Errorf("http.NewResponseController(w).Flush() within %s = %v, want nil", tt.name, err)
			} else if w.flushes != 1 || w.body.String() != "first" {
				t.Errorf("http.NewResponseController(w).Flush() within %s: the server's writer has %d flushes and %q, want 1 and %q",
					tt.name, w.flushes, w.body.String(), "first")
			}
			at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
			if err := c.SetReadDeadline(at); err != nil || !w.readDeadline.Equal(at) {
				t.Errorf("http.NewResponseController(w).SetReadDeadline(…) within %s = %v and sets %v, want nil and %v",
					tt.name, err, w.readDeadline, at)
			}
		}))
		h.ServeHTTP(w, get(t, "/"))
	}
}
