package middleware_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"middleware"
)

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// idOf sends a request with this X-Request-ID, none if it is empty, and returns the id that the handler gets.
func idOf(t *testing.T, m middleware.Middleware, header string) string {
	t.Helper()
	var seen string
	h := m(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = middleware.RequestIDFrom(r.Context())
	}))
	r := get(t, "/")
	if header != "" {
		r.Header.Set("X-Request-ID", header)
	}
	w, _ := serve(t, h, r)
	if got := w.sent.Get("X-Request-ID"); got != seen {
		t.Errorf("request with X-Request-ID: %q: the answer's X-Request-ID = %q, the context's id %q, want the same", header, got, seen)
	}
	return seen
}

func TestStrangeIDs(t *testing.T) {
	m := middleware.RequestID()
	for _, id := range []string{"7", "._-", strings.Repeat("x", 64), "AZaz09"} {
		if got := idOf(t, m, id); got != id {
			t.Errorf("request with X-Request-ID: %q: id = %q, want the client's", id, got)
		}
	}
	for _, id := range []string{
		strings.Repeat("x", 65), "two words", "7\nlevel=ERROR", "7;8", `"7"`, "caf\u00e9", "\u0663", "a/b", "a:b", "7\x00", " ", "a+b", "a=b",
	} {
		got := idOf(t, m, id)
		if len(got) < 16 || len(got) > 64 || strings.Trim(got, idLetters) != "" {
			t.Errorf("request with X-Request-ID: %q: id = %q, want a new one of 16 to 64 letters, digits, -, _ and .", id, got)
		}
	}
	if got := middleware.RequestIDFrom(t.Context()); got != "" {
		t.Errorf("RequestIDFrom(a context without an id) = %q, want %q", got, "")
	}
}

func TestNewIDsAreNew(t *testing.T) {
	// The clock stands still here: all requests come in the same instant.
	synctest.Test(t, func(t *testing.T) {
		services := []middleware.Middleware{middleware.RequestID(), middleware.RequestID()}
		var mu sync.Mutex
		given := make(map[string]bool)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 50 {
					id := idOf(t, services[i%2], "")
					mu.Lock()
					if given[id] {
						t.Errorf("the id %q was given to two requests, want a new one for each", id)
					}
					given[id] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	})
}
