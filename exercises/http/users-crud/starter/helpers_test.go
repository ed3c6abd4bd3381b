package userscrud_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const usersPath = "/api/v1/users"

func userPath(id int) string { return fmt.Sprintf("%s/%d", usersPath, id) }

// An answer is what a client gets back, and the call that it made.
type answer struct {
	call   string
	status int
	header http.Header
	body   string
}

// send makes a request with a JSON body, or without a body when body is empty.
func send(h http.Handler, method, path, body string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return serve(h, r, brief(method+" "+path+" "+body))
}

// serve calls h as the server would. Only what h had set when it wrote the status counts as sent.
func serve(h http.Handler, r *http.Request, call string) answer {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return sent(rec, call)
}

func sent(rec *httptest.ResponseRecorder, call string) answer {
	res := rec.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err) // the recorder reads from memory
	}
	return answer{call, res.StatusCode, res.Header, string(body)}
}

func brief(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

// fields is the body of a POST or PUT.
func fields(name, email string) string {
	b, err := json.Marshal(map[string]string{"name": name, "email": email})
	if err != nil {
		panic(err) // strings can be encoded
	}
	return string(b)
}

type user struct {
	ID    int
	Name  string
	Email string
}

func (u user) String() string { return fmt.Sprintf("%d %q <%s>", u.ID, u.Name, u.Email) }

// create makes a user or ends the test.
func create(t *testing.T, h http.Handler, name, email string) user {
	t.Helper()
	a := send(h, "POST", usersPath, fields(name, email))
	wantStatus(t, a, http.StatusCreated)
	u, err := parseUser(a)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// list gets all users or ends the test.
func list(t *testing.T, h http.Handler) []user {
	t.Helper()
	a := send(h, "GET", usersPath, "")
	wantStatus(t, a, http.StatusOK)
	users, err := parseUsers(a)
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// wantStatus ends the test unless a has the status.
func wantStatus(t *testing.T, a answer, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: status = %d, want %d; body: %s", a.call, a.status, status, brief(a.body))
	}
}

// wantUser reports an answer that isn't this user with this status.
func wantUser(t *testing.T, a answer, status int, want user) {
	t.Helper()
	wantStatus(t, a, status)
	got, err := parseUser(a)
	if err != nil {
		t.Error(err)
	} else if got != want {
		t.Errorf("%s: user = %v, want %v", a.call, got, want)
	}
}

// wantProblem reports an answer that isn't a problem with this status.
func wantProblem(t *testing.T, a answer, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status = %d, want %d; body: %s", a.call, a.status, status, brief(a.body))
		return
	}
	if _, err := parseProblem(a); err != nil {
		t.Error(err)
	}
}

// parseUser reads a user: exactly the fields id, name and email.
func parseUser(a answer) (user, error) {
	if err := checkMediaType(a, "application/json"); err != nil {
		return user{}, err
	}
	return decodeUser(a, []byte(a.body))
}

func decodeUser(a answer, raw []byte) (user, error) {
	members, err := decodeObject(a, raw, "email", "id", "name")
	if err != nil {
		return user{}, err
	}
	var u user
	for key, to := range map[string]any{"id": &u.ID, "name": &u.Name, "email": &u.Email} {
		if err := json.Unmarshal(members[key], to); err != nil {
			return user{}, fmt.Errorf("%s: %q = %s: %v; in %s", a.call, key, members[key], err, brief(string(raw)))
		}
	}
	return u, nil
}

// parseUsers reads a list: an object with the one field users.
func parseUsers(a answer) ([]user, error) {
	if err := checkMediaType(a, "application/json"); err != nil {
		return nil, err
	}
	members, err := decodeObject(a, []byte(a.body), "users")
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(members["users"], &raw); err != nil {
		return nil, fmt.Errorf(`%s: "users" isn't a list of users: %v; body: %s`, a.call, err, brief(a.body))
	}
	var users []user
	for _, r := range raw {
		u, err := decodeUser(a, r)
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// A problem is what the tests read of an error's body; it may say more.
type problem struct {
	title  string
	status int
	detail string
	faults []string // the fields that "errors" names, sorted
}

// parseProblem reads a problem and checks that it fits the answer's status.
func parseProblem(a answer) (problem, error) {
	if err := checkMediaType(a, "application/problem+json"); err != nil {
		return problem{}, err
	}
	// Maps, for a struct would take "Title" for "title".
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.body), &members); err != nil {
		return problem{}, fmt.Errorf("%s: the problem isn't a JSON object: %v; body: %s", a.call, err, brief(a.body))
	}
	var p problem
	var faults []map[string]any
	for key, to := range map[string]any{"title": &p.title, "status": &p.status, "detail": &p.detail, "errors": &faults} {
		raw, ok := members[key]
		if !ok && key != "errors" {
			return problem{}, fmt.Errorf("%s: the problem has no field %q; body: %s", a.call, key, brief(a.body))
		}
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, to); err != nil {
			return problem{}, fmt.Errorf("%s: the problem's %q: %v; body: %s", a.call, key, err, brief(a.body))
		}
	}
	if p.status != a.status {
		return problem{}, fmt.Errorf(`%s: "status" = %d, want %d as the answer's own; body: %s`, a.call, p.status, a.status, brief(a.body))
	}
	if want := http.StatusText(a.status); p.title != want {
		return problem{}, fmt.Errorf(`%s: "title" = %q, want %q; body: %s`, a.call, p.title, want, brief(a.body))
	}
	if p.detail == "" {
		return problem{}, fmt.Errorf(`%s: "detail" is empty, want a sentence; body: %s`, a.call, brief(a.body))
	}
	for _, fault := range faults {
		field, _ := fault["field"].(string)
		if detail, _ := fault["detail"].(string); field == "" || detail == "" {
			return problem{}, fmt.Errorf(`%s: an entry of "errors" without "field" or "detail"; body: %s`, a.call, brief(a.body))
		}
		p.faults = append(p.faults, field)
	}
	slices.Sort(p.faults)
	return p, nil
}

// wantFaults reports an answer that isn't a 422 that names exactly these fields, sorted.
func wantFaults(t *testing.T, a answer, want ...string) {
	t.Helper()
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("%s: status = %d, want %d; body: %s", a.call, a.status, http.StatusUnprocessableEntity, brief(a.body))
		return
	}
	p, err := parseProblem(a)
	if err != nil {
		t.Error(err)
	} else if !slices.Equal(p.faults, want) {
		t.Errorf(`%s: "errors" names the fields %q, want %q; body: %s`, a.call, p.faults, want, brief(a.body))
	}
}

// checkMediaType compares the Content-Type without its parameters.
func checkMediaType(a answer, want string) error {
	got := a.header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(got); err != nil || mediaType != want {
		return fmt.Errorf("%s: status %d with Content-Type = %q, want %q; body: %s", a.call, a.status, got, want, brief(a.body))
	}
	return nil
}

// decodeObject reads a JSON object that has exactly these fields, in sorted order.
func decodeObject(a answer, raw []byte, want ...string) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("%s: %v; body: %s", a.call, err, brief(a.body))
	}
	if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, want) {
		return nil, fmt.Errorf("%s: object with the fields %q, want %q; body: %s", a.call, got, want, brief(a.body))
	}
	return members, nil
}
