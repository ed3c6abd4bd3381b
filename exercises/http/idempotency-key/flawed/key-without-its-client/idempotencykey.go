// Package idempotencykey makes it safe to send a POST again.
package idempotencykey

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	maxKeyBytes  = 64
	maxBodyBytes = 1 << 20
)

type handler struct {
	next    http.Handler
	client  func(*http.Request) string
	answers *store
}

// Handler lets each POST of a client through to next once for each Idempotency-Key, and answers repeats with what next
// answered. It remembers an answer for ttl. client says whose request it is.
func Handler(next http.Handler, client func(*http.Request) string, ttl time.Duration) http.Handler {
	return &handler{next: next, client: client, answers: newStore(ttl)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.next.ServeHTTP(w, r)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > maxKeyBytes {
		http.Error(w, "an Idempotency-Key of 1 to 64 bytes is needed", http.StatusBadRequest)
		return
	}
	// The whole body first: it must be compared before next may act on it, and it comes at the client's pace.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		http.Error(w, "the body is larger than 1 MiB", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the body can't be read", http.StatusBadRequest)
		return
	}

	id := id{key: key}
	switch stored, err := h.answers.claim(id, fingerprint(r, body)); {
	case errors.Is(err, errOtherRequest):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	case errors.Is(err, errUnderWay):
		http.Error(w, err.Error(), http.StatusConflict)
	case stored != nil:
		w.Header().Set("Idempotent-Replayed", "true")
		stored.send(w)
	default:
		h.act(id, r, body).send(w)
	}
}

// act calls next for a key that this request has claimed, and settles the key in any case.
func (h *handler) act(id id, r *http.Request, body []byte) *answer {
	a := &answer{header: make(http.Header)}
	keep := false
	// Deferred: if next panics, the key is free again.
	defer func() {
		if keep {
			h.answers.keep(id, a)
		} else {
			h.answers.release(id)
		}
	}()

	r = r.WithContext(r.Context()) // a copy, since the caller's request isn't ours to change
	r.Body = io.NopCloser(bytes.NewReader(body))
	h.next.ServeHTTP(a, r)
	a.begin(http.StatusOK)
	// A 5xx says that it didn't work this time. It may the next time, and that is what a client repeats for.
	keep = a.status < 500
	return a
}

// fingerprint is the same for requests that ask for the same.
func fingerprint(r *http.Request, body []byte) [sha256.Size]byte {
	// The escaped URL has no line break, so it can't be mixed up with what comes after it.
	return sha256.Sum256(slices.Concat([]byte(r.URL.EscapedPath()+"?"+r.URL.RawQuery+"\n"), body))
}

// answer is a ResponseWriter that keeps what is written to it.
type answer struct {
	header http.Header
	status int // 0 until the answer has begun
	sent   http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) begin(status int) {
	if a.status == 0 {
		a.status = status
		a.sent = a.header.Clone() // what is set from now on comes too late
	}
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 {
		a.begin(status)
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.body.Write(p)
}

// send may be called by many at the same time: it only reads.
func (a *answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.sent.Clone())
	w.WriteHeader(a.status)
	// A client that has gone away may ask again; the answer is kept.
	_, _ = w.Write(a.body.Bytes())
}
