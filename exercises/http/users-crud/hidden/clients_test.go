package userscrud_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"userscrud"
)

// A call is a request that hasn't been made yet.
type call struct{ method, path, body string }

// atOnce makes every call in a goroutine of its own, as a server does, and returns the answers in the order of
// the calls. Nothing but the handler itself keeps the goroutines apart.
func atOnce(h http.Handler, calls []call) []answer {
	answers := make([]answer, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() { answers[i] = send(h, c.method, c.path, c.body) })
	}
	wg.Wait()
	return answers
}

func TestConcurrentCreates(t *testing.T) {
	const n = 60
	h := userscrud.New()
	var calls []call
	for i := range n {
		calls = append(calls,
			call{"POST", usersPath, fields(fmt.Sprint("user ", i), fmt.Sprintf("user%d@example.com", i))},
			call{"GET", usersPath, ""},
			call{"GET", userPath(i + 1), ""})
	}
	var created []user
	for i, a := range atOnce(h, calls) {
		if calls[i].method != "POST" {
			continue
		}
		wantStatus(t, a, http.StatusCreated)
		u, err := parseUser(a)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := a.header.Get("Location"), userPath(u.ID); got != want {
			t.Errorf("%s: Location = %q for the user with id %d, want %q", a.call, got, u.ID, want)
		}
		created = append(created, u)
	}
	slices.SortFunc(created, func(a, b user) int { return a.ID - b.ID })
	for i, u := range created {
		if u.ID != i+1 {
			t.Fatalf("%d concurrent POST %s gave an id that isn't the next one, or gave one twice:\n%s", n, usersPath, lines(created))
		}
	}
	if got := list(t, h); !slices.Equal(got, created) {
		t.Errorf("GET %s after %d concurrent POSTs:\ngot:\n%s\nwant:\n%s", usersPath, n, lines(got), lines(created))
	}
}

func TestConcurrentReadsAndWrites(t *testing.T) {
	h := userscrud.New()
	create(t, h, "v0", "v0@example.com")
	var calls []call
	for i := range 60 {
		calls = append(calls,
			call{"GET", userPath(1), ""},
			call{"PUT", userPath(1), fields(fmt.Sprint("v", i), fmt.Sprintf("v%d@example.com", i))},
			call{"GET", usersPath, ""},
			call{"POST", usersPath, fields("other", fmt.Sprintf("other%d@example.com", i))})
	}
	for i, a := range atOnce(h, calls) {
		if calls[i].method == "POST" {
			wantStatus(t, a, http.StatusCreated)
			continue
		}
		wantStatus(t, a, http.StatusOK)
		var u user
		if calls[i].path == usersPath {
			users, err := parseUsers(a)
			if err != nil {
				t.Fatal(err)
			}
			if len(users) == 0 || users[0].ID != 1 {
				t.Fatalf("%s: users = %v, want user 1 first", a.call, users)
			}
			u = users[0]
		} else {
			var err error
			if u, err = parseUser(a); err != nil {
				t.Fatal(err)
			}
		}
		if u.Email != u.Name+"@example.com" {
			t.Errorf("%s: user = %v, a mix of two versions that were put", a.call, u)
		}
	}
}

func TestConcurrentDeletes(t *testing.T) {
	const n = 12
	h := userscrud.New()
	var calls []call
	for i := range n {
		u := create(t, h, "user", fmt.Sprintf("user%d@example.com", i))
		for range 4 {
			calls = append(calls, call{"DELETE", userPath(u.ID), ""}, call{"GET", userPath(u.ID), ""})
		}
	}
	deleted := make(map[string]int)
	for i, a := range atOnce(h, calls) {
		switch {
		case a.status == http.StatusNoContent && calls[i].method == "DELETE":
			deleted[calls[i].path]++
		case a.status == http.StatusOK && calls[i].method == "GET":
		default:
			wantProblem(t, a, http.StatusNotFound)
		}
	}
	for id := range n {
		if got := deleted[userPath(id+1)]; got != 1 {
			t.Errorf("4 concurrent DELETE %s: %d answers with status 204, want 1", userPath(id+1), got)
		}
	}
	if got := list(t, h); len(got) != 0 {
		t.Errorf("GET %s after every user was deleted: users = %v, want none", usersPath, got)
	}
}

// A line is an empty body that ends for n requests at the same instant. It spins instead of blocking, so that
// their goroutines are all running then, and gives up after a while: a handler may read bodies one by one.
type line struct {
	n       int32
	arrived atomic.Int32
}

func (l *line) Read([]byte) (int, error) {
	l.arrived.Add(1)
	for range 300 {
		for range 100 {
			if l.arrived.Load() >= l.n {
				return 0, io.EOF
			}
		}
		runtime.Gosched()
	}
	return 0, io.EOF
}

// together is atOnce with bodies that end at the same instant, so that what the handlers do next coincides.
func together(h http.Handler, calls []call) []answer {
	answers := make([]answer, len(calls))
	end := &line{n: int32(len(calls))}
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() {
			r := httptest.NewRequest(c.method, c.path, io.MultiReader(strings.NewReader(c.body), end))
			r.Header.Set("Content-Type", "application/json")
			answers[i] = serve(h, r, c.method+" "+c.path)
		})
	}
	wg.Wait()
	return answers
}

// In a handler that does it wrong, looking for an email and taking it may be a microsecond apart. So two clients
// try many times, and some of the emails are long: comparing those without case takes a while.
func TestConcurrentClaimsOfOneEmail(t *testing.T) {
	const rounds = 240
	h := userscrud.New()
	create(t, h, "Ada", "ada@example.com")
	create(t, h, "Grace", "grace@example.com")

	for round := range rounds {
		// The users 1 and 2 want an email in turn with two that are still to be created.
		email := fmt.Sprintf("wanted%d@example.com", round)
		if round%6 < 2 {
			email = fmt.Sprintf("wanted%d%s@example.com", round, strings.Repeat("É", 2000))
		}
		body := fields("winner", email)
		calls := []call{{"PUT", userPath(1), body}, {"PUT", userPath(2), body}}
		if round%2 == 1 {
			calls = []call{{"POST", usersPath, body}, {"POST", usersPath, body}}
		}
		answers := together(h, calls)
		slices.SortFunc(answers, func(a, b answer) int { return a.status - b.status })
		if answers[1].status < 300 {
			t.Fatalf("%s and another client at the same moment with the same email: status = %d and %d, want one of them to be a 409",
				answers[0].call, answers[0].status, answers[1].status)
		}
		if answers[0].status >= 300 {
			t.Fatalf("%s and another client at the same moment with the same email: status = %d and %d, want one of them to succeed",
				answers[0].call, answers[0].status, answers[1].status)
		}
		wantProblem(t, answers[1], http.StatusConflict)
		// Leave few users behind, or services that look through all of them get slow.
		if path := answers[0].header.Get("Location"); path != "" {
			wantStatus(t, send(h, "DELETE", path, ""), http.StatusNoContent)
		}
	}
}

// A gate holds up whoever passes it first, until it is opened.
type gate struct {
	once    sync.Once
	reached chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{reached: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) pass() {
	g.once.Do(func() {
		close(g.reached)
		<-g.open
	})
}

// A slowBody sends half of its text and is held up at a gate then.
type slowBody struct {
	*gate
	first, second io.Reader
}

func (b *slowBody) Read(p []byte) (int, error) {
	if n, err := b.first.Read(p); err == nil {
		return n, nil
	}
	b.pass()
	return b.second.Read(p)
}

// A slowWriter is held up at a gate as soon as something is written to it.
type slowWriter struct {
	*httptest.ResponseRecorder
	*gate
}

func (w *slowWriter) Write(p []byte) (int, error) {
	w.pass()
	return w.ResponseRecorder.Write(p)
}

func (w *slowWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// wantOthersServed makes requests of every kind while a slow one waits at its gate. They take microseconds. The
// time-out is there only to say what is wrong, for a handler that makes them wait would do so for ever.
func wantOthersServed(t *testing.T, h http.Handler, slow string) {
	t.Helper()
	var running atomic.Pointer[string]
	done := make(chan struct{})
	served := 0
	calls := []call{
		{"GET", usersPath, ""},
		{"GET", userPath(1), ""},
		{"POST", usersPath, fields("Quick", "quick@example.com")},
		{"PUT", userPath(1), fields("Ada", "quick@example.com")},
		{"DELETE", userPath(3), ""},
	}
	go func() {
		defer close(done)
		for _, c := range calls {
			name := c.method + " " + c.path
			running.Store(&name)
			if a := send(h, c.method, c.path, c.body); a.status >= 500 {
				t.Errorf("%s beside %s: status = %d, want it served", name, slow, a.status)
			}
			served++
		}
	}()
	select {
	case <-done:
		if served < len(calls) && !t.Failed() {
			t.Errorf("%s beside %s: the handler ended its goroutine, want it served", *running.Load(), slow)
		}
	case <-time.After(1500 * time.Millisecond):
		t.Errorf("%s waits for %s, want it served at once", *running.Load(), slow)
	}
}

func TestSlowSender(t *testing.T) {
	for _, c := range []call{{"POST", usersPath, ""}, {"PUT", userPath(2), ""}} {
		h := userscrud.New()
		create(t, h, "Ada", "ada@example.com")
		create(t, h, "Grace", "grace@example.com")

		g := newGate()
		text := fields("Slow", "slow@example.com")
		r := httptest.NewRequest(c.method, c.path, &slowBody{g, strings.NewReader(text[:9]), strings.NewReader(text[9:])})
		r.Header.Set("Content-Type", "application/json")
		slow := c.method + " " + c.path + ", whose body hasn't all arrived"
		answered := make(chan answer, 1)
		go func() { answered <- serve(h, r, slow) }()
		select {
		case <-g.reached:
		case a := <-answered:
			t.Fatalf("%s: answered with status %d", slow, a.status)
		}

		wantOthersServed(t, h, slow)
		close(g.open)
		if a := <-answered; !t.Failed() && a.status != http.StatusCreated && a.status != http.StatusOK {
			t.Errorf("%s until now: status = %d, want success; body: %s", c.method+" "+c.path, a.status, brief(a.body))
		}
		if t.Failed() {
			return
		}
	}
}

func TestSlowReceiver(t *testing.T) {
	for _, c := range []call{
		{"GET", usersPath, ""},
		{"GET", userPath(2), ""},
		{"POST", usersPath, fields("Slow", "slow@example.com")},
		{"PUT", userPath(2), fields("Slow", "slow@example.com")},
		{"GET", userPath(99), ""},
	} {
		h := userscrud.New()
		create(t, h, "Ada", "ada@example.com")
		create(t, h, "Grace", "grace@example.com")

		w := &slowWriter{httptest.NewRecorder(), newGate()}
		r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		slow := c.method + " " + c.path + ", whose client doesn't take the answer"
		returned := make(chan struct{})
		go func() {
			defer close(returned)
			h.ServeHTTP(w, r)
		}()
		select {
		case <-w.reached:
		case <-returned:
			a := sent(w.ResponseRecorder, c.method+" "+c.path)
			t.Fatalf("%s: status %d without a body", a.call, a.status)
		}

		wantOthersServed(t, h, slow)
		close(w.open)
		<-returned
		if t.Failed() {
			return
		}
	}
}
