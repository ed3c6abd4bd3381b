// Gracefulserver counts its work itself.
package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

type app struct {
	mu      sync.Mutex
	ending  bool
	working int
	idle    chan struct{} // closed when the program is ending and nothing is at work
	stop    chan struct{} // closed when work has to stop
}

func main() {
	drain, deadline := setting("DRAIN", 0), setting("DEADLINE", 5*time.Second)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	a := &app{idle: make(chan struct{}), stop: make(chan struct{})}
	listener, err := net.Listen("tcp", os.Getenv("ADDR"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: a}
	go server.Serve(listener)
	<-signals
	late := time.After(deadline)
	a.end()
	time.Sleep(drain)

	code := 0
	select {
	case <-a.idle:
	case <-late:
		close(a.stop)
		<-a.idle
		code = 1
	}
	// Nothing is at work; what is left is to let the last answers out.
	ctx, cancel := context.WithTimeout(context.Background(), 800*time.Millisecond)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
	os.Exit(code)
}

func setting(name string, otherwise time.Duration) time.Duration {
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		log.Fatalf("%s=%s: %v", name, text, err)
	}
	return d
}

func (a *app) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ending = true
	if a.working == 0 {
		close(a.idle)
	}
}

// enter says whether there may be new work; then leave must follow.
func (a *app) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ending {
		return false
	}
	a.working++
	return true
}

func (a *app) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.working--
	if a.ending && a.working == 0 {
		close(a.idle)
	}
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /livez":
		io.WriteString(w, "alive\n")
	case "GET /readyz":
		if !a.enter() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		a.leave()
		io.WriteString(w, "ready\n")
	case "POST /work":
		if !a.enter() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer a.leave()
		a.work(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (a *app) work(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	done := time.NewTimer(d)
	defer done.Stop()
	select {
	case <-done.C:
		io.WriteString(w, "done\n")
	case <-r.Context().Done():
	case <-a.stop:
		http.Error(w, "stopped", http.StatusServiceUnavailable)
	}
}
