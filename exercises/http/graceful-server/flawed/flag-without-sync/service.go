package main

import (
	"fmt"
	"net/http"
	"time"
)

// service answers requests.
type service struct {
	ending bool
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "alive")
	})
	mux.Handle("GET /readyz", s.unlessEnding(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ready")
	}))
	mux.Handle("POST /work", s.unlessEnding(serveWork))
	return mux
}

// unlessEnding answers for h when the program was told to end.
func (s *service) unlessEnding(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ending {
			w.Header().Set("Connection", "close")
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		h(w, r)
	})
}

// serveWork works for as long as the query's parameter "for" says, or until it is told to stop.
func serveWork(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.FormValue("for"))
	if err != nil {
		http.Error(w, "for must be a duration such as 300ms", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(d):
		fmt.Fprintln(w, "done")
	case <-r.Context().Done():
		http.Error(w, "stopped", http.StatusServiceUnavailable)
	}
}
