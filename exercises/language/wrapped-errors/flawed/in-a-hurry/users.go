// Package users loads users and says precisely why it can't.
package users

import (
	"context"
	"errors"
	"fmt"
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

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

func (e *FieldError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

// Validate returns an error that holds a *FieldError for each field of u that
// is at fault, and nil when there is none.
func Validate(u User) error {
	switch {
	case u.Name == "":
		return &FieldError{"name", ErrMissing}
	case u.Email == "":
		return &FieldError{"email", ErrMissing}
	case !strings.Contains(u.Email, "@"):
		return &FieldError{"email", ErrMalformed}
	case u.Age < 0:
		return &FieldError{"age", ErrMalformed}
	}
	return nil
}

// Load returns the user that store has under id, if it is a valid one.
func Load(store Store, id string) (User, error) {
	u, err := store.User(id)
	if err != nil {
		return u, fmt.Errorf("load user %q: %w", id, err)
	}
	return u, Validate(u)
}

// Fields returns the field of every *FieldError in err, however wrapped.
func Fields(err error) []string {
	var fields []string
	for err != nil {
		var fe *FieldError
		if errors.As(err, &fe) {
			fields = append(fields, fe.Field)
		}
		err = errors.Unwrap(err)
	}
	return fields
}

// Status returns the HTTP status that fits err.
func Status(err error) int {
	switch {
	case err == nil:
		return 200
	case errors.Is(err, ErrInvalid):
		return 422
	case errors.Is(err, ErrNotFound):
		return 404
	case errors.Is(err, context.DeadlineExceeded):
		return 504
	}
	return 500
}
