// Package lruttl has a cache whose entries are limited in number and in age.
package lruttl

import (
	"iter"
	"time"
)

// A Cache holds a limited number of values for a limited time. It may be used
// by many goroutines at once.
type Cache[K comparable, V any] struct {
	// TODO: what it needs.
}

// New returns an empty cache of at most size entries, each of which lives for
// ttl from the last Set of its key.
func New[K comparable, V any](size int, ttl time.Duration) *Cache[K, V] {
	return &Cache[K, V]{}
}

// Get returns the value under key, and whether there is one. The entry that it
// finds becomes the most recently used.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	// TODO: write it.
	return value, false
}

// Set stores value under key and makes the entry the most recently used. In a
// full cache a new key takes the place of the least recently used.
func (c *Cache[K, V]) Set(key K, value V) {
	// TODO: write it.
}

// Delete removes key and reports whether there was an entry to remove.
func (c *Cache[K, V]) Delete(key K) bool {
	// TODO: write it.
	return false
}

// Len returns the number of live entries.
func (c *Cache[K, V]) Len() int {
	// TODO: write it.
	return 0
}

// All returns the live entries, the most recently used first.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		// TODO: write it.
	}
}
