// Command panics recovers from panics, now and then.
package main

import "fmt"

func attempt(name string, try func()) (result string) {
	result = "nothing"
	defer fmt.Println("leaving", name, result)
	defer func() {
		if r := recover(); r != nil {
			result = fmt.Sprint("recovered from ", r)
		}
	}()
	try()
	fmt.Println("returning", name)
	return "fine"
}

func main() {
	fmt.Println(attempt("a", func() {}))
	fmt.Println(attempt("b", func() { panic("one") }))
	fmt.Println(attempt("c", func() {
		defer func() { panic("three") }()
		defer fmt.Println("on the way")
		panic("two")
	}))
	fmt.Println(attempt("d", func() {
		defer func() {
			recover()
			fmt.Println("swallowed")
		}()
		panic("four")
	}))
}
