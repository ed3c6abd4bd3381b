// Gracefulserver is a service that does some work, and ends in good order.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signalled, release := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer release()
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           newHandler(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go server.ListenAndServe()

	<-signalled.Done()
	// TODO: end as README.md says. This ends at once, whatever is under way.
	server.Close()
}

func newHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "alive")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("POST /work", serveWork)
	return mux
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
