// Command arguments defers calls, and then changes what they are about.
package main

import "fmt"

type tank struct{ level int }

func (t tank) show()  { fmt.Println("value", t.level) }
func (t *tank) read() { fmt.Println("pointer", t.level) }

func main() {
	t := tank{level: 1}
	defer fmt.Println("argument", t.level)
	defer func() { fmt.Println("closure", t.level) }()
	defer t.show()
	defer t.read()

	report := func() { fmt.Println("report one") }
	defer report()
	report = func() { fmt.Println("report two") }

	t.level = 2
	fmt.Println("body", t.level)
}
