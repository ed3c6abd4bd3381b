// Command results defers functions that change what is returned, or don't.
package main

import "fmt"

func local() int {
	n := 1
	defer func() { n++ }()
	return n
}

func named() (n int) {
	defer func() { n++ }()
	return 1
}

func passed() (n int) {
	defer func(n int) { n++ }(n)
	return 1
}

func twice() (n int) {
	defer func() { n *= 2 }()
	defer func() { n += 3 }()
	n = 10
	return 4
}

func pointer() *int {
	n := 1
	defer func() { n++ }()
	return &n
}

func main() {
	fmt.Println("local", local())
	fmt.Println("named", named())
	fmt.Println("passed", passed())
	fmt.Println("twice", twice())
	fmt.Println("pointer", *pointer())
}
