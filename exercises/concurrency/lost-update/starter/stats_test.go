package lostupdate_test

import (
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lostupdate"
)

var start = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func TestCountsVisits(t *testing.T) {
	now := start
	stats := lostupdate.New(func() time.Time { return now })
	for _, name := range []string{"/", "/news", "/"} {
		stats.Visit(name)
		now = now.Add(time.Second)
	}
	want := map[string]lostupdate.Page{
		"/":     {Visits: 2, Last: start.Add(2 * time.Second)},
		"/news": {Visits: 1, Last: start.Add(time.Second)},
	}
	for name, want := range want {
		if got := stats.Page(name); got != want {
			t.Errorf("Page(%q) = %v, want %v", name, got, want)
		}
	}
	if got := stats.Page("/none"); got != (lostupdate.Page{}) {
		t.Errorf("Page(%q) = %v, want the zero Page", "/none", got)
	}
	if got := stats.Total(); got != 3 {
		t.Errorf("Total() = %d after three visits, want 3", got)
	}
	if got := stats.Snapshot(); got.Total != 3 || !maps.Equal(got.Pages, want) {
		t.Errorf("Snapshot() = %v, want total 3 and pages %v", got, want)
	}
	if got := stats.Reset(); got.Total != 3 || !maps.Equal(got.Pages, want) {
		t.Errorf("Reset() = %v, want total 3 and pages %v", got, want)
	}
	if got := stats.Snapshot(); got.Total != 0 || len(got.Pages) != 0 {
		t.Errorf("Snapshot() = %v after Reset, want total 0 and no pages", got)
	}
}

func TestVisitsAtOnce(t *testing.T) {
	// The clock lets two visits meet: each waits for the other one, but not for
	// long, since a visit may keep others out.
	var asked atomic.Int32
	stats := lostupdate.New(func() time.Time {
		asked.Add(1)
		for range 20 {
			if asked.Load() == 2 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		return start
	})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { stats.Visit("/") })
	}
	wg.Wait()
	if got := stats.Page("/").Visits; got != 2 {
		t.Errorf("two visits at once: Page(%q).Visits = %d, want 2", "/", got)
	}
	if got := stats.Total(); got != 2 {
		t.Errorf("two visits at once: Total() = %d, want 2", got)
	}
}
