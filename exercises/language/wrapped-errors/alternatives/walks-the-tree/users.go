// Package users loads users and says precisely why it can't.
package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
)

var (
	// ErrNotFound reports that there is no such user.
	ErrNotFound = errors.New("user not found")

	// ErrInvalid is what every FieldError is.
	ErrInvalid = errors.New("invalid user")

	// ErrMissing reports a field that is empty and must not be.
	ErrMissing = errors.New("is missing")

	// ErrMalformed reports a field whose value can't be right.
	ErrMalformed = errors.New("is malformed")
)

// A User is somebody who may sign in.
type User struct {
	Name  string
	Email string
	Age   int
}

// A Store keeps users. Where there is none under an id, its error is, or
// wraps, ErrNotFound.
type Store interface {
	User(id string) (User, error)
}

// A FieldError says what is wrong with one field of a user.
type FieldError struct {
	Field string // such as "email"
	Err   error  // such as ErrMissing, never nil
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Err) }

// Is reports whether target is ErrInvalid, or found in what is wrong.
func (e *FieldError) Is(target error) bool {
	return target == ErrInvalid || errors.Is(e.Err, target)
}

// Unwrap returns what is wrong with the field.
func (e *FieldError) Unwrap() error { return e.Err }

// Validate returns an error that holds a *FieldError for each field of u that
// is at fault, and nil when there is none.
func Validate(u User) error {
	err := errors.Join(
		field("name", required(u.Name)),
		field("email", firstOf(required(u.Email), address(u.Email))),
		field("age", notNegative(u.Age)),
	)
	return err
}

// field says that err is about a field. It returns a nil error when err is.
func field(name string, err error) error {
	if err == nil {
		return nil
	}
	return &FieldError{Field: name, Err: err}
}

// firstOf returns the first error that isn't nil.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func required(s string) error {
	if s == "" {
		return ErrMissing
	}
	return nil
}

func address(s string) error {
	if !strings.Contains(s, "@") {
		return ErrMalformed
	}
	return nil
}

func notNegative(n int) error {
	if n < 0 {
		return ErrMalformed
	}
	return nil
}

// Load returns the user that store has under id, if it is a valid one.
func Load(store Store, id string) (u User, err error) {
	defer func() {
		if err != nil {
			u, err = User{}, fmt.Errorf("load user %q: %w", id, err)
		}
	}()
	if u, err = store.User(id); err != nil {
		return u, err
	}
	return u, Validate(u)
}

// Fields returns the field of every *FieldError in err, however wrapped.
func Fields(err error) []string {
	var fields []string
	for err := range within(err) {
		if fault, ok := err.(*FieldError); ok {
			fields = append(fields, fault.Field)
		}
	}
	return fields
}

// within yields err and all that it wraps, in the order of errors.As.
func within(err error) iter.Seq[error] {
	return func(yield func(error) bool) { visit(err, yield) }
}

func visit(err error, yield func(error) bool) bool {
	if err == nil {
		return true
	}
	if !yield(err) {
		return false
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return visit(err.Unwrap(), yield)
	case interface{ Unwrap() []error }:
		for _, err := range err.Unwrap() {
			if !visit(err, yield) {
				return false
			}
		}
	}
	return true
}

// Status returns the HTTP status that fits err.
func Status(err error) int {
	has := func(target error) bool { return errors.Is(err, target) }
	switch {
	case has(nil):
		return 200
	case has(ErrNotFound):
		return 404
	case has(ErrInvalid):
		return 422
	case has(context.DeadlineExceeded):
		return 504
	}
	return 500
}
