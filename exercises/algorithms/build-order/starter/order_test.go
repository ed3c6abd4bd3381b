package buildorder_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"buildorder"
)

func TestOrders(t *testing.T) {
	for _, test := range []struct {
		name  string
		needs map[string][]string
		want  []string
	}{
		{"nothing", nil, nil},
		{"one package", map[string][]string{"a": nil}, []string{"a"}},
		{"a chain", map[string][]string{"app": {"http"}, "http": {"net"}, "net": {}}, []string{"net", "http", "app"}},
		{"named only by another", map[string][]string{"app": {"log"}}, []string{"log", "app"}},
		{"a diamond", map[string][]string{"d": {"b", "c"}, "b": {"a"}, "c": {"a"}}, []string{"a", "b", "c", "d"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := buildorder.Order(test.needs)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("Order(%v) = %q, %v, want %q, nil", test.needs, got, err, test.want)
			}
		})
	}
}

func TestSmallestFirst(t *testing.T) {
	needs := map[string][]string{
		"zip": nil, "sort": nil, "io": nil, "path": nil, "bytes": nil, "math": nil, "hash": nil, "text": nil, "unicode": nil,
	}
	got, err := buildorder.Order(needs)
	want := []string{"bytes", "hash", "io", "math", "path", "sort", "text", "unicode", "zip"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Order(packages that need nothing) = %q, %v, want %q, nil", got, err, want)
	}
}

func TestFindsACycle(t *testing.T) {
	needs := map[string][]string{"app": {"db"}, "db": {"log"}, "log": {"app"}}
	order, err := buildorder.Order(needs)
	cycleErr, ok := errors.AsType[*buildorder.CycleError](err)
	if !ok {
		t.Fatalf("Order(%v) = %q, %v, want an error that wraps a *CycleError", needs, order, err)
	}
	if order != nil {
		t.Errorf("Order(%v) = %q beside an error, want nil", needs, order)
	}
	if want := [][]string{{"app", "db", "log"}}; !reflect.DeepEqual(cycleErr.Cycles, want) {
		t.Errorf("Order(%v): Cycles = %q, want %q", needs, cycleErr.Cycles, want)
	}
}
