package idempotencykey_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"idempotencykey"
)

const ttl = time.Hour

// A till is the handler that does the work. It charges, and notes what it was asked for.
type till struct {
	answer http.HandlerFunc // what it does in the place of charging, if anything

	mu     sync.Mutex
	bodies []string
}

func (c *till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.bodies = append(c.bodies, string(body))
	n := len(c.bodies)
	c.mu.Unlock()

	if c.answer != nil {
		c.answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"charge": %d}`, n)
}

func (c *till) charges() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.bodies)
}

// wantCharges reports that next was called another number of times.
func wantCharges(t *testing.T, what string, c *till, want int) {
	t.Helper()
	if got := c.charges(); got != want {
		t.Errorf("%s: next was called %d times, want %d", what, got, want)
	}
}

// handler returns a Handler around c. A request's client is its header X-Client.
func handler(c *till) http.Handler {
	return idempotencykey.Handler(c, func(r *http.Request) string { return r.Header.Get("X-Client") }, ttl)
}

// charge is the request that Ada sends, with a key.
func charge(ctx context.Context, key, body string) *http.Request {
	return request(ctx, "POST", "/charges", "ada", key, strings.NewReader(body))
}

func request(ctx context.Context, method, target, client, key string, body io.Reader) *http.Request {
	r := httptest.NewRequestWithContext(ctx, method, target, body)
	r.Header.Set("X-Client", client)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r
}

// An answer is what the client gets.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %q", a.status, a.body) }

func send(h http.Handler, r *http.Request) answer {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return answerOf(rec)
}

func answerOf(rec *httptest.ResponseRecorder) answer {
	return answer{rec.Code, rec.Result().Header, rec.Body.String()}
}

// wantStatus reports an answer with another status.
func wantStatus(t *testing.T, what string, a answer, want int) {
	t.Helper()
	if a.status != want {
		t.Errorf("%s: answer = %v, want status %d", what, a, want)
	}
}

// wantReplayed reports an answer that isn't the first one, from the store.
func wantReplayed(t *testing.T, what string, got, first answer) {
	t.Helper()
	if got.status != first.status || got.body != first.body {
		t.Errorf("%s: answer = %v, want %v, as the first time", what, got, first)
	}
	if values := got.header["Idempotent-Replayed"]; len(values) != 1 || values[0] != "true" {
		t.Errorf("%s: Idempotent-Replayed = %q, want one value, true", what, values)
	}
}

// wantFresh reports an answer that isn't this one of next.
func wantFresh(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: answer = %v, want %v, from next", what, got, answer{status: status, body: body})
	}
	if values, ok := got.header["Idempotent-Replayed"]; ok {
		t.Errorf("%s: Idempotent-Replayed = %q, want none, since the answer comes from next", what, values)
	}
}
