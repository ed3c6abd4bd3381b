// Log-report reads an access log on standard input and prints a report on
// standard output.
//
// It keeps all requests in one slice and holds no map: sorted by status or by
// route, requests that belong together stand side by side. Compared with
// counting while reading, it needs memory for each request instead of for each
// duration.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type request struct {
	at           time.Time
	method, path string
	status       string // three digits sort as text as they do as numbers
	size         int64
	microseconds int64
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("log-report: ")
	top := flag.Int("top", 5, "print the `N` routes with the most requests")
	flag.Parse()
	if *top < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	requests, bad, err := read(bufio.NewReader(os.Stdin))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(report(requests, bad, *top)); err != nil {
		log.Fatal(err)
	}
}

func read(in *bufio.Reader) (requests []request, bad int, err error) {
	for number := 1; ; number++ {
		// The last line may come together with io.EOF.
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, 0, err
		}
		if strings.TrimSpace(line) != "" {
			if r, ok := parse(line); ok {
				requests = append(requests, r)
			} else {
				bad++
				log.Printf("line %d is bad", number)
			}
		}
		if err == io.EOF {
			return requests, bad, nil
		}
	}
}

var pattern = regexp.MustCompile(`^\s*(\S+)\s+([A-Z]+)\s+(/[^\s?]*)(?:\?\S*)?\s+([1-5]\d\d)\s+(-|\d+)\s+(\d+)\s*$`)

func parse(line string) (request, bool) {
	m := pattern.FindStringSubmatch(line)
	if m == nil {
		return request{}, false
	}
	if m[5] == "-" {
		m[5] = "0"
	}
	// The pattern has seen to the form: what is left is a day that no month has,
	// or a number that is too large.
	at, timeErr := time.Parse(time.RFC3339, m[1])
	size, sizeErr := strconv.ParseInt(m[5], 10, 64)
	us, usErr := strconv.ParseInt(m[6], 10, 64)
	if timeErr != nil || sizeErr != nil || usErr != nil {
		return request{}, false
	}
	return request{at.UTC(), m[2], m[3], m[4], size, us}, true
}

func report(requests []request, bad, top int) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "requests %d\nbad %d\n", len(requests), bad)
	if len(requests) == 0 {
		return out.Bytes()
	}

	earlier := func(a, b request) int { return a.at.Compare(b.at) }
	var size int64
	for _, r := range requests {
		size += r.size
	}
	sortByDuration(requests)
	failed, rate := failures(requests)
	fmt.Fprintf(&out, "from %s\n", slices.MinFunc(requests, earlier).at.Format(time.RFC3339))
	fmt.Fprintf(&out, "to %s\n", slices.MaxFunc(requests, earlier).at.Format(time.RFC3339))
	fmt.Fprintf(&out, "bytes %d\n", size)
	fmt.Fprintf(&out, "errors %d %s\n", failed, rate)
	fmt.Fprintf(&out, "p50 %s\n", percentile(requests, 50))
	fmt.Fprintf(&out, "p95 %s\n", percentile(requests, 95))
	fmt.Fprintf(&out, "p99 %s\n", percentile(requests, 99))

	fmt.Fprint(&out, "\nstatus\n")
	for _, group := range groups(requests, func(a, b request) int { return cmp.Compare(a.status, b.status) }) {
		fmt.Fprintf(&out, "%s %d\n", group[0].status, len(group))
	}

	fmt.Fprint(&out, "\nroutes\n")
	routes := groups(requests, func(a, b request) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	// The groups are in the order that decides ties, and a stable sort keeps it.
	slices.SortStableFunc(routes, func(a, b []request) int { return cmp.Compare(len(b), len(a)) })
	for _, group := range routes[:min(top, len(routes))] {
		sortByDuration(group)
		_, rate := failures(group)
		fmt.Fprintf(&out, "%s %s requests=%d errors=%s p50=%s p95=%s\n", group[0].method, group[0].path,
			len(group), rate, percentile(group, 50), percentile(group, 95))
	}
	return out.Bytes()
}

// groups sorts requests by compare, and cuts them into runs of equals.
func groups(requests []request, compare func(a, b request) int) [][]request {
	slices.SortFunc(requests, compare)
	var runs [][]request
	start := 0
	for i := range requests {
		if i+1 == len(requests) || compare(requests[i], requests[i+1]) != 0 {
			runs = append(runs, requests[start:i+1])
			start = i + 1
		}
	}
	return runs
}

func sortByDuration(requests []request) {
	slices.SortFunc(requests, func(a, b request) int { return cmp.Compare(a.microseconds, b.microseconds) })
}

// percentile wants its requests sorted by duration. The nearest rank has as many
// requests above it as fit in the other 100-p percent.
func percentile(requests []request, p int) string {
	over := len(requests) * (100 - p) / 100
	us := requests[len(requests)-1-over].microseconds
	return fmt.Sprintf("%d.%03dms", us/1000, us%1000)
}

func failures(requests []request) (count int, rate string) {
	for _, r := range requests {
		if r.status[0] == '5' {
			count++
		}
	}
	// In thousandths, the remainder tells a half exactly.
	tenths, rest := count*1000/len(requests), count*1000%len(requests)
	if 2*rest >= len(requests) {
		tenths++
	}
	return count, fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}
