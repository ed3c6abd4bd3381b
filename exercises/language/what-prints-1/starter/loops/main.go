// Command loops keeps functions and calls them later.
package main

import "fmt"

func call(name string, functions []func() int) {
	fmt.Print(name)
	for _, function := range functions {
		fmt.Printf(" %d", function())
	}
	fmt.Println()
}

func main() {
	var ranged []func() int
	for i := range 3 {
		ranged = append(ranged, func() int { return i })
	}
	call("ranged", ranged)

	var shared []func() int
	var j int
	for j = 0; j < 3; j++ {
		shared = append(shared, func() int { return j })
	}
	call("shared", shared)

	var changed []func() int
	for k := 0; k < 3; k++ {
		changed = append(changed, func() int {
			k += 10
			return k
		})
	}
	call("changed", changed)
	call("again", changed)

	total := 0
	var added []func() int
	for n := range 3 {
		added = append(added, func() int {
			total += n
			return total
		})
	}
	total = 100
	call("added", added)
	fmt.Println("total", total)
}
