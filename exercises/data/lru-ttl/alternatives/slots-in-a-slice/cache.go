// Package lruttl has a cache whose entries are limited in number and in age.
package lruttl

import (
	"iter"
	"sync"
	"time"
)

// A Cache holds a limited number of values for a limited time. It may be used
// by many goroutines at once.
//
// Its entries lie in slots of one slice and are linked by their numbers. Slot
// 0 is no entry: it is where both lists begin and end.
type Cache[K comparable, V any] struct {
	size int
	ttl  time.Duration

	mu    sync.Mutex
	index map[K]int
	slots []slot[K, V]
	use   []link // for each slot; the most recently used behind slot 0
	age   []link // for each slot; the youngest behind slot 0
	free  []int  // slots that hold no entry
}

type slot[K comparable, V any] struct {
	key      K
	value    V
	deadline time.Time
}

type link struct{ prev, next int }

// New returns an empty cache of at most size entries, each of which lives for
// ttl from the last Set of its key.
func New[K comparable, V any](size int, ttl time.Duration) *Cache[K, V] {
	return &Cache[K, V]{
		size:  size,
		ttl:   ttl,
		index: make(map[K]int),
		slots: make([]slot[K, V], 1),
		use:   make([]link, 1),
		age:   make([]link, 1),
	}
}

// Get returns the value under key, and whether there is one. The entry that it
// finds becomes the most recently used.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	unlock := c.lock()
	defer unlock()
	i, ok := c.index[key]
	if ok {
		unlink(c.use, i)
		linkFirst(c.use, i)
	}
	return c.slots[i].value, ok // slot 0 has a zero value
}

// Set stores value under key and makes the entry the most recently used. In a
// full cache a new key takes the place of the least recently used.
func (c *Cache[K, V]) Set(key K, value V) {
	unlock := c.lock()
	defer unlock()
	c.drop(c.index[key])
	if len(c.index) >= c.size {
		c.drop(c.use[0].prev)
	}
	i := c.take()
	c.index[key] = i
	c.slots[i] = slot[K, V]{key, value, time.Now().Add(c.ttl)}
	linkFirst(c.use, i)
	linkFirst(c.age, i)
}

// Delete removes key and reports whether there was an entry to remove.
func (c *Cache[K, V]) Delete(key K) bool {
	unlock := c.lock()
	defer unlock()
	i, ok := c.index[key]
	c.drop(i)
	return ok
}

// Len returns the number of live entries.
func (c *Cache[K, V]) Len() int {
	unlock := c.lock()
	defer unlock()
	return len(c.index)
}

// All returns the live entries, the most recently used first.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		unlock := c.lock()
		live := make([]slot[K, V], 0, len(c.index))
		for i := c.use[0].next; i != 0; i = c.use[i].next {
			live = append(live, c.slots[i])
		}
		unlock()

		for _, s := range live {
			if !yield(s.key, s.value) {
				return
			}
		}
	}
}

// lock locks the cache, drops what has expired, and returns what unlocks it.
func (c *Cache[K, V]) lock() (unlock func()) {
	c.mu.Lock()
	now := time.Now()
	for {
		oldest := c.age[0].prev
		if oldest == 0 || c.slots[oldest].deadline.After(now) {
			return c.mu.Unlock
		}
		c.drop(oldest)
	}
}

// take returns the number of a slot that holds no entry.
func (c *Cache[K, V]) take() int {
	if last := len(c.free) - 1; last >= 0 {
		i := c.free[last]
		c.free = c.free[:last]
		return i
	}
	c.slots = append(c.slots, slot[K, V]{})
	c.use = append(c.use, link{})
	c.age = append(c.age, link{})
	return len(c.slots) - 1
}

// drop empties a slot. It does nothing with slot 0.
func (c *Cache[K, V]) drop(i int) {
	if i == 0 {
		return
	}
	delete(c.index, c.slots[i].key)
	unlink(c.use, i)
	unlink(c.age, i)
	c.slots[i] = slot[K, V]{} // so that the garbage collector can have the value
	c.free = append(c.free, i)
}

func linkFirst(links []link, i int) {
	first := links[0].next
	links[i] = link{prev: 0, next: first}
	links[0].next = i
	links[first].prev = i
}

func unlink(links []link, i int) {
	l := links[i]
	links[l.prev].next = l.next
	links[l.next].prev = l.prev
}
