// Command rounds opens and closes files, or says that it does.
package main

import "fmt"

func copyAll(names ...string) {
	for _, name := range names {
		fmt.Println("open", name)
		defer fmt.Println("close", name)
	}
	fmt.Println("all copied")
}

func copyEach(names ...string) {
	for _, name := range names {
		func() {
			fmt.Println("open", name)
			defer fmt.Println("close", name)
		}()
	}
	fmt.Println("each copied")
}

func main() {
	copyAll("a", "b")
	copyEach("c", "d")
}
