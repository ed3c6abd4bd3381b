package fetchwithtimeout_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fetchwithtimeout"
)

const (
	timeout = 10 * time.Second
	limit   = 1000
)

var (
	errRefused  = errors.New("connection refused")
	errShutdown = errors.New("shutting down")
)

// fetch calls Fetch with the tests' time-out and limit and says how long it
// took.
func fetch(ctx context.Context, srv *server) (got []byte, took time.Duration, err error) {
	start := time.Now()
	got, err = fetchwithtimeout.Fetch(ctx, srv.client(), target, timeout, limit)
	return got, time.Since(start), err
}

// wantNone checks that a Fetch which failed returned no body.
func wantNone(t *testing.T, what string, got []byte) {
	t.Helper()
	if got != nil {
		t.Errorf("Fetch %s returned %d bytes, want nil and an error", what, len(got))
	}
}

// wantEnd checks that err tells which of the two ends of a context it was.
func wantEnd(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("Fetch %s: error = %v, want one that wraps %q", what, err, want)
	}
	for _, other := range []error{context.Canceled, context.DeadlineExceeded} {
		if other != want && errors.Is(err, other) {
			t.Errorf("Fetch %s: error = %v, which wraps %q, but that is not what happened", what, err, other)
		}
	}
}

// wantTook checks the fake time that Fetch took.
func wantTook(t *testing.T, what string, took, want time.Duration) {
	t.Helper()
	if took != want {
		t.Errorf("Fetch %s took %v, want %v", what, took, want)
	}
}

func TestGivenClient(t *testing.T) {
	t.Run("is used as it is", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := &server{body: "hello"}
			client := srv.client()
			srv.onRoundTrip = func() {
				if client.Timeout != 0 {
					t.Errorf("during Fetch the caller's client has Timeout = %v, want it left at 0", client.Timeout)
				}
			}

			got, err := fetchwithtimeout.Fetch(t.Context(), client, target, timeout, limit)
			if n := len(srv.seen()); n != 1 {
				t.Errorf("Fetch sent %d requests through the client that it was given, want 1", n)
			}
			if err != nil || string(got) != "hello" {
				t.Errorf("Fetch = %q, %v, want %q, nil", got, err, "hello")
			}
			if client.Timeout != 0 {
				t.Errorf("after Fetch the caller's client has Timeout = %v, want it left at 0", client.Timeout)
			}
			if client.Transport != http.RoundTripper(srv) {
				t.Errorf("after Fetch the caller's client has another Transport, of type %T, want it left alone", client.Transport)
			}
		})
	})

	t.Run("keeps its own nearer Timeout", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := &server{wait: never}
			client := srv.client()
			client.Timeout = 3 * time.Second

			start := time.Now()
			_, err := fetchwithtimeout.Fetch(t.Context(), client, target, timeout, limit)
			what := "with a time-out of 10s, through a client with Timeout = 3s"
			wantEnd(t, what, err, context.DeadlineExceeded)
			wantTook(t, what, time.Since(start), 3*time.Second)
		})
	})

	t.Run("is shared by many", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := (&server{wait: never}).client()
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					mine := time.Duration(i+1) * time.Second
					what := fmt.Sprintf("with a time-out of %v, next to others on the same client", mine)
					start := time.Now()
					_, err := fetchwithtimeout.Fetch(t.Context(), client, target, mine, limit)
					wantEnd(t, what, err, context.DeadlineExceeded)
					wantTook(t, what, time.Since(start), mine)
				})
			}
			wg.Wait()
		})
	})
}

func TestTimeOutCoversBody(t *testing.T) {
	t.Run("slow but in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			// 4s for the answer, then three reads of 1s: two pieces and the end.
			srv := &server{wait: 4 * time.Second, body: "slowness", bodyWait: time.Second}
			got, _, err := fetch(t.Context(), srv)
			if err != nil || string(got) != srv.body {
				t.Errorf("Fetch of a body that is complete after 7s of 10s = %q, %v, want %q, nil", got, err, srv.body)
			}
		})
	})

	for _, test := range []struct {
		name, what string
		srv        *server
	}{
		{"stalls", "when the answer comes after 6s and its body never",
			&server{wait: 6 * time.Second, body: "late", bodyWait: never}},
		{"trickles", "of a long body that comes 4 bytes every 3s",
			&server{body: strings.Repeat("slow", 200), bodyWait: 3 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, took, err := fetch(t.Context(), test.srv)
				wantEnd(t, test.what, err, context.DeadlineExceeded)
				wantTook(t, test.what, took, timeout)
				wantNone(t, test.what, got)
			})
		})
	}
}

func TestCallerEndsFirst(t *testing.T) {
	for _, phase := range []struct {
		name string
		srv  func() *server
	}{
		{"waiting for the answer", func() *server { return &server{wait: never} }},
		{"reading the body", func() *server { return &server{body: "late", bodyWait: never} }},
	} {
		t.Run("deadline while "+phase.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				what := "with a time-out of 10s, caller's deadline in 2s, while " + phase.name
				got, took, err := fetch(ctx, phase.srv())
				wantEnd(t, what, err, context.DeadlineExceeded)
				wantTook(t, what, took, 2*time.Second)
				wantNone(t, what, got)
			})
		})

		t.Run("cancelled while "+phase.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(2*time.Second, cancel)
				what := "with a time-out of 10s, cancelled by the caller after 2s, while " + phase.name
				got, took, err := fetch(ctx, phase.srv())
				wantEnd(t, what, err, context.Canceled)
				wantTook(t, what, took, 2*time.Second)
				wantNone(t, what, got)
			})
		})
	}

	t.Run("deadline later than the time-out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			what := "with a time-out of 10s, caller's deadline in 1m"
			_, took, err := fetch(ctx, &server{wait: never})
			wantEnd(t, what, err, context.DeadlineExceeded)
			wantTook(t, what, took, timeout)
		})
	})
}

func TestEndedWithCause(t *testing.T) {
	for _, phase := range []struct {
		name string
		srv  func() *server
	}{
		{"waiting for the answer", func() *server { return &server{wait: never} }},
		{"reading the body", func() *server { return &server{body: "late", bodyWait: never} }},
	} {
		t.Run("cancelled while "+phase.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(2*time.Second, func() { cancel(errShutdown) })
				what := fmt.Sprintf("cancelled by the caller with the cause %q, while %s", errShutdown, phase.name)
				_, _, err := fetch(ctx, phase.srv())
				wantEnd(t, what, err, context.Canceled)
				if !errors.Is(err, errShutdown) {
					t.Errorf("Fetch %s: error = %v, want one that wraps the transport's error too, here the cause", what, err)
				}
			})
		})

		t.Run("deadline while "+phase.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errShutdown)
				defer cancel()
				what := fmt.Sprintf("with a caller's deadline whose cause is %q, while %s", errShutdown, phase.name)
				_, _, err := fetch(ctx, phase.srv())
				wantEnd(t, what, err, context.DeadlineExceeded)
				if !errors.Is(err, errShutdown) {
					t.Errorf("Fetch %s: error = %v, want one that wraps the transport's error too, here the cause", what, err)
				}
			})
		})
	}
}

func TestStatusRange(t *testing.T) {
	for _, code := range []int{200, 201, 206, 299} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, _, err := fetch(t.Context(), &server{status: code, body: "fine"})
				if err != nil || string(got) != "fine" {
					t.Errorf("Fetch when the server answers %d = %q, %v, want %q, nil", code, got, err, "fine")
				}
			})
		})
	}

	// No status of these is a redirect that the client follows.
	for _, code := range []int{300, 304, 400, 429, 500, 503} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, _, err := fetch(t.Context(), &server{status: code, body: "sorry"})
				statusErr, ok := errors.AsType[*fetchwithtimeout.StatusError](err)
				if !ok {
					t.Fatalf("Fetch when the server answers %d: error = %v, want one that wraps a *StatusError", code, err)
				}
				if statusErr.Code != code {
					t.Errorf("Fetch when the server answers %d: StatusError.Code = %d, want %d", code, statusErr.Code, code)
				}
				wantNone(t, fmt.Sprintf("when the server answers %d", code), got)
			})
		})
	}
}

// An ending is a way that a Fetch can end after an answer has come.
type ending struct {
	name string
	srv  *server
}

func endings() []ending {
	return []ending{
		{"success", &server{body: "fine"}},
		{"success with an empty body", &server{}},
		{"a status error", &server{status: 500, body: "sorry"}},
		{"a body that is too large", &server{body: strings.Repeat("x", limit+1)}},
		{"a Content-Length that is too large", &server{body: strings.Repeat("x", limit+1), sendsLength: true}},
		{"a connection lost in the body", &server{body: "half", bodyErr: io.ErrUnexpectedEOF}},
		{"a time-out in the body", &server{body: "late", bodyWait: never}},
	}
}

func TestBodyClosed(t *testing.T) {
	for _, end := range endings() {
		t.Run(end.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetch(t.Context(), end.srv)
				seen := end.srv.seen()
				if len(seen) != 1 || seen[0].body == nil {
					t.Fatalf("Fetch that ends in %s got %d answers, want 1", end.name, len(seen))
				}
				if !seen[0].body.isClosed() {
					t.Errorf("Fetch that ends in %s returned with the body still open, want it closed", end.name)
				}
			})
		})
	}
}

func TestBodyLimit(t *testing.T) {
	for _, sends := range []bool{true, false} {
		name := "no Content-Length"
		if sends {
			name = "a Content-Length"
		}

		for _, size := range []int{0, 1, limit - 1, limit} {
			t.Run(fmt.Sprintf("%d bytes, %s", size, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := &server{body: strings.Repeat("x", size), sendsLength: sends}
					got, _, err := fetch(t.Context(), srv)
					if err != nil {
						t.Fatalf("Fetch of %d bytes with %s and a limit of %d: error = %v, want nil", size, name, limit, err)
					}
					if len(got) != size {
						t.Errorf("Fetch of %d bytes with %s and a limit of %d returned %d bytes", size, name, limit, len(got))
					}
				})
			})
		}

		for _, size := range []int{limit + 1, 5 * limit} {
			t.Run(fmt.Sprintf("%d bytes, %s", size, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					srv := &server{body: strings.Repeat("x", size), sendsLength: sends}
					got, _, err := fetch(t.Context(), srv)
					what := fmt.Sprintf("of %d bytes with %s and a limit of %d", size, name, limit)
					if !errors.Is(err, fetchwithtimeout.ErrTooLarge) {
						t.Errorf("Fetch %s: error = %v, want one that wraps ErrTooLarge", what, err)
					}
					wantNone(t, what, got)
				})
			})
		}
	}

	t.Run("limit 0", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := &server{body: "x"}
			_, err := fetchwithtimeout.Fetch(t.Context(), srv.client(), target, timeout, 0)
			if !errors.Is(err, fetchwithtimeout.ErrTooLarge) {
				t.Errorf("Fetch of 1 byte with a limit of 0: error = %v, want one that wraps ErrTooLarge", err)
			}
		})
	})

	for _, status := range []int{200, 500} {
		t.Run(fmt.Sprintf("endless body, status %d", status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &server{status: status, endless: true}
				got, _, err := fetch(t.Context(), srv)
				what := fmt.Sprintf("of an endless body with status %d and a limit of %d", status, limit)
				_, isStatus := errors.AsType[*fetchwithtimeout.StatusError](err)
				if status == 200 && !errors.Is(err, fetchwithtimeout.ErrTooLarge) {
					t.Errorf("Fetch %s: error = %v, want one that wraps ErrTooLarge", what, err)
				}
				if status == 500 && !isStatus {
					t.Errorf("Fetch %s: error = %v, want one that wraps a *StatusError", what, err)
				}
				wantNone(t, what, got)

				const most = limit + 64<<10
				for _, ex := range srv.seen() {
					if n := ex.body.read.Load(); n > most {
						t.Errorf("Fetch %s read %d bytes of it, want at most %d", what, n, most)
					}
				}
			})
		})
	}
}

func TestFailuresReported(t *testing.T) {
	for _, test := range []struct {
		name, what string
		srv        *server
		want       error
	}{
		{"refused", "of a server that refuses the connection",
			&server{err: errRefused}, errRefused},
		{"lost in the body", "of a body that breaks off half-way",
			&server{body: "half of it", bodyErr: io.ErrUnexpectedEOF}, io.ErrUnexpectedEOF},
		{"lost at the start of the body", "of a body that breaks off before its first byte",
			&server{bodyErr: io.ErrUnexpectedEOF}, io.ErrUnexpectedEOF},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, _, err := fetch(t.Context(), test.srv)
				if !errors.Is(err, test.want) {
					t.Errorf("Fetch %s: error = %v, want one that wraps %q", test.what, err, test.want)
				}
				for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
					if errors.Is(err, end) {
						t.Errorf("Fetch %s: error = %v, which wraps %q, but no context ended", test.what, err, end)
					}
				}
				wantNone(t, test.what, got)
			})
		})
	}

	t.Run("malformed URL", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := &server{body: "hello"}
			const url = "http://[::1/report"
			got, err := fetchwithtimeout.Fetch(t.Context(), srv.client(), url, timeout, limit)
			if err == nil {
				t.Errorf("Fetch of the URL %q: error = nil, want an error", url)
			}
			if n := len(srv.seen()); n != 0 {
				t.Errorf("Fetch of the URL %q sent %d requests, want 0", url, n)
			}
			wantNone(t, "of a malformed URL", got)
		})
	})
}

func TestNothingLeftBehind(t *testing.T) {
	for _, end := range endings() {
		t.Run("context after "+end.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetch(t.Context(), end.srv)
				seen := end.srv.seen()
				if len(seen) != 1 {
					t.Fatalf("Fetch that ends in %s sent %d requests, want 1", end.name, len(seen))
				}
				if seen[0].request.Context().Err() == nil {
					t.Errorf("Fetch that ends in %s returned with the request's context still alive, want it cancelled and its timer released", end.name)
				}
			})
		})
	}

	t.Run("request", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv := &server{wait: never, windDown: time.Second}
			fetch(t.Context(), srv)
			if n := srv.stillRunning.Load(); n != 0 {
				t.Errorf("Fetch returned while %d of its requests were still running in the transport, want 0", n)
			}
			time.Sleep(2 * srv.windDown) // let such a request end
		})
	})
}
