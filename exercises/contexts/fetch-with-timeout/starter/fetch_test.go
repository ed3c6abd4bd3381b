package fetchwithtimeout_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"fetchwithtimeout"
)

func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &server{body: "42 green bottles", wait: time.Second}

		got, err := fetchwithtimeout.Fetch(t.Context(), srv.client(), target, 10*time.Second, 1000)
		if err != nil {
			t.Fatalf("Fetch of a server that answers in time: error = %v, want nil", err)
		}
		if string(got) != srv.body {
			t.Errorf("Fetch = %q, want %q", got, srv.body)
		}

		seen := srv.seen()
		if len(seen) != 1 {
			t.Fatalf("Fetch sent %d requests through the client, want 1", len(seen))
		}
		if req := seen[0].request; req.Method != http.MethodGet || req.URL.String() != target {
			t.Errorf("Fetch sent %s %s, want GET %s", req.Method, req.URL, target)
		}
	})
}

func TestTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &server{wait: never}

		// Time is fake in here: it passes only while everything waits.
		start := time.Now()
		got, err := fetchwithtimeout.Fetch(t.Context(), srv.client(), target, 10*time.Second, 1000)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Fetch of a silent server: error = %v, want one that wraps context.DeadlineExceeded", err)
		}
		if errors.Is(err, context.Canceled) {
			t.Errorf("Fetch of a silent server: error = %v, which wraps context.Canceled, but nobody cancelled", err)
		}
		if got != nil {
			t.Errorf("Fetch of a silent server = %q, want nil", got)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("Fetch with a time-out of 10s took %v, want 10s", took)
		}
	})
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &server{status: http.StatusNotFound, body: "no such report"}

		got, err := fetchwithtimeout.Fetch(t.Context(), srv.client(), target, 10*time.Second, 1000)
		statusErr, ok := errors.AsType[*fetchwithtimeout.StatusError](err)
		if !ok {
			t.Fatalf("Fetch when the server answers 404: error = %v, want one that wraps a *StatusError", err)
		}
		if statusErr.Code != http.StatusNotFound {
			t.Errorf("Fetch when the server answers 404: StatusError.Code = %d, want 404", statusErr.Code)
		}
		if got != nil {
			t.Errorf("Fetch when the server answers 404 = %q, want nil", got)
		}
	})
}
