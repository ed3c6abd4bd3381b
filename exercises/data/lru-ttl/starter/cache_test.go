package lruttl_test

import (
	"testing"
	"testing/synctest"
	"time"

	"lruttl"
)

const ttl = time.Minute

// wantGet checks what Get returns for a key that should be there.
func wantGet(t *testing.T, c *lruttl.Cache[string, int], situation, key string, want int) {
	t.Helper()
	if got, ok := c.Get(key); got != want || !ok {
		t.Errorf("%s: Get(%q) = %d, %t, want %d, true", situation, key, got, ok, want)
	}
}

// wantNone checks that Get finds nothing under key.
func wantNone(t *testing.T, c *lruttl.Cache[string, int], situation, key string) {
	t.Helper()
	if got, ok := c.Get(key); got != 0 || ok {
		t.Errorf("%s: Get(%q) = %d, %t, want 0, false", situation, key, got, ok)
	}
}

func TestSetAndGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lruttl.New[string, int](3, ttl)
		wantNone(t, c, "in an empty cache", "ant")

		c.Set("ant", 6)
		c.Set("eel", 0)
		wantGet(t, c, `after Set("ant", 6)`, "ant", 6)
		wantGet(t, c, `after Set("eel", 0)`, "eel", 0)
		if got := c.Len(); got != 2 {
			t.Errorf("after Set of 2 keys: Len() = %d, want 2", got)
		}

		c.Set("ant", 60)
		wantGet(t, c, `after Set("ant", 6) and Set("ant", 60)`, "ant", 60)
		if got := c.Len(); got != 2 {
			t.Errorf("after Set of 2 keys, one of them twice: Len() = %d, want 2", got)
		}

		if got := c.Delete("ant"); !got {
			t.Errorf(`Delete("ant") = %t, want true: it is there`, got)
		}
		wantNone(t, c, `after Delete("ant")`, "ant")
		if got := c.Delete("ant"); got {
			t.Errorf(`Delete("ant") for the second time = %t, want false`, got)
		}
	})
}

func TestEvictsLeastRecentlyUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lruttl.New[string, int](2, ttl)
		c.Set("ant", 6)
		c.Set("bee", 12)
		wantGet(t, c, "in a cache of 2, filled with ant and bee", "ant", 6)
		c.Set("cat", 4)

		const situation = "in a cache of 2 after Set of ant and bee, Get of ant, Set of cat"
		wantNone(t, c, situation, "bee")
		wantGet(t, c, situation, "ant", 6)
		wantGet(t, c, situation, "cat", 4)

		var keys []string
		for key := range c.All() {
			keys = append(keys, key)
		}
		if len(keys) != 2 || keys[0] != "cat" || keys[1] != "ant" {
			t.Errorf("%s, Get of ant and cat: All() yields %q, want %q", situation, keys, []string{"cat", "ant"})
		}
	})
}

func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lruttl.New[string, int](2, ttl)
		c.Set("ant", 6)

		// Time is fake in here: it passes only while everything waits.
		time.Sleep(ttl - time.Second)
		wantGet(t, c, "59s after Set, with a ttl of 1m", "ant", 6)
		time.Sleep(2 * time.Second)
		wantNone(t, c, "61s after Set, with a ttl of 1m", "ant")
	})
}
