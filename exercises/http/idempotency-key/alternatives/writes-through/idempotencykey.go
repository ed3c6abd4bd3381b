// Package idempotencykey answers repeated POSTs from memory. What the first one is answered with goes to its client while
// it is noted down.
package idempotencykey

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

type slot struct {
	url, body string
	done      bool
	status    int
	header    http.Header
	answer    []byte
}

type keys struct {
	sync.Mutex
	slots map[[2]string]slot
}

// Handler lets each POST of a client through to next once for each Idempotency-Key.
func Handler(next http.Handler, client func(*http.Request) string, ttl time.Duration) http.Handler {
	known := &keys{slots: make(map[[2]string]slot)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" {
			next.ServeHTTP(w, r)
			return
		}
		name := [2]string{client(r), r.Header.Get("Idempotency-Key")}
		if n := len(name[1]); n == 0 || n > 64 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var body bytes.Buffer
		n, err := io.Copy(&body, io.LimitReader(r.Body, 1<<20+1))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if n > 1<<20 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}

		known.Lock()
		mine := slot{url: r.URL.String(), body: body.String()}
		found, taken := known.slots[name]
		if !taken {
			known.slots[name] = mine
		}
		known.Unlock()
		if taken {
			found.replay(w, mine)
			return
		}

		c := &copier{client: w, header: http.Header{}}
		defer func() {
			v := recover()
			known.Lock()
			defer known.Unlock()
			if v != nil || c.status >= 500 {
				delete(known.slots, name)
			} else {
				mine.done, mine.status, mine.header, mine.answer = true, c.status, c.sent, c.body.Bytes()
				known.slots[name] = mine
				time.AfterFunc(ttl, func() {
					known.Lock()
					defer known.Unlock()
					delete(known.slots, name)
				})
			}
			if v != nil {
				panic(v)
			}
		}()
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(&body)
		next.ServeHTTP(c, again)
		c.WriteHeader(http.StatusOK)
	})
}

func (s slot) replay(w http.ResponseWriter, request slot) {
	if s.url != request.url || s.body != request.body {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if !s.done {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusConflict)
		return
	}
	for name, values := range s.header {
		w.Header()[name] = append([]string(nil), values...)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(s.status)
	w.Write(s.answer)
}

// copier passes an answer on, and keeps a copy.
type copier struct {
	client http.ResponseWriter
	header http.Header
	status int
	sent   http.Header
	body   bytes.Buffer
}

func (c *copier) Header() http.Header { return c.header }

func (c *copier) WriteHeader(status int) {
	if c.status != 0 || status < 200 {
		return
	}
	c.status, c.sent = status, c.header.Clone()
	for name, values := range c.header {
		c.client.Header()[name] = values
	}
	c.client.WriteHeader(status)
}

func (c *copier) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	c.client.Write(p) // whether it arrives or not
	return c.body.Write(p)
}
