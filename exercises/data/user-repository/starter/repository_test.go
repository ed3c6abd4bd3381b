package repository_test

import (
	"errors"
	"slices"
	"testing"

	"repository"
)

func TestCreateAndGet(t *testing.T) {
	r := repository.New(open(t))
	users := create(t, r,
		repository.User{Email: "ada@example.org", Name: "Ada", Phone: "+44 20 7946 0000"},
		repository.User{Email: "bob@example.org", Name: "Bob"},
	)
	if users[0].ID == users[1].ID {
		t.Errorf("Create of two users returns id %d twice, want two ids", users[0].ID)
	}
	for _, want := range users {
		if got, err := r.Get(t.Context(), want.ID); got != want || err != nil {
			t.Errorf("Get(ctx, %d) = %+v, %v, want %+v, nil", want.ID, got, err, want)
		}
	}

	err := r.ChangeEmail(t.Context(), users[0].ID, "ada@example.com")
	if err != nil {
		t.Errorf("ChangeEmail(ctx, %d, …): error = %v, want nil", users[0].ID, err)
	}
	want := users[0]
	want.Email = "ada@example.com"
	if got, err := r.Get(t.Context(), want.ID); got != want || err != nil {
		t.Errorf("after ChangeEmail: Get(ctx, %d) = %+v, %v, want %+v, nil", want.ID, got, err, want)
	}

	ids, err := r.CreateAll(t.Context(), []repository.User{
		{Email: "cy@example.org", Name: "Cy"},
		{Email: "di@example.org", Name: "Di"},
	})
	if len(ids) != 2 || err != nil {
		t.Fatalf("CreateAll of two users = %d, %v, want two ids, nil", ids, err)
	}
	want = repository.User{ID: ids[1], Email: "di@example.org", Name: "Di"}
	if got, err := r.Get(t.Context(), want.ID); got != want || err != nil {
		t.Errorf("after CreateAll: Get(ctx, %d) = %+v, %v, want %+v, nil", want.ID, got, err, want)
	}
}

func TestNotFoundAndTaken(t *testing.T) {
	r := repository.New(open(t))
	got, err := r.Get(t.Context(), 42)
	if missing, ok := errors.AsType[*repository.NotFoundError](err); !ok || missing.ID != 42 {
		t.Errorf("Get(ctx, 42) without such a user: error = %v, want a *NotFoundError with ID 42", err)
	}
	if got != (repository.User{}) {
		t.Errorf("Get(ctx, 42) without such a user = %+v, want the zero User", got)
	}

	create(t, r, repository.User{Email: "ada@example.org", Name: "Ada"})
	_, err = r.Create(t.Context(), repository.User{Email: "ada@example.org", Name: "Imposter"})
	if !errors.Is(err, repository.ErrEmailTaken) {
		t.Errorf("Create with the address of another user: error = %v, want ErrEmailTaken", err)
	}
}

func TestSearch(t *testing.T) {
	r := repository.New(open(t))
	create(t, r,
		repository.User{Email: "1@example.org", Name: "Anna"},
		repository.User{Email: "2@example.org", Name: "Bert"},
		repository.User{Email: "3@example.org", Name: "Ann"},
		repository.User{Email: "4@example.org", Name: "Anna"},
		repository.User{Email: "5@example.org", Name: "Johanna"},
	)
	for _, test := range []struct {
		prefix string
		want   []string
	}{
		{"Ann", []string{"3@example.org", "1@example.org", "4@example.org"}},
		{"Bert", []string{"2@example.org"}},
		{"Berta", nil},
	} {
		users, err := r.Search(t.Context(), test.prefix)
		if err != nil {
			t.Errorf("Search(ctx, %q): error = %v, want nil", test.prefix, err)
		}
		var got []string
		for _, u := range users {
			got = append(got, u.Email)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("Search(ctx, %q) finds %q, want %q", test.prefix, got, test.want)
		}
	}
}
