package lruttl_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lruttl"
)

// keysOf returns the keys of the cache, the most recently used first.
func keysOf[V any](c *lruttl.Cache[string, V]) []string {
	var keys []string
	for key := range c.All() {
		keys = append(keys, key)
	}
	return keys
}

// wantKeys checks the order that All yields.
func wantKeys(t *testing.T, c *lruttl.Cache[string, int], situation string, want ...string) {
	t.Helper()
	if got := keysOf(c); !slices.Equal(got, want) {
		t.Errorf("%s: All() yields %q, want %q", situation, got, want)
	}
}

// wantLen checks what Len returns.
func wantLen(t *testing.T, c *lruttl.Cache[string, int], situation string, want int) {
	t.Helper()
	if got := c.Len(); got != want {
		t.Errorf("%s: Len() = %d, want %d", situation, got, want)
	}
}

// filled returns a cache of the given size in which each key was set, in this
// order, to its number from 1.
func filled(size int, keys ...string) *lruttl.Cache[string, int] {
	c := lruttl.New[string, int](size, ttl)
	for i, key := range keys {
		c.Set(key, i+1)
	}
	return c
}

func TestWhatCountsAsUse(t *testing.T) {
	for _, test := range []struct {
		name string
		act  func(c *lruttl.Cache[string, int])
		want []string // the keys of a cache of 3 after a, b, c, the act, and d
	}{
		{"nothing", func(*lruttl.Cache[string, int]) {}, []string{"d", "c", "b"}},
		{"Get of the oldest", func(c *lruttl.Cache[string, int]) { c.Get("a") }, []string{"d", "a", "c"}},
		{"Get of the middle one", func(c *lruttl.Cache[string, int]) { c.Get("b") }, []string{"d", "b", "c"}},
		{"Get of the newest", func(c *lruttl.Cache[string, int]) { c.Get("c") }, []string{"d", "c", "b"}},
		{"Set of the oldest", func(c *lruttl.Cache[string, int]) { c.Set("a", 10) }, []string{"d", "a", "c"}},
		{"Set of the middle one", func(c *lruttl.Cache[string, int]) { c.Set("b", 20) }, []string{"d", "b", "c"}},
		{"Get that finds nothing", func(c *lruttl.Cache[string, int]) { c.Get("x") }, []string{"d", "c", "b"}},
		{"Delete that finds nothing", func(c *lruttl.Cache[string, int]) { c.Delete("x") }, []string{"d", "c", "b"}},
		{"Len", func(c *lruttl.Cache[string, int]) { c.Len() }, []string{"d", "c", "b"}},
		{"All", func(c *lruttl.Cache[string, int]) { keysOf(c) }, []string{"d", "c", "b"}},
		{"Get of all, backwards", func(c *lruttl.Cache[string, int]) { c.Get("c"); c.Get("b"); c.Get("a") }, []string{"d", "a", "b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := filled(3, "a", "b", "c")
				test.act(c)
				wantLen(t, c, fmt.Sprintf("in a cache of 3 after Set of a, b, c; %s", test.name), 3)
				c.Set("d", 4)
				wantKeys(t, c, fmt.Sprintf("in a cache of 3 after Set of a, b, c; %s; Set of d", test.name), test.want...)
			})
		})
	}

	t.Run("cache of one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(1, "a", "b", "b")
			wantKeys(t, c, "in a cache of 1 after Set of a, b, b", "b")
			wantGet(t, c, "in a cache of 1 after Set of a, b, b", "b", 3)
		})
	})
}

func TestAgeCountsFromLastSet(t *testing.T) {
	t.Run("to the instant", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(2, "a", "b")
			time.Sleep(ttl - time.Nanosecond)
			wantGet(t, c, "1ns before the ttl has passed since Set", "a", 1)
			time.Sleep(time.Nanosecond)
			wantNone(t, c, "when exactly the ttl has passed since Set", "a")
		})
	})

	t.Run("not from Get", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(2, "a")
			for range 3 {
				time.Sleep(ttl / 4)
				wantGet(t, c, "before the ttl has passed since Set", "a", 1)
			}
			time.Sleep(ttl / 4)
			wantNone(t, c, "when the ttl has passed since Set, with Get of the key now and then", "a")
		})
	})

	t.Run("anew with each Set", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(2, "a")
			for i := range 4 {
				time.Sleep(ttl * 3 / 4)
				c.Set("a", 10+i)
			}
			time.Sleep(ttl * 3 / 4)
			wantGet(t, c, "45s after the last of many Sets of a key, with a ttl of 1m", "a", 13)
			c.Set("b", 2)
			time.Sleep(ttl / 4)
			wantNone(t, c, "1m after the last of many Sets of a key, with a ttl of 1m", "a")
			wantGet(t, c, "after another key has expired", "b", 2)
		})
	})

	t.Run("of each key by itself", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := lruttl.New[string, int](3, ttl)
			for i, key := range []string{"a", "b", "c"} {
				c.Set(key, i+1)
				time.Sleep(ttl / 4)
			}
			c.Set("a", 10) // the oldest becomes the youngest, after 45s
			time.Sleep(ttl / 2)
			const situation = "75s after Set of a, 60s after b, 45s after c; a set again after 45s"
			wantGet(t, c, situation, "a", 10)
			wantNone(t, c, situation, "b")
			wantGet(t, c, situation, "c", 3)
		})
	})
}

func TestExpiredMakeRoom(t *testing.T) {
	t.Run("one used lately", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(2, "a")
			time.Sleep(ttl / 2)
			c.Set("b", 2)
			wantGet(t, c, "30s after Set of a", "a", 1) // a is now used later than b
			time.Sleep(ttl / 2)
			c.Set("c", 3)
			const situation = "in a cache of 2, when a has expired though it was used after b, and c was set"
			wantGet(t, c, situation, "b", 2)
			wantGet(t, c, situation, "c", 3)
		})
	})

	t.Run("one in the middle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a")
			time.Sleep(ttl / 2)
			c.Set("b", 2)
			c.Get("a")
			c.Set("c", 3)
			time.Sleep(ttl / 2)
			c.Set("d", 4)
			wantKeys(t, c, "in a cache of 3, when a has expired though it was used after b, and d was set", "d", "c", "b")
		})
	})

	t.Run("many at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(4, "a", "b", "c")
			time.Sleep(ttl / 2)
			c.Set("d", 4)
			for _, key := range []string{"c", "b", "a"} {
				c.Get(key)
			}
			time.Sleep(ttl / 2)
			c.Set("e", 5)
			c.Set("f", 6)
			c.Set("g", 7)
			wantKeys(t, c, "in a cache of 4, when a, b and c have expired, d lives, and e, f, g were set", "g", "f", "e", "d")
			c.Set("h", 8)
			wantKeys(t, c, "in a full cache of 4 whose entries all live, after Set of another", "h", "g", "f", "e")
		})
	})

	t.Run("set again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(2, "a")
			time.Sleep(ttl / 2)
			c.Set("b", 2)
			time.Sleep(ttl / 2)
			c.Set("a", 10)
			wantKeys(t, c, "in a cache of 2, when a has expired, b lives, and a was set again", "a", "b")
		})
	})
}

func TestLenCountsTheLiving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := filled(4, "a", "b")
		time.Sleep(ttl / 2)
		c.Set("c", 3)
		wantLen(t, c, "with three live entries", 3)
		time.Sleep(ttl / 2)
		wantLen(t, c, "when two of three entries have expired", 1)
		wantKeys(t, c, "when two of three entries have expired", "c")
		time.Sleep(ttl)
		wantKeys(t, c, "when all entries have expired")
		wantLen(t, c, "when all entries have expired", 0)
	})
}

func TestDelete(t *testing.T) {
	t.Run("makes room", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a", "b", "c")
			if got := c.Delete("b"); !got {
				t.Errorf(`Delete("b") = %t, want true: it is there`, got)
			}
			wantLen(t, c, "in a cache of 3 after Set of a, b, c, Delete of b", 2)
			c.Set("d", 4)
			wantKeys(t, c, "in a cache of 3 after Set of a, b, c, Delete of b, Set of d", "d", "c", "a")
		})
	})

	t.Run("leaves no trace", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a", "b", "c")
			c.Delete("a")
			c.Set("a", 10) // now the newest: no memory of the old one may count
			c.Set("d", 4)
			c.Set("e", 5)
			const situation = "in a cache of 3 after Set of a, b, c, Delete of a, Set of a, d, e"
			wantKeys(t, c, situation, "e", "d", "a")
			wantGet(t, c, situation, "a", 10)
		})
	})

	t.Run("ends its age", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a")
			time.Sleep(ttl / 2)
			c.Delete("a")
			c.Set("a", 10)
			time.Sleep(ttl / 2)
			wantGet(t, c, "30s after Set of a key that was deleted before, with a ttl of 1m", "a", 10)
		})
	})

	t.Run("of an expired entry", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a", "b")
			time.Sleep(ttl)
			if got := c.Delete("a"); got {
				t.Errorf(`Delete("a") when it has expired = %t, want false`, got)
			}
			wantNone(t, c, "after Delete of an expired entry", "a")
		})
	})
}

func TestAll(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			wantKeys(t, filled(2), "in an empty cache")
		})
	})

	t.Run("values", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a", "b", "c")
			c.Set("a", 10)
			var got []string
			for key, value := range c.All() {
				got = append(got, fmt.Sprint(key, " ", value))
			}
			if want := []string{"a 10", "c 3", "b 2"}; !slices.Equal(got, want) {
				t.Errorf("after Set of a, b, c and a again: All() yields %q, want %q", got, want)
			}
		})
	})

	t.Run("left early", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(3, "a", "b", "c")
			for range c.All() {
				break
			}
			c.Set("d", 4)
			wantKeys(t, c, "after a loop over All that was left early, and Set of d", "d", "c", "b")
		})
	})

	t.Run("body uses the cache", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := filled(4, "a", "b", "c", "d")
			var got []string
			for key, value := range c.All() {
				got = append(got, fmt.Sprint(key, " ", value))
				c.Get("a")
				c.Delete("b")
				c.Set("c", 30)
				c.Set("e"+key, 5)
				c.Len()
			}
			if want := []string{"d 4", "c 3", "b 2", "a 1"}; !slices.Equal(got, want) {
				t.Errorf("All() with a body that changes the cache yields %q, want %q: what was there when the loop began", got, want)
			}
		})
	})
}
