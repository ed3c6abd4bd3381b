package middleware_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"middleware"
)

func TestChain(t *testing.T) {
	var seen []string
	named := func(name string) middleware.Middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen = append(seen, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen = append(seen, "handler") })

	for range 2 {
		seen = nil
		serve(t, middleware.Chain(h, named("first"), named("second"), named("third")), get(t, "/"))
		if got, want := strings.Join(seen, " "), "first second third handler"; got != want {
			t.Errorf("Chain(handler, first, second, third) runs %q, want %q", got, want)
		}
	}
	seen = nil
	serve(t, middleware.Chain(h), get(t, "/"))
	if got, want := strings.Join(seen, " "), "handler"; got != want {
		t.Errorf("Chain(handler) runs %q, want %q", got, want)
	}
}

func TestRequestID(t *testing.T) {
	var seen string
	h := middleware.RequestID()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = middleware.RequestIDFrom(r.Context())
		w.WriteHeader(http.StatusNotFound)
	}))

	r := get(t, "/")
	r.Header.Set("X-Request-ID", "client-7.b_1")
	w, _ := serve(t, h, r)
	if want := "client-7.b_1"; seen != want {
		t.Errorf("request with X-Request-ID: %s: RequestIDFrom(r.Context()) = %q, want %q", want, seen, want)
	}
	if got, want := w.sent.Get("X-Request-ID"), "client-7.b_1"; got != want {
		t.Errorf("request with X-Request-ID: %s: the answer's X-Request-ID = %q, want %q", want, got, want)
	}

	w, _ = serve(t, h, get(t, "/"))
	if len(seen) < 16 {
		t.Errorf("request without X-Request-ID: RequestIDFrom(r.Context()) = %q, want a new id of 16 characters or more", seen)
	}
	if got := w.sent.Get("X-Request-ID"); got != seen {
		t.Errorf("request without X-Request-ID: the answer's X-Request-ID = %q, want %q, as in the context", got, seen)
	}
}

func TestAccessLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal, log := newJournal()
		h := middleware.AccessLog(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			write(http.StatusNotFound, "no such cat\n").ServeHTTP(w, r)
		}))
		w, _ := serve(t, h, get(t, "/cats/7?page=2"))
		if w.status != http.StatusNotFound || w.body.String() != "no such cat\n" {
			t.Errorf("AccessLog around a handler that answers 404: answer = %d %q, want it unchanged", w.status, w.body.String())
		}

		line := journal.line(t, "request")
		wantAttr(t, "GET /cats/7?page=2", line, "level", "INFO")
		wantAttr(t, "GET /cats/7?page=2", line, "method", "GET")
		wantAttr(t, "GET /cats/7?page=2", line, "path", "/cats/7")
		wantAttr(t, "GET /cats/7?page=2", line, "status", 404.0)
		wantAttr(t, "GET /cats/7?page=2", line, "bytes", 12.0)
		wantAttr(t, "GET /cats/7?page=2", line, "duration", float64(3*time.Second))
	})
}

func TestRecoverer(t *testing.T) {
	journal, log := newJournal()
	h := middleware.Recoverer(log)(http.HandlerFunc(burn))
	w, panicked := serve(t, h, get(t, "/"))
	if panicked != nil {
		t.Fatalf("Recoverer around a handler that panics: the panic %v came through, want it recovered", panicked)
	}
	if w.status != http.StatusInternalServerError {
		t.Errorf("Recoverer around a handler that panics: status = %d, want 500", w.status)
	}
	if strings.Contains(w.body.String(), "kitchen") {
		t.Errorf("Recoverer around a handler that panics: body = %q, want nothing about the panic in it", w.body.String())
	}

	line := journal.line(t, "panic")
	wantAttr(t, "a handler that panics", line, "level", "ERROR")
	wantAttr(t, "a handler that panics", line, "panic", "kitchen on fire")
	if stack, _ := line["stack"].(string); !strings.Contains(stack, "middleware_test.burn") {
		t.Errorf("a handler that panics: the line %q has stack = %q, want the stack with the function burn", "panic", stack)
	}
}

func burn(http.ResponseWriter, *http.Request) { panic("kitchen on fire") }

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := middleware.Timeout(10 * time.Second)(write(http.StatusCreated, "done"))
		if w, _ := serve(t, quick, get(t, "/")); w.status != http.StatusCreated || w.body.String() != "done" {
			t.Errorf("Timeout(10s) around a quick handler: answer = %d %q, want 201 %q", w.status, w.body.String(), "done")
		}

		patient := middleware.Timeout(10 * time.Second)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Hour):
			}
		}))
		start := time.Now()
		w, _ := serve(t, patient, get(t, "/"))
		if w.status != http.StatusServiceUnavailable || w.body.String() == "" {
			t.Errorf("Timeout(10s) around a handler that takes too long: answer = %d %q, want 503 and a few words",
				w.status, w.body.String())
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("Timeout(10s) around a handler that takes too long: the answer took %v, want 10s", took)
		}
	})
}
