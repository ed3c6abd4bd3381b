// Package lruttl has a cache whose entries are limited in number and in age.
package lruttl

import (
	"container/list"
	"iter"
	"sync"
	"time"
)

// A Cache holds a limited number of values for a limited time. It may be used
// by many goroutines at once.
type Cache[K comparable, V any] struct {
	size int
	ttl  time.Duration

	// A plain mutex, since even Get changes the order of use.
	mu      sync.Mutex
	entries map[K]*entry[K, V]
	byUse   *list.List // of *entry, the most recently used first
	byAge   *list.List // of *entry, the longest since its Set first
}

type entry[K comparable, V any] struct {
	key      K
	value    V
	expires  time.Time
	use, age *list.Element // where it stands in byUse and byAge
}

// New returns an empty cache of at most size entries, each of which lives for
// ttl from the last Set of its key.
func New[K comparable, V any](size int, ttl time.Duration) *Cache[K, V] {
	return &Cache[K, V]{
		size:    size,
		ttl:     ttl,
		entries: make(map[K]*entry[K, V]),
		byUse:   list.New(),
		byAge:   list.New(),
	}
}

// Get returns the value under key, and whether there is one. The entry that it
// finds becomes the most recently used.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(time.Now())

	e, ok := c.entries[key]
	if !ok {
		return value, false
	}
	c.byUse.MoveToFront(e.use)
	return e.value, true
}

// Set stores value under key and makes the entry the most recently used. In a
// full cache a new key takes the place of the least recently used.
func (c *Cache[K, V]) Set(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.expire(now)

	if e, ok := c.entries[key]; ok {
		c.byUse.MoveToFront(e.use)
		e.value = value
		return
	}
	if len(c.entries) == c.size {
		c.remove(c.byUse.Back().Value.(*entry[K, V]))
	}
	e := &entry[K, V]{key: key, value: value, expires: now.Add(c.ttl)}
	e.use = c.byUse.PushFront(e)
	e.age = c.byAge.PushBack(e)
	c.entries[key] = e
}

// Delete removes key and reports whether there was an entry to remove.
func (c *Cache[K, V]) Delete(key K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(time.Now())

	e, ok := c.entries[key]
	if ok {
		c.remove(e)
	}
	return ok
}

// Len returns the number of live entries.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(time.Now())
	return len(c.entries)
}

// All returns the live entries, the most recently used first.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		// The body of the loop may call c, so no lock is held around it.
		for _, e := range c.snapshot() {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// snapshot returns copies of the live entries in their order of use.
func (c *Cache[K, V]) snapshot() []entry[K, V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire(time.Now())

	entries := make([]entry[K, V], 0, len(c.entries))
	for el := c.byUse.Front(); el != nil; el = el.Next() {
		entries = append(entries, *el.Value.(*entry[K, V]))
	}
	return entries
}

// expire removes what has expired by now, so that after it all entries are
// live. As all live equally long, they expire in the order of byAge. Each is
// removed once, so this costs nothing on top of having stored it.
func (c *Cache[K, V]) expire(now time.Time) {
	for el := c.byAge.Front(); el != nil; el = c.byAge.Front() {
		e := el.Value.(*entry[K, V])
		if now.Before(e.expires) {
			return
		}
		c.remove(e)
	}
}

func (c *Cache[K, V]) remove(e *entry[K, V]) {
	delete(c.entries, e.key)
	c.byUse.Remove(e.use)
	c.byAge.Remove(e.age)
}
