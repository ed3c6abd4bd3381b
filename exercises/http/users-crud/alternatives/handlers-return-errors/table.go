package userscrud

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// fields is the part of a user that clients decide.
type fields struct{ name, email string }

// tidied returns the fields without white space around them, or says which ones won't do.
func (f fields) tidied() (fields, error) {
	f = fields{strings.TrimSpace(f.name), strings.TrimSpace(f.email)}
	faults := make(map[string]string)
	if n := len([]rune(f.name)); n == 0 {
		faults["name"] = "is missing"
	} else if n > 100 {
		faults["name"] = "is longer than 100 characters"
	}
	if parts := strings.Split(f.email, "@"); len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		faults["email"] = "needs one @ between two parts"
	} else if strings.IndexFunc(f.email, unicode.IsSpace) >= 0 {
		faults["email"] = "has white space in it"
	}
	if len(faults) > 0 {
		return fields{}, failure{http.StatusUnprocessableEntity, "not acceptable as they are: see errors", faults}
	}
	return f, nil
}

type record struct {
	ID    uint64 `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// A table holds records in the order of their ids. Its zero value is empty and ready.
type table struct {
	mu      sync.Mutex
	given   uint64
	records []record
}

func missing() error { return failure{status: http.StatusNotFound, detail: "no such user"} }

func (t *table) all() []record {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]record{}, t.records...)
}

func (t *table) find(id uint64) (record, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := t.index(id); i >= 0 {
		return t.records[i], nil
	}
	return record{}, missing()
}

func (t *table) add(in fields) (record, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.claim(in.email, 0); err != nil {
		return record{}, err
	}
	t.given++
	r := record{t.given, in.name, in.email}
	t.records = append(t.records, r)
	return r, nil
}

func (t *table) put(id uint64, in fields) (record, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.index(id)
	if i < 0 {
		return record{}, missing()
	}
	if err := t.claim(in.email, id); err != nil {
		return record{}, err
	}
	t.records[i] = record{id, in.name, in.email}
	return t.records[i], nil
}

func (t *table) remove(id uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.index(id)
	if i < 0 {
		return missing()
	}
	t.records = slices.Delete(t.records, i, i+1)
	return nil
}

// index returns where the record with the id is, or -1. The lock must be held.
func (t *table) index(id uint64) int {
	return slices.IndexFunc(t.records, func(r record) bool { return r.ID == id })
}

// claim says whether the user with the id may have the email. The lock must be held.
func (t *table) claim(email string, id uint64) error {
	for _, r := range t.records {
		if r.ID != id && strings.EqualFold(r.Email, email) {
			return failure{status: http.StatusConflict, detail: "somebody else has this email"}
		}
	}
	return nil
}
