package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A request is what one good line of the log says.
type request struct {
	at           time.Time
	route        route
	status       int
	bytes        int64
	microseconds int64
}

// A route is what requests are grouped by. It is comparable, so it can be the
// key of a map as it is.
type route struct {
	method, path string
}

// parseRequest reads a line: TIME METHOD TARGET STATUS BYTES MICROSECONDS.
func parseRequest(line string) (request, error) {
	fields := strings.Fields(line)
	if len(fields) != 6 {
		return request{}, fmt.Errorf("has %d fields, want 6", len(fields))
	}
	at, err := time.Parse(time.RFC3339, fields[0])
	if err != nil {
		return request{}, fmt.Errorf("time: %w", err)
	}
	method := fields[1]
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return request{}, fmt.Errorf("method %q is not made of capital letters", method)
	}
	path := fields[2]
	if i := strings.LastIndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	if !strings.HasPrefix(path, "/") {
		return request{}, fmt.Errorf("target %.40q does not begin with a slash", fields[2])
	}
	status, err := parseNumber(fields[3])
	if err != nil || len(fields[3]) != 3 || status < 100 || status > 599 {
		return request{}, fmt.Errorf("status %.40q is not a number from 100 to 599", fields[3])
	}
	var size int64
	if fields[4] != "-" {
		if size, err = parseNumber(fields[4]); err != nil {
			return request{}, fmt.Errorf("bytes: %w", err)
		}
	}
	microseconds, err := parseNumber(fields[5])
	if err != nil {
		return request{}, fmt.Errorf("microseconds: %w", err)
	}
	return request{at, route{method, path}, int(status), size, microseconds}, nil
}

// parseNumber reads digits, and nothing but digits: ParseUint takes no sign, as
// ParseInt and Atoi do. A number of 63 bits fits in an int64.
func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err
}
