// Package userscrud serves users over HTTP: list, create, get, replace, delete.
package userscrud

import (
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBodyBytes = 64 << 10
	maxNameRunes = 100
)

type server struct {
	users *store
}

// New returns the users service with no user in it yet. Each call returns a service of its own.
func New() http.Handler {
	s := &server{users: newStore()}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/users", s.list)
	mux.HandleFunc("POST /api/v1/users", s.create)
	mux.HandleFunc("GET /api/v1/users/{id}", s.get)
	mux.HandleFunc("PUT /api/v1/users/{id}", s.replace)
	mux.HandleFunc("DELETE /api/v1/users/{id}", s.delete)

	// The mux's own 404 and 405 are plain text. These patterns are less specific than the ones above, so
	// they get what those leave: without a method, the other methods; "/", all other paths.
	mux.HandleFunc("/api/v1/users", methodNotAllowed("GET, HEAD, POST"))
	mux.HandleFunc("/api/v1/users/{id}", methodNotAllowed("GET, HEAD, PUT, DELETE"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, &problem{Status: http.StatusNotFound, Detail: "nothing is served at this path"})
	})
	return mux
}

// In all five handlers the store's lock is held only inside the store's own methods: not while the body
// arrives, nor while the answer leaves, for both go at the client's pace.

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string][]user{"users": s.users.list()})
}

func (s *server) create(w http.ResponseWriter, r *http.Request) {
	in, err := readInput(w, r)
	if err != nil {
		writeError(w, err)
		return
	}
	u, err := s.users.create(in.Name, in.Email)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Location", "/api/v1/users/"+strconv.Itoa(u.ID))
	writeJSON(w, http.StatusCreated, u)
}

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	u, err := s.users.get(pathID(r))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, u)
}

func (s *server) replace(w http.ResponseWriter, r *http.Request) {
	var in input
	if err := readJSON(w, r, &in); err != nil {
		writeError(w, err)
		return
	}
	in.Name = strings.TrimSpace(in.Name)
	in.Email = strings.TrimSpace(in.Email)
	u, err := s.users.replace(user{ID: pathID(r), Name: in.Name, Email: in.Email})
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, u)
}

func (s *server) delete(w http.ResponseWriter, r *http.Request) {
	if err := s.users.delete(pathID(r)); err != nil {
		writeError(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// pathID returns the id in the request's path, or 0, which no user has, when that isn't a number.
func pathID(r *http.Request) int {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return 0
	}
	return id
}

// input is what a client may say about a user. The id isn't in it: the store gives that.
type input struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// readInput reads, tidies and checks the body of a POST or PUT. Its errors are problems.
func readInput(w http.ResponseWriter, r *http.Request) (input, error) {
	var in input
	if err := readJSON(w, r, &in); err != nil {
		return input{}, err
	}
	in.Name = strings.TrimSpace(in.Name)
	in.Email = strings.TrimSpace(in.Email)
	if faults := in.check(); len(faults) > 0 {
		return input{}, &problem{
			Status: http.StatusUnprocessableEntity,
			Detail: "some fields break the rules",
			Errors: faults,
		}
	}
	return in, nil
}

// check returns one fault for each field that breaks its rule.
func (in input) check() []fieldError {
	var faults []fieldError
	if n := utf8.RuneCountInString(in.Name); n < 1 || n > maxNameRunes {
		faults = append(faults, fieldError{"name", "must have 1 to 100 characters"})
	}
	local, domain, found := strings.Cut(in.Email, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") ||
		strings.ContainsFunc(in.Email, unicode.IsSpace) {
		faults = append(faults, fieldError{"email", "must look like ada@example.com"})
	}
	return faults
}
