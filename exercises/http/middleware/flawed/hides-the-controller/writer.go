package middleware

import "net/http"

// answer is a ResponseWriter that remembers what went out through it.
type answer struct {
	http.ResponseWriter
	status int // 0 until the answer has begun
	bytes  int64
}

func (a *answer) begin(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) WriteHeader(status int) {
	// A 1xx goes ahead of the answer, which is still to come. 101 is the exception: nothing follows it.
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.begin(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}
