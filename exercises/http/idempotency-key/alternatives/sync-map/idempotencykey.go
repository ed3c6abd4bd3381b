// Package idempotencykey makes POSTs idempotent by a key, over a sync.Map.
package idempotencykey

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

type call struct {
	path, query string
	body        []byte
	result      atomic.Pointer[result]
}

func (c *call) same(other *call) bool {
	return c.path == other.path && c.query == other.query && bytes.Equal(c.body, other.body)
}

type result struct {
	status int
	header http.Header
	body   []byte
	until  time.Time
}

func (res *result) over() bool { return res != nil && !time.Now().Before(res.until) }

// Handler lets each POST of a client through to next once for each Idempotency-Key.
func Handler(next http.Handler, client func(*http.Request) string, ttl time.Duration) http.Handler {
	var calls sync.Map // from quoted client and key to *call
	post := func(w http.ResponseWriter, r *http.Request) int {
		key := r.Header.Get("Idempotency-Key")
		if len(key) == 0 || len(key) > 64 {
			return http.StatusBadRequest
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		body, err := io.ReadAll(r.Body)
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			return http.StatusRequestEntityTooLarge
		} else if err != nil {
			return http.StatusBadRequest
		}

		calls.Range(func(name, found any) bool {
			if found.(*call).result.Load().over() {
				calls.CompareAndDelete(name, found)
			}
			return true
		})
		mine := &call{path: r.URL.EscapedPath(), query: r.URL.RawQuery, body: body}
		name := fmt.Sprintf("%q %q", client(r), key)
		if other, loaded := calls.LoadOrStore(name, mine); loaded {
			first := other.(*call)
			res := first.result.Load()
			switch {
			case !first.same(mine):
				return http.StatusUnprocessableEntity
			case res == nil:
				return http.StatusConflict
			}
			w.Header().Set("Idempotent-Replayed", "true")
			res.write(w)
			return 0
		}

		defer func() {
			if mine.result.Load() == nil {
				calls.Delete(name)
			}
		}()
		rec := &recorder{header: make(http.Header)}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(rec, r)
		res := &result{cmp.Or(rec.status, http.StatusOK), cmp.Or(rec.sent, &rec.header).Clone(), rec.body, time.Now().Add(ttl)}
		if res.status < http.StatusInternalServerError {
			mine.result.Store(res)
		}
		res.write(w)
		return 0
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
		} else if refused := post(w, r); refused != 0 {
			http.Error(w, http.StatusText(refused), refused)
		}
	})
}

func (res *result) write(w http.ResponseWriter) {
	for name, values := range res.header {
		for _, value := range values {
			w.Header().Add(name, value)
		}
	}
	w.WriteHeader(res.status)
	w.Write(res.body)
}

type recorder struct {
	header http.Header
	sent   *http.Header
	status int
	body   []byte
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status/100 != 1 {
		sent := rec.header.Clone()
		rec.status, rec.sent = status, &sent
	}
}

func (rec *recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	rec.body = append(rec.body, p...)
	return len(p), nil
}
