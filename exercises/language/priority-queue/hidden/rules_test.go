package priorityqueue_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"priorityqueue"
)

// A job is a value of which several can be equal in order.
type job struct {
	rank int // a lower one comes first
	name string
}

func byRank(a, b job) int { return cmp.Compare(a.rank, b.rank) }

func (j job) String() string { return fmt.Sprintf("%d:%s", j.rank, j.name) }

// names returns what the jobs are called.
func names(jobs []job) []string {
	var names []string
	for _, j := range jobs {
		names = append(names, j.name)
	}
	return names
}

func TestEqualsKeepTheirOrder(t *testing.T) {
	t.Run("all equal", func(t *testing.T) {
		q := priorityqueue.New(byRank)
		var want []string
		for i := range 50 {
			name := fmt.Sprint("job ", i)
			q.Push(job{7, name})
			want = append(want, name)
		}
		if got := names(popAll(t, q)); !slices.Equal(got, want) {
			t.Errorf("after Push of 50 equal values: Pop gives %q, want them as they were pushed", got)
		}
	})

	t.Run("between others", func(t *testing.T) {
		q := priorityqueue.New(byRank)
		for i := range 60 {
			q.Push(job{i * 7 % 3, fmt.Sprintf("%02d", i)})
		}
		got := popAll(t, q)
		if !slices.IsSortedFunc(got, func(a, b job) int { return cmp.Or(byRank(a, b), cmp.Compare(a.name, b.name)) }) {
			t.Errorf("after Push of 60 values in 3 ranks: Pop gives %v, want each rank as it was pushed", got)
		}
	})

	t.Run("pushed after a pop", func(t *testing.T) {
		q := priorityqueue.New(byRank)
		for _, name := range []string{"a", "b", "c"} {
			q.Push(job{1, name})
		}
		var got []string
		for i := range 8 {
			j, _ := q.Pop()
			got = append(got, j.name)
			q.Push(job{1, string(rune('d' + i))})
		}
		got = append(got, names(popAll(t, q))...)
		if want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}; !slices.Equal(got, want) {
			t.Errorf("with Pop and Push of equal values in turn: Pop gives %q, want %q", got, want)
		}
	})

	t.Run("after updates", func(t *testing.T) {
		q := priorityqueue.New(byRank)
		var items []*priorityqueue.Item[job]
		for _, name := range []string{"a", "b", "c", "d"} {
			items = append(items, q.Push(job{5, name}))
		}
		q.Update(items[0], job{5, "a, still 5"})
		q.Update(items[1], job{9, "b, once 9"})
		q.Update(items[3], job{1, "d, once 1"})
		q.Update(items[1], job{5, "b, 5 again"})
		q.Update(items[3], job{5, "d, 5 again"})
		got := names(popAll(t, q))
		if want := []string{"a, still 5", "b, 5 again", "c", "d, 5 again"}; !slices.Equal(got, want) {
			t.Errorf("when values that were updated are equal in the end: Pop gives %q, want %q, as they were pushed", got, want)
		}
	})
}

// model is the simplest queue there is.
type model struct {
	entries []modelEntry
}

type modelEntry struct {
	item *priorityqueue.Item[job]
	job  job
}

// first returns where the entry is that comes first. Entries stand in the
// order in which they were pushed.
func (m *model) first() int {
	first := 0
	for i, e := range m.entries {
		if e.job.rank < m.entries[first].job.rank {
			first = i
		}
	}
	return first
}

// play does the same at random with a queue and a model: pushes, pops, and
// what act does with an entry. It stops when the two differ.
func play(t *testing.T, what string, act func(q *priorityqueue.Queue[job], m *model, at int, random *rand.Rand) error) {
	t.Helper()
	for seed := range 10 {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		q := priorityqueue.New(byRank)
		m := new(model)
		push := func(i int) {
			j := job{random.IntN(40), fmt.Sprint("n", i)}
			m.entries = append(m.entries, modelEntry{q.Push(j), j})
		}
		check := func(i int, got job, ok bool) bool {
			if len(m.entries) == 0 {
				if ok {
					t.Errorf("%s, seed %d, step %d: the queue gives %v, true, want it empty", what, seed, i, got)
				}
				return !ok
			}
			if want := m.entries[m.first()].job; got != want || !ok {
				t.Errorf("%s, seed %d, step %d: the queue gives %v, %t, want %v, true", what, seed, i, got, ok, want)
				return false
			}
			return true
		}
		for i := range 20 {
			push(i)
		}
		for i := range 120 {
			switch random.IntN(6) {
			case 0, 1:
				push(100 + i)
			case 2:
				got, ok := q.Pop()
				if !check(i, got, ok) {
					return
				}
				if ok {
					at := m.first()
					m.entries = slices.Delete(m.entries, at, at+1)
				}
			default:
				if len(m.entries) == 0 {
					continue
				}
				if err := act(q, m, random.IntN(len(m.entries)), random); err != nil {
					t.Errorf("%s, seed %d, step %d: %v", what, seed, i, err)
					return
				}
			}
			if got := q.Len(); got != len(m.entries) {
				t.Errorf("%s, seed %d, step %d: Len() = %d, want %d", what, seed, i, got, len(m.entries))
				return
			}
			got, ok := q.Peek()
			if !check(i, got, ok) {
				return
			}
		}
		for len(m.entries) > 0 {
			got, ok := q.Pop()
			if !check(120, got, ok) {
				return
			}
			at := m.first()
			m.entries = slices.Delete(m.entries, at, at+1)
		}
	}
}

func TestUpdateAnywhere(t *testing.T) {
	for from := range 7 {
		for to := range 15 {
			q := priorityqueue.New(cmp.Compare[int])
			var items []*priorityqueue.Item[int]
			var want []int
			for i := range 7 {
				items = append(items, q.Push(10*i))
				want = append(want, 10*i)
			}
			value := 5*to - 5 // before, between, behind and beside the others
			q.Update(items[from], value)
			want[from] = value
			slices.Sort(want)
			if got := popAll(t, q); !slices.Equal(got, want) {
				t.Errorf("after Push of 0, 10, … 60 and Update of %d to %d: Pop gives %d, want %d", 10*from, value, got, want)
			}
		}
	}

	play(t, "Push, Pop and Update at random", func(q *priorityqueue.Queue[job], m *model, at int, random *rand.Rand) error {
		e := &m.entries[at]
		next := job{random.IntN(40), e.job.name}
		if got := q.Update(e.item, next); !got {
			return fmt.Errorf("Update of an item in the queue = %t, want true", got)
		}
		e.job = next
		if got := e.item.Value(); got != next {
			return fmt.Errorf("Value() after Update to %v = %v", next, got)
		}
		return nil
	})
}

func TestRemoveAnywhere(t *testing.T) {
	for at := range 7 {
		q := priorityqueue.New(cmp.Compare[int])
		var items []*priorityqueue.Item[int]
		var want []int
		for _, value := range []int{0, 50, 10, 60, 70, 20, 30} {
			items = append(items, q.Push(value))
			want = append(want, value)
		}
		q.Remove(items[at])
		removed := want[at]
		want = slices.Delete(want, at, at+1)
		slices.Sort(want)
		if got := popAll(t, q); !slices.Equal(got, want) {
			t.Errorf("after Push of 0, 50, 10, 60, 70, 20, 30 and Remove of %d: Pop gives %d, want %d", removed, got, want)
		}
		if got := items[at].Value(); got != removed {
			t.Errorf("Value() of an item that was removed = %d, want %d", got, removed)
		}
	}

	play(t, "Push, Pop and Remove at random", func(q *priorityqueue.Queue[job], m *model, at int, _ *rand.Rand) error {
		if got := q.Remove(m.entries[at].item); !got {
			return fmt.Errorf("Remove of an item in the queue = %t, want true", got)
		}
		m.entries = slices.Delete(m.entries, at, at+1)
		return nil
	})
}

func TestItemsThatAreNotThere(t *testing.T) {
	for _, test := range []struct {
		name string
		item func(q *priorityqueue.Queue[int]) *priorityqueue.Item[int]
		want int // its value
	}{
		{"that was popped", func(q *priorityqueue.Queue[int]) *priorityqueue.Item[int] {
			item := q.Push(0)
			q.Pop()
			return item
		}, 0},
		{"that was removed", func(q *priorityqueue.Queue[int]) *priorityqueue.Item[int] {
			item := q.Push(15)
			q.Remove(item)
			return item
		}, 15},
		{"that was the last to be popped", func(q *priorityqueue.Queue[int]) *priorityqueue.Item[int] {
			item := q.Push(40)
			popped := []int{}
			for value := range q.Drain() {
				popped = append(popped, value)
			}
			for _, value := range popped[:len(popped)-1] {
				q.Push(value)
			}
			return item
		}, 40},
		{"of another queue", func(*priorityqueue.Queue[int]) *priorityqueue.Item[int] {
			return priorityqueue.New(cmp.Compare[int]).Push(15)
		}, 15},
		{"of another queue, behind others", func(*priorityqueue.Queue[int]) *priorityqueue.Item[int] {
			other := priorityqueue.New(cmp.Compare[int])
			other.Push(1)
			other.Push(2)
			return other.Push(15)
		}, 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := priorityqueue.New(cmp.Compare[int])
			for _, value := range []int{10, 20, 30} {
				q.Push(value)
			}
			item := test.item(q)
			if got := q.Update(item, 5); got {
				t.Errorf("Update of an item %s = %t, want false", test.name, got)
			}
			if got := item.Value(); got != test.want {
				t.Errorf("Value() of an item %s, after Update to 5 = %d, want %d: it is not to change", test.name, got, test.want)
			}
			if got := q.Remove(item); got {
				t.Errorf("Remove of an item %s = %t, want false", test.name, got)
			}
			if got, want := q.Len(), 3; got != want {
				t.Errorf("after Remove of an item %s: Len() = %d, want %d", test.name, got, want)
			}
			if got, want := popAll(t, q), []int{10, 20, 30}; !slices.Equal(got, want) {
				t.Errorf("after Update and Remove of an item %s: Pop gives %d, want %d", test.name, got, want)
			}
		})
	}

	t.Run("the other queue stays as it is", func(t *testing.T) {
		q, other := priorityqueue.New(cmp.Compare[int]), priorityqueue.New(cmp.Compare[int])
		q.Push(10)
		item := other.Push(20)
		other.Push(30)
		q.Update(item, 40)
		q.Remove(item)
		if got := other.Remove(item); !got {
			t.Errorf("Remove of an item by its own queue, after another one was asked = %t, want true", got)
		}
		if got, want := popAll(t, other), []int{30}; !slices.Equal(got, want) {
			t.Errorf("a queue of which one item was removed: Pop gives %d, want %d", got, want)
		}
	})
}

func TestDrain(t *testing.T) {
	fill := func(values ...int) *priorityqueue.Queue[int] {
		q := priorityqueue.New(cmp.Compare[int])
		for _, value := range values {
			q.Push(value)
		}
		return q
	}

	t.Run("to the end", func(t *testing.T) {
		q := fill(3, 1, 2)
		var got []int
		for value := range q.Drain() {
			got = append(got, value)
			if want := 3 - len(got); q.Len() != want {
				t.Errorf("in round %d of a loop over Drain of 3 values: Len() = %d, want %d", len(got), q.Len(), want)
			}
		}
		if want := []int{1, 2, 3}; !slices.Equal(got, want) {
			t.Errorf("Drain() yields %d, want %d", got, want)
		}
		for value := range q.Drain() {
			t.Errorf("Drain() of an empty queue yields %d, want nothing", value)
		}
	})

	t.Run("left early", func(t *testing.T) {
		q := fill(50, 40, 30, 20, 10)
		for value := range q.Drain() {
			if value == 20 {
				break
			}
		}
		if got, want := popAll(t, q), []int{30, 40, 50}; !slices.Equal(got, want) {
			t.Errorf("after a loop over Drain that was left at 20: Pop gives %d, want %d", got, want)
		}
	})

	t.Run("with a body that changes the queue", func(t *testing.T) {
		q := fill(10, 40)
		last := q.Push(50)
		var got []int
		for value := range q.Drain() {
			got = append(got, value)
			if len(got) > 10 {
				break
			}
			if value == 10 {
				q.Push(20)
				q.Push(5)
				q.Update(last, 30)
			}
		}
		if want := []int{10, 5, 20, 30, 40}; !slices.Equal(got, want) {
			t.Errorf("Drain() of 10, 40, 50, with Push of 20 and 5 and Update of 50 to 30 at the first: yields %d, want %d", got, want)
		}
	})
}

func TestCallsOfCompare(t *testing.T) {
	const n = 1024
	const most = 6 * 10 // 6 times the logarithm of n
	random := rand.New(rand.NewPCG(1, 2))
	calls := 0
	q := priorityqueue.New(func(a, b int) int {
		calls++
		return cmp.Compare(a, b)
	})
	var items []*priorityqueue.Item[int]
	measure := func(what string, times int, act func(i int)) {
		t.Helper()
		calls = 0
		for i := range times {
			act(i)
			if calls > times*most {
				t.Fatalf("%s, in a queue of up to %d: %d calls of compare for the first %d of %d, want at most %d for each on average",
					what, n, calls, i+1, times, most)
			}
		}
	}
	measure("Push", n, func(int) { items = append(items, q.Push(random.IntN(1000))) })
	measure("Push and Pop", n, func(int) { q.Pop(); q.Push(1000 + random.IntN(1000)) })
	items = items[:0]
	for q.Len() > 0 {
		q.Pop()
	}
	for i := range n {
		items = append(items, q.Push(i*7919%n))
	}
	measure("Update", n, func(i int) { q.Update(items[i*31%n], random.IntN(n)) })
	measure("Remove", n/2, func(i int) { q.Remove(items[i*2]) })
	measure("Pop", n/2, func(int) { q.Pop() })
	if got := q.Len(); got != 0 {
		t.Errorf("after half of the values were removed and half popped: Len() = %d, want 0", got)
	}
}

func TestHoldsNothingThatLeft(t *testing.T) {
	type value struct {
		rank    int
		content [1 << 10]byte
	}
	for _, test := range []struct {
		name  string
		leave func(q *priorityqueue.Queue[*value], item *priorityqueue.Item[*value])
	}{
		{"popped", func(q *priorityqueue.Queue[*value], _ *priorityqueue.Item[*value]) { q.Pop() }},
		{"removed", func(q *priorityqueue.Queue[*value], item *priorityqueue.Item[*value]) { q.Remove(item) }},
		{"updated to another value", func(q *priorityqueue.Queue[*value], item *priorityqueue.Item[*value]) {
			q.Update(item, &value{rank: 7})
		}},
	} {
		t.Run("a value that was "+test.name, func(t *testing.T) {
			q := priorityqueue.New(func(a, b *value) int { return cmp.Compare(a.rank, b.rank) })
			for rank := 1; rank <= 4; rank++ {
				q.Push(&value{rank: rank})
			}
			// In a goroutine that ends, so that no stack refers to the value.
			left := make(chan weak.Pointer[value])
			go func() {
				v := &value{rank: 0}
				test.leave(q, q.Push(v))
				left <- weak.Make(v)
			}()
			pointer := <-left
			for range 20 {
				runtime.GC()
				if pointer.Value() == nil {
					break
				}
				time.Sleep(time.Millisecond) // for the goroutine to end
			}
			if pointer.Value() != nil {
				t.Errorf("a value that was %s is still held by the queue, want it left to the garbage collector", test.name)
			}
			runtime.KeepAlive(q)
		})
	}
}
