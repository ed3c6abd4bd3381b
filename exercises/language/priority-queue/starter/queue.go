// Package priorityqueue has a queue that gives out first what comes first in
// an order, and in which waiting values can change.
package priorityqueue

import "iter"

// A Queue holds values of type T in an order that its compare function gives.
// Values that are equal in that order keep the order in which they were pushed.
type Queue[T any] struct {
	// TODO: what it needs.
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	// TODO: what it needs.
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{}
}

// Value returns the value of the item.
func (i *Item[T]) Value() (value T) {
	// TODO: write it.
	return value
}

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	// TODO: write it.
	return &Item[T]{}
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	// TODO: write it.
	return value, false
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	// TODO: write it.
	return value, false
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	// TODO: write it.
	return false
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	// TODO: write it.
	return false
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int {
	// TODO: write it.
	return 0
}

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		// TODO: write it.
	}
}
