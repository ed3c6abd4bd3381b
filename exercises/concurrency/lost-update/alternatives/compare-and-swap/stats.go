// Package lostupdate counts the visits of pages.
package lostupdate

import (
	"maps"
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
//
// What has been counted is never changed, but replaced as a whole. Who finds that
// another has replaced it in the meantime begins again.
type Stats struct {
	now     func() time.Time
	counted atomic.Pointer[Snapshot]
}

// New returns Stats that have counted nothing yet. They ask now for the time
// of each visit.
func New(now func() time.Time) *Stats {
	s := &Stats{now: now}
	s.counted.Store(&Snapshot{})
	return s
}

// Visit counts a visit of a page.
func (s *Stats) Visit(name string) {
	now := s.now()
	for {
		old := s.counted.Load()
		next := old.clone()
		page := next.Pages[name]
		page.Visits++
		if now.After(page.Last) {
			page.Last = now
		}
		next.Pages[name] = page
		next.Total++
		if s.counted.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Total returns how many visits there have been of all pages together.
func (s *Stats) Total() int { return s.counted.Load().Total }

// Page returns what is known of a page.
func (s *Stats) Page(name string) Page { return s.counted.Load().Pages[name] }

// Snapshot returns what has been counted so far.
func (s *Stats) Snapshot() Snapshot { return s.counted.Load().clone() }

// Reset returns what has been counted so far, and begins anew.
func (s *Stats) Reset() Snapshot { return s.counted.Swap(&Snapshot{}).clone() }

// clone returns a copy that shares nothing with the original.
func (s *Snapshot) clone() Snapshot {
	pages := make(map[string]Page, len(s.Pages)+1)
	maps.Copy(pages, s.Pages)
	return Snapshot{Total: s.Total, Pages: pages}
}
