// Package priorityqueue has a queue that gives out first what comes first in
// an order, and in which waiting values can change.
package priorityqueue

import (
	"iter"
	"slices"
)

// A Queue holds values of type T in an order that its compare function gives.
// Values that are equal in that order keep the order in which they were pushed.
type Queue[T any] struct {
	compare func(a, b T) int
	items   []*Item[T]
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value T
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{compare: compare}
}

// Value returns the value of the item.
func (i *Item[T]) Value() (value T) { return i.value }

func (q *Queue[T]) sort() {
	slices.SortStableFunc(q.items, func(a, b *Item[T]) int { return q.compare(a.value, b.value) })
}

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	item := &Item[T]{value}
	q.items = append(q.items, item)
	q.sort()
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if len(q.items) == 0 {
		return value, false
	}
	return q.items[0].value, true
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	if len(q.items) == 0 {
		return value, false
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item.value, true
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	item.value = value
	q.sort()
	return slices.Contains(q.items, item)
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	i := slices.Index(q.items, item)
	if i < 0 {
		return false
	}
	q.items = slices.Delete(q.items, i, i+1)
	return true
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return len(q.items) }

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, item := range q.items {
			if !yield(item.value) {
				return
			}
		}
		q.items = nil
	}
}
