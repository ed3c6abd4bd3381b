// Command brackets says when functions are entered and left.
package main

import "fmt"

func enter(name string) func() {
	fmt.Println("enter", name)
	return func() { fmt.Println("leave", name) }
}

func inner() {
	defer enter("inner")()
	fmt.Println("in inner")
}

func main() {
	defer enter("main")()
	defer func() {
		defer enter("late")()
		fmt.Println("in late")
	}()
	inner()
	fmt.Println("in main")
}
