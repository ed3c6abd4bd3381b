package idempotencykey

import (
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

var (
	errOtherRequest = errors.New("the key was used for another request")
	errUnderWay     = errors.New("a request with this key is under way")
)

// id is what an answer is known by. Two fields, since a client and a key put together in one text could be
// another client and another key.
type id struct{ client, key string }

type entry struct {
	request [sha256.Size]byte
	answer  *answer // nil while the request is under way
}

// store remembers answers. Its lock is never held while a request is served.
type store struct {
	ttl time.Duration

	mu      sync.Mutex
	entries map[id]*entry
	kept    []expiry // in order of time, since all are kept equally long
}

type expiry struct {
	id id
	at time.Time
}

func newStore(ttl time.Duration) *store {
	return &store{ttl: ttl, entries: make(map[id]*entry)}
}

// claim returns the answer for id, or nil when there is none: then id belongs to the caller, who calls keep or release.
// To look and to take are one step: between two, another request could take it.
func (s *store) claim(id id, request [sha256.Size]byte) (*answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(time.Now())
	e, ok := s.entries[id]
	switch {
	case !ok:
		s.entries[id] = &entry{request: request}
		return nil, nil
	case e.request != request:
		return nil, errOtherRequest
	case e.answer == nil:
		return nil, errUnderWay
	}
	return e.answer, nil
}

// keep remembers the answer for an id that was claimed.
func (s *store) keep(id id, a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[id].answer = a
	s.kept = append(s.kept, expiry{id, time.Now().Add(s.ttl)})
}

// release frees an id that was claimed.
func (s *store) release(id id) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, id)
}

// forget removes the answers whose time is over.
func (s *store) forget(now time.Time) {
	for len(s.kept) > 0 && !now.Before(s.kept[0].at) {
		delete(s.entries, s.kept[0].id)
		s.kept = s.kept[1:]
	}
}
