package idempotencykey_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowly makes a till's work, or a body, take a second.
func slowly(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Second)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, "charged")
}

type slowBody struct {
	io.Reader
	wait time.Duration
}

func (b *slowBody) Read(p []byte) (int, error) {
	time.Sleep(b.wait)
	b.wait = 0
	return b.Reader.Read(p)
}

func slowCharge(ctx context.Context, key string) *http.Request {
	return request(ctx, "POST", "/charges", "ada", key, &slowBody{strings.NewReader(small), time.Second})
}

// wantOnce reports answers of which not one is a 201 and all the others repeats or 409s.
func wantOnce(t *testing.T, what string, c *till, answers []answer) {
	t.Helper()
	fresh := 0
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated && a.header.Get("Idempotent-Replayed") == "":
			fresh++
		case a.status == http.StatusCreated, a.status == http.StatusConflict:
		default:
			t.Errorf("%s: answer = %v, want a 201 or a 409", what, a)
		}
	}
	if fresh != 1 {
		t.Errorf("%s: %d of them have a 201 that is no replay, want 1", what, fresh)
	}
	wantCharges(t, what, c, 1)
}

// sendAll sends n requests at the same time.
func sendAll(h http.Handler, n int, r func(i int) *http.Request) []answer {
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = send(h, r(i)) })
	}
	wg.Wait()
	return answers
}

func TestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{answer: slowly}
		h := handler(c)
		done := make(chan answer)
		go func() { done <- send(h, charge(t.Context(), "k1", small)) }()
		synctest.Wait()

		start := time.Now()
		wantStatus(t, "POST with a key that is under way", send(h, charge(t.Context(), "k1", small)), http.StatusConflict)
		if took := time.Since(start); took != 0 {
			t.Errorf("POST with a key that is under way: the 409 took %v, want it at once", took)
		}
		if a := send(h, charge(t.Context(), "k1", large)); a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
			t.Errorf("POST with a key that is under way and another body: answer = %v, want a 409 or a 422", a)
		}
		first := <-done
		wantFresh(t, "the first POST", first, http.StatusCreated, "charged")
		wantReplayed(t, "POST when the first one is over", send(h, charge(t.Context(), "k1", small)), first)
		wantCharges(t, "four POSTs with one key", c, 1)
	})
}

func TestSlowBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{answer: slowly}
		answers := sendAll(handler(c), 16, func(int) *http.Request { return slowCharge(t.Context(), "k1") })
		wantOnce(t, "16 POSTs with one key at the same time, whose bodies take a second", c, answers)
	})
}

// All come in the same instant, and are under way for long.
func TestManyInstantly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 3 {
			c := &till{answer: slowly}
			answers := sendAll(handler(c), 4, func(int) *http.Request { return charge(t.Context(), "k1", small) })
			wantOnce(t, "4 POSTs with one key in the same instant", c, answers)
		}
	})
}

// Here some come when others are under way, and some when those are over.
func TestManyQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 10 {
			c := &till{}
			answers := sendAll(handler(c), 8, func(int) *http.Request { return charge(t.Context(), "k1", small) })
			wantOnce(t, "8 POSTs with one key in the same instant", c, answers)
		}
	})
}

func TestManyReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{}
		h := handler(c)
		first := send(h, charge(t.Context(), "k1", small))
		for _, a := range sendAll(h, 8, func(int) *http.Request { return charge(t.Context(), "k1", small) }) {
			wantReplayed(t, "8 POSTs at the same time with a key whose answer is stored", a, first)
		}
		wantCharges(t, "9 POSTs with one key", c, 1)
	})
}

func TestKeysDontWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{answer: slowly}
		h := handler(c)
		start := time.Now()
		go func() { send(h, slowCharge(t.Context(), "slow")) }()
		synctest.Wait()
		for i, a := range sendAll(h, 8, func(i int) *http.Request { return charge(t.Context(), fmt.Sprint("k", i), small) }) {
			wantFresh(t, fmt.Sprintf("POST with key k%d, at the same time as others", i), a, http.StatusCreated, "charged")
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("8 POSTs with 8 keys at the same time took %v, want 1s, as one of them takes", took)
		}

		// Another request is under way here, and doesn't matter either.
		start = time.Now()
		wantReplayed(t, "POST with key k1 again", send(h, charge(t.Context(), "k1", small)), answer{status: http.StatusCreated, body: "charged"})
		if took := time.Since(start); took != 0 {
			t.Errorf("POST with key k1 again, while another one is under way, took %v, want no time", took)
		}
		time.Sleep(time.Minute)
	})
}

func TestForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{}
		h := handler(c)
		first := send(h, charge(t.Context(), "k1", small))
		for range 3 {
			time.Sleep(ttl/3 - time.Second)
			wantReplayed(t, "POST with key k1 again within ttl", send(h, charge(t.Context(), "k1", small)), first)
		}
		time.Sleep(4 * time.Second)
		wantFresh(t, "POST with key k1 after ttl", send(h, charge(t.Context(), "k1", large)), http.StatusCreated, `{"charge": 2}`)
		wantCharges(t, "POSTs with one key within ttl and after it", c, 2)
		time.Sleep(2 * ttl)
	})
}

func TestLongWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &till{answer: func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * ttl)
			w.WriteHeader(http.StatusCreated)
		}}
		h := handler(c)
		done := make(chan answer)
		go func() { done <- send(h, charge(t.Context(), "k1", small)) }()
		time.Sleep(2 * ttl)
		wantStatus(t, "POST with a key that is under way for twice the ttl", send(h, charge(t.Context(), "k1", small)), http.StatusConflict)
		first := <-done
		time.Sleep(ttl / 2)
		wantReplayed(t, "POST with a key that was under way for long", send(h, charge(t.Context(), "k1", small)), first)
		wantCharges(t, "three POSTs with a key that is under way for long", c, 1)
		time.Sleep(2 * ttl)
	})
}

func TestMemoryIsFreed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, size = 64, 64 << 10
		c := &till{answer: func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, size)) }}
		h := handler(c)
		before := heap()
		for i := range n {
			send(h, charge(t.Context(), fmt.Sprint("k", i), small))
		}
		time.Sleep(2 * ttl)
		send(h, charge(t.Context(), "another key", small))
		if grown := heap() - before; grown > n*size/2 {
			t.Errorf("%d answers of 64 KiB whose ttl is over, and a POST after that: %d KiB are still in use, want nearly none", n, grown>>10)
		}
		runtime.KeepAlive(h)
		time.Sleep(2 * ttl)
	})
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
