package repository_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"repository"
)

var (
	ada = repository.User{Email: "ada@example.org", Name: "Ada", Phone: "1234"}
	bob = repository.User{Email: "bob@example.org", Name: "Bob"}
	cyd = repository.User{Email: "cyd@example.org", Name: "Cyd", Phone: "5678"}
)

// count returns how many users there are.
func count(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM users`).Scan(&n); err != nil {
		t.Fatalf("counting users: %v", err)
	}
	return n
}

// wantStored checks that users are in the table as they are.
func wantStored(t *testing.T, situation string, db *sql.DB, users ...repository.User) {
	t.Helper()
	for _, want := range users {
		var got repository.User
		err := db.QueryRow(`SELECT id, email, name, coalesce(phone, '') FROM users WHERE id = ?`, want.ID).
			Scan(&got.ID, &got.Email, &got.Name, &got.Phone)
		if got != want || err != nil {
			t.Errorf("%s: the table has %+v (error %v), want %+v", situation, got, err, want)
		}
	}
}

// kinds are the kinds of errors that a repository tells apart.
const (
	notFound = "a *NotFoundError"
	taken    = "ErrEmailTaken"
	noRows   = "sql.ErrNoRows"
)

// wantOnly checks that err is of that kind, or of none.
func wantOnly(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: error = nil, want one", what)
		return
	}
	_, isNotFound := errors.AsType[*repository.NotFoundError](err)
	for _, kind := range []struct {
		name  string
		found bool
	}{
		{notFound, isNotFound},
		{taken, errors.Is(err, repository.ErrEmailTaken)},
		{noRows, errors.Is(err, sql.ErrNoRows)},
	} {
		if kind.found != (kind.name == want) {
			t.Errorf("%s: whether the error is %s = %t, want %t; error = %v", what, kind.name, kind.found, !kind.found, err)
		}
	}
}

// wantIs checks that errors.Is finds target in err, and that err isn't taken
// for anything else.
func wantIs(t *testing.T, what string, err, target error) {
	t.Helper()
	wantOnly(t, what, err, "")
	if err != nil && !errors.Is(err, target) {
		t.Errorf("%s: error = %v, want one that wraps %q", what, err, target)
	}
}

// emails returns the addresses of users.
func emails(users []repository.User) []string {
	var emails []string
	for _, u := range users {
		emails = append(emails, u.Email)
	}
	return emails
}

func TestAnyText(t *testing.T) {
	db := open(t)
	r := repository.New(db)
	texts := []string{
		"O'Brien", `x'); DROP TABLE users; --`, `' OR '1'='1`, `"quoted"`, "100%", "%", "_", "A_a", "a\\b", `\`, `\%`, "*", "[a]",
		"?", "?1", "$1", ":name", "ünïcödé", "雪", "🙂 ok", "two\nlines", "  blanks  ", "tab\t", "%s %d", "NULL", "0", "1e3",
	}
	for i, text := range texts {
		u := repository.User{Email: text, Name: text, Phone: text}
		id, err := r.Create(t.Context(), u)
		if err != nil {
			t.Fatalf("Create of a user with %q everywhere: error = %v, want nil", text, err)
		}
		u.ID = id
		if got, err := r.Get(t.Context(), id); got != u || err != nil {
			t.Errorf("Get of a user with %q everywhere = %+v, %v, want %+v, nil", text, got, err, u)
		}
		if _, err := r.Create(t.Context(), repository.User{Email: text, Name: "x"}); !errors.Is(err, repository.ErrEmailTaken) {
			t.Errorf("Create with the address %q of another user: error = %v, want ErrEmailTaken", text, err)
		}
		u.Email = text + "'@%"
		if err := r.ChangeEmail(t.Context(), id, u.Email); err != nil {
			t.Fatalf("ChangeEmail to %q: error = %v, want nil", u.Email, err)
		}
		wantStored(t, fmt.Sprintf("after Create of a user with %q everywhere and ChangeEmail to %q", text, u.Email), db, u)
		if got := count(t, db); got != i+1 {
			t.Fatalf("after Create of %d users, the last with %q everywhere: the table has %d", i+1, text, got)
		}
	}

	for _, prefix := range append(texts, "", "ü", "🙂", " ", "1", "%%", "__", "' OR", "[", "x'") {
		var want []string
		for _, text := range texts {
			if strings.HasPrefix(text, prefix) {
				want = append(want, text)
			}
		}
		users, err := r.Search(t.Context(), prefix)
		if err != nil {
			t.Errorf("Search(ctx, %q): error = %v, want nil", prefix, err)
			continue
		}
		var got []string
		for _, u := range users {
			got = append(got, u.Name)
		}
		if !slices.IsSorted(got) {
			t.Errorf("Search(ctx, %q) finds %q, want them ordered by name", prefix, got)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("Search(ctx, %q) finds %q, want %q", prefix, got, want)
		}
	}
}

func TestEmailTaken(t *testing.T) {
	t.Run("long ago", func(t *testing.T) {
		db := open(t)
		r := repository.New(db)
		users := create(t, r, ada, bob)

		id, err := r.Create(t.Context(), repository.User{Email: ada.Email, Name: "Imposter"})
		wantOnly(t, "Create with the address of another user", err, taken)
		if id != 0 {
			t.Errorf("Create with the address of another user = %d, want 0 beside an error", id)
		}
		wantOnly(t, "ChangeEmail to the address of another user", r.ChangeEmail(t.Context(), users[1].ID, ada.Email), taken)
		ids, err := r.CreateAll(t.Context(), []repository.User{cyd, {Email: bob.Email, Name: "Imposter"}})
		wantOnly(t, "CreateAll with the address of another user", err, taken)
		if ids != nil {
			t.Errorf("CreateAll with the address of another user = %d, want nil beside an error", ids)
		}
		_, err = r.CreateAll(t.Context(), []repository.User{cyd, {Email: cyd.Email, Name: "Imposter"}})
		wantOnly(t, "CreateAll of two users with one address", err, taken)

		wantStored(t, "after addresses were refused", db, users...)
		if got := count(t, db); got != 2 {
			t.Errorf("after addresses were refused: the table has %d users, want 2", got)
		}
	})

	for _, test := range []struct {
		name string
		call func(ctx context.Context, r *repository.Repository, id int64, email string) error
	}{
		{"Create", func(ctx context.Context, r *repository.Repository, _ int64, email string) error {
			_, err := r.Create(ctx, repository.User{Email: email, Name: "Second"})
			return err
		}},
		{"ChangeEmail", func(ctx context.Context, r *repository.Repository, id int64, email string) error {
			return r.ChangeEmail(ctx, id, email)
		}},
		{"CreateAll", func(ctx context.Context, r *repository.Repository, _ int64, email string) error {
			_, err := r.CreateAll(ctx, []repository.User{{Email: email, Name: "Second"}, cyd})
			return err
		}},
	} {
		t.Run("just before "+test.name, func(t *testing.T) {
			db, w, name := openWatchedAt(t)
			r := repository.New(db)
			users := create(t, r, ada)
			other, err := sql.Open("sqlite3", strings.Replace(name, "busy_timeout(300)", "busy_timeout(0)", 1))
			if err != nil {
				t.Fatalf("opening the database once more: %v", err)
			}
			defer other.Close()

			const email = "new@example.org"
			first := false // whether somebody else was first
			w.atWrite = func(n int) error {
				if n == 1 {
					// Where the repository has locked the table, this fails.
					_, err := other.Exec(`INSERT INTO users (email, name) VALUES (?, 'First')`, email)
					first = err == nil
				}
				return nil
			}
			w.during(t.Context(), func(ctx context.Context) { err = test.call(ctx, r, users[0].ID, email) })
			what := fmt.Sprintf("%s, with an address that somebody takes just before it writes", test.name)
			if first {
				wantOnly(t, what, err, taken)
			} else if err != nil {
				t.Errorf("%s, and fails to: error = %v, want nil", what, err)
			}
			var holders int
			if err := db.QueryRow(`SELECT count(*) FROM users WHERE email = ?`, email).Scan(&holders); holders != 1 || err != nil {
				t.Errorf("%s: %d users have it (error %v), want 1", what, holders, err)
			}
		})
	}
}

func TestChangeEmail(t *testing.T) {
	db := open(t)
	r := repository.New(db)
	users := create(t, r, ada, bob, cyd)

	if err := r.ChangeEmail(t.Context(), users[0].ID, "ada@example.com"); err != nil {
		t.Errorf("ChangeEmail of a user: error = %v, want nil", err)
	}
	users[0].Email = "ada@example.com"
	wantStored(t, "after ChangeEmail of the first of three", db, users...)

	if err := r.ChangeEmail(t.Context(), users[1].ID, bob.Email); err != nil {
		t.Errorf("ChangeEmail to the address that the user has already: error = %v, want nil", err)
	}
	for _, email := range []string{"new@example.org", ada.Email} {
		err := r.ChangeEmail(t.Context(), 999, email)
		wantOnly(t, fmt.Sprintf("ChangeEmail(ctx, 999, %q) without such a user", email), err, notFound)
		if missing, ok := errors.AsType[*repository.NotFoundError](err); ok && missing.ID != 999 {
			t.Errorf("ChangeEmail(ctx, 999, …) without such a user: NotFoundError.ID = %d, want 999", missing.ID)
		}
	}
	_, err := r.Get(t.Context(), -1)
	wantOnly(t, "Get(ctx, -1) without such a user", err, notFound)
	wantStored(t, "after ChangeEmail to the same address, and of nobody", db, users...)
	if got := count(t, db); got != 3 {
		t.Errorf("after ChangeEmail of three users and of nobody: the table has %d users, want 3", got)
	}
}

func TestNoPhoneIsNull(t *testing.T) {
	db := open(t)
	r := repository.New(db)
	create(t, r, bob, ada)
	if _, err := r.CreateAll(t.Context(), []repository.User{cyd, {Email: "dee@example.org", Name: "Dee"}}); err != nil {
		t.Fatalf("CreateAll: error = %v, want nil", err)
	}
	for email, want := range map[string]bool{bob.Email: true, ada.Email: false, cyd.Email: false, "dee@example.org": true} {
		var null bool
		if err := db.QueryRow(`SELECT phone IS NULL FROM users WHERE email = ?`, email).Scan(&null); null != want || err != nil {
			t.Errorf("whether phone of %s is NULL in the table = %t (error %v), want %t", email, null, err, want)
		}
	}

	if _, err := db.Exec(`INSERT INTO users (id, email, name) VALUES (77, 'eve@example.org', 'Eve')`); err != nil {
		t.Fatal(err)
	}
	want := repository.User{ID: 77, Email: "eve@example.org", Name: "Eve"}
	if got, err := r.Get(t.Context(), 77); got != want || err != nil {
		t.Errorf("Get of a user whose phone is NULL = %+v, %v, want %+v, nil", got, err, want)
	}
	if got, err := r.Search(t.Context(), "Eve"); !slices.Equal(got, []repository.User{want}) || err != nil {
		t.Errorf("Search of a user whose phone is NULL = %+v, %v, want %+v, nil", got, err, want)
	}
}

func TestAllOrNone(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		db := open(t)
		r := repository.New(db)
		create(t, r, repository.User{Email: "zoe@example.org", Name: "Zoe"})
		users := []repository.User{ada, bob, cyd}
		users[1].ID = 12345 // not looked at
		ids, err := r.CreateAll(t.Context(), users)
		if len(ids) != 3 || err != nil {
			t.Fatalf("CreateAll of three users = %d, %v, want three ids, nil", ids, err)
		}
		for i := range users {
			users[i].ID = ids[i]
		}
		wantStored(t, "after CreateAll of three users", db, users...)
		if got, err := r.CreateAll(t.Context(), nil); len(got) != 0 || err != nil {
			t.Errorf("CreateAll of no users = %d, %v, want none, nil", got, err)
		}
		if got := count(t, db); got != 4 {
			t.Errorf("after Create of one user and CreateAll of three: the table has %d, want 4", got)
		}
	})

	for _, test := range []struct {
		name string
		fail func(t *testing.T, db *sql.DB, w *watch)
	}{
		{"the address of the third is taken", func(t *testing.T, db *sql.DB, _ *watch) {
			create(t, repository.New(db), cyd)
		}},
		{"a trigger refuses the third", func(t *testing.T, db *sql.DB, _ *watch) {
			create(t, repository.New(db), repository.User{Email: "zoe@example.org", Name: "Zoe"})
			if _, err := db.Exec(`CREATE TRIGGER no_cyd BEFORE INSERT ON users WHEN new.name = 'Cyd'
				BEGIN SELECT raise(ABORT, 'no Cyd'); END`); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, w := openWatched(t)
			test.fail(t, db, w)
			r := repository.New(db)
			ids, err := r.CreateAll(t.Context(), []repository.User{ada, bob, cyd, {Email: "dee@example.org", Name: "Dee"}})
			if err == nil || ids != nil {
				t.Errorf("CreateAll of four users, when %s = %d, %v, want nil and an error", test.name, ids, err)
			}
			if got := count(t, db); got != 1 {
				t.Errorf("after CreateAll of four users, when %s: the table has %d users, want the 1 from before", test.name, got)
			}
			// Nothing of the attempt is in the way of the next.
			if _, err := r.CreateAll(t.Context(), []repository.User{ada, bob}); err != nil {
				t.Errorf("CreateAll of two users, after one that failed: error = %v, want nil", err)
			}
		})
	}
}

// calls are all methods of a repository, each called with the id of a user.
var calls = []struct {
	name string
	call func(ctx context.Context, r *repository.Repository, id int64) error
}{
	{"Create", func(ctx context.Context, r *repository.Repository, _ int64) error {
		_, err := r.Create(ctx, bob)
		return err
	}},
	{"CreateAll", func(ctx context.Context, r *repository.Repository, _ int64) error {
		_, err := r.CreateAll(ctx, []repository.User{cyd, {Email: "dee@example.org", Name: "Dee"}})
		return err
	}},
	{"Get", func(ctx context.Context, r *repository.Repository, id int64) error {
		_, err := r.Get(ctx, id)
		return err
	}},
	{"Search", func(ctx context.Context, r *repository.Repository, _ int64) error {
		users, err := r.Search(ctx, "")
		if err != nil && users != nil {
			return fmt.Errorf("Search returned %d users beside this error: %w", len(users), err)
		}
		return err
	}},
	{"ChangeEmail", func(ctx context.Context, r *repository.Repository, id int64) error {
		return r.ChangeEmail(ctx, id, "new@example.org")
	}},
}

func TestContext(t *testing.T) {
	for _, test := range calls {
		t.Run("of "+test.name, func(t *testing.T) {
			db, w := openWatched(t)
			r := repository.New(db)
			users := create(t, r, ada)
			w.during(t.Context(), func(ctx context.Context) {
				if err := test.call(ctx, r, users[0].ID); err != nil {
					t.Errorf("%s: error = %v, want nil", test.name, err)
				}
			})
			for _, query := range w.strangers {
				t.Errorf("%s runs %q under a context that doesn't derive from the caller's", test.name, query)
			}
		})

		t.Run("that ended before "+test.name, func(t *testing.T) {
			db := open(t)
			r := repository.New(db)
			users := create(t, r, ada)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantIs(t, test.name+" under a cancelled context", test.call(ctx, r, users[0].ID), context.Canceled)
			ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			defer cancel()
			wantIs(t, test.name+" after the deadline", test.call(ctx, r, users[0].ID), context.DeadlineExceeded)
			wantStored(t, "after calls whose context had ended", db, users...)
			if got := count(t, db); got != 1 {
				t.Errorf("after %s under contexts that had ended: the table has %d users, want the 1 from before", test.name, got)
			}
		})
	}

	t.Run("that ends during Search", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		create(t, r, ada, bob, cyd)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.atRow = func(n int) rowEvent {
			if n == 2 {
				cancel()
			}
			return asItIs
		}
		w.during(ctx, func(ctx context.Context) {
			users, err := r.Search(ctx, "")
			wantIs(t, "Search, when its context is cancelled after the first of three users", err, context.Canceled)
			if users != nil {
				t.Errorf("Search, when its context is cancelled after the first of three users = %q, want nil beside an error", emails(users))
			}
		})
		wantGivenBack(t, "Search whose context was cancelled", db, w)
	})

	t.Run("that ends during CreateAll", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.atWrite = func(n int) error {
			if n == 2 {
				cancel()
			}
			return nil
		}
		var err error
		w.during(ctx, func(ctx context.Context) {
			_, err = r.CreateAll(ctx, []repository.User{ada, bob, cyd})
		})
		if w.writes < 2 {
			return // all in one statement
		}
		wantIs(t, "CreateAll, when its context is cancelled after the first of three users", err, context.Canceled)
		wantGivenBack(t, "CreateAll whose context was cancelled", db, w)
		if got := count(t, db); got != 0 {
			t.Errorf("after CreateAll whose context was cancelled: the table has %d users, want none", got)
		}
	})
}

func TestFailures(t *testing.T) {
	for _, test := range calls {
		t.Run("in "+test.name, func(t *testing.T) {
			db, w := openWatched(t)
			r := repository.New(db)
			users := create(t, r, ada)
			w.atWrite = func(int) error { return errDisk }
			w.atRead = func() error { return errDisk }
			w.during(t.Context(), func(ctx context.Context) {
				wantIs(t, test.name+" when the database fails", test.call(ctx, r, users[0].ID), errDisk)
			})
			wantGivenBack(t, test.name+" which failed", db, w)
		})
	}

	t.Run("at a commit", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		w.failCommit = true
		w.during(t.Context(), func(ctx context.Context) {
			ids, err := r.CreateAll(ctx, []repository.User{ada, bob})
			if w.commits == 0 {
				return // one statement, which commits itself
			}
			wantIs(t, "CreateAll when the transaction can't be committed", err, errDisk)
			if ids != nil {
				t.Errorf("CreateAll when the transaction can't be committed = %d, want nil beside an error", ids)
			}
		})
	})

	t.Run("within a list", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		create(t, r, ada, bob, cyd)
		w.atRow = func(n int) rowEvent {
			if n == 3 {
				return failsInstead
			}
			return asItIs
		}
		w.during(t.Context(), func(ctx context.Context) {
			users, err := r.Search(ctx, "")
			wantIs(t, "Search when the database fails at the third user", err, errDisk)
			if users != nil {
				t.Errorf("Search when the database fails at the third user = %q, want nil beside an error", emails(users))
			}
		})
	})

	t.Run("by a trigger", func(t *testing.T) {
		db := open(t)
		r := repository.New(db)
		users := create(t, r, ada)
		for _, event := range []string{"INSERT", "UPDATE"} {
			if _, err := db.Exec(fmt.Sprintf(`CREATE TRIGGER no_%s BEFORE %[1]s ON users
				BEGIN SELECT raise(ABORT, 'closed on Sundays'); END`, event)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := r.Create(t.Context(), bob)
		wantOnly(t, "Create when a trigger refuses every user", err, "")
		wantOnly(t, "ChangeEmail when a trigger refuses every change",
			r.ChangeEmail(t.Context(), users[0].ID, "new@example.org"), "")
	})
}

func TestGivesBack(t *testing.T) {
	t.Run("connections", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		users := create(t, r, ada)
		wantGivenBack(t, "Create", db, w)
		for _, test := range calls {
			for _, id := range []int64{users[0].ID, 999} {
				// Some of these fail, since there is no such user or the
				// address is taken: they give back all the same.
				err := test.call(t.Context(), r, id)
				wantGivenBack(t, fmt.Sprintf("%s with id %d, which returned error %v", test.name, id, err), db, w)
			}
		}
	})

	t.Run("connections, when a row can't be read", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		users := create(t, r, ada, bob, cyd)
		w.atRow = func(n int) rowEvent {
			if n == 2 {
				return unreadable
			}
			return asItIs
		}
		w.during(t.Context(), func(ctx context.Context) {
			if _, err := r.Search(ctx, ""); err == nil {
				t.Error("Search when the second user can't be read: error = nil, want one")
			}
		})
		wantGivenBack(t, "Search that couldn't read a user", db, w)
		w.atRow = func(int) rowEvent { return unreadable }
		w.during(t.Context(), func(ctx context.Context) {
			if _, err := r.Get(ctx, users[0].ID); err == nil {
				t.Error("Get when the user can't be read: error = nil, want one")
			}
		})
		wantGivenBack(t, "Get that couldn't read the user", db, w)
	})

	t.Run("prepared statements", func(t *testing.T) {
		db, w := openWatched(t)
		r := repository.New(db)
		users := create(t, r, ada)
		const times = 20
		for range times {
			for _, test := range calls {
				_ = test.call(t.Context(), r, users[0].ID) // whether it succeeds or not
			}
		}
		wantGivenBack(t, "many calls", db, w)
		if w.statements >= times {
			t.Errorf("after %d calls of each method: %d prepared statements are open, want them closed or used again", times, w.statements)
		}
	})

	if t.Failed() {
		return // else one connection would be waited for in vain
	}
	t.Run("one connection for all", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		db, w := openWatched(t)
		db.SetMaxOpenConns(1)
		r := repository.New(db)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 3 {
					u := repository.User{Email: fmt.Sprintf("%d-%d@example.org", g, i), Name: fmt.Sprint("User ", g)}
					id, err := r.Create(ctx, u)
					if err != nil {
						t.Errorf("Create among many goroutines: error = %v, want nil", err)
						return
					}
					u.ID = id
					if got, err := r.Get(ctx, id); got != u || err != nil {
						t.Errorf("Get among many goroutines = %+v, %v, want %+v, nil", got, err, u)
					}
					if got, err := r.Search(ctx, u.Name); len(got) != i+1 || err != nil {
						t.Errorf("Search among many goroutines = %+v, %v, want %d users, nil", got, err, i+1)
					}
				}
			})
		}
		wg.Wait()
		wantGivenBack(t, "calls of many goroutines", db, w)
	})
}
