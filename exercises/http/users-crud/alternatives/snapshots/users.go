// Package userscrud serves users over HTTP: list, create, get, replace, delete.
//
// This solution keeps all users in a slice that is never changed once it is published. Readers load it without
// a lock; a writer makes the next one. It routes by hand, and reads a body whole before decoding it.
package userscrud

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

const (
	collection = "/api/v1/users"
	bodyLimit  = 64 * 1024
)

type user struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// A snapshot is all there is at one moment. Ids only grow, so appending keeps the users in order.
type snapshot struct {
	users  []user
	lastID int
}

func (s *snapshot) index(id int) (int, bool) {
	return slices.BinarySearchFunc(s.users, id, func(u user, id int) int { return u.ID - id })
}

// emailTaken says whether a user other than the one with the given id has the email.
func (s *snapshot) emailTaken(email string, id int) bool {
	return slices.ContainsFunc(s.users, func(u user) bool { return u.ID != id && strings.EqualFold(u.Email, email) })
}

type service struct {
	now     atomic.Pointer[snapshot]
	writing sync.Mutex // held from the load of a snapshot until the next one is stored
}

// New returns the users service with no user in it yet.
func New() http.Handler {
	s := new(service)
	s.now.Store(&snapshot{users: []user{}})
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == collection {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			reply(w, http.StatusOK, map[string]any{"users": s.now.Load().users})
		case http.MethodPost:
			s.create(w, r)
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			refuse(w, http.StatusMethodNotAllowed, "use GET or POST here")
		}
		return
	}

	rest, ok := strings.CutPrefix(r.URL.Path, collection+"/")
	if !ok || rest == "" || strings.Contains(rest, "/") {
		refuse(w, http.StatusNotFound, "there is nothing here")
		return
	}
	id, err := strconv.Atoi(rest)
	if err != nil {
		id = -1 // nobody's
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.get(w, id)
	case http.MethodPut:
		s.replace(w, r, id)
	case http.MethodDelete:
		s.delete(w, id)
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT, DELETE")
		refuse(w, http.StatusMethodNotAllowed, "use GET, PUT or DELETE here")
	}
}

func (s *service) get(w http.ResponseWriter, id int) {
	now := s.now.Load()
	i, found := now.index(id)
	if !found {
		refuse(w, http.StatusNotFound, "no such user")
		return
	}
	reply(w, http.StatusOK, now.users[i])
}

func (s *service) create(w http.ResponseWriter, r *http.Request) {
	name, email, ok := read(w, r)
	if !ok {
		return
	}
	var u user
	status := s.update(func(old snapshot) (snapshot, int) {
		if old.emailTaken(email, 0) {
			return old, http.StatusConflict
		}
		u = user{old.lastID + 1, name, email}
		return snapshot{append(slices.Clone(old.users), u), u.ID}, http.StatusCreated
	})
	if status != http.StatusCreated {
		refuse(w, status, "the email is taken")
		return
	}
	w.Header().Set("Location", collection+"/"+strconv.Itoa(u.ID))
	reply(w, status, u)
}

func (s *service) replace(w http.ResponseWriter, r *http.Request, id int) {
	name, email, ok := read(w, r)
	if !ok {
		return
	}
	u := user{id, name, email}
	status := s.update(func(old snapshot) (snapshot, int) {
		i, found := old.index(id)
		if !found {
			return old, http.StatusNotFound
		}
		if old.emailTaken(email, id) {
			return old, http.StatusConflict
		}
		next := slices.Clone(old.users)
		next[i] = u
		return snapshot{next, old.lastID}, http.StatusOK
	})
	if status != http.StatusOK {
		refuse(w, status, "no such user, or the email is taken")
		return
	}
	reply(w, status, u)
}

func (s *service) delete(w http.ResponseWriter, id int) {
	status := s.update(func(old snapshot) (snapshot, int) {
		i, found := old.index(id)
		if !found {
			return old, http.StatusNotFound
		}
		return snapshot{slices.Delete(slices.Clone(old.users), i, i+1), old.lastID}, http.StatusNoContent
	})
	if status != http.StatusNoContent {
		refuse(w, status, "no such user")
		return
	}
	w.WriteHeader(status)
}

// update publishes what change makes of the current snapshot, and passes on its status.
func (s *service) update(change func(snapshot) (snapshot, int)) int {
	s.writing.Lock()
	defer s.writing.Unlock()
	next, status := change(*s.now.Load())
	s.now.Store(&next)
	return status
}

// read returns what a client says about a user, or answers itself and returns false.
func read(w http.ResponseWriter, r *http.Request) (name, email string, ok bool) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "send application/json")
		return "", "", false
	}
	// One byte more than is allowed tells a body that is too long from one that just fits.
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "the body broke off")
		return "", "", false
	}
	if len(body) > bodyLimit {
		w.Header().Set("Connection", "close") // or the server would read on for the next request
		refuse(w, http.StatusRequestEntityTooLarge, "at most 64 KiB")
		return "", "", false
	}
	var in struct{ Name, Email string }
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	// Valid says that the body is one value and nothing more; the decoder, that it is the right one.
	if !json.Valid(body) || dec.Decode(&in) != nil {
		refuse(w, http.StatusBadRequest, "send one JSON object with name and email")
		return "", "", false
	}

	name, email = strings.TrimSpace(in.Name), strings.TrimSpace(in.Email)
	var faults []map[string]string
	if name == "" || utf8.RuneCountInString(name) > 100 {
		faults = append(faults, map[string]string{"field": "name", "detail": "1 to 100 characters"})
	}
	at := strings.IndexByte(email, '@')
	if at < 1 || at == len(email)-1 || at != strings.LastIndexByte(email, '@') || len(strings.Fields(email)) != 1 {
		faults = append(faults, map[string]string{"field": "email", "detail": "someone@somewhere"})
	}
	if faults != nil {
		refuse(w, http.StatusUnprocessableEntity, "see errors", faults...)
		return "", "", false
	}
	return name, email, true
}

func reply(w http.ResponseWriter, status int, v any) {
	send(w, "application/json", status, v)
}

func refuse(w http.ResponseWriter, status int, detail string, faults ...map[string]string) {
	p := map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}
	if len(faults) > 0 {
		p["errors"] = faults
	}
	send(w, "application/problem+json", status, p)
}

func send(w http.ResponseWriter, contentType string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(b)
}
