package middleware_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A wire is the ResponseWriter of a server, and keeps what went out.
type wire struct {
	header http.Header // what the handler sees; what went out is in sent

	status      int // 0 until the answer has begun
	sent        http.Header
	body        strings.Builder
	superfluous int // calls of WriteHeader when the answer had begun
	flushes     int
}

func (w *wire) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

func (w *wire) WriteHeader(status int) {
	switch {
	case w.status != 0:
		w.superfluous++
	case status >= 200:
		w.status = status
		w.sent = w.Header().Clone()
	}
}

func (w *wire) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.body.Write(p)
}

func (w *wire) Flush() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.flushes++
}

// serve calls h as a server would, and returns what went out, and the panic that came out of h, if any.
func serve(t *testing.T, h http.Handler, r *http.Request) (w *wire, panicked any) {
	t.Helper()
	w = &wire{}
	func() {
		defer func() { panicked = recover() }()
		h.ServeHTTP(w, r)
	}()
	if w.status == 0 && panicked == nil {
		w.WriteHeader(http.StatusOK)
	}
	return w, panicked
}

func get(t *testing.T, path string) *http.Request {
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
}

// write is a handler that sends status and body.
func write(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

// A journal is where a logger writes to in a test.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func newJournal() (*journal, *slog.Logger) {
	j := &journal{}
	return j, slog.New(slog.NewJSONHandler(j, nil))
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// lines returns what was logged under a message.
func (j *journal) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []map[string]any
	for text := range strings.Lines(j.text.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("the log has a line that isn't JSON: %q", text)
		}
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// line returns the one line that was logged under a message, or ends the test.
func (j *journal) line(t *testing.T, message string) map[string]any {
	t.Helper()
	lines := j.lines(t, message)
	if len(lines) != 1 {
		t.Fatalf("the log has %d lines with the message %q, want 1", len(lines), message)
	}
	return lines[0]
}

// wantAttr compares an attribute of a line; numbers are float64, as in JSON.
func wantAttr(t *testing.T, what string, line map[string]any, key string, want any) {
	t.Helper()
	if got, ok := line[key]; !ok {
		t.Errorf("%s: the line %q has no attribute %q, want %v", what, line["msg"], key, want)
	} else if got != want {
		t.Errorf("%s: the line %q has %s = %v, want %v", what, line["msg"], key, got, want)
	}
}
