package users_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"users"
)

// sentinels are the errors that tests look for, by their names.
var sentinels = []struct {
	name string
	err  error
}{
	{"ErrNotFound", users.ErrNotFound},
	{"ErrInvalid", users.ErrInvalid},
	{"ErrMissing", users.ErrMissing},
	{"ErrMalformed", users.ErrMalformed},
	{"context.DeadlineExceeded", context.DeadlineExceeded},
	{"context.Canceled", context.Canceled},
	{"an error that nobody has returned", errors.New("never returned")},
}

// wantIs checks that errors.Is finds the given sentinels in err and no others.
func wantIs(t *testing.T, what string, err error, want ...error) {
	t.Helper()
	for _, sentinel := range sentinels {
		if got, want := errors.Is(err, sentinel.err), slices.Contains(want, sentinel.err); got != want {
			t.Errorf("%s: errors.Is(err, %s) = %t, want %t; err = %v", what, sentinel.name, got, want, err)
		}
	}
}

// A shardError is an error of a store that package users knows nothing of.
type shardError struct {
	shard int
	err   error
}

func (e *shardError) Error() string { return fmt.Sprintf("shard %d: %v", e.shard, e.err) }
func (e *shardError) Unwrap() error { return e.err }

// A batchError is somebody else's list of errors.
type batchError []error

func (e batchError) Error() string   { return fmt.Sprintf("%d errors", len(e)) }
func (e batchError) Unwrap() []error { return e }

// fault returns a FieldError as an error.
func fault(field string, err error) error { return &users.FieldError{Field: field, Err: err} }

func TestFieldErrorIsNothingElse(t *testing.T) {
	wantIs(t, "FieldError with ErrMissing", fault("name", users.ErrMissing), users.ErrInvalid, users.ErrMissing)
	wantIs(t, "FieldError with ErrMalformed", fault("name", users.ErrMalformed), users.ErrInvalid, users.ErrMalformed)
	wantIs(t, "FieldError with another error", fault("age", errors.New("is odd")), users.ErrInvalid)
	wantIs(t, "FieldError with an error that wraps two",
		fault("age", fmt.Errorf("%w and %w", users.ErrMissing, context.Canceled)),
		users.ErrInvalid, users.ErrMissing, context.Canceled)

	err := fault("city", fmt.Errorf("look up: %w", &shardError{3, users.ErrNotFound}))
	wantIs(t, "FieldError with an error of a store", err, users.ErrInvalid, users.ErrNotFound)
	if got, ok := errors.AsType[*shardError](err); !ok || got.shard != 3 {
		t.Errorf("errors.AsType finds %v, %t in a FieldError with an error of a store, want that error", got, ok)
	}
	if got, want := err.Error(), "city: look up: shard 3: user not found"; got != want {
		t.Errorf("FieldError.Error() = %q, want %q", got, want)
	}
}

// invalid are users with what is wrong with them.
var invalid = []struct {
	user  users.User
	texts []string
	is    []error
}{
	{users.User{Email: "a@b"}, []string{"name: is missing"}, []error{users.ErrMissing}},
	{users.User{Name: "Ada"}, []string{"email: is missing"}, []error{users.ErrMissing}},
	{users.User{Name: "Ada", Email: "ada"}, []string{"email: is malformed"}, []error{users.ErrMalformed}},
	{users.User{Name: "Ada", Email: "a@b", Age: -1}, []string{"age: is malformed"}, []error{users.ErrMalformed}},
	{users.User{}, []string{"name: is missing", "email: is missing"}, []error{users.ErrMissing}},
	{users.User{Email: "ada"}, []string{"name: is missing", "email: is malformed"}, []error{users.ErrMissing, users.ErrMalformed}},
	{users.User{Email: "ada", Age: -5}, []string{"name: is missing", "email: is malformed", "age: is malformed"}, []error{users.ErrMissing, users.ErrMalformed}},
	{users.User{Name: "Ada", Age: -5}, []string{"email: is missing", "age: is malformed"}, []error{users.ErrMissing, users.ErrMalformed}},
}

// faults returns the texts of all FieldErrors in err, in order. It walks the
// tree itself: Fields is under test too.
func faults(err error) []string {
	var texts []string
	if e, ok := err.(*users.FieldError); ok {
		texts = append(texts, e.Error())
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		texts = append(texts, faults(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			texts = append(texts, faults(err)...)
		}
	}
	return texts
}

func TestValidateReportsAll(t *testing.T) {
	for _, test := range invalid {
		what := fmt.Sprintf("Validate(%+v)", test.user)
		err := users.Validate(test.user)
		if err == nil {
			t.Errorf("%s = nil, want an error with %q", what, test.texts)
			continue
		}
		if got := faults(err); !slices.Equal(got, test.texts) {
			t.Errorf("%s holds the FieldErrors %q, want %q", what, got, test.texts)
		}
		for _, text := range test.texts {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: error = %q, want a text that contains %q", what, err, text)
			}
		}
		wantIs(t, what, err, append(test.is, users.ErrInvalid)...)
	}

	for _, user := range []users.User{ada, {Name: "a", Email: "@"}, {Name: " ", Email: "a@b@c", Age: 1 << 40}} {
		if err := users.Validate(user); err != nil {
			t.Errorf("Validate(%+v) = %#v, want nil", user, err)
		}
	}
}

func TestLoadKeepsTheStoresError(t *testing.T) {
	for _, test := range []struct {
		what string
		err  error
		is   []error
	}{
		{"ErrNotFound", users.ErrNotFound, []error{users.ErrNotFound}},
		{"ErrNotFound in its own error", &shardError{3, users.ErrNotFound}, []error{users.ErrNotFound}},
		{"a time-out in its own error", &shardError{3, context.DeadlineExceeded}, []error{context.DeadlineExceeded}},
		{"two things at once", errors.Join(&shardError{3, context.Canceled}, users.ErrNotFound), []error{context.Canceled, users.ErrNotFound}},
		{"nothing that is known", &shardError{3, errors.New("disk on fire")}, nil},
	} {
		what := "Load when the store returns " + test.what
		got, err := users.Load(store{user: ada, err: test.err}, "4\t2")
		if err == nil {
			t.Errorf("%s: error = nil, want one", what)
			continue
		}
		if got != (users.User{}) {
			t.Errorf("%s, beside a user: user = %+v, want the zero User", what, got)
		}
		if want := `load user "4\t2": ` + test.err.Error(); err.Error() != want {
			t.Errorf("%s: error = %q, want %q", what, err, want)
		}
		wantIs(t, what, err, test.is...)
		if _, own := errors.AsType[*shardError](test.err); own {
			if e, ok := errors.AsType[*shardError](err); !ok || e.shard != 3 {
				t.Errorf("%s: errors.AsType finds %v, %t, want the store's own error", what, e, ok)
			}
		}
	}
}

// countingStore counts how often it is asked.
type countingStore struct {
	store
	ids []string
}

func (s *countingStore) User(id string) (users.User, error) {
	s.ids = append(s.ids, id)
	return s.store.User(id)
}

func TestLoadValidates(t *testing.T) {
	for _, test := range invalid {
		what := fmt.Sprintf("Load of %+v", test.user)
		s := &countingStore{store: store{user: test.user}}
		got, err := users.Load(s, "42")
		if err == nil {
			t.Errorf("%s: error = nil, want one with %q", what, test.texts)
			continue
		}
		if got != (users.User{}) {
			t.Errorf("%s: user = %+v, want the zero User beside an error", what, got)
		}
		if texts := faults(err); !slices.Equal(texts, test.texts) {
			t.Errorf("%s: error holds the FieldErrors %q, want %q", what, texts, test.texts)
		}
		if want := `load user "42": ` + users.Validate(test.user).Error(); err.Error() != want {
			t.Errorf("%s: error = %q, want %q", what, err, want)
		}
		wantIs(t, what, err, append(test.is, users.ErrInvalid)...)
		if !slices.Equal(s.ids, []string{"42"}) {
			t.Errorf("%s asks the store for %q, want %q", what, s.ids, []string{"42"})
		}
	}
}

func TestFields(t *testing.T) {
	name, email, age := fault("name", users.ErrMissing), fault("email", users.ErrMalformed), fault("age", users.ErrMalformed)
	for _, test := range []struct {
		what string
		err  error
		want []string
	}{
		{"nil", nil, nil},
		{"an error without fields", &shardError{3, users.ErrNotFound}, nil},
		{"ErrInvalid", users.ErrInvalid, nil},
		{"a FieldError", name, []string{"name"}},
		{"a FieldError, wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", name)), []string{"name"}},
		{"a joined error", errors.Join(name, email, age), []string{"name", "email", "age"}},
		{"a joined error, wrapped", fmt.Errorf("sign in: %w", errors.Join(age, name)), []string{"age", "name"}},
		{"joined errors, each wrapped", errors.Join(fmt.Errorf("1: %w", name), users.ErrNotFound, fmt.Errorf("2: %w", email)), []string{"name", "email"}},
		{"joined errors, joined", errors.Join(errors.Join(name, email), users.ErrNotFound, errors.Join(age, name)), []string{"name", "email", "age", "name"}},
		{"two %w in one", fmt.Errorf("%w, beside %w", email, name), []string{"email", "name"}},
		{"a type with Unwrap() error", &shardError{3, errors.Join(name, age)}, []string{"name", "age"}},
		{"a type with Unwrap() []error", batchError{users.ErrNotFound, &shardError{3, name}, email}, []string{"name", "email"}},
		{"a FieldError in another's Err", fault("address", fault("city", users.ErrMissing)), []string{"address", "city"}},
		{"FieldErrors deep in another's Err", errors.Join(
			fault("address", fmt.Errorf("new: %w", errors.Join(fault("city", users.ErrMissing), fault("zip", users.ErrMalformed)))), age),
			[]string{"address", "city", "zip", "age"}},
		{"the same fault twice", errors.Join(name, name), []string{"name", "name"}},
	} {
		if got := users.Fields(test.err); !slices.Equal(got, test.want) {
			t.Errorf("Fields of %s = %q, want %q", test.what, got, test.want)
		}
	}
}

func TestStatus(t *testing.T) {
	name := fault("name", users.ErrMissing)
	_, notFound := users.Load(store{err: users.ErrNotFound}, "42")
	_, malformed := users.Load(store{}, "42")
	for _, test := range []struct {
		what string
		err  error
		want int
	}{
		{"nil", nil, 200},
		{"ErrNotFound", users.ErrNotFound, 404},
		{"ErrNotFound, wrapped", fmt.Errorf("sign in: %w", &shardError{3, users.ErrNotFound}), 404},
		{"what Load returns when there is no user", notFound, 404},
		{"ErrInvalid, wrapped", fmt.Errorf("sign in: %w", users.ErrInvalid), 422},
		{"a FieldError", name, 422},
		{"what Load returns for an invalid user, wrapped", fmt.Errorf("sign in: %w", malformed), 422},
		{"context.DeadlineExceeded, wrapped", &shardError{3, context.DeadlineExceeded}, 504},
		{"context.Canceled", context.Canceled, 500},
		{"an unknown error", errors.New("disk on fire"), 500},
		{"an unknown error with the text of ErrNotFound", errors.New(users.ErrNotFound.Error()), 500},
		{"a FieldError beside ErrNotFound", errors.Join(name, fmt.Errorf("b: %w", users.ErrNotFound)), 404},
		{"a FieldError with ErrNotFound", fault("city", users.ErrNotFound), 404},
		{"a time-out beside a FieldError", errors.Join(context.DeadlineExceeded, fmt.Errorf("b: %w", name)), 422},
		{"a time-out in a FieldError", fault("city", context.DeadlineExceeded), 422},
		{"a time-out in a list of others", batchError{errors.New("disk on fire"), &shardError{3, context.DeadlineExceeded}}, 504},
	} {
		if got := users.Status(test.err); got != test.want {
			t.Errorf("Status of %s = %d, want %d", test.what, got, test.want)
		}
	}
}
