// Package repository keeps users in a SQL database.
package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

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

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // by their text, prepared when first needed
}

// New returns a repository over db.
func New(db *sql.DB) *Repository {
	return &Repository{db: db, stmts: make(map[string]*sql.Stmt)}
}

// prepared returns the statement for a query, which later calls use again.
func (r *Repository) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	stmt := r.stmts[query]
	r.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}

	// Without the lock: this waits for a connection.
	stmt, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.stmts[query]; other != nil {
		return other, stmt.Close()
	}
	r.stmts[query] = stmt
	return stmt, nil
}

// Create stores a user under a new id, which it returns.
func (r *Repository) Create(ctx context.Context, u User) (int64, error) {
	stmt, err := r.prepared(ctx, `INSERT INTO users (email, name, phone) VALUES (?, ?, ?)`)
	if err != nil {
		return 0, explain("create", err)
	}
	result, err := stmt.ExecContext(ctx, u.Email, u.Name, phone(u))
	if err != nil {
		return 0, explain("create", err)
	}
	return result.LastInsertId()
}

// CreateAll stores all users, or none of them, and returns their new ids.
func (r *Repository) CreateAll(ctx context.Context, users []User) ([]int64, error) {
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return nil, explain("create all", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return nil, explain("create all", err)
	}
	ids, err := insertAll(ctx, conn, users)
	if err == nil {
		_, err = conn.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		// The context may have ended; the transaction has to end all the same.
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		return nil, explain("create all", errors.Join(err, undo))
	}
	return ids, nil
}

func insertAll(ctx context.Context, conn *sql.Conn, users []User) ([]int64, error) {
	var ids []int64
	for _, u := range users {
		result, err := conn.ExecContext(ctx, `INSERT INTO users (email, name, phone) VALUES (?, ?, ?)`, u.Email, u.Name, phone(u))
		if err != nil {
			return nil, err
		}
		id, err := result.LastInsertId()
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Get returns the user with that id.
func (r *Repository) Get(ctx context.Context, id int64) (User, error) {
	stmt, err := r.prepared(ctx, `SELECT email, name, phone FROM users WHERE id = ?`)
	if err != nil {
		return User{}, explain("get", err)
	}
	u := User{ID: id}
	var number *string
	switch err := stmt.QueryRowContext(ctx, id).Scan(&u.Email, &u.Name, &number); {
	case err == sql.ErrNoRows:
		return User{}, &NotFoundError{ID: id}
	case err != nil:
		return User{}, explain("get", err)
	}
	if number != nil {
		u.Phone = *number
	}
	return u, nil
}

// Search returns the users whose name begins with prefix, by name.
func (r *Repository) Search(ctx context.Context, prefix string) ([]User, error) {
	stmt, err := r.prepared(ctx, `SELECT id, email, name, ifnull(phone, '') FROM users WHERE name >= ? ORDER BY name, id`)
	if err != nil {
		return nil, explain("search", err)
	}
	rows, err := stmt.QueryContext(ctx, prefix)
	if err != nil {
		return nil, explain("search", err)
	}
	defer rows.Close()
	found := []User{}
	for rows.Next() {
		var u User
		if err := rows.Scan(&u.ID, &u.Email, &u.Name, &u.Phone); err != nil {
			return nil, explain("search", err)
		}
		// Names that begin with the prefix stand together, first of all that
		// are not before it.
		if !strings.HasPrefix(u.Name, prefix) {
			return found, nil
		}
		found = append(found, u)
	}
	if rows.Err() != nil {
		return nil, explain("search", rows.Err())
	}
	return found, nil
}

// ChangeEmail gives the user with that id another address.
func (r *Repository) ChangeEmail(ctx context.Context, id int64, email string) error {
	stmt, err := r.prepared(ctx, `UPDATE users SET email = ? WHERE id = ? RETURNING id`)
	if err != nil {
		return explain("change e-mail", err)
	}
	err = stmt.QueryRowContext(ctx, email, id).Scan(&id)
	if err == sql.ErrNoRows {
		return &NotFoundError{ID: id}
	}
	return explain("change e-mail", err)
}

// phone returns what stands in the table for the phone of u.
func phone(u User) any {
	if u.Phone == "" {
		return nil
	}
	return u.Phone
}

// explain says what failed, and whether it was an address that is taken.
func explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE):
		return fmt.Errorf("%s: %w (%w)", what, ErrEmailTaken, err)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}
