// Package userscrud serves users over HTTP: list, create, get, replace, delete.
package userscrud

import "net/http"

// New returns the users service with no user in it yet. Each call returns a service of its own.
func New() http.Handler {
	// TODO: route /api/v1/users and /api/v1/users/{id} as README.md says.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "not implemented", http.StatusNotImplemented)
	})
}
