// Package repository keeps users in a SQL database.
package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
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
	db *sql.DB
}

// New returns a repository over db.
func New(db *sql.DB) *Repository {
	return &Repository{db: db}
}

// queryer is what creating needs of a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Create stores a user under a new id, which it returns.
func (r *Repository) Create(ctx context.Context, u User) (int64, error) {
	id, err := create(ctx, r.db, u)
	if err != nil {
		return 0, fmt.Errorf("create user: %w", err)
	}
	return id, nil
}

// CreateAll stores all users, or none of them, and returns their new ids.
func (r *Repository) CreateAll(ctx context.Context, users []User) ([]int64, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("create %d users: %w", len(users), err)
	}
	defer tx.Rollback() // does nothing after Commit

	ids := make([]int64, 0, len(users))
	for i, u := range users {
		id, err := create(ctx, tx, u)
		if err != nil {
			return nil, fmt.Errorf("create user %d of %d: %w", i+1, len(users), err)
		}
		ids = append(ids, id)
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("create %d users: %w", len(users), err)
	}
	return ids, nil
}

func create(ctx context.Context, q queryer, u User) (int64, error) {
	var id int64
	err := q.QueryRowContext(ctx, `INSERT INTO users (email, name, phone) VALUES (?, ?, ?) RETURNING id`,
		u.Email, u.Name, toNull(u.Phone)).Scan(&id)
	return id, withTaken(err)
}

// Get returns the user with that id.
func (r *Repository) Get(ctx context.Context, id int64) (User, error) {
	u, err := scan(r.db.QueryRowContext(ctx, `SELECT id, email, name, phone FROM users WHERE id = ?`, id))
	if err != nil {
		return User{}, fmt.Errorf("get user: %w", &NotFoundError{ID: id})
	}
	return u, nil
}

// Search returns the users whose name begins with prefix, by name.
func (r *Repository) Search(ctx context.Context, prefix string) ([]User, error) {
	// LIKE would take % and _ in the prefix for more than they are.
	rows, err := r.db.QueryContext(ctx,
		`SELECT id, email, name, phone FROM users WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name, id`, prefix)
	if err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	defer rows.Close()

	var users []User
	for rows.Next() {
		u, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("search users: %w", err)
		}
		users = append(users, u)
	}
	// Next is false at the end, and just as well when there is no getting
	// further.
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("search users: %w", err)
	}
	return users, nil
}

// ChangeEmail gives the user with that id another address.
func (r *Repository) ChangeEmail(ctx context.Context, id int64, email string) error {
	result, err := r.db.ExecContext(ctx, `UPDATE users SET email = ? WHERE id = ?`, email, id)
	if err != nil {
		return fmt.Errorf("change e-mail of user %d: %w", id, withTaken(err))
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("change e-mail of user %d: %w", id, err)
	}
	if n == 0 {
		return fmt.Errorf("change e-mail: %w", &NotFoundError{ID: id})
	}
	return nil
}

// scan reads a user from a *sql.Row or *sql.Rows.
func scan(row interface{ Scan(dest ...any) error }) (User, error) {
	var u User
	var phone sql.NullString
	err := row.Scan(&u.ID, &u.Email, &u.Name, &phone)
	u.Phone = phone.String
	return u, err
}

// toNull returns s such that an empty one is stored as NULL.
func toNull(s string) sql.NullString {
	return sql.NullString{String: s, Valid: s != ""}
}

// withTaken returns err such that errors.Is finds ErrEmailTaken, if that is
// what happened. To ask the database whether the address is free before the
// write would prove nothing: somebody may take it in between.
func withTaken(err error) error {
	if errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) {
		return fmt.Errorf("%w: %w", ErrEmailTaken, err)
	}
	return err
}
