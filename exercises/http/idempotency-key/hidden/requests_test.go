package idempotencykey_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestClients(t *testing.T) {
	c := &till{}
	h := handler(c)
	type pair struct{ client, key string }
	pairs := []pair{
		{"ada", "k1"}, {"bob", "k1"}, {"ada", "k2"}, {"", "k1"},
		{"a", "dak1"}, {"adak", "1"}, {"ada:", "k1"}, {"ada", ":k1"}, {"ada|k1", "k1"}, {"ada", "k1|k1"},
		{"ada/k1", "k1"}, {"ada", "k1/k1"}, {"ada\x00k1", "k1"}, {"ada", "k1\x00k1"}, {"ada\nk1", "k1"}, {"ada", "k1\nk1"},
		{"ada k1", "k1"}, {"ada", "k1 k1"}, {"ada-k1", "k1"}, {"ada", "k1-k1"}, {"ada_k1", "k1"}, {"ada", "k1_k1"},
		{`ada" "k1`, "k1"}, {"ada", `k1" "k1`}, {"ada,k1", "k1"}, {"ada", "k1,k1"},
	}
	post := func(p pair) answer {
		return send(h, request(t.Context(), "POST", "/charges", p.client, p.key, strings.NewReader(small)))
	}
	var first []answer
	for i, p := range pairs {
		a := post(p)
		wantFresh(t, fmt.Sprintf("POST of client %q with key %q, the first one of the two", p.client, p.key), a,
			http.StatusCreated, fmt.Sprintf(`{"charge": %d}`, i+1))
		first = append(first, a)
	}
	for i, p := range pairs {
		wantReplayed(t, fmt.Sprintf("POST of client %q with key %q again", p.client, p.key), post(p), first[i])
	}
	wantCharges(t, fmt.Sprintf("POSTs with %d keys of several clients, each twice", len(pairs)), c, len(pairs))
}

func TestServicesShareNothing(t *testing.T) {
	for range 2 {
		wantFresh(t, "POST with key k1 to a new Handler", send(handler(&till{}), charge(t.Context(), "k1", small)),
			http.StatusCreated, `{"charge": 1}`)
	}
}

func TestSameRequest(t *testing.T) {
	c := &till{}
	h := handler(c)
	post := func(target, body string) answer {
		return send(h, request(t.Context(), "POST", target, "ada", "k1", strings.NewReader(body)))
	}
	first := post("/charges?currency=eur", small)
	for _, tt := range []struct{ target, body string }{
		{"/refunds?currency=eur", small},
		{"/charges/?currency=eur", small},
		{"/charges?currency=usd", small},
		{"/charges", small},
		{"/charges?currency=eur", ""},
		{"/charges?currency=eur", small + "\n"},
		{"/charges?currency=eur", strings.ReplaceAll(small, " ", "")},
		{"/charges?currency=eur", small[:len(small)-2] + "8}"},
		{"/charges?currency=", "eur" + small},
	} {
		wantStatus(t, fmt.Sprintf("POST %s %s with the key of another request", tt.target, tt.body), post(tt.target, tt.body),
			http.StatusUnprocessableEntity)
	}
	wantReplayed(t, "POST with key k1 after nine other requests with it", post("/charges?currency=eur", small), first)
	wantCharges(t, "POSTs with key k1 and ten different requests", c, 1)
}

func TestBodies(t *testing.T) {
	const limit = 1 << 20
	c := &till{}
	h := handler(c)
	// Neither announces its length.
	long := struct{ io.Reader }{strings.NewReader(strings.Repeat("x", limit+1))}
	broken := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(small)))

	wantStatus(t, "POST with a body of 1 MiB and a byte", send(h, request(t.Context(), "POST", "/charges", "ada", "k1", long)),
		http.StatusRequestEntityTooLarge)
	wantStatus(t, "POST with a body that breaks off", send(h, request(t.Context(), "POST", "/charges", "ada", "k1", broken)),
		http.StatusBadRequest)
	wantCharges(t, "two POSTs whose body isn't good", c, 0)

	// They have used no key up.
	whole := strings.Repeat("x", limit)
	wantFresh(t, "POST with a body of 1 MiB", send(h, charge(t.Context(), "k1", whole)), http.StatusCreated, `{"charge": 1}`)
	if c.charges() > 0 && c.bodies[0] != whole {
		t.Errorf("POST with a body of 1 MiB: next reads %d bytes, want the whole body", len(c.bodies[0]))
	}
	wantStatus(t, "POST with another body of 1 MiB", send(h, charge(t.Context(), "k1", whole[1:]+"y")), http.StatusUnprocessableEntity)
	wantFresh(t, "POST without a body", send(h, charge(t.Context(), "k2", "")), http.StatusCreated, `{"charge": 2}`)
	wantFresh(t, "POST with a key of 64 bytes", send(h, charge(t.Context(), strings.Repeat("k", 64), "")), http.StatusCreated, `{"charge": 3}`)
}

func TestWholeAnswer(t *testing.T) {
	for _, tt := range []struct {
		what   string
		answer http.HandlerFunc
		status int
		body   string
	}{
		{"says nothing", func(w http.ResponseWriter, r *http.Request) {}, 200, ""},
		{"writes only", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "one, "); fmt.Fprint(w, "two") }, 200, "one, two"},
		{"says 204", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, 204, ""},
		{"says 402", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no money", 402) }, 402, "no money\n"},
		{"says 404, then 500", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); w.WriteHeader(500) }, 404, ""},
		{"says 302 with two cookies", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.WriteHeader(302)
		}, 302, ""},
	} {
		c := &till{answer: tt.answer}
		h := handler(c)
		first := send(h, charge(t.Context(), "k1", small))
		wantFresh(t, "POST to a handler that "+tt.what, first, tt.status, tt.body)
		for range 2 {
			again := send(h, charge(t.Context(), "k1", small))
			wantReplayed(t, "POST again to a handler that "+tt.what, again, first)
			if got, want := again.header["Set-Cookie"], first.header["Set-Cookie"]; !slices.Equal(got, want) {
				t.Errorf("POST again to a handler that %s: Set-Cookie = %q, want %q", tt.what, got, want)
			}
		}
		wantCharges(t, "three POSTs to a handler that "+tt.what, c, 1)
	}
}

func TestHeadersOfOthers(t *testing.T) {
	h := handler(&till{})
	for i := range 3 {
		rec := httptest.NewRecorder()
		id := fmt.Sprintf("request-%d", i)
		rec.Header().Set("X-Request-ID", id)
		h.ServeHTTP(rec, charge(t.Context(), "k1", small))
		if got := answerOf(rec).header["X-Request-Id"]; len(got) != 1 || got[0] != id {
			t.Errorf("POST %d of one key, whose X-Request-ID was set around the handler: X-Request-ID = %q, want its own, %q", i, got, id)
		}
	}
}

// A goneWriter belongs to a client that has gone away.
type goneWriter struct{ header http.Header }

func (w goneWriter) Header() http.Header       { return w.header }
func (w goneWriter) WriteHeader(int)           {}
func (w goneWriter) Write([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestClientHasGone(t *testing.T) {
	c := &till{}
	h := handler(c)
	h.ServeHTTP(goneWriter{make(http.Header)}, charge(t.Context(), "k1", small))
	again := send(h, charge(t.Context(), "k1", small))
	wantReplayed(t, "POST again by a client that had gone away", again, answer{status: http.StatusCreated, body: `{"charge": 1}`})
	wantCharges(t, "POST of a client that goes away, and again", c, 1)
}

func TestFailuresAreNotStored(t *testing.T) {
	var fail http.HandlerFunc
	c := &till{}
	c.answer = func(w http.ResponseWriter, r *http.Request) {
		if fail != nil {
			fail(w, r)
			return
		}
		fmt.Fprint(w, "charged")
	}
	h := handler(c)

	for i, status := range []int{500, 502, 503, 599} {
		key := fmt.Sprintf("k%d", i)
		c.bodies = nil
		fail = func(w http.ResponseWriter, r *http.Request) { http.Error(w, "try again", status) }
		for range 2 {
			wantFresh(t, fmt.Sprintf("POST that next answers with %d", status), send(h, charge(t.Context(), key, small)), status, "try again\n")
		}
		fail = nil
		// The key is free, also for another request.
		wantFresh(t, fmt.Sprintf("POST after a %d with its key", status), send(h, charge(t.Context(), key, large)), 200, "charged")
		wantReplayed(t, "and again", send(h, charge(t.Context(), key, large)), answer{status: 200, body: "charged"})
		wantCharges(t, fmt.Sprintf("two POSTs with a %d, two without", status), c, 3)
	}

	for i, value := range []any{"out of paper", http.ErrAbortHandler} {
		key := fmt.Sprintf("p%d", i)
		c.bodies = nil
		fail = func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "half")
			panic(value)
		}
		func() {
			defer func() {
				if got := recover(); got != value {
					t.Errorf("POST whose next panics with %v: the panic %v came out, want the same", value, got)
				}
			}()
			send(h, charge(t.Context(), key, small))
		}()
		fail = nil
		wantFresh(t, fmt.Sprintf("POST after a panic with its key (%v)", value), send(h, charge(t.Context(), key, small)), 200, "charged")
		wantCharges(t, "a POST that panics, and again", c, 2)
	}
}
