// Package lostupdate counts the visits of pages.
package lostupdate

import (
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

	mu    sync.Mutex
	pages map[string]*Page // the total is their sum, so it needs no place of its own
}

// New returns Stats that have counted nothing yet. They ask now for the time
// of each visit.
func New(now func() time.Time) *Stats {
	return &Stats{now: now, pages: map[string]*Page{}}
}

// Visit counts a visit of a page. The clock may be slow, so it is asked before
// anybody is kept out.
func (s *Stats) Visit(name string) {
	now := s.now()

	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.pages[name]
	if page == nil {
		page = &Page{}
		s.pages[name] = page
	}
	page.Visits++
	if page.Last.Before(now) {
		page.Last = now
	}
}

// Total returns how many visits there have been of all pages together.
func (s *Stats) Total() int {
	return s.Snapshot().Total
}

// Page returns what is known of a page.
func (s *Stats) Page(name string) Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	if page := s.pages[name]; page != nil {
		return *page
	}
	return Page{}
}

// Snapshot returns what has been counted so far.
func (s *Stats) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

// Reset returns what has been counted so far, and begins anew.
func (s *Stats) Reset() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	counted := s.snapshot()
	clear(s.pages)
	return counted
}

// snapshot copies what has been counted. The lock must be held.
func (s *Stats) snapshot() Snapshot {
	copied := Snapshot{Pages: make(map[string]Page, len(s.pages))}
	for name, page := range s.pages {
		copied.Total += page.Visits
		copied.Pages[name] = *page
	}
	return copied
}
