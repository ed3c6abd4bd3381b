// Log-report reads an access log on standard input and prints a report on
// standard output.
package main

import (
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program with nothing global in it, so that a test can call it. It
// returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// TODO: parse the arguments, read the log, print the report.
	return 0
}
