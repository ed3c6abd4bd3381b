package middleware

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"time"
)

// Timeout gives a handler the time d. When it is over, a 503 goes out.
func Timeout(d time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			deadline := time.Now().Add(d)
			timer := time.NewTimer(d)
			defer timer.Stop()
			ctx, cancel := context.WithDeadline(r.Context(), deadline)
			defer cancel()

			held := &heldAnswer{deadline: deadline, header: w.Header().Clone()}
			done := make(chan outcome, 1)
			go func() {
				defer func() {
					done <- outcome{panicked: recover(), inTime: held.inTime()}
				}()
				next.ServeHTTP(held, r.WithContext(ctx))
			}()

			var end outcome
			select {
			case end = <-done:
			case <-timer.C:
				select {
				case end = <-done: // it may have been in time by a hair
				default:
				}
			}
			switch {
			case !end.inTime:
				http.Error(w, "the answer took too long", http.StatusServiceUnavailable)
			case end.panicked != nil:
				panic(end.panicked)
			default:
				held.send(w)
			}
		})
	}
}

// An outcome is how a handler has ended.
type outcome struct {
	panicked any
	inTime   bool
}

// A heldAnswer keeps an answer back. After its deadline only the handler has it, before that nobody else until the
// handler has returned, so it needs no lock.
type heldAnswer struct {
	deadline time.Time
	header   http.Header // the handler's
	status   int         // 0 until the answer has begun
	sent     http.Header // header, as it was then
	body     bytes.Buffer
}

func (h *heldAnswer) inTime() bool { return time.Now().Before(h.deadline) }

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(status int) {
	informational := status < 200 && status != http.StatusSwitchingProtocols
	if h.status == 0 && !informational {
		h.status = status
		h.sent = h.header.Clone()
	}
}

func (h *heldAnswer) Write(p []byte) (int, error) {
	if !h.inTime() {
		return 0, http.ErrHandlerTimeout
	}
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// send sends the answer of a handler that has returned.
func (h *heldAnswer) send(w http.ResponseWriter) {
	if h.status != 0 {
		replace(w.Header(), h.sent)
		w.WriteHeader(h.status)
		w.Write(h.body.Bytes())
	}
	replace(w.Header(), h.header) // if the answer has begun, this sets its trailers
}

func replace(dst, src http.Header) {
	clear(dst)
	maps.Copy(dst, src)
}
