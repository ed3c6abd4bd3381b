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

// Fetch sends a GET request for url through client and returns the body of the
// answer. The whole of it, from sending the request to the last byte of the
// body, takes at most timeout, and ends earlier when ctx does. A body of more
// than limit bytes is an error.
//
// timeout is greater than 0, limit is at least 0 and less than math.MaxInt64.
func Fetch(ctx context.Context, client *http.Client, url string, timeout time.Duration, limit int64) ([]byte, error) {
	// The body is read under this context too, so it must live until Fetch
	// returns. If the caller's deadline is nearer, that one stays.
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", withEnd(ctx, err))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, fmt.Errorf("fetch: %w", &StatusError{Code: resp.StatusCode})
	}

	defer resp.Body.Close()

	// The byte past the limit tells a body that just fits from one that is
	// too large.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("fetch: read body: %w", withEnd(ctx, err))
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("fetch: %w: more than %d bytes", ErrTooLarge, limit)
	}
	return body, nil
}

// withEnd returns err such that errors.Is finds how ctx ended, if it did.
//
// Most often err says so already. But a transport reports context.Cause(ctx):
// when the caller cancelled with a cause of its own, err is that cause, and
// nothing in it says context.Canceled.
func withEnd(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}
