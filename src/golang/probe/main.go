// Command probe shows whether a sandbox fits: built with the race detector, it does what graded programs do, and tries what
// they mustn't. It prints a line for each thing that isn't as it should be, and "done" at its end.
//
// Its arguments: "none" or "loopback", and a file that must be out of its sight.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

func main() {
	network, secret := os.Args[1], os.Args[2]
	work()
	check("can't write temporary files", writes(os.TempDir()))
	check("can't load a time zone", loads("Europe/Berlin"))
	check("can reach a file that is out of its sight", !reads(secret))
	check("can write where it starts", writes(".") != nil)
	check("can open its own memory", !opensItsMemory())
	switch network {
	case "loopback":
		check("can't talk to itself", talks())
	default:
		check("can make sockets", !listens())
	}
	fmt.Println("done")
}

func check(complaint string, ok any) {
	switch ok := ok.(type) {
	case error:
		fmt.Printf("%s: %v\n", complaint, ok)
	case bool:
		if !ok {
			fmt.Println(complaint)
		}
	}
}

// work keeps several threads busy for a moment.
func work() {
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		total int
	)
	for i := range 8 {
		group.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			total += i
		})
	}
	group.Wait()
}

func writes(folder string) error {
	file := filepath.Join(folder, "probe")
	if err := os.WriteFile(file, []byte("probe"), 0o600); err != nil {
		return err
	}
	return os.Remove(file)
}

func loads(zone string) error {
	_, err := time.LoadLocation(zone)
	return err
}

func reads(file string) bool {
	_, err := os.ReadFile(file)
	return err == nil
}

// opensItsMemory closes the process to others first, as the witness does in each test.
func opensItsMemory() bool {
	syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0)
	file, err := os.Open("/proc/self/mem")
	if err == nil {
		file.Close()
	}
	return err == nil
}

func listens() bool {
	_, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	return err == nil
}

func talks() error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
