// Log-report reads an access log on standard input and prints a report on
// standard output.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // standard input or output failed
	exitUsage  = 2
)

// maxLine is how long a line may be, without its line end.
const maxLine = 1 << 20

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program with nothing global in it, so that a test can call it. It
// returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("log-report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	top := flags.Int("top", 5, "print the `N` routes with the most requests")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage // Parse has said why
	}
	if *top < 1 || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "log-report: want -top N with N at least 1, and no other arguments")
		return exitUsage
	}

	rep, err := readLog(stdin)
	if err != nil {
		fmt.Fprintln(stderr, "log-report: reading the log:", err)
		return exitFailed
	}
	if err := rep.print(stdout, *top); err != nil {
		fmt.Fprintln(stderr, "log-report: printing the report:", err)
		return exitFailed
	}
	return exitOK
}

// readLog sums up the log. A bad line ends it.
func readLog(log io.Reader) (*report, error) {
	rep := newReport()
	lines := bufio.NewScanner(log)
	// A Scanner stops with an error when its buffer is full and holds no line end.
	// The default is 64 KiB.
	lines.Buffer(nil, 2*maxLine)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if strings.TrimSpace(line) == "" {
			continue
		}
		req, err := parseRequest(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		rep.add(req)
	}
	// Scan returns false at the end of the log, and on an error too: only Err
	// tells a whole report from one of half a log.
	return rep, lines.Err()
}
