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
//
// Its heap has four children for each parent, so that it is half as deep as
// one with two.
type Queue[T any] struct {
	compare func(a, b T) int
	heap    []*Item[T]
	next    uint64
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value T
	age   uint64
	queue *Queue[T] // nil once it has left
	at    int
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{compare: compare}
}

// Value returns the value of the item.
func (i *Item[T]) Value() T { return i.value }

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	item := &Item[T]{value: value, age: q.next, queue: q}
	q.next++
	q.heap = append(q.heap, item)
	q.rise(item, len(q.heap)-1)
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if len(q.heap) > 0 {
		value, ok = q.heap[0].value, true
	}
	return value, ok
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	if value, ok = q.Peek(); ok {
		q.Remove(q.heap[0])
	}
	return value, ok
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	if item.queue != q {
		return false
	}
	item.value = value
	q.settle(item, item.at)
	return true
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	if item.queue != q {
		return false
	}
	last := q.heap[len(q.heap)-1]
	q.heap = slices.Delete(q.heap, len(q.heap)-1, len(q.heap)) // clears the slot
	if last != item {
		q.sink(last, item.at)
	}
	item.queue = nil
	return true
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return len(q.heap) }

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for q.Len() > 0 {
			if value, _ := q.Pop(); !yield(value) {
				return
			}
		}
	}
}

func (q *Queue[T]) before(a, b *Item[T]) bool {
	return cmp.Or(q.compare(a.value, b.value), cmp.Compare(a.age, b.age)) < 0
}

// settle puts the item, which belongs at i or elsewhere, into its place.
func (q *Queue[T]) settle(item *Item[T], i int) {
	q.sink(item, q.rise(item, i))
}

// rise puts the item at i or further up, and returns where.
func (q *Queue[T]) rise(item *Item[T], i int) int {
	for i > 0 {
		parent := (i - 1) / 4
		if !q.before(item, q.heap[parent]) {
			break
		}
		q.put(q.heap[parent], i)
		i = parent
	}
	q.put(item, i)
	return i
}

// sink puts the item at i or further down.
func (q *Queue[T]) sink(item *Item[T], i int) {
	for {
		least := -1
		for child := 4*i + 1; child < min(4*i+5, len(q.heap)); child++ {
			if least < 0 || q.before(q.heap[child], q.heap[least]) {
				least = child
			}
		}
		if least < 0 || !q.before(q.heap[least], item) {
			break
		}
		q.put(q.heap[least], i)
		i = least
	}
	q.put(item, i)
}

func (q *Queue[T]) put(item *Item[T], i int) {
	q.heap[i] = item
	item.at = i
}
