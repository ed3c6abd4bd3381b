// Package repository keeps users in a SQL database.
package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrEmailTaken reports an address that another user has.
var ErrEmailTaken = errors.New("e-mail address is taken")

// A NotFoundError reports that there is no user with an id.
type NotFoundError struct {
	ID int64
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no user %d", e.ID)
}

// A User is somebody with an address.
type User struct {
	ID    int64
	Email string
	Name  string
	Phone string // empty when there is none
}

// A Repository keeps users in the table users of a database. It may be used by
// many goroutines at once.
type Repository struct {
	// TODO: what it needs.
}

// New returns a repository over db.
func New(db *sql.DB) *Repository {
	return &Repository{}
}

var errTODO = errors.New("not implemented")

// Create stores a user under a new id, which it returns.
func (r *Repository) Create(ctx context.Context, u User) (int64, error) {
	// TODO: write it.
	return 0, errTODO
}

// CreateAll stores all users, or none of them, and returns their new ids.
func (r *Repository) CreateAll(ctx context.Context, users []User) ([]int64, error) {
	// TODO: write it.
	return nil, errTODO
}

// Get returns the user with that id.
func (r *Repository) Get(ctx context.Context, id int64) (User, error) {
	// TODO: write it.
	return User{}, errTODO
}

// Search returns the users whose name begins with prefix, by name.
func (r *Repository) Search(ctx context.Context, prefix string) ([]User, error) {
	// TODO: write it.
	return nil, errTODO
}

// ChangeEmail gives the user with that id another address.
func (r *Repository) ChangeEmail(ctx context.Context, id int64, email string) error {
	// TODO: write it.
	return errTODO
}
