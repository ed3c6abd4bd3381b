// Package userscrud serves users over HTTP: list, create, get, replace, delete.
//
// In this solution a handler returns what to answer, as a result or as an error, and one place writes it. The
// answer is a buffer by then, so nothing of it depends on the store any more.
package userscrud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A result is a successful answer. Body nil means none.
type result struct {
	status   int
	location string
	body     any
}

// A failure is an error that knows its answer.
type failure struct {
	status int
	detail string
	faults map[string]string // field to what is wrong with it
}

func (f failure) Error() string { return fmt.Sprintf("%d: %s", f.status, f.detail) }

type handler func(r *http.Request) (result, error)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	res, err := h(r)
	if err != nil {
		res = explain(err)
		w.Header().Set("Content-Type", "application/problem+json")
	} else if res.body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	var body []byte
	if res.body != nil {
		if body, err = json.Marshal(res.body); err != nil {
			panic(err)
		}
	}
	if res.location != "" {
		w.Header().Set("Location", res.location)
	}
	w.WriteHeader(res.status)
	if body != nil {
		w.Write(body)
	}
}

// explain turns an error into a problem.
func explain(err error) result {
	f, ok := errors.AsType[failure](err)
	if !ok {
		f = failure{status: http.StatusInternalServerError, detail: "unexpected"}
	}
	problem := map[string]any{"type": "about:blank", "title": http.StatusText(f.status), "status": f.status, "detail": f.detail}
	var faults []map[string]string
	for _, field := range slices.Sorted(maps.Keys(f.faults)) {
		faults = append(faults, map[string]string{"field": field, "detail": f.faults[field]})
	}
	if faults != nil {
		problem["errors"] = faults
	}
	return result{status: f.status, body: problem}
}

// byMethod picks the handler of a path by method; it is the place for everything that this path doesn't take.
func byMethod(handlers map[string]handler) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(handlers)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, ok := handlers[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			h = func(*http.Request) (result, error) {
				return result{}, failure{status: http.StatusMethodNotAllowed, detail: "allowed: " + allow}
			}
		}
		h.ServeHTTP(w, r)
	})
}

// New returns the users service with no user in it yet.
func New() http.Handler {
	var t table
	mux := http.NewServeMux()
	mux.Handle("/api/v1/users", byMethod(map[string]handler{
		"GET": func(r *http.Request) (result, error) {
			return result{status: http.StatusOK, body: map[string]any{"users": t.all()}}, nil
		},
		"POST": func(r *http.Request) (result, error) {
			in, err := decode(r)
			if err != nil {
				return result{}, err
			}
			u, err := t.add(in)
			if err != nil {
				return result{}, err
			}
			return result{http.StatusCreated, fmt.Sprintf("/api/v1/users/%d", u.ID), u}, nil
		},
	}))
	mux.Handle("/api/v1/users/{id}", byMethod(map[string]handler{
		"GET": func(r *http.Request) (result, error) {
			u, err := t.find(id(r))
			return result{status: http.StatusOK, body: u}, err
		},
		"PUT": func(r *http.Request) (result, error) {
			in, err := decode(r)
			if err != nil {
				return result{}, err
			}
			u, err := t.put(id(r), in)
			return result{status: http.StatusOK, body: u}, err
		},
		"DELETE": func(r *http.Request) (result, error) {
			return result{status: http.StatusNoContent}, t.remove(id(r))
		},
	}))
	mux.Handle("/", handler(func(*http.Request) (result, error) {
		return result{}, failure{status: http.StatusNotFound, detail: "no such path"}
	}))
	return mux
}

// id returns the id in the path, 0 if there is none that could be anyone's.
func id(r *http.Request) uint64 {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func decode(r *http.Request) (fields, error) {
	const limit = 64 << 10
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return fields{}, failure{status: http.StatusUnsupportedMediaType, detail: "JSON only"}
	}
	body := &io.LimitedReader{R: r.Body, N: limit + 1}
	text, err := io.ReadAll(body)
	if body.N == 0 {
		return fields{}, failure{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf("more than %d bytes", limit)}
	}
	bad := failure{status: http.StatusBadRequest, detail: "not an object with name and email"}
	if err != nil {
		return fields{}, bad
	}
	// Unmarshal takes the whole text as one value. A map shows every field that was sent.
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return fields{}, bad
	}
	var in fields
	for key, raw := range members {
		var to *string
		switch key {
		case "name":
			to = &in.name
		case "email":
			to = &in.email
		default:
			return fields{}, bad
		}
		if json.Unmarshal(raw, to) != nil {
			return fields{}, bad
		}
	}
	return in.tidied()
}
