// Gracefulserver works until it is told to end, and then a little longer.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

type config struct {
	addr            string
	drain, deadline time.Duration
}

func configFromEnv() (config, error) {
	cfg := config{addr: os.Getenv("ADDR"), deadline: 5 * time.Second}
	for name, d := range map[string]*time.Duration{"DRAIN": &cfg.drain, "DEADLINE": &cfg.deadline} {
		if text := os.Getenv(name); text != "" {
			var err error
			if *d, err = time.ParseDuration(text); err != nil {
				return config{}, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return cfg, nil
}

func main() {
	cfg, err := configFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)

	var ready atomic.Bool
	ready.Store(true)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if !ready.Load() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("POST /work", func(w http.ResponseWriter, r *http.Request) {
		if !ready.Load() {
			http.Error(w, "no new work", http.StatusServiceUnavailable)
			return
		}
		work(w, r)
	})

	base, cut := context.WithCancel(context.Background())
	srv := &http.Server{Addr: cfg.addr, Handler: mux, BaseContext: func(net.Listener) context.Context { return base }}
	go func() {
		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()

	<-signals
	ready.Store(false)
	failed := make(chan struct{})
	time.AfterFunc(cfg.deadline, func() {
		close(failed)
		cut()
	})
	time.Sleep(cfg.drain)
	// Work ends by itself or is cut off, so this needs no time-out but for answers that can't be sent.
	ctx, cancel := context.WithTimeout(context.Background(), cfg.deadline-cfg.drain+500*time.Millisecond)
	defer cancel()
	err = srv.Shutdown(ctx)
	select {
	case <-failed:
		os.Exit(1)
	default:
	}
	if err != nil {
		log.Fatal(err)
	}
}

func work(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.FormValue("for"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case <-r.Context().Done():
		http.Error(w, "stopped", http.StatusServiceUnavailable)
	case <-time.After(d):
		fmt.Fprintln(w, "done")
	}
}
