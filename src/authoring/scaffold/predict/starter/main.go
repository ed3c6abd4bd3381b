// Command scaffold defers a few calls.
package main

import "fmt"

func main() {
	words := []string{"one", "two"}
	for _, word := range words {
		defer fmt.Println("deferred", word)
	}
	words[0] = "zero"
	fmt.Println("words", words)
}
