package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runMain is the environment variable that turns the test binary into the
// program.
const runMain = "LOGREPORT_RUN_MAIN"

// A test binary that was started by TestReport is the program itself: it never
// gets as far as the tests.
func init() {
	if os.Getenv(runMain) == "1" {
		main()
		os.Exit(0)
	}
}

// TestReport feeds each testdata/NAME.in to the program and compares what it
// prints with testdata/NAME.out. Add pairs of your own.
func TestReport(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in")
	if err != nil {
		t.Fatal(err)
	}
	if len(inputs) == 0 {
		t.Fatal("no testdata/*.in found")
	}
	for _, input := range inputs {
		base := strings.TrimSuffix(input, ".in")
		t.Run(filepath.Base(base), func(t *testing.T) {
			want, err := os.ReadFile(base + ".out")
			if err != nil {
				t.Fatal(err)
			}
			stdin, err := os.Open(input)
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()

			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var stdout, stderr bytes.Buffer
			program := exec.CommandContext(ctx, os.Args[0])
			// Without GORACE, a binary built with -race sleeps a second before it exits.
			program.Env = append(os.Environ(), runMain+"=1", "GORACE=atexit_sleep_ms=0")
			program.Stdin, program.Stdout, program.Stderr = stdin, &stdout, &stderr

			err = program.Run()
			if ctx.Err() != nil {
				t.Fatalf("log-report <%s was still running after ten seconds", input)
			}
			if err != nil {
				t.Errorf("log-report <%s: %v, want exit status 0; standard error:\n%s", input, err, stderr.String())
			}
			if got := stdout.String(); got != string(want) {
				t.Errorf("log-report <%s printed something else:\ngot:\n%s\nwant:\n%s", input, got, want)
			}
		})
	}
}
