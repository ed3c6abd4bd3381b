package userscrud_test

import (
	"net/http"
	"testing"

	"userscrud"
)

func TestCreateThenGet(t *testing.T) {
	h := userscrud.New()

	a := send(h, "POST", usersPath, fields("Ada Lovelace", "ada@example.com"))
	ada := user{ID: 1, Name: "Ada Lovelace", Email: "ada@example.com"}
	wantUser(t, a, http.StatusCreated, ada)
	if got, want := a.header.Get("Location"), userPath(1); got != want {
		t.Errorf("%s: Location = %q, want %q", a.call, got, want)
	}

	wantUser(t, send(h, "GET", userPath(1), ""), http.StatusOK, ada)
}

func TestList(t *testing.T) {
	h := userscrud.New()
	ada := create(t, h, "Ada Lovelace", "ada@example.com")
	grace := create(t, h, "Grace Hopper", "grace@example.com")
	if got := list(t, h); len(got) != 2 || got[0] != ada || got[1] != grace {
		t.Errorf("GET %s: users = %v, want %v", usersPath, got, []user{ada, grace})
	}
}

func TestReplaceThenDelete(t *testing.T) {
	h := userscrud.New()
	create(t, h, "Ada Byron", "ada@example.com")

	ada := user{ID: 1, Name: "Ada Lovelace", Email: "countess@example.com"}
	a := send(h, "PUT", userPath(1), fields(ada.Name, ada.Email))
	wantUser(t, a, http.StatusOK, ada)
	wantUser(t, send(h, "GET", userPath(1), ""), http.StatusOK, ada)

	wantStatus(t, send(h, "DELETE", userPath(1), ""), http.StatusNoContent)
	wantProblem(t, send(h, "GET", userPath(1), ""), http.StatusNotFound)
}

func TestRefusals(t *testing.T) {
	h := userscrud.New()
	wantProblem(t, send(h, "GET", userPath(1), ""), http.StatusNotFound)
	wantProblem(t, send(h, "POST", usersPath, `{"name": "Ada Love`), http.StatusBadRequest)

	wantFaults(t, send(h, "POST", usersPath, fields("", "ada@example.com")), "name")
}
