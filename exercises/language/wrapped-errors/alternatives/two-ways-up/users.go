// Package users loads users and says precisely why it can't.
package users

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s: %v", e.Field, e.Err)
}

// Unwrap says that a FieldError is two things.
func (e *FieldError) Unwrap() []error {
	return []error{ErrInvalid, e.Err}
}

// A validationError holds the faults of one user.
type validationError struct {
	faults []*FieldError
}

func (e *validationError) Error() string {
	texts := make([]string, len(e.faults))
	for i, fault := range e.faults {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "; ")
}

func (e *validationError) Unwrap() []error {
	errs := make([]error, len(e.faults))
	for i, fault := range e.faults {
		errs[i] = fault
	}
	return errs
}

func (e *validationError) add(fault bool, field string, err error) {
	if fault {
		e.faults = append(e.faults, &FieldError{Field: field, Err: err})
	}
}

// Validate returns an error that holds a *FieldError for each field of u that
// is at fault, and nil when there is none.
func Validate(u User) error {
	var e validationError
	e.add(u.Name == "", "name", ErrMissing)
	e.add(u.Email == "", "email", ErrMissing)
	e.add(u.Email != "" && !strings.Contains(u.Email, "@"), "email", ErrMalformed)
	e.add(u.Age < 0, "age", ErrMalformed)
	if len(e.faults) == 0 {
		return nil
	}
	return &e
}

// A loadError says which user could not be loaded.
type loadError struct {
	id  string
	err error
}

func (e loadError) Error() string { return fmt.Sprintf("load user %q: %v", e.id, e.err) }

func (e loadError) Unwrap() error { return e.err }

// Load returns the user that store has under id, if it is a valid one.
func Load(store Store, id string) (User, error) {
	u, err := store.User(id)
	if err != nil {
		return User{}, loadError{id, err}
	}
	if err := Validate(u); err != nil {
		return User{}, loadError{id, err}
	}
	return u, nil
}

// Fields returns the field of every *FieldError in err, however wrapped.
func Fields(err error) []string {
	fields := []string{}
	todo := []error{err} // the next one last
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if fault, ok := next.(*FieldError); ok {
			fields = append(fields, fault.Field)
		}
		if single, ok := next.(interface{ Unwrap() error }); ok {
			todo = append(todo, single.Unwrap())
		}
		if list, ok := next.(interface{ Unwrap() []error }); ok {
			for _, err := range slices.Backward(list.Unwrap()) {
				todo = append(todo, err)
			}
		}
	}
	return fields
}

// statuses has what makes an error have a status, the most telling first.
var statuses = []struct {
	err    error
	status int
}{
	{ErrNotFound, http.StatusNotFound},
	{ErrInvalid, http.StatusUnprocessableEntity},
	{context.DeadlineExceeded, http.StatusGatewayTimeout},
}

// Status returns the HTTP status that fits err.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}
