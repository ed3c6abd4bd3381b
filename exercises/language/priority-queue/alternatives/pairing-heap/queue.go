// Package priorityqueue has a queue that gives out first what comes first in
// an order, and in which waiting values can change.
package priorityqueue

import "iter"

// A Queue holds values of type T in an order that its compare function gives.
// Values that are equal in that order keep the order in which they were pushed.
//
// It is a pairing heap: a tree in which no child comes before its parent. Trees
// are joined at once and sorted out later, when their root is taken away.
type Queue[T any] struct {
	compare func(a, b T) int
	root    *Item[T]
	length  int
	clock   int
}

// An Item is a value that was pushed to a queue.
type Item[T any] struct {
	value  T
	pushed int
	queue  *Queue[T] // nil when it is in none

	child *Item[T] // the first of its children
	next  *Item[T] // the next child of its parent
	back  *Item[T] // the child before it, or the parent of the first
}

// New returns an empty queue in the order that compare gives.
func New[T any](compare func(a, b T) int) *Queue[T] {
	return &Queue[T]{compare: compare}
}

// Value returns the value of the item.
func (i *Item[T]) Value() T { return i.value }

// Push adds value and returns the item that stands for it.
func (q *Queue[T]) Push(value T) *Item[T] {
	q.clock++
	item := &Item[T]{value: value, pushed: q.clock}
	q.insert(item)
	return item
}

// Peek returns the value that comes first, and whether there is one.
func (q *Queue[T]) Peek() (value T, ok bool) {
	if q.root == nil {
		return value, false
	}
	return q.root.value, true
}

// Pop removes the value that comes first. It returns it, and whether there was
// one.
func (q *Queue[T]) Pop() (value T, ok bool) {
	first := q.root
	if first == nil {
		return value, false
	}
	q.Remove(first)
	return first.value, true
}

// Update gives the item another value and the place that belongs to it. It
// reports whether the item is in the queue.
func (q *Queue[T]) Update(item *Item[T], value T) bool {
	if !q.Remove(item) {
		return false
	}
	item.value = value
	q.insert(item)
	return true
}

// Remove takes the item out. It reports whether the item was in the queue.
func (q *Queue[T]) Remove(item *Item[T]) bool {
	if item.queue != q {
		return false
	}
	children := q.combine(item.child)
	if item == q.root {
		q.root = children
	} else {
		if item.back.child == item {
			item.back.child = item.next
		} else {
			item.back.next = item.next
		}
		if item.next != nil {
			item.next.back = item.back
		}
		q.root = q.join(q.root, children)
	}
	item.child, item.next, item.back, item.queue = nil, nil, nil, nil
	q.length--
	return true
}

// Len returns the number of values in the queue.
func (q *Queue[T]) Len() int { return q.length }

// Drain pops a value for each round of a loop, until the queue is empty.
func (q *Queue[T]) Drain() iter.Seq[T] {
	return func(yield func(T) bool) {
		for value, ok := q.Pop(); ok; value, ok = q.Pop() {
			if !yield(value) {
				return
			}
		}
	}
}

func (q *Queue[T]) insert(item *Item[T]) {
	item.queue = q
	q.root = q.join(q.root, item)
	q.length++
}

// join makes one tree of two, the later root a child of the earlier. Either
// may be nil.
func (q *Queue[T]) join(a, b *Item[T]) *Item[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	order := q.compare(a.value, b.value)
	if order > 0 || order == 0 && a.pushed > b.pushed {
		a, b = b, a
	}
	b.next, b.back = a.child, a
	if a.child != nil {
		a.child.back = b
	}
	a.child = b
	return a
}

// combine makes one tree of a list of children: pairs from left to right, then
// those from right to left. That is what keeps the cost low on average.
func (q *Queue[T]) combine(first *Item[T]) *Item[T] {
	var pairs []*Item[T]
	for first != nil {
		a := first
		b := a.next
		first = nil
		if b != nil {
			first = b.next
			b.next, b.back = nil, nil
		}
		a.next, a.back = nil, nil
		pairs = append(pairs, q.join(a, b))
	}
	var root *Item[T]
	for i := len(pairs) - 1; i >= 0; i-- {
		root = q.join(root, pairs[i])
	}
	return root
}
