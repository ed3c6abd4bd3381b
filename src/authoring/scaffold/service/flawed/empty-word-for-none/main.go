// Command scaffold finds words over HTTP.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"unicode/utf8"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /longest", func(w http.ResponseWriter, r *http.Request) {
		words := r.URL.Query()["word"]
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]string{"longest": longest(words)}); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), mux))
}

// longest returns the longest word, the first of several.
func longest(words []string) string {
	found := ""
	for _, word := range words {
		if utf8.RuneCountInString(word) > utf8.RuneCountInString(found) {
			found = word
		}
	}
	return found
}
