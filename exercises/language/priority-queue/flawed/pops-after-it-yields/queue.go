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
	items  items[T]
	pushed int // how many items were ever pushed
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value  T
	number int // how many were pushed before it
	index  int // where it stands in the heap, as long as it does
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{items: items[T]{compare: compare}}
}

// Value returns the value of the item.
func (i *Item[T]) Value() T { return i.value }

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	item := &Item[T]{value: value, number: q.pushed}
	q.pushed++
	heap.Push(&q.items, item)
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	return q.items.heap[0].value, true
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	if q.Len() == 0 {
		return value, false
	}
	return heap.Pop(&q.items).(*Item[T]).value, true
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	if !q.has(item) {
		return false
	}
	item.value = value
	heap.Fix(&q.items, item.index)
	return true
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	if !q.has(item) {
		return false
	}
	heap.Remove(&q.items, item.index)
	return true
}

// has reports whether the item is in this queue. An item that has left it, or
// is in another one, has an index too, but something else stands there.
func (q *Queue[T]) has(item *Item[T]) bool {
	return item.index < q.Len() && q.items.heap[item.index] == item
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return q.items.Len() }

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			value, ok := q.Peek()
			if !ok || !yield(value) {
				return
			}
			q.Pop()
		}
	}
}

// items is what package heap works on.
type items[T any] struct {
	heap    []*Item[T]
	compare func(a, b T) int
}

func (h *items[T]) Len() int { return len(h.heap) }

func (h *items[T]) Less(i, j int) bool {
	a, b := h.heap[i], h.heap[j]
	if order := h.compare(a.value, b.value); order != 0 {
		return order < 0
	}
	return a.number < b.number
}

func (h *items[T]) Swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.heap[i].index = i
	h.heap[j].index = j
}

// Push implements heap.Interface.
func (h *items[T]) Push(x any) {
	item := x.(*Item[T])
	item.index = len(h.heap)
	h.heap = append(h.heap, item)
}

// Pop implements heap.Interface.
func (h *items[T]) Pop() any {
	last := len(h.heap) - 1
	item := h.heap[last]
	h.heap[last] = nil // else the array would go on holding the item
	h.heap = h.heap[:last]
	return item
}
