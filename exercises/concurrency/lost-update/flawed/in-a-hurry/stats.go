// Package lostupdate counts the visits of pages.
package lostupdate

import (
	"sync"
	"sync/atomic"
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
	now   func() time.Time
	total atomic.Int64

	mu    sync.RWMutex // guards pages
	pages map[string]Page
}

// New returns Stats that have counted nothing yet. They ask now for the time
// of each visit.
func New(now func() time.Time) *Stats {
	return &Stats{now: now, pages: make(map[string]Page)}
}

// Visit counts a visit of a page.
func (s *Stats) Visit(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.pages[name]
	page.Visits++
	page.Last = s.now()
	s.pages[name] = page
	s.total.Add(1)
}

// Total returns how many visits there have been of all pages together.
func (s *Stats) Total() int {
	return int(s.total.Load())
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
	return Snapshot{Total: s.Total(), Pages: s.pages}
}

// Reset returns what has been counted so far, and begins anew.
func (s *Stats) Reset() Snapshot {
	counted := s.Snapshot()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = make(map[string]Page)
	s.total.Store(0)
	return counted
}
