package repository_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"repository"

	_ "github.com/ncruces/go-sqlite3/driver"
)

const schema = `
CREATE TABLE users (
	id    INTEGER PRIMARY KEY,
	email TEXT NOT NULL UNIQUE,
	name  TEXT NOT NULL,
	phone TEXT              -- NULL when there is none
)`

// dataSource names a database of the test's own.
func dataSource(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "users.db")
	return "file:" + path + "?_pragma=busy_timeout(300)&_pragma=synchronous(off)&_pragma=journal_mode(memory)"
}

// prepare creates the table, and closes db when the test is over.
func prepare(t *testing.T, db *sql.DB) *sql.DB {
	t.Helper()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	if _, err := db.Exec(schema); err != nil {
		t.Fatalf("creating the table: %v", err)
	}
	return db
}

// open returns a database with an empty table of users.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", dataSource(t))
	if err != nil {
		t.Fatalf("opening the database: %v", err)
	}
	return prepare(t, db)
}

// create stores users and returns them with the ids that they were given.
func create(t *testing.T, r *repository.Repository, users ...repository.User) []repository.User {
	t.Helper()
	for i, u := range users {
		id, err := r.Create(t.Context(), u)
		if err != nil {
			t.Fatalf("Create(ctx, %+v): error = %v, want nil", u, err)
		}
		users[i].ID = id
	}
	return users
}
