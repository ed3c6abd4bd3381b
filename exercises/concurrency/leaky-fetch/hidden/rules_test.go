package leakyfetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"leakyfetch"
)

const timeout = 10 * time.Second

// bubble runs a test in fake time. At its end it waits until every source has
// given up, so that only a goroutine that never ends is still there then.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(t)
		time.Sleep(3 * never)
	})
}

// fetch fetches a document from s with the tests' time-out, and says how long
// it took.
func fetch(ctx context.Context, s *source) (got []byte, took time.Duration, err error) {
	began := time.Now()
	got, err = leakyfetch.New(s, timeout).Fetch(ctx, "bottles")
	return got, time.Since(began), err
}

// wantEnd checks that a Fetch returned after the given time, with an error
// that wraps want and says of no other end, and without any content.
func wantEnd(t *testing.T, what string, want error, after time.Duration, got []byte, took time.Duration, err error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("Fetch %s: error = %v, want one that wraps %q", what, err, want)
	}
	if want != leakyfetch.ErrTimeout && errors.Is(err, leakyfetch.ErrTimeout) {
		t.Errorf("Fetch %s: error = %v, which wraps ErrTimeout, but the Fetcher's time isn't over", what, err)
	}
	if took != after {
		t.Errorf("Fetch %s has returned after %v, want %v", what, took, after)
	}
	if got != nil {
		t.Errorf("Fetch %s has returned %d bytes, want nil", what, len(got))
	}
}

func TestGivesUpAtOnce(t *testing.T) {
	for _, test := range []struct {
		name, what string
		source     *source
	}{
		{"Open", "while Open needs 5s to notice the end", &source{wait: never, notice: 5 * time.Second}},
		{"Open never notices", "while Open is deaf", &source{wait: never, notice: never}},
		{"Open succeeds late", "while Open succeeds 5s too late",
			&source{wait: never, notice: 5 * time.Second, late: true, content: "late"}},
		{"Read", "while Read needs 5s to notice the end",
			&source{content: "some", readWait: never, notice: 5 * time.Second}},
		{"a later Read", "while the third Read needs 5s to notice the end",
			&source{content: "some", readWait: 4 * time.Second, notice: 5 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				got, took, err := fetch(t.Context(), test.source)
				wantEnd(t, "with a time-out of 10s, "+test.what, leakyfetch.ErrTimeout, timeout, got, took, err)
			})
		})
	}
}

func TestLateStreamIsClosed(t *testing.T) {
	for _, test := range []struct {
		name   string
		notice time.Duration
		cancel time.Duration
	}{
		{"after the time-out", 5 * time.Second, never},
		{"at the end of the time-out", 0, never},
		{"long after the time-out", never, never},
		{"after the caller has cancelled", 5 * time.Second, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				stop := time.AfterFunc(test.cancel, cancel)
				defer stop.Stop()

				s := &source{wait: time.Minute, notice: test.notice, late: true, content: "late"}
				fetch(ctx, s)
				// Once for the end of Open, once for that of a Read.
				time.Sleep(2*test.notice + time.Minute)
				if total, open := s.open(); total != 1 || open != 0 {
					t.Errorf("Open has succeeded %v after Fetch gave up: %d streams opened, %d of them still open, want 1 and 0",
						test.notice, total, open)
				}
			})
		})
	}

	t.Run("when Read was under way", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			s := &source{content: "some", readWait: never, notice: 5 * time.Second}
			fetch(t.Context(), s)
			time.Sleep(6 * time.Second)
			if total, open := s.open(); total != 1 || open != 0 {
				t.Errorf("Read has returned 5s after Fetch gave up: %d streams opened, %d of them still open, want 1 and 0", total, open)
			}
		})
	})
}

type valueKey struct{}

func TestContextOfOpen(t *testing.T) {
	for _, test := range []struct {
		name   string
		source *source
	}{
		{"a time-out in Open", &source{wait: never, notice: 5 * time.Second}},
		{"a time-out in Read", &source{content: "some", readWait: never, notice: 5 * time.Second}},
		{"success", &source{wait: time.Second, content: "some", readWait: time.Second}},
		{"a failed Open", &source{wait: time.Second, err: errors.New("no such document")}},
		{"a failed Read", &source{content: "so", readErr: io.ErrUnexpectedEOF}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ctx := context.WithValue(t.Context(), valueKey{}, "request 7")
				fetch(ctx, test.source)

				given := test.source.context(t)
				if given.Err() == nil {
					t.Errorf("Fetch has returned after %s: the context of Open is still alive, want it cancelled", test.name)
				}
				if got := given.Value(valueKey{}); got != "request 7" {
					t.Errorf("the context of Open has the value %v, want that of the caller's, %q", got, "request 7")
				}
			})
		})
	}

	t.Run("sees the caller cancel", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Second, cancel)
			s := &source{wait: never}
			fetch(ctx, s)
			if s.context(t).Err() == nil {
				t.Error("Fetch has returned because its caller cancelled: the context of Open is still alive, want it cancelled")
			}
		})
	})
}

func TestTimeOutCoversReading(t *testing.T) {
	for _, test := range []struct {
		name, what string
		source     *source
	}{
		{"stalls", "of a document whose stream is open after 6s and has no byte", &source{wait: 6 * time.Second, content: "late", readWait: never}},
		{"trickles", "of a document that comes a byte every 3s", &source{content: "slowly", readWait: 3 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				got, took, err := fetch(t.Context(), test.source)
				wantEnd(t, test.what+", with a time-out of 10s", leakyfetch.ErrTimeout, timeout, got, took, err)
			})
		})
	}

	t.Run("just in time", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			// Five Reads, the last of which finds the end.
			s := &source{wait: 4 * time.Second, content: "slow", readWait: time.Second}
			got, _, err := fetch(t.Context(), s)
			if err != nil || string(got) != s.content {
				t.Errorf("Fetch of a document that is there after 9s of 10s = %q, %v, want %q, nil", got, err, s.content)
			}
		})
	})
}

func TestCallerEndsFirst(t *testing.T) {
	for _, phase := range []struct {
		name   string
		source func() *source
	}{
		{"Open", func() *source { return &source{wait: never, notice: 5 * time.Second} }},
		{"Read", func() *source { return &source{content: "some", readWait: never, notice: 5 * time.Second} }},
	} {
		t.Run("cancelled during "+phase.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(2*time.Second, cancel)
				got, took, err := fetch(ctx, phase.source())
				what := fmt.Sprintf("cancelled by the caller after 2s, during %s", phase.name)
				wantEnd(t, what, context.Canceled, 2*time.Second, got, took, err)
			})
		})

		t.Run("deadline during "+phase.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				got, took, err := fetch(ctx, phase.source())
				what := fmt.Sprintf("with a deadline of the caller's after 2s, during %s", phase.name)
				wantEnd(t, what, context.DeadlineExceeded, 2*time.Second, got, took, err)
			})
		})
	}

	t.Run("deadline after the time-out", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			got, took, err := fetch(ctx, &source{wait: never, notice: 5 * time.Second})
			wantEnd(t, "with a deadline of the caller's after 1m", leakyfetch.ErrTimeout, timeout, got, took, err)
		})
	})
}

func TestFailedRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &source{content: "so", readWait: time.Second, readErr: io.ErrUnexpectedEOF}
		got, _, err := fetch(t.Context(), s)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("Fetch of a document that breaks off: error = %v, want one that wraps %q", err, io.ErrUnexpectedEOF)
		}
		if got != nil {
			t.Errorf("Fetch of a document that breaks off = %q, want nil", got)
		}
		if _, open := s.open(); open != 0 {
			t.Errorf("Fetch of a document that breaks off has returned with %d streams open, want 0", open)
		}
	})
}

// byName is a Source of documents that take as long as their names say. Their
// content is their name.
type byName struct{}

func (byName) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	wait, err := time.ParseDuration(name)
	if err != nil {
		return nil, err
	}
	return (&source{wait: wait, content: name}).Open(ctx, name)
}

func TestSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const fetches = 20
		fetcher := leakyfetch.New(byName{}, timeout)
		began := time.Now()
		done := make(chan struct{})
		for i := range fetches {
			go func() {
				defer func() { done <- struct{}{} }()
				wait := time.Duration(i) * time.Second
				got, err := fetcher.Fetch(t.Context(), wait.String())
				switch {
				case wait < timeout:
					if err != nil || string(got) != wait.String() {
						t.Errorf("one of %d Fetches at once, of the document %q, = %q, %v, want its name and nil", fetches, wait, got, err)
					}
				case wait > timeout:
					if !errors.Is(err, leakyfetch.ErrTimeout) {
						t.Errorf("one of %d Fetches at once, of the document %q with a time-out of 10s: error = %v, want ErrTimeout", fetches, wait, err)
					}
				}
				if took, want := time.Since(began), min(wait, timeout); took != want {
					t.Errorf("one of %d Fetches at once, of the document %q with a time-out of 10s, has returned after %v, want %v", fetches, wait, took, want)
				}
			}()
		}
		for range fetches {
			<-done
		}
	})
}
