// Package priorityqueue has a queue that gives out first what comes first in
// an order, and in which waiting values can change.
package priorityqueue

import (
	"cmp"
	"iter"
	"slices"
)

// A Queue holds values of type T in an order that its compare function gives.
// Values that are equal in that order keep the order in which they were pushed.
type Queue[T any] struct {
	compare func(a, b T) int
	items   []*Item[T] // in order
	pushed  int        // how many items were ever pushed
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value  T
	number int // how many were pushed before it
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{compare: compare}
}

// Value returns the value of the item.
func (i *Item[T]) Value() T { return i.value }

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	item := &Item[T]{value: value, number: q.pushed}
	q.pushed++
	q.items = append(q.items, item)
	q.sort()
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	return q.items[0].value, true
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	value = q.items[0].value
	q.items = slices.Delete(q.items, 0, 1)
	return value, true
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	if !slices.Contains(q.items, item) {
		return false
	}
	item.value = value
	q.sort()
	return true
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

// sort puts the items in order, equal ones as they were pushed.
func (q *Queue[T]) sort() {
	slices.SortFunc(q.items, func(a, b *Item[T]) int {
		return cmp.Or(q.compare(a.value, b.value), a.number-b.number)
	})
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return len(q.items) }

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			value, ok := q.Pop()
			if !ok || !yield(value) {
				return
			}
		}
	}
}
