package middleware_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"middleware"
)

func TestAnswerHasBegun(t *testing.T) {
	for _, tt := range []struct {
		what   string
		handle func(w http.ResponseWriter)
		status int
		body   string
	}{
		{"says 202", func(w http.ResponseWriter) { w.WriteHeader(202) }, 202, ""},
		{"writes", func(w http.ResponseWriter) { fmt.Fprint(w, "half") }, 200, "half"},
		{"flushes", func(w http.ResponseWriter) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("http.NewResponseController(w).Flush() within Recoverer = %v, want nil", err)
			}
		}, 200, ""},
	} {
		journal, log := newJournal()
		h := middleware.Recoverer(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tt.handle(w)
			panic(errors.New("kitchen on fire"))
		}))
		w, panicked := serve(t, h, get(t, "/"))
		if panicked != http.ErrAbortHandler {
			t.Errorf("a handler that %s and panics, in Recoverer: the panic %v came out, want http.ErrAbortHandler", tt.what, panicked)
		}
		if w.superfluous != 0 {
			t.Errorf("a handler that %s and panics, in Recoverer: WriteHeader was called though the answer had begun", tt.what)
		}
		if w.status != tt.status || w.body.String() != tt.body {
			t.Errorf("a handler that %s and panics, in Recoverer: answer = %d %q, want it left at %d %q",
				tt.what, w.status, w.body.String(), tt.status, tt.body)
		}
		wantAttr(t, "a handler that "+tt.what+" and panics", journal.line(t, "panic"), "panic", "kitchen on fire")
	}

	// A hint isn't the answer.
	_, log := newJournal()
	h := middleware.Recoverer(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		panic("kitchen on fire")
	}))
	if w, panicked := serve(t, h, get(t, "/")); panicked != nil || w.status != http.StatusInternalServerError {
		t.Errorf("a handler that says 103 and panics, in Recoverer: status %d, panic %v, want 500 and none", w.status, panicked)
	}
}

func TestAbort(t *testing.T) {
	for _, begun := range []bool{false, true} {
		journal, log := newJournal()
		h := middleware.Recoverer(log)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if begun {
				fmt.Fprint(w, "half")
			}
			panic(http.ErrAbortHandler)
		}))
		w, panicked := serve(t, h, get(t, "/"))
		const what = "a handler that panics with http.ErrAbortHandler, in Recoverer"
		if panicked != http.ErrAbortHandler {
			t.Errorf("%s: the panic %v came out, want http.ErrAbortHandler", what, panicked)
		}
		if !begun && w.status != 0 {
			t.Errorf("%s: answer = %d %q, want nothing sent", what, w.status, w.body.String())
		}
		if begun && (w.superfluous != 0 || w.body.String() != "half") {
			t.Errorf("%s: body = %q and %d calls of WriteHeader too many, want %q and 0", what, w.body.String(), w.superfluous, "half")
		}
		if n := len(journal.lines(t, "panic")); n != 0 {
			t.Errorf("%s: %d lines with the message %q, want 0", what, n, "panic")
		}
	}
}
