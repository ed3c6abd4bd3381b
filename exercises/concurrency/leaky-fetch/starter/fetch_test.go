package leakyfetch_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"leakyfetch"
)

func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{wait: time.Second, content: "42 green bottles", readWait: 100 * time.Millisecond}

		got, err := leakyfetch.New(s, 10*time.Second).Fetch(t.Context(), "bottles")
		if err != nil || string(got) != s.content {
			t.Errorf("Fetch of a document that comes in time = %q, %v, want %q, nil", got, err, s.content)
		}
		if total, open := s.open(); total != 1 || open != 0 {
			t.Errorf("Fetch has opened %d streams and left %d open, want 1 and 0", total, open)
		}
	})
}

func TestOpenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errMissing := errors.New("no such document")
		s := &source{wait: time.Second, err: errMissing}

		got, err := leakyfetch.New(s, 10*time.Second).Fetch(t.Context(), "bottles")
		if !errors.Is(err, errMissing) {
			t.Errorf("Fetch when Open fails: error = %v, want one that wraps %q", err, errMissing)
		}
		if got != nil {
			t.Errorf("Fetch when Open fails = %q, want nil", got)
		}
	})
}

// A waiter is a Source whose Open never comes to anything. It gives up at once
// when its context ends.
type waiter struct{}

// The watchdog of the test below, for a Fetch that doesn't return by itself.
var (
	rescued = make(chan struct{})
	rescue  = sync.OnceFunc(func() { close(rescued) })
)

func (waiter) Open(ctx context.Context, _ string) (io.ReadCloser, error) {
	select {
	case <-ctx.Done():
	case <-rescued:
	}
	return nil, errGaveUp
}

// The symptom. Here time is real, and goroutines are counted.
func TestTimeOutsLeaveNoGoroutine(t *testing.T) {
	const fetches = 20
	before := runtime.NumGoroutine()
	watchdog := time.AfterFunc(time.Second, rescue)

	fetcher := leakyfetch.New(waiter{}, time.Millisecond)
	errs := make(chan error, fetches)
	for range fetches {
		go func() {
			// The caller is in no hurry: this context doesn't end.
			_, err := fetcher.Fetch(context.Background(), "bottles")
			errs <- err
		}()
	}
	for range fetches {
		if err := <-errs; !errors.Is(err, leakyfetch.ErrTimeout) {
			t.Errorf("Fetch while Open waits: error = %v, want one that wraps %q", err, leakyfetch.ErrTimeout)
		}
	}
	watchdog.Stop()

	// What is about to end needs a moment to do so. One or two goroutines more
	// than before may be the runtime's own.
	left := runtime.NumGoroutine() - before
	for end := time.Now().Add(time.Second); left >= fetches/2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
		left = runtime.NumGoroutine() - before
	}
	if left >= fetches/2 {
		t.Errorf("%d Fetches have timed out, of a source that gives up when it is told to: %d goroutines more than before, want none", fetches, left)
	}
}
