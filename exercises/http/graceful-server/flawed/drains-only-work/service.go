package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// service answers requests.
type service struct {
	ending <-chan struct{} // closed when the program was told to end
	work   sync.WaitGroup
}

// idle returns a channel that is closed when no work is under way any more.
func (s *service) idle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		s.work.Wait()
		close(idle)
	}()
	return idle
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "alive")
	})
	mux.Handle("GET /readyz", s.unlessEnding(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ready")
	}))
	mux.Handle("POST /work", s.unlessEnding(s.count))
	return mux
}

// unlessEnding answers for h when the program was told to end.
func (s *service) unlessEnding(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-s.ending:
			w.Header().Set("Connection", "close")
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
		default:
			h(w, r)
		}
	})
}

// count keeps account of what serveWork does.
func (s *service) count(w http.ResponseWriter, r *http.Request) {
	s.work.Add(1)
	defer s.work.Done()
	serveWork(w, r)
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
