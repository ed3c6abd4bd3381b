// Package earlyhttp remembers what net/http's variables were; see earlyio.
//
// Only which objects they are is compared, and the transport of the default client: to set a time-out or a limit in the
// defaults is bad style, but honest. What else a candidate could do to a default object stays a reason for tests not to
// rely on it.
package earlyhttp

import "net/http"

type state struct {
	transport, clientTransport http.RoundTripper
	client                     *http.Client
	mux                        *http.ServeMux
	errors                     [3]error
}

var saved = current()

func current() state {
	return state{
		transport:       http.DefaultTransport,
		clientTransport: http.DefaultClient.Transport,
		client:          http.DefaultClient,
		mux:             http.DefaultServeMux,
		errors:          [...]error{http.ErrServerClosed, http.ErrAbortHandler, http.ErrHandlerTimeout},
	}
}

// Same says whether they still are.
func Same() bool { return saved == current() }
