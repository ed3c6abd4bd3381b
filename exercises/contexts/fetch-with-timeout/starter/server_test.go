package fetchwithtimeout_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// target is the URL that the tests fetch. Nobody listens there: a request that
// does not go through the test's client is refused at once.
const target = "http://127.0.0.1:1/report"

// never is longer than any time-out of the tests. Whoever waits it out was not
// stopped.
const never = time.Hour

// A server stands in for the network: it is the transport of the client under
// test. Its waits take fake time, and like the real transport it gives up when
// the request's context ends, with the cause of that end as its error.
type server struct {
	wait     time.Duration // before it answers
	windDown time.Duration // from the end of the context to giving up
	err      error         // instead of an answer

	status      int           // 0 stands for 200
	body        string        // what the body holds
	endless     bool          // the body goes on and on instead
	bodyWait    time.Duration // before each piece of the body
	bodyErr     error         // at the end of the body, instead of io.EOF
	sendsLength bool          // the answer has a Content-Length
	onRoundTrip func()        // called at the start of each request

	stillRunning atomic.Int32 // requests begun and not yet answered
	mu           sync.Mutex
	exchanges    []*exchange
}

// An exchange is a request and, once there is an answer, the answer's body.
type exchange struct {
	request *http.Request
	body    *body
}

// client returns a client whose requests go to s.
func (s *server) client() *http.Client {
	return &http.Client{Transport: s}
}

// seen returns the exchanges so far.
func (s *server) seen() []*exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*exchange(nil), s.exchanges...)
}

// RoundTrip makes a server an http.RoundTripper.
func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	s.stillRunning.Add(1)
	defer s.stillRunning.Add(-1)
	if s.onRoundTrip != nil {
		s.onRoundTrip()
	}

	ex := &exchange{request: req}
	s.mu.Lock()
	s.exchanges = append(s.exchanges, ex)
	s.mu.Unlock()

	if err := pause(req.Context(), s.wait, nil); err != nil {
		time.Sleep(s.windDown)
		return nil, err
	}
	if s.err != nil {
		return nil, s.err
	}

	b := &body{server: s, ctx: req.Context(), closed: make(chan struct{})}
	b.rest.Reset(s.body)
	s.mu.Lock()
	ex.body = b
	s.mu.Unlock()

	resp := &http.Response{
		StatusCode:    s.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header),
		Body:          b,
		ContentLength: -1,
		Request:       req,
	}
	if s.status == 0 {
		resp.StatusCode = http.StatusOK
	}
	if s.sendsLength {
		resp.ContentLength = int64(len(s.body))
	}
	resp.Status = fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	return resp, nil
}

// A body is the body of an answer. It counts what is read from it.
type body struct {
	server *server
	ctx    context.Context
	rest   strings.Reader
	read   atomic.Int64

	close  sync.Once
	closed chan struct{}
}

// endOfEndless is where the tests stop an endless body.
const endOfEndless = 1 << 20

func (b *body) Read(p []byte) (int, error) {
	if b.isClosed() {
		return 0, errors.New("read from a closed body")
	}
	if err := pause(b.ctx, b.server.bodyWait, b.closed); err != nil {
		return 0, err
	}

	if b.server.endless {
		if b.read.Load() >= endOfEndless {
			return 0, errors.New("somebody tried to read an endless body to its end")
		}
		for i := range p {
			p[i] = 'x'
		}
		b.read.Add(int64(len(p)))
		return len(p), nil
	}

	if b.rest.Len() == 0 && b.server.bodyErr != nil {
		return 0, b.server.bodyErr
	}
	if b.server.bodyWait > 0 {
		p = p[:min(len(p), 4)] // slow bodies come in small pieces
	}
	n, err := b.rest.Read(p)
	b.read.Add(int64(n))
	return n, err
}

func (b *body) Close() error {
	b.close.Do(func() { close(b.closed) })
	return nil
}

func (b *body) isClosed() bool {
	select {
	case <-b.closed:
		return true
	default:
		return false
	}
}

// pause waits for d. It ends early, with an error, when ctx ends or closed is
// closed.
func pause(ctx context.Context, d time.Duration, closed <-chan struct{}) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-closed:
		return errors.New("the body was closed during a read")
	case <-time.After(d):
		return nil
	}
}
