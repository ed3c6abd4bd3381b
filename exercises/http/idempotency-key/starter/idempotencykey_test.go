package idempotencykey_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	small = `{"card": "4242", "cents": 1999}`
	large = `{"card": "4242", "cents": 2999}`
)

func TestReplay(t *testing.T) {
	c := &till{}
	h := handler(c)
	first := send(h, charge(t.Context(), "k1", small))
	wantFresh(t, "POST with key k1", first, http.StatusCreated, `{"charge": 1}`)
	for range 2 {
		a := send(h, charge(t.Context(), "k1", small))
		wantReplayed(t, "POST with key k1 again", a, first)
		if got := a.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("POST with key k1 again: Content-Type = %q, want %q, as the first time", got, "application/json")
		}
	}
	wantCharges(t, "three POSTs with key k1", c, 1)
	if c.charges() > 0 && c.bodies[0] != small {
		t.Errorf("POST with key k1: next reads the body %q, want %q", c.bodies[0], small)
	}

	wantFresh(t, "POST with key k2", send(h, charge(t.Context(), "k2", small)), http.StatusCreated, `{"charge": 2}`)
	wantCharges(t, "POSTs with the keys k1 and k2", c, 2)
}

func TestNeedsKey(t *testing.T) {
	c := &till{}
	h := handler(c)
	wantStatus(t, "POST without a key", send(h, charge(t.Context(), "", small)), http.StatusBadRequest)
	wantStatus(t, "POST with a key of 65 bytes", send(h, charge(t.Context(), strings.Repeat("k", 65), small)), http.StatusBadRequest)
	wantCharges(t, "two POSTs without a good key", c, 0)

	for _, key := range []string{"", "k1", "k1"} {
		wantFresh(t, "GET with key "+key, send(h, request(t.Context(), "GET", "/charges", "ada", key, nil)),
			http.StatusCreated, `{"charge": `+string(rune('0'+c.charges()))+`}`)
	}
	wantCharges(t, "three GETs", c, 3)
}

func TestOtherBody(t *testing.T) {
	c := &till{}
	h := handler(c)
	first := send(h, charge(t.Context(), "k1", small))
	wantStatus(t, "POST with key k1 and another body", send(h, charge(t.Context(), "k1", large)), http.StatusUnprocessableEntity)
	wantReplayed(t, "POST with key k1 and the first body again", send(h, charge(t.Context(), "k1", small)), first)
	wantCharges(t, "POSTs with key k1 and two bodies", c, 1)
}
