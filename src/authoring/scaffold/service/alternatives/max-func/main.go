// Command scaffold finds words over HTTP.
package main

import (
	"cmp"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"slices"
	"unicode/utf8"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /longest", func(w http.ResponseWriter, r *http.Request) {
		words := r.URL.Query()["word"]
		if len(words) == 0 {
			http.Error(w, "no words", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]string{"longest": longest(words)}); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), mux))
}

// longest returns the longest word, the first of several.
func longest(words []string) string {
	return slices.MaxFunc(words, func(a, b string) int {
		return cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	})
}
