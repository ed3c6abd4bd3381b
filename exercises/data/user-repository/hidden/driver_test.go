package repository_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	sqlite "github.com/ncruces/go-sqlite3/driver"
)

// errDisk is what a watched database reports when it is told to fail.
var errDisk = errors.New("disk on fire")

// callerKey is under which the context of a caller has a value.
type callerKey struct{}

// A watch stands between package sql and the driver of SQLite. It sees what is
// asked, under which context, and can make it fail.
type watch struct {
	mu         sync.Mutex
	on         bool                 // whether it does more than to count
	statements int                  // open prepared statements
	rows       int                  // open rows
	strangers  []string             // statements that ran under somebody else's context
	commits    int                  // how many transactions were to be committed
	atWrite    func(n int) error    // called before each write, from 1
	atRead     func() error         // called before each SELECT
	atRow      func(n int) rowEvent // called before each row of a SELECT, from 1
	failCommit bool
	writes     int
}

// A rowEvent is what happens to a row.
type rowEvent int

const (
	asItIs rowEvent = iota
	unreadable
	failsInstead
)

// openWatched returns a database with an empty table of users and its watch.
func openWatched(t *testing.T) (*sql.DB, *watch) {
	t.Helper()
	db, w, _ := openWatchedAt(t)
	return db, w
}

// openWatchedAt returns the data source too.
func openWatchedAt(t *testing.T) (*sql.DB, *watch, string) {
	t.Helper()
	name := dataSource(t)
	connector, err := new(sqlite.SQLite).OpenConnector(name)
	if err != nil {
		t.Fatalf("opening the database: %v", err)
	}
	w := new(watch)
	return prepare(t, sql.OpenDB(watchedConnector{connector, w})), w, name
}

// during calls f with the context of a caller, while w watches.
func (w *watch) during(ctx context.Context, f func(ctx context.Context)) {
	w.mu.Lock()
	w.on = true
	w.writes, w.commits, w.strangers = 0, 0, nil
	w.mu.Unlock()
	f(context.WithValue(ctx, callerKey{}, true))
	w.mu.Lock()
	w.on = false
	w.mu.Unlock()
}

// wantGivenBack checks that no connection is in use and nothing is open. What
// the end of a context closes may need a moment.
func wantGivenBack(t *testing.T, what string, db *sql.DB, w *watch) {
	t.Helper()
	var inUse, rows int
	for range 200 {
		inUse = db.Stats().InUse
		w.mu.Lock()
		rows = w.rows
		w.mu.Unlock()
		if inUse == 0 && rows == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("after %s: %d connections are still in use and %d results of queries open, want none", what, inUse, rows)
}

func (w *watch) open(statements, rows int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statements += statements
	w.rows += rows
}

// see is called before a statement runs.
func (w *watch) see(ctx context.Context, query string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	if !w.on {
		w.mu.Unlock()
		return nil
	}
	query = strings.TrimSpace(query)
	verb := strings.ToUpper(strings.Fields(query + " ?")[0])
	if ctx.Value(callerKey{}) == nil && verb != "ROLLBACK" {
		w.strangers = append(w.strangers, query)
	}
	atWrite, atRead := w.atWrite, w.atRead
	n, failCommit := 0, false
	switch verb {
	case "INSERT", "UPDATE", "REPLACE", "WITH":
		w.writes++
		n = w.writes
	case "COMMIT", "END":
		w.commits++
		failCommit = w.failCommit
	}
	w.mu.Unlock()

	switch {
	case failCommit:
		return errDisk
	case n > 0 && atWrite != nil:
		if err := atWrite(n); err != nil {
			return err
		}
		return ctx.Err() // atWrite may have ended it
	case verb == "SELECT" && atRead != nil:
		return atRead()
	}
	return nil
}

type watchedConnector struct {
	driver.Connector
	w *watch
}

func (c watchedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return watchedConn{conn, c.w}, nil
}

type watchedConn struct {
	driver.Conn
	w *watch
}

func (c watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.w.open(1, 0)
	return watchedStmt{stmt, query, c.w}, nil
}

func (c watchedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.w.see(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return watchedTx{tx, ctx, c.w}, nil
}

type watchedTx struct {
	driver.Tx
	ctx context.Context
	w   *watch
}

func (tx watchedTx) Commit() error {
	if err := tx.w.see(tx.ctx, "COMMIT"); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Tx.Commit()
}

type watchedStmt struct {
	driver.Stmt
	query string
	w     *watch
}

func (s watchedStmt) CheckNamedValue(value *driver.NamedValue) error {
	return s.Stmt.(driver.NamedValueChecker).CheckNamedValue(value)
}

func (s watchedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.w.see(ctx, s.query); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s watchedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.w.see(ctx, s.query); err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.w.open(0, 1)
	return &watchedRows{Rows: rows, ctx: ctx, w: s.w}, nil
}

func (s watchedStmt) Close() error {
	s.w.open(-1, 0)
	return s.Stmt.Close()
}

type watchedRows struct {
	driver.Rows
	ctx context.Context
	w   *watch
	n   int
}

func (r *watchedRows) Next(dest []driver.Value) error {
	r.w.mu.Lock()
	atRow := r.w.atRow
	if !r.w.on {
		atRow = nil
	}
	r.w.mu.Unlock()

	event := asItIs
	if atRow != nil {
		r.n++
		event = atRow(r.n)
	}
	if event == failsInstead {
		return errDisk
	}
	if err := r.ctx.Err(); err != nil { // atRow may have ended it
		return err
	}
	if err := r.Rows.Next(dest); err != nil {
		return err
	}
	if event == unreadable {
		for i := range dest {
			dest[i] = struct{}{}
		}
	}
	return nil
}

func (r *watchedRows) Close() error {
	r.w.open(0, -1)
	return r.Rows.Close()
}
