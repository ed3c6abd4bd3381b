package lostupdate_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lostupdate"
)

// clock returns a time that lets other goroutines go first.
func clock() time.Time {
	runtime.Gosched()
	return start
}

// sum adds up the visits of the pages of a snapshot.
func sum(snapshot lostupdate.Snapshot) int {
	total := 0
	for _, page := range snapshot.Pages {
		total += page.Visits
	}
	return total
}

func TestManyVisits(t *testing.T) {
	const visitors, visits, pages = 8, 100, 5
	stats := lostupdate.New(clock)
	var wg sync.WaitGroup
	for i := range visitors {
		wg.Go(func() {
			for k := range visits {
				stats.Visit(fmt.Sprint("/", (i+k)%pages))
			}
		})
	}
	for range 2 { // somebody looks at it all the time
		wg.Go(func() {
			for k := range visits {
				name := fmt.Sprint("/", k%pages)
				stats.Page(name)
				stats.Total()
				stats.Snapshot()
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	for k := range pages {
		name := fmt.Sprint("/", k)
		if got, want := stats.Page(name).Visits, visitors*visits/pages; got != want {
			t.Errorf("%d visits of %d pages: Page(%q).Visits = %d, want %d", visitors*visits, pages, name, got, want)
		}
	}
	if got, want := stats.Total(), visitors*visits; got != want {
		t.Errorf("%d visits: Total() = %d, want %d", want, got, want)
	}
}

func TestSnapshotIsACopy(t *testing.T) {
	stats := lostupdate.New(clock)
	stats.Visit("/")
	for i, test := range []struct {
		name string
		take func() lostupdate.Snapshot
		left int // visits of "/" in the stats afterwards
	}{
		{"Snapshot()", stats.Snapshot, 1},
		{"Reset()", stats.Reset, 0},
	} {
		got := test.take()
		later := fmt.Sprint("/later", i)
		stats.Visit(later)
		if _, seen := got.Pages[later]; seen {
			t.Errorf("a visit of %s after %s is in the pages of that snapshot, want them unchanged", later, test.name)
		}
		got.Pages["/"] = lostupdate.Page{Visits: 99}
		got.Pages["/mine"] = lostupdate.Page{Visits: 99}
		if visits := stats.Page("/").Visits; visits != test.left {
			t.Errorf("the caller of %s has changed its map: Page(%q).Visits = %d, want %d", test.name, "/", visits, test.left)
		}
		if visits := stats.Page("/mine").Visits; visits != 0 {
			t.Errorf("the caller of %s has changed its map: Page(%q).Visits = %d, want 0", test.name, "/mine", visits)
		}
	}
}

// heldUp returns stats whose first visit is held up in the clock, after held
// has been closed, until release is closed.
func heldUp() (stats *lostupdate.Stats, held, release chan struct{}) {
	held, release = make(chan struct{}), make(chan struct{})
	var asked atomic.Int32
	stats = lostupdate.New(func() time.Time {
		if asked.Add(1) == 1 {
			close(held)
			<-release
		}
		return start
	})
	return stats, held, release
}

func TestSnapshotAddsUp(t *testing.T) {
	// What comes while a visit is held up may have to wait, in the order in
	// which it has come, or may go on.
	stats, held, release := heldUp()
	var wg sync.WaitGroup
	wg.Go(func() { stats.Visit("/a") })
	<-held
	for range 3 {
		wg.Go(func() {
			if got := stats.Snapshot(); got.Total != sum(got) {
				t.Errorf("visits and snapshots at once: Snapshot() has total %d and %d visits of pages, want the same", got.Total, sum(got))
			}
		})
		time.Sleep(3 * time.Millisecond)
		wg.Go(func() { stats.Visit("/b") })
		time.Sleep(3 * time.Millisecond)
	}
	close(release)
	wg.Wait()
	if got := stats.Snapshot(); got.Total != 4 || sum(got) != 4 {
		t.Errorf("four visits: Snapshot() has total %d and %d visits of pages, want 4 and 4", got.Total, sum(got))
	}
}

func TestSnapshotsAddUp(t *testing.T) {
	const visitors, visits = 6, 150
	stats := lostupdate.New(clock)
	var wg sync.WaitGroup
	for i := range visitors {
		wg.Go(func() {
			for range visits {
				stats.Visit(fmt.Sprint("/", i))
			}
		})
	}
	wg.Go(func() {
		for range visits {
			if got := stats.Snapshot(); got.Total != sum(got) {
				t.Errorf("visits and snapshots at once: Snapshot() has total %d and %d visits of pages, want the same", got.Total, sum(got))
				return
			}
			runtime.Gosched()
		}
	})
	wg.Wait()
}

func TestResetIsOneStep(t *testing.T) {
	stats, held, release := heldUp()
	var wg sync.WaitGroup
	var before atomic.Int32
	wg.Go(func() { stats.Visit("/a") })
	<-held
	wg.Go(func() { before.Store(int32(stats.Reset().Total)) })
	time.Sleep(5 * time.Millisecond)
	for range 3 {
		wg.Go(func() { stats.Visit("/b") })
	}
	time.Sleep(5 * time.Millisecond)
	close(release)
	wg.Wait()
	if got := int(before.Load()) + stats.Total(); got != 4 {
		t.Errorf("four visits and a Reset at once: %d visits in its snapshot, %d after it, want 4 together", before.Load(), stats.Total())
	}
}

func TestResetsLoseNothing(t *testing.T) {
	const visitors, visits = 6, 150
	stats := lostupdate.New(clock)
	var total, ofPages atomic.Int64
	add := func(got lostupdate.Snapshot) {
		total.Add(int64(got.Total))
		ofPages.Add(int64(sum(got)))
	}
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			for range visits {
				stats.Visit("/")
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range visits {
				add(stats.Reset())
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	add(stats.Reset())
	if total.Load() != visitors*visits || ofPages.Load() != visitors*visits {
		t.Errorf("%d visits and many Resets at once: their snapshots have total %d and %d visits of pages together, want %d and %d",
			visitors*visits, total.Load(), ofPages.Load(), visitors*visits, visitors*visits)
	}
}

func TestLastIsTheLatest(t *testing.T) {
	// The visit that asks first is held up until the other one is over, or
	// can't go on.
	var asked atomic.Int32
	over := make(chan struct{})
	stats := lostupdate.New(func() time.Time {
		count := asked.Add(1)
		if count == 1 {
			select {
			case <-over:
			case <-time.After(20 * time.Millisecond):
			}
		}
		return start.Add(time.Duration(count) * time.Second)
	})
	var wg sync.WaitGroup
	wg.Go(func() { stats.Visit("/") })
	for asked.Load() == 0 {
		runtime.Gosched()
	}
	wg.Go(func() {
		stats.Visit("/")
		close(over)
	})
	wg.Wait()
	if got, want := stats.Page("/").Last, start.Add(2*time.Second); !got.Equal(want) {
		t.Errorf("visits at %v and %v, the second is over first: Page(%q).Last = %v, want %v",
			start.Add(time.Second).Format(time.TimeOnly), want.Format(time.TimeOnly), "/", got.Format(time.TimeOnly), want.Format(time.TimeOnly))
	}
}
