// Package users loads users and says precisely why it can't.
package users

import "errors"

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
	// TODO: write it, and what else errors.Is and errors.As need.
	return ""
}

// Validate returns an error that holds a *FieldError for each field of u that
// is at fault, and nil when there is none.
func Validate(u User) error {
	// TODO: write it.
	return nil
}

// Load returns the user that store has under id, if it is a valid one.
func Load(store Store, id string) (User, error) {
	// TODO: write it.
	return User{}, nil
}

// Fields returns the field of every *FieldError in err, however wrapped.
func Fields(err error) []string {
	// TODO: write it.
	return nil
}

// Status returns the HTTP status that fits err.
func Status(err error) int {
	// TODO: write it.
	return 0
}
