package lruttl_test

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"lruttl"
)

func TestManyAtOnce(t *testing.T) {
	const size = 16
	keyOf := func(i int) string { return strconv.Itoa(i % (2 * size)) }
	calls := []struct {
		name string
		call func(c *lruttl.Cache[string, int], i int)
	}{
		{"Get", func(c *lruttl.Cache[string, int], i int) {
			if got, ok := c.Get(keyOf(i)); ok && strconv.Itoa(got) != keyOf(i) {
				t.Errorf("Get(%q) beside other calls = %d, true, want %s, true", keyOf(i), got, keyOf(i))
			}
		}},
		{"Set", func(c *lruttl.Cache[string, int], i int) { c.Set(keyOf(i), i%(2*size)) }},
		{"Delete", func(c *lruttl.Cache[string, int], i int) { c.Delete(keyOf(i)) }},
		{"Len", func(c *lruttl.Cache[string, int], _ int) {
			if got := c.Len(); got > size {
				t.Errorf("Len() of a cache of %d beside other calls = %d, want at most %d", size, got, size)
			}
		}},
		{"All", func(c *lruttl.Cache[string, int], _ int) {
			var keys []string
			for key, value := range c.All() {
				keys = append(keys, key)
				if strconv.Itoa(value) != key {
					t.Errorf("All() beside other calls yields %q, %d, want each key with its value", key, value)
				}
			}
			if len(keys) > size {
				t.Errorf("All() of a cache of %d beside other calls yields %d entries, want at most %d", size, len(keys), size)
			}
		}},
	}

	// Each method beside each, so that no third one brings them into order.
	for i, one := range calls {
		for _, other := range calls[:i+1] {
			t.Run(one.name+" and "+other.name, func(t *testing.T) {
				c := lruttl.New[string, int](size, time.Hour)
				for i := range size {
					c.Set(keyOf(i), i)
				}
				var wg sync.WaitGroup
				for g := range 4 {
					call := one.call
					if g%2 == 1 {
						call = other.call
					}
					wg.Go(func() {
						for i := range 40 {
							call(c, 5*g+i)
							runtime.Gosched() // lets the others in between
						}
					})
				}
				wg.Wait()

				// Whatever came before, it ends up full and in order.
				var want []string
				for i := range 2 * size {
					c.Set(keyOf(i), i)
				}
				for i := range size {
					want = append(want, keyOf(2*size-1-i))
				}
				if got := keysOf(c); !slices.Equal(got, want) {
					t.Errorf("after many goroutines have called %s and %s, and Set of 0 to %d in a cache of %d: All() yields %q, want %q",
						one.name, other.name, 2*size-1, size, got, want)
				}
			})
		}
	}
}

// TestManySetsAtOnce has many goroutines wait for the cache at the same time,
// so that the calls of one don't follow each other without pause: listing a
// large cache takes long.
func TestManySetsAtOnce(t *testing.T) {
	const size, goroutines = 7_000, 6
	c := fill(t, size)
	var setters, listers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		listers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for range c.All() {
					break
				}
			}
		})
	}
	for g := range goroutines {
		setters.Go(func() {
			for i := range 12 {
				c.Set(size+100*g+i, i)
			}
		})
	}
	setters.Wait()
	close(done)
	listers.Wait()
	if got := c.Len(); got != size {
		t.Errorf("after Set by %d goroutines in a full cache of %d: Len() = %d, want %d", goroutines, size, got, size)
	}
}

func TestSameCostInLargeCaches(t *testing.T) {
	const small, large = 20, 10_000
	smallCache := fill(t, small)
	largeCache := fill(t, large)
	if t.Failed() {
		return
	}
	for _, test := range []struct {
		name string
		call func(c *lruttl.Cache[int, int], size, i int)
	}{
		{"Get", func(c *lruttl.Cache[int, int], size, i int) { c.Get(i * 7919 % size) }},
		{"Len", func(c *lruttl.Cache[int, int], _, _ int) { c.Len() }},
		{"Set of a key that is there", func(c *lruttl.Cache[int, int], size, i int) { c.Set(i*7919%size, i) }},
		{"Delete and Set", func(c *lruttl.Cache[int, int], size, i int) { c.Delete(i * 7919 % size); c.Set(i*7919%size, i) }},
		{"Set of a new key", func(c *lruttl.Cache[int, int], size, i int) { c.Set(size+i, i) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			// This is real time. The best of many rounds is hardly touched by
			// what else the machine does, and the limit is generous: a cost
			// that grows with the cache would be 500 times as high.
			const rounds, calls, times = 20, 25, 12
			bestSmall, bestLarge := time.Hour, time.Hour
			began := time.Now()
			for round := range rounds {
				if round >= 3 && time.Since(began) > time.Second {
					break // it is slow enough to tell
				}
				start := time.Now()
				for i := range calls {
					test.call(smallCache, small, round*calls+i)
				}
				bestSmall = min(bestSmall, time.Since(start))

				start = time.Now()
				for i := range calls {
					test.call(largeCache, large, round*calls+i)
				}
				bestLarge = min(bestLarge, time.Since(start))
			}
			if bestLarge > times*bestSmall {
				t.Errorf("%s: %d calls take %v in a cache of %d and %v in a cache of %d, want about the same",
					test.name, calls, bestLarge, large, bestSmall, small)
			}
		})
	}
}

// fill returns a cache of the given size that is full. When that takes too
// long, it says so and gives up.
func fill(t *testing.T, size int) *lruttl.Cache[int, int] {
	t.Helper()
	const limit = 4 * time.Second
	c := lruttl.New[int, int](size, time.Hour)
	start := time.Now()
	for i := range size {
		c.Set(i, i)
		if i%16 == 15 && time.Since(start) > limit {
			t.Errorf("Set of the first %d keys in a cache of %d took more than %v", i+1, size, limit)
			break
		}
	}
	return c
}

func TestNothingIsLeft(t *testing.T) {
	t.Run("no goroutine", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			before := runtime.NumGoroutine()
			c := filled(2, "a", "b", "c")
			c.Get("c")
			time.Sleep(3 * ttl)
			c.Set("d", 4)
			synctest.Wait()
			if after := runtime.NumGoroutine(); after > before {
				t.Errorf("with a cache in use: %d goroutines more than before, want none", after-before)
			}
		})
	})

	type value [1 << 10]byte
	for _, test := range []struct {
		name string
		drop func(c *lruttl.Cache[string, *value])
	}{
		{"evicted", func(c *lruttl.Cache[string, *value]) { c.Set("b", nil); c.Set("c", nil) }},
		{"replaced", func(c *lruttl.Cache[string, *value]) { c.Set("a", nil) }},
		{"deleted", func(c *lruttl.Cache[string, *value]) { c.Delete("a") }},
	} {
		t.Run("no value that was "+test.name, func(t *testing.T) {
			c := lruttl.New[string, *value](2, time.Hour)
			// Stored in a goroutine that ends, so that no stack refers to it.
			stored := make(chan weak.Pointer[value])
			go func() {
				v := new(value)
				c.Set("a", v)
				stored <- weak.Make(v)
			}()
			pointer := <-stored
			test.drop(c)
			for range 20 {
				runtime.GC()
				if pointer.Value() == nil {
					break
				}
				time.Sleep(time.Millisecond) // for the goroutine that stored it
			}
			if pointer.Value() != nil {
				t.Errorf("a value that was %s is still held by the cache, want it left to the garbage collector", test.name)
			}
			runtime.KeepAlive(c)
		})
	}
}
