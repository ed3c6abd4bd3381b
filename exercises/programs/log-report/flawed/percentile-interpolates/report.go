package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// A report is what is known of the log so far.
type report struct {
	bad         int
	first, last time.Time
	bytes       int64
	all         tally
	statuses    map[int]int
	routes      map[route]*tally
}

func newReport() *report {
	return &report{statuses: make(map[int]int), routes: make(map[route]*tally)}
}

func (rep *report) add(req request) {
	if rep.all.requests() == 0 || req.at.Before(rep.first) {
		rep.first = req.at
	}
	if rep.all.requests() == 0 || req.at.After(rep.last) {
		rep.last = req.at
	}
	rep.bytes += req.bytes
	rep.all.add(req)
	rep.statuses[req.status]++

	t := rep.routes[req.route]
	if t == nil {
		t = new(tally)
		// The path is a piece of its line, and would keep all of it in memory,
		// query included, for as long as it is a key.
		key := route{strings.Clone(req.route.method), strings.Clone(req.route.path)}
		rep.routes[key] = t
	}
	t.add(req)
}

// print writes the report, with no more than top routes.
func (rep *report) print(w io.Writer, top int) error {
	// A bufio.Writer remembers the first error, so Flush is the one place to
	// look for it.
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "requests %d\n", rep.all.requests())
	fmt.Fprintf(out, "bad %d\n", rep.bad)
	if rep.all.requests() == 0 {
		return out.Flush()
	}

	rep.all.sort()
	fmt.Fprintf(out, "from %s\n", rep.first.UTC().Format(time.RFC3339))
	fmt.Fprintf(out, "to %s\n", rep.last.UTC().Format(time.RFC3339))
	fmt.Fprintf(out, "bytes %d\n", rep.bytes)
	fmt.Fprintf(out, "errors %d %s\n", rep.all.errors, rep.all.errorRate())
	for _, p := range []int{50, 95, 99} {
		fmt.Fprintf(out, "p%d %s\n", p, rep.all.percentile(p))
	}

	fmt.Fprint(out, "\nstatus\n")
	for _, status := range slices.Sorted(maps.Keys(rep.statuses)) {
		fmt.Fprintf(out, "%d %d\n", status, rep.statuses[status])
	}

	fmt.Fprint(out, "\nroutes\n")
	// The keys of a map come in a random order, so the comparison has to decide
	// every tie.
	busiest := slices.SortedFunc(maps.Keys(rep.routes), func(a, b route) int {
		return cmp.Or(
			cmp.Compare(rep.routes[b].requests(), rep.routes[a].requests()),
			cmp.Compare(a.path, b.path),
			cmp.Compare(a.method, b.method),
		)
	})
	for _, r := range busiest[:min(top, len(busiest))] {
		t := rep.routes[r]
		t.sort()
		fmt.Fprintf(out, "%s %s requests=%d errors=%s p50=%s p95=%s\n",
			r.method, r.path, t.requests(), t.errorRate(), t.percentile(50), t.percentile(95))
	}
	return out.Flush()
}

// A tally sums up a group of requests.
type tally struct {
	errors       int
	microseconds []int64
}

func (t *tally) add(req request) {
	t.microseconds = append(t.microseconds, req.microseconds)
	if req.status >= 500 {
		t.errors++
	}
}

func (t *tally) requests() int { return len(t.microseconds) }

// sort prepares t for percentile.
func (t *tally) sort() { slices.Sort(t.microseconds) }

// percentile returns the p-th percentile in milliseconds.
func (t *tally) percentile(p int) string {
	position := float64(p) / 100 * float64(t.requests()-1)
	i := int(position)
	us := t.microseconds[i]
	if i+1 < t.requests() {
		us += int64((position - float64(i)) * float64(t.microseconds[i+1]-us))
	}
	return fmt.Sprintf("%d.%03dms", us/1000, us%1000)
}

// errorRate returns the share of errors in percent with one decimal, rounded
// half up. It counts in whole tenths of a percent, where a half is exact; %.1f
// would round 6.25 to 6.2.
func (t *tally) errorRate() string {
	n := t.requests()
	tenths := (2*1000*t.errors + n) / (2 * n)
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}
