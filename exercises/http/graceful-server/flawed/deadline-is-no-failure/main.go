// Gracefulserver is a service that does some work, and ends in good order.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// lastWords is how long work that was told to stop has to say so.
const lastWords = time.Second

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	drain, err := durationFrom("DRAIN", "0s")
	if err != nil {
		return err
	}
	deadline, err := durationFrom("DEADLINE", "5s")
	if err != nil {
		return err
	}
	// Both signals are caught until the program ends, so that a second one does nothing.
	signalled, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()

	// Requests derive their contexts from this one, and not from signalled: the signal stops no work.
	working, stopWork := context.WithCancel(context.Background())
	defer stopWork()
	service := &service{ending: signalled.Done()}
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           service.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return working },
	}
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	select {
	case err := <-served:
		return err // it never got going
	case <-signalled.Done():
	}

	inTime, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	select {
	case <-time.After(drain): // still served: who sends requests here has to notice first
	case <-inTime.Done():
	}
	// ListenAndServe returns as soon as Shutdown begins. It is Shutdown that waits for requests under way.
	err = server.Shutdown(inTime)
	if err == nil {
		return nil
	}
	stopWork()
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("work was cut off: %w", err)
	}
	return nil
}

// durationFrom reads a variable of the environment.
func durationFrom(name, otherwise string) (time.Duration, error) {
	d, err := time.ParseDuration(cmp.Or(os.Getenv(name), otherwise))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}
