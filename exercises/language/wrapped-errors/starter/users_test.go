package users_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"users"
)

// ada is a valid user.
var ada = users.User{Name: "Ada", Email: "ada@example.org", Age: 36}

// A store has one answer, whatever the id.
type store struct {
	user users.User
	err  error
}

func (s store) User(string) (users.User, error) { return s.user, s.err }

func TestFieldError(t *testing.T) {
	err := &users.FieldError{Field: "email", Err: users.ErrMissing}

	if got, want := err.Error(), "email: is missing"; got != want {
		t.Errorf("FieldError{%q, ErrMissing}.Error() = %q, want %q", err.Field, got, want)
	}
	for _, target := range []error{users.ErrInvalid, users.ErrMissing} {
		if !errors.Is(err, target) {
			t.Errorf("errors.Is(FieldError{%q, ErrMissing}, %q) = false, want true", err.Field, target)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := users.Validate(ada); err != nil {
		// A nil pointer in an interface makes an error that isn't nil.
		t.Errorf("Validate(%+v) = %#v, want nil", ada, err)
	}

	nameless := users.User{Email: "ada@example.org", Age: 36}
	err := users.Validate(nameless)
	fault, ok := errors.AsType[*users.FieldError](err)
	if !ok {
		t.Fatalf("Validate(%+v) = %v, want an error that holds a *FieldError", nameless, err)
	}
	if fault.Field != "name" || !errors.Is(fault, users.ErrMissing) {
		t.Errorf("Validate(%+v) holds FieldError{%q, %v}, want FieldError{%q, ErrMissing}", nameless, fault.Field, fault.Err, "name")
	}
}

func TestLoad(t *testing.T) {
	got, err := users.Load(store{user: ada}, "7")
	if got != ada || err != nil {
		t.Errorf("Load of a valid user = %+v, %v, want %+v, nil", got, err, ada)
	}

	_, err = users.Load(store{err: users.ErrNotFound}, "42")
	if err == nil {
		t.Fatalf("Load when the store says ErrNotFound: error = nil, want one")
	}
	if want := `load user "42": user not found`; err.Error() != want {
		t.Errorf("Load when the store says ErrNotFound: error = %q, want %q", err, want)
	}

	_, err = users.Load(store{err: fmt.Errorf("shard 3: %w", users.ErrNotFound)}, "42")
	if err == nil || !strings.HasPrefix(err.Error(), `load user "42": `) {
		t.Errorf("Load when the store has no such user: error = %v, want one that begins with %q", err, `load user "42": `)
	}
}
