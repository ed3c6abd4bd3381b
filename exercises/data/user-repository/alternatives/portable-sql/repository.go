// Package repository keeps users in a SQL database.
package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
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
//
// It knows nothing of the driver: that an address is taken shows by what a
// statement did not do.
type Repository struct {
	db *sql.DB
}

// New returns a repository over db.
func New(db *sql.DB) *Repository { return &Repository{db} }

// Create stores a user under a new id, which it returns.
func (r *Repository) Create(ctx context.Context, u User) (int64, error) {
	ids, err := r.CreateAll(ctx, []User{u})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// CreateAll stores all users, or none of them, and returns their new ids.
func (r *Repository) CreateAll(ctx context.Context, users []User) (ids []int64, err error) {
	err = r.inTransaction(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx,
			`INSERT INTO users (email, name, phone) VALUES (?, ?, nullif(?, '')) ON CONFLICT (email) DO NOTHING`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, u := range users {
			result, err := insert.ExecContext(ctx, u.Email, u.Name, u.Phone)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				return ErrEmailTaken
			}
			id, err := result.LastInsertId()
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("repository: create: %w", err)
	}
	return ids, nil
}

// Get returns the user with that id.
func (r *Repository) Get(ctx context.Context, id int64) (User, error) {
	users, err := r.query(ctx, `WHERE id = ?`, id)
	switch {
	case err != nil:
		return User{}, fmt.Errorf("repository: get: %w", err)
	case len(users) == 0:
		return User{}, &NotFoundError{id}
	}
	return users[0], nil
}

// likePrefix makes what LIKE gives a meaning to stand for itself.
var likePrefix = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search returns the users whose name begins with prefix, by name.
func (r *Repository) Search(ctx context.Context, prefix string) ([]User, error) {
	users, err := r.query(ctx, `WHERE name LIKE ? ESCAPE '\' ORDER BY name, id`, likePrefix.Replace(prefix)+"%")
	if err != nil {
		return nil, fmt.Errorf("repository: search: %w", err)
	}
	return users, nil
}

// ChangeEmail gives the user with that id another address.
func (r *Repository) ChangeEmail(ctx context.Context, id int64, email string) error {
	err := r.inTransaction(ctx, func(tx *sql.Tx) error {
		// OR IGNORE leaves the row as it is when the address is taken, and
		// whether there is such a row shows in the same transaction.
		result, err := tx.ExecContext(ctx, `UPDATE OR IGNORE users SET email = ? WHERE id = ?`, email, id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil || n == 1 {
			return err
		}
		var there bool
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE id = ?)`, id).Scan(&there)
		switch {
		case err != nil:
			return err
		case there:
			return ErrEmailTaken
		default:
			return &NotFoundError{id}
		}
	})
	if err != nil {
		return fmt.Errorf("repository: change e-mail: %w", err)
	}
	return nil
}

// query returns the users for which the condition holds.
func (r *Repository) query(ctx context.Context, condition string, args ...any) (users []User, err error) {
	rows, err := r.db.QueryContext(ctx, `SELECT id, email, name, coalesce(phone, '') FROM users `+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := rows.Scan(&u.ID, &u.Email, &u.Name, &u.Phone); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return users, nil
}

// inTransaction calls f and commits what it did, unless it returns an error.
func (r *Repository) inTransaction(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// rollback rolls back, unless the end of the context has done so already.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}
