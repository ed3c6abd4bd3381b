package middleware

import (
	"errors"
	"net/http"
)

// A recorder passes an answer on and notes what has gone out.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the answer has begun
	bytes  int
}

func (r *recorder) WriteHeader(status int) {
	r.ResponseWriter.WriteHeader(status) // panics if there is no such status
	if status >= 200 || status == http.StatusSwitchingProtocols {
		r.begin(status)
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.begin(http.StatusOK)
	n, err := r.ResponseWriter.Write(p)
	r.bytes += n
	return n, err
}

// FlushError is what http.ResponseController looks for.
func (r *recorder) FlushError() error {
	err := http.NewResponseController(r.ResponseWriter).Flush()
	if !errors.Is(err, http.ErrNotSupported) {
		r.begin(http.StatusOK)
	}
	return err
}

// Unwrap gives http.ResponseController everything else.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) begin(status int) {
	if r.status == 0 {
		r.status = status
	}
}
