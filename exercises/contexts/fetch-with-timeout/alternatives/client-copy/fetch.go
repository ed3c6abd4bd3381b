// Package fetchwithtimeout fetches a URL and never waits, or reads, longer
// than it was told to.
package fetchwithtimeout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ErrTooLarge reports a body that is longer than the limit.
var ErrTooLarge = errors.New("body is too large")

// StatusError reports an answer whose status is not 2xx.
type StatusError struct {
	Code int // the status code, such as 404
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("server answered with status %d", e.Code)
}

// Fetch leaves the time-out to a client of its own: a copy, which shares the
// transport and with it the connections.
func Fetch(ctx context.Context, client *http.Client, url string, timeout time.Duration, limit int64) ([]byte, error) {
	own := *client
	if own.Timeout <= 0 || own.Timeout > timeout {
		own.Timeout = timeout
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := own.Do(req)
	if err != nil {
		return nil, tell(ctx, err)
	}
	// Closing the body also stops the timer of own.Timeout.
	defer resp.Body.Close()

	switch {
	case resp.StatusCode < 200, resp.StatusCode >= 300:
		return nil, &StatusError{Code: resp.StatusCode}
	case resp.ContentLength > limit:
		return nil, ErrTooLarge
	}

	var buf bytes.Buffer
	_, err = io.CopyN(&buf, resp.Body, limit+1)
	switch {
	case err == nil:
		return nil, ErrTooLarge // there was a byte too many
	case err == io.EOF:
		return buf.Bytes(), nil
	default:
		return nil, tell(ctx, err)
	}
}

// tell adds the caller's own end to err. The end by own.Timeout needs no help:
// its error always is a context.DeadlineExceeded.
func tell(ctx context.Context, err error) error {
	switch end := ctx.Err(); {
	case end == nil, errors.Is(err, end):
		return err
	default:
		return errors.Join(end, err)
	}
}
