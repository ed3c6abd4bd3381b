// Package priorityqueue has a queue that gives out first what comes first in
// an order, and in which waiting values can change.
package priorityqueue

import (
	"container/heap"
	"iter"
)

// A Queue holds values of type T in an order that its compare function gives.
// Values that are equal in that order keep the order in which they were pushed.
type Queue[T any] struct {
	items  itemHeap[T]
	pushed int // how many values were, ever
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value  T
	queue  *Queue[T] // nil when it has left
	number int       // items are pushed in the order of their numbers
	index  int       // in the heap
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{items: itemHeap[T]{compare: compare}}
}

// Value returns the value of the item.
func (i *Item[T]) Value() (value T) { return i.value }

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	item := &Item[T]{value: value, queue: q, number: q.pushed}
	q.pushed++
	heap.Push(&q.items, item)
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	return q.items.items[0].value, true
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	item := q.items.items[0]
	q.Remove(item)
	return item.value, true
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	if item.queue != q {
		return false
	}
	item.value = value
	heap.Fix(&q.items, item.index)
	return true
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	if item.queue != q {
		return false
	}
	heap.Remove(&q.items, item.index)
	item.queue = nil
	return true
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return q.items.Len() }

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

// An itemHeap is a heap.Interface.
type itemHeap[T any] struct {
	compare func(a, b T) int
	items   []*Item[T]
}

func (h *itemHeap[T]) Len() int { return len(h.items) }

func (h *itemHeap[T]) Less(i, j int) bool {
	a, b := h.items[i], h.items[j]
	if c := h.compare(a.value, b.value); c != 0 {
		return c < 0
	}
	return a.number < b.number
}

func (h *itemHeap[T]) Swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].index, h.items[j].index = i, j
}

func (h *itemHeap[T]) Push(x any) {
	item := x.(*Item[T])
	item.index = len(h.items)
	h.items = append(h.items, item)
}

func (h *itemHeap[T]) Pop() any {
	last := len(h.items) - 1
	item := h.items[last]
	h.items[last] = nil
	h.items = h.items[:last]
	return item
}
