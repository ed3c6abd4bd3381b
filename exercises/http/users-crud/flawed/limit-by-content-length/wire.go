package userscrud

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// problem is the body of an error answer (RFC 9457). It is an error too, so that the functions below the
// handlers can say which answer they call for.
type problem struct {
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	Errors []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return p.Detail }

// writeError answers with the problem that err is or stands for.
func writeError(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[*problem](err)
	if !ok {
		p = &problem{Status: http.StatusInternalServerError, Detail: "something went wrong here"}
		switch {
		case errors.Is(err, errNotFound):
			p = &problem{Status: http.StatusNotFound, Detail: err.Error()}
		case errors.Is(err, errEmailTaken):
			p = &problem{Status: http.StatusConflict, Detail: err.Error()}
		}
	}
	p.Title = http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	writeBody(w, p.Status, p)
}

func methodNotAllowed(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		writeError(w, &problem{Status: http.StatusMethodNotAllowed, Detail: "this path takes " + allow})
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	writeBody(w, status, v)
}

// writeBody comes after every header is set: WriteHeader sends them.
func writeBody(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	// Our own types can always be encoded. What is left is a client that went away, and nobody to tell.
	_ = json.NewEncoder(w).Encode(v)
}

// readJSON decodes the body into v: one JSON value with known fields only, of at most maxBodyBytes.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return &problem{Status: http.StatusUnsupportedMediaType, Detail: "the body must be application/json"}
	}

	if r.ContentLength > maxBodyBytes {
		return &problem{Status: http.StatusRequestEntityTooLarge, Detail: "the body is larger than 64 KiB"}
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	if err == nil {
		// Decode stops after the first value. Only io.EOF says that nothing but white space follows.
		if _, err = dec.Token(); err == io.EOF {
			return nil
		}
	}
	return &problem{
		Status: http.StatusBadRequest,
		Detail: "the body must be one JSON object with the fields name and email",
	}
}
