// Gracefulserver is a service that does some work, and ends in good order.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
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
	var connections sync.WaitGroup
	service := &service{ending: signalled.Done()}
	server := &http.Server{
		Addr:              os.Getenv("ADDR"),
		Handler:           service.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked:
				connections.Done()
			}
		},
		BaseContext: func(net.Listener) context.Context { return working },
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
	open := make(chan struct{})
	go func() {
		connections.Wait()
		close(open)
	}()
	select {
	case <-open:
		return server.Close()
	case <-inTime.Done():
		err = inTime.Err()
	}
	stopWork()
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	return errors.Join(fmt.Errorf("work was cut off: %w", err), server.Shutdown(ctx))
}

// durationFrom reads a variable of the environment.
func durationFrom(name, otherwise string) (time.Duration, error) {
	d, err := time.ParseDuration(cmp.Or(os.Getenv(name), otherwise))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}
