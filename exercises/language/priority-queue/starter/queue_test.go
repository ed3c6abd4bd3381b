package priorityqueue_test

import (
	"cmp"
	"slices"
	"testing"

	"priorityqueue"
)

// popAll pops until the queue is empty, but not for ever.
func popAll[T any](t *testing.T, q *priorityqueue.Queue[T]) []T {
	t.Helper()
	var values []T
	for range 100_000 {
		value, ok := q.Pop()
		if !ok {
			return values
		}
		values = append(values, value)
	}
	t.Fatalf("Pop() = …, true for the %dth time, want false from an empty queue", len(values))
	return nil
}

func TestPopsInOrder(t *testing.T) {
	q := priorityqueue.New(cmp.Compare[int])
	if got, ok := q.Pop(); got != 0 || ok {
		t.Errorf("Pop() of an empty queue = %d, %t, want 0, false", got, ok)
	}
	if got, ok := q.Peek(); got != 0 || ok {
		t.Errorf("Peek() of an empty queue = %d, %t, want 0, false", got, ok)
	}

	for _, value := range []int{30, 10, 50, 20, 40} {
		if got := q.Push(value).Value(); got != value {
			t.Errorf("Push(%d).Value() = %d, want %d", value, got, value)
		}
	}
	if got := q.Len(); got != 5 {
		t.Errorf("after Push of 5 values: Len() = %d, want 5", got)
	}
	if got, ok := q.Peek(); got != 10 || !ok {
		t.Errorf("after Push of 30, 10, 50, 20, 40: Peek() = %d, %t, want 10, true", got, ok)
	}
	if got, want := popAll(t, q), []int{10, 20, 30, 40, 50}; !slices.Equal(got, want) {
		t.Errorf("after Push of 30, 10, 50, 20, 40: Pop gives %d, want %d", got, want)
	}
	if got := q.Len(); got != 0 {
		t.Errorf("after all was popped: Len() = %d, want 0", got)
	}
}

func TestUpdate(t *testing.T) {
	q := priorityqueue.New(cmp.Compare[int])
	q.Push(10)
	q.Push(20)
	item := q.Push(30)

	if got := q.Update(item, 5); !got {
		t.Errorf("Update of an item in the queue = %t, want true", got)
	}
	if got := item.Value(); got != 5 {
		t.Errorf("after Update(item, 5): item.Value() = %d, want 5", got)
	}
	if got, want := popAll(t, q), []int{5, 10, 20}; !slices.Equal(got, want) {
		t.Errorf("after Push of 10, 20, 30 and Update of 30 to 5: Pop gives %d, want %d", got, want)
	}
}

func TestRemove(t *testing.T) {
	q := priorityqueue.New(cmp.Compare[int])
	q.Push(10)
	item := q.Push(20)
	q.Push(30)

	if got := q.Remove(item); !got {
		t.Errorf("Remove of an item in the queue = %t, want true", got)
	}
	if got := q.Len(); got != 2 {
		t.Errorf("after Remove of one of 3 values: Len() = %d, want 2", got)
	}
	if got, want := popAll(t, q), []int{10, 30}; !slices.Equal(got, want) {
		t.Errorf("after Push of 10, 20, 30 and Remove of 20: Pop gives %d, want %d", got, want)
	}
	if got := q.Remove(item); got {
		t.Errorf("Remove of the same item for the second time = %t, want false", got)
	}
}
