// Command scaffold finds words over HTTP.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/longest", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "not written yet", http.StatusNotImplemented)
	})
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), mux))
}
