package limiter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"limiter"
)

const ms = time.Millisecond

// play runs a script in a bubble, on a limiter with a token every 10 ms:
//
//	+25  sleep 25 ms          +0.1  sleep 100 µs
//	a    Allow, want true     A     Allow, want false
//	w7   Wait, want nil after 7 ms
//	d7   Wait with a deadline in 7 ms, want DeadlineExceeded at once
//	D7   Wait with a deadline in 7 ms, want nil before it
//	c7   Wait, cancelled after 7 ms, want the cause then
func play(t *testing.T, burst int, script string) {
	t.Run(script, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l, err := limiter.New(10*ms, burst)
			if err != nil {
				t.Fatalf("New(10ms, %d) error = %v", burst, err)
			}
			for i, word := range strings.Fields(script) {
				var number float64
				fmt.Sscanf(word[1:], "%g", &number)
				span := time.Duration(number * float64(ms))
				start := time.Now()
				step := fmt.Sprintf("burst %d, step %d, %s", burst, i+1, word)
				switch word[0] {
				case '+':
					time.Sleep(span)
				case 'a', 'A':
					if got, want := l.Allow(), word == "a"; got != want {
						t.Fatalf("%s: Allow() = %t, want %t", step, got, want)
					}
				case 'w':
					wantError(t, step, l.Wait(t.Context()), nil)
					wantTime(t, step, start, span)
				case 'd', 'D':
					ctx, cancel := context.WithTimeout(t.Context(), span)
					err := l.Wait(ctx)
					cancel()
					if word[0] == 'd' {
						wantError(t, step, err, context.DeadlineExceeded)
						wantTime(t, step, start, 0)
					} else {
						wantError(t, step, err, nil)
					}
				case 'c':
					errStop := errors.New("stop")
					ctx, cancel := context.WithCancelCause(t.Context())
					if span == 0 {
						cancel(errStop)
					}
					time.AfterFunc(span, func() { cancel(errStop) })
					wantError(t, step, l.Wait(ctx), errStop)
					wantTime(t, step, start, span)
				}
			}
		})
	})
}

func wantError(t *testing.T, step string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: error = %v, want %v", step, got, want)
	}
}

func wantTime(t *testing.T, step string, start time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(start); got != want {
		t.Fatalf("%s: took %v, want %v", step, got, want)
	}
}

func TestRule1(t *testing.T) {
	for _, bad := range []struct {
		interval time.Duration
		burst    int
	}{{0, 5}, {-ms, 5}, {ms, 0}, {ms, -5}} {
		if l, err := limiter.New(bad.interval, bad.burst); err == nil || l != nil {
			t.Errorf("New(%v, %d) = %v, %v, want nil and an error", bad.interval, bad.burst, l, err)
		}
	}
	if _, err := limiter.New(1, 1); err != nil {
		t.Errorf("New(1ns, 1) error = %v, want nil", err)
	}
}

func TestRules2To5(t *testing.T) {
	play(t, 3, "a a a A A")
	play(t, 1, "a A")
	play(t, 2, "a a +10 a A +20 a a A")
	play(t, 2, "a a +9.9 A +0.1 a A")
	play(t, 2, "a a +5 A +5 a +15 a +5 a A")
	play(t, 2, "+100 a a A +500 a a A")
	play(t, 2, "+5 a a A +9 A +1 a A")
	play(t, 2, "a a +25 a a A +9 A +1 a")
	play(t, 3, "a a a A A A +10 a A")
}

func TestRule6(t *testing.T) {
	play(t, 2, "w0 w0 w10 w10 A +10 a A")
	play(t, 2, "a a +3 w7 A")
	play(t, 2, "+105 w0 w0 w10")
	play(t, 3, "+35 a a +15 w0 w0 w5")
	play(t, 2, "a a +4 w6 +4 w6 +10 a A")

	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter.New(10*ms, 2)
		start := time.Now()
		l.Allow()
		l.Allow()
		for i := range 4 {
			go func() {
				wantError(t, "one of four waiters", l.Wait(t.Context()), nil)
				wantTime(t, "one of four waiters", start, time.Duration(i+1)*10*ms)
			}()
			synctest.Wait()
			if l.Allow() {
				t.Error("Allow() beside waiters = true, want false")
			}
		}
		time.Sleep(45 * ms)
	})
}

func TestRules7To9(t *testing.T) {
	play(t, 2, "c0 a a A c0 +10 a A")
	play(t, 2, "a a d9 d10 A +10 a A")
	play(t, 2, "a a D10.1 +9.9 A")
	play(t, 2, "D1 D1 d1")
	play(t, 2, "a a c4 A +6 a A +10 a A")
	play(t, 1, "a c4 c4 w2 A")
}

func TestRule10(t *testing.T) {
	l, _ := limiter.New(time.Hour, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	for range 4 {
		go func() {
			for range 5 {
				l.Allow()
			}
			for range 3 {
				l.Wait(ctx)
			}
			done <- true
		}()
	}
	time.AfterFunc(20*ms, cancel)
	for range 4 {
		<-done
	}
}
