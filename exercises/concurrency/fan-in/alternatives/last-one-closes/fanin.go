// Package fanin merges channels.
package fanin

import (
	"context"
	"sync/atomic"
)

// Merge returns a channel that gives every value of all inputs. It is closed
// when all inputs are closed and their values taken, or when ctx ends.
func Merge[T any](ctx context.Context, inputs ...<-chan T) <-chan T {
	// Room for a value of each input lets a forwarder go on while the reader
	// is busy.
	out := make(chan T, len(inputs))
	if len(inputs) == 0 {
		close(out)
		return out
	}
	m := &merger[T]{done: ctx.Done(), out: out}
	m.active.Store(int64(len(inputs)))
	for _, in := range inputs {
		go m.forward(in)
	}
	return out
}

type merger[T any] struct {
	done   <-chan struct{}
	out    chan T
	active atomic.Int64 // forwarders that may still send
}

// forward passes on what comes from in. The last forwarder to end closes the
// output.
func (m *merger[T]) forward(in <-chan T) {
	defer func() {
		if m.active.Add(-1) == 0 {
			close(m.out)
		}
	}()
	for {
		v, ok := m.receive(in)
		if !ok {
			return
		}
		select {
		case m.out <- v:
		case <-m.done:
			return
		}
	}
}

// receive gives the next value of in, and false when there are no more or
// the end has come.
func (m *merger[T]) receive(in <-chan T) (v T, ok bool) {
	select {
	case <-m.done:
		return v, false
	default:
	}
	select {
	case <-m.done:
		return v, false
	case v, ok = <-in:
		return v, ok
	}
}
