// Package fetchwithtimeout fetches a URL and never waits, or reads, longer
// than it was told to.
package fetchwithtimeout

import (
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

// Fetch turns the errors of get into those that its callers know.
func Fetch(ctx context.Context, client *http.Client, url string, timeout time.Duration, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	body, err := get(ctx, client, url, limit)
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*StatusError](err); ok {
		return nil, err
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fmt.Errorf("%w: limit is %d bytes", ErrTooLarge, tooLarge.Limit)
	}
	// ctx.Err() is nil, and Join leaves it out, unless the context ended.
	return nil, fmt.Errorf("get %s: %w", url, errors.Join(ctx.Err(), err))
}

// get reads a body of at most limit bytes under ctx. Of an error body it reads
// no more either: once a short one is read, its connection can be used again.
func get(ctx context.Context, client *http.Client, url string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	body := http.MaxBytesReader(nil, resp.Body, limit)
	defer body.Close()

	if resp.StatusCode/100 != 2 {
		io.Copy(io.Discard, body)
		return nil, &StatusError{Code: resp.StatusCode}
	}
	return io.ReadAll(body)
}
