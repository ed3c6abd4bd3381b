// Package users loads users and says precisely why it can't.
package users

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// Is makes every FieldError an ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

func (e *FieldError) Unwrap() error { return e.Err }

// Validate returns an error that holds a *FieldError for each field of u that
// is at fault, and nil when there is none.
func Validate(u User) error {
	var faults []error
	fault := func(field string, err error) {
		faults = append(faults, &FieldError{Field: field, Err: err})
	}
	if u.Name == "" {
		fault("name", ErrMissing)
	}
	if u.Email == "" {
		fault("email", ErrMissing)
	} else if !strings.Contains(u.Email, "@") {
		fault("email", ErrMalformed)
	}
	if u.Age < 0 {
		fault("age", ErrMalformed)
	}
	return errors.Join(faults...)
}

// Load returns the user that store has under id, if it is a valid one.
func Load(store Store, id string) (User, error) {
	u, err := store.User(id)
	if err == nil {
		err = Validate(u)
	}
	if err != nil {
		return User{}, fmt.Errorf("load user %q: %w", id, err)
	}
	return u, nil
}

// Fields returns the field of every *FieldError in err, however wrapped.
func Fields(err error) []string {
	var fields []string
	if fault, ok := err.(*FieldError); ok {
		fields = append(fields, fault.Field)
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		fields = append(fields, Fields(err.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, wrapped := range err.Unwrap() {
			fields = append(fields, Fields(wrapped)...)
		}
	}
	return fields
}

// Status returns the HTTP status that fits err.
func Status(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrInvalid):
		return http.StatusUnprocessableEntity
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}
