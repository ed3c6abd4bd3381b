// Package lruttl has a cache whose entries are limited in number and in age.
package lruttl

import (
	"iter"
	"slices"
	"sync"
	"time"
)

// A Cache holds a limited number of values for a limited time. It may be used
// by many goroutines at once.
type Cache[K comparable, V any] struct {
	size int
	ttl  time.Duration

	mu      sync.Mutex
	entries map[K]*entry[K, V]
	use     ring[K, V] // the least recently used first
	age     ring[K, V] // the oldest first
}

// An entry lies on two rings, each of which links entries by its own pair of
// pointers.
type entry[K comparable, V any] struct {
	key   K
	value V
	born  time.Time
	links [2]struct{ prev, next *entry[K, V] }
}

// A ring is a circle of entries around a root that is none.
type ring[K comparable, V any] struct {
	root  *entry[K, V]
	which int // its index in entry.links
}

// New returns an empty cache of at most size entries, each of which lives for
// ttl from the last Set of its key.
func New[K comparable, V any](size int, ttl time.Duration) *Cache[K, V] {
	return &Cache[K, V]{
		size:    size,
		ttl:     ttl,
		entries: make(map[K]*entry[K, V], size),
		use:     newRing[K, V](0),
		age:     newRing[K, V](1),
	}
}

// Get returns the value under key, and whether there is one. The entry that it
// finds becomes the most recently used.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return value, false
	}
	if time.Since(e.born) >= c.ttl {
		c.remove(e)
		return value, false
	}
	c.use.remove(e)
	c.use.push(e)
	return e.value, true
}

// Set stores value under key and makes the entry the most recently used. In a
// full cache a new key takes the place of one that has expired, or else of the
// least recently used.
func (c *Cache[K, V]) Set(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	e, ok := c.entries[key]
	switch {
	case ok:
		c.use.remove(e)
		c.age.remove(e)
	case len(c.entries) < c.size:
	case now.Sub(c.age.first().born) >= c.ttl:
		c.remove(c.age.first())
	default:
		c.remove(c.use.first())
	}
	if !ok {
		e = &entry[K, V]{key: key}
		c.entries[key] = e
	}
	e.value, e.born = value, now
	c.use.push(e)
	c.age.push(e)
}

// Delete removes key and reports whether there was an entry to remove.
func (c *Cache[K, V]) Delete(key K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return false
	}
	c.remove(e)
	return time.Since(e.born) < c.ttl
}

// Len returns the number of live entries.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for e := c.age.first(); e != nil && now.Sub(e.born) >= c.ttl; e = c.age.first() {
		c.remove(e)
	}
	return len(c.entries)
}

// All returns the live entries, the most recently used first.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		keys, values := c.copy()
		for i, key := range slices.Backward(keys) {
			if !yield(key, values[i]) {
				return
			}
		}
	}
}

// copy returns all that lives, the least recently used first.
func (c *Cache[K, V]) copy() (keys []K, values []V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for e := range c.use.all() {
		if now.Sub(e.born) < c.ttl {
			keys = append(keys, e.key)
			values = append(values, e.value)
		}
	}
	return keys, values
}

func (c *Cache[K, V]) remove(e *entry[K, V]) {
	delete(c.entries, e.key)
	c.use.remove(e)
	c.age.remove(e)
}

func newRing[K comparable, V any](which int) ring[K, V] {
	root := new(entry[K, V])
	root.links[which].prev, root.links[which].next = root, root
	return ring[K, V]{root, which}
}

// first returns the entry that was pushed first, nil in an empty ring.
func (r ring[K, V]) first() *entry[K, V] {
	if e := r.root.links[r.which].next; e != r.root {
		return e
	}
	return nil
}

func (r ring[K, V]) push(e *entry[K, V]) {
	last := r.root.links[r.which].prev
	e.links[r.which].prev, e.links[r.which].next = last, r.root
	last.links[r.which].next = e
	r.root.links[r.which].prev = e
}

func (r ring[K, V]) remove(e *entry[K, V]) {
	link := &e.links[r.which]
	link.prev.links[r.which].next = link.next
	link.next.links[r.which].prev = link.prev
	link.prev, link.next = nil, nil
}

func (r ring[K, V]) all() iter.Seq[*entry[K, V]] {
	return func(yield func(*entry[K, V]) bool) {
		for e := r.root.links[r.which].next; e != r.root; e = e.links[r.which].next {
			if !yield(e) {
				return
			}
		}
	}
}
