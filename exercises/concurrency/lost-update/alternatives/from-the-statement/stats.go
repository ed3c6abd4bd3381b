// Package lostupdate counts the visits of pages.
package lostupdate

import (
	"maps"
	"sync"
	"time"
)

// A Page says how often a page has been visited, and when last.
type Page struct {
	Visits int
	Last   time.Time
}

// A Snapshot is what Stats have counted at one moment.
type Snapshot struct {
	Total int // visits of all pages together
	Pages map[string]Page
}

// Stats count visits. Their methods may be called by many goroutines at once.
type Stats struct {
	now func() time.Time

	mu    sync.RWMutex // guards total and pages, which change together
	total int
	pages map[string]Page
}

// New returns Stats that have counted nothing yet. They ask now for the time
// of each visit.
func New(now func() time.Time) *Stats {
	return &Stats{now: now, pages: make(map[string]Page)}
}

// Visit counts a visit of a page.
func (s *Stats) Visit(name string) {
	at := s.now() // may be slow, so not under the lock

	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.pages[name]
	if page.Visits == 0 || at.After(page.Last) {
		page.Last = at
	}
	page.Visits++
	s.pages[name] = page
	s.total++
}

// Total returns how many visits there have been of all pages together.
func (s *Stats) Total() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.total
}

// Page returns what is known of a page.
func (s *Stats) Page(name string) Page {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.pages[name]
}

// Snapshot returns what has been counted so far.
func (s *Stats) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Snapshot{Total: s.total, Pages: maps.Clone(s.pages)}
}

// Reset returns what has been counted so far, and begins anew.
func (s *Stats) Reset() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	counted := Snapshot{Total: s.total, Pages: s.pages}
	s.total, s.pages = 0, make(map[string]Page)
	return counted
}
