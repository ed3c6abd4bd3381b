package userscrud

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
)

var (
	errNotFound   = errors.New("there is no user with this id")
	errEmailTaken = errors.New("another user has this email")
)

type user struct {
	ID    int
	Name  string
	Email string
}

// store keeps the users. Its methods take and return users by value, so that what a caller encodes after the
// lock is released is the caller's own copy.
type store struct {
	mu     sync.RWMutex
	lastID int // never goes down, or the id of a deleted user would come back
	users  map[int]user
	emails map[string]int // whose email it is, by emailKey
}

func newStore() *store {
	return &store{users: make(map[int]user), emails: make(map[string]int)}
}

// emailKey is the same for emails that differ in case only.
func emailKey(email string) string { return strings.ToLower(email) }

// list returns all users, ordered by id.
func (s *store) list() []user {
	s.mu.RLock()
	defer s.mu.RUnlock()
	// Not nil when there are no users, for nil is encoded as null and not as [].
	users := slices.AppendSeq(make([]user, 0, len(s.users)), maps.Values(s.users))
	slices.SortFunc(users, func(a, b user) int { return cmp.Compare(a.ID, b.ID) })
	return users
}

func (s *store) get(id int) (user, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, ok := s.users[id]
	if !ok {
		return user{}, errNotFound
	}
	return u, nil
}

// create looks for the email and adds the user under one lock: between two, another request could add it.
func (s *store) create(name, email string) (user, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.emails[emailKey(email)]; taken {
		return user{}, errEmailTaken
	}
	s.lastID++
	u := user{ID: s.lastID, Name: name, Email: email}
	s.users[u.ID] = u
	s.emails[emailKey(email)] = u.ID
	return u, nil
}

// replace puts u in the place of the user with its id.
func (s *store) replace(u user) (user, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.users[u.ID]
	if !ok {
		return user{}, errNotFound
	}
	if owner, taken := s.emails[emailKey(u.Email)]; taken && owner != u.ID {
		return user{}, errEmailTaken
	}
	delete(s.emails, emailKey(old.Email))
	s.users[u.ID] = u
	s.emails[emailKey(u.Email)] = u.ID
	return u, nil
}

func (s *store) delete(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[id]
	if !ok {
		return errNotFound
	}
	delete(s.users, id)
	delete(s.emails, emailKey(u.Email))
	return nil
}
