//! Code that people write and that must pass on every ground.

use super::{PROGRAM, TESTS, breaches};

#[test]
fn honest_code_passes() {
    for source in [
        "import \"net/url\"\nfunc f() { url := &url.URL{}; url.Path = \"x\"; url.Host += \"y\"; g(&url.User) }",
        "import \"path\"\nfunc f(path struct{ Base string }) { path.Base = \"x\" }\nvar b = path.Base(\"x\")",
        "import \"os/user\"\nfunc f() { for _, user := range users { user.Name = \"x\" } }\nvar c = user.Current",
        "import \"log\"\nfunc (log *Log) f() { log.Level = 1; log.Fatal(\"x\") }\nfunc g() { log.Printf(\"os.Exit\") }",
        "func f() { flag := true; testing := flag; unsafe := testing; _ = unsafe } // testing, unsafe and os/exec",
        "// Package p is about \"os/exec\", unsafe, reflect and //go:norace.\nvar s = `import \"unsafe\"`",
        "import \"os\"\nfunc f() { os := newSystem(); os.Exit(1); os.Args = nil; p := &os.Args; _ = p }\nvar g = os.Getenv",
        "type T struct { Exit func(int) }\nfunc (t T) Exit2() { t.Exit(1); process.Exit(1) }\nfunc (t *T) len() {}",
        "import \"os\"\nfunc (t T) Exit(n int) { os.Getenv(\"x\") }\nfunc f(t T) { t.Exit(1); T.Exit(t, 1); T{}.Exit(2) }",
        "import \"net/http\"\nvar c = &http.Client{Timeout: 5}\nvar s = http.Server{Handler: http.NewServeMux()}",
        "import \"net/http\"\nfunc h(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK); http.Error(w, \"x\", 400) }",
        "import \"net/http\"\nfunc f() { resp, err := http.DefaultClient.Do(nil); _, _ = resp, err }",
        "import \"time\"\nconst d = 3 * time.Second\nvar t = &time.Time{}\nfunc f() { time.Sleep(d); <-time.After(d) }",
        "import \"errors\"\nimport \"io\"\nvar errX = errors.New(\"x\")\nfunc f(err error) bool { return errors.Is(err, io.EOF) }",
        "import \"sync/atomic\"\ntype T struct { p atomic.Pointer[T]; n atomic.Int64 }\nfunc (t *T) f() { t.p.Store(t); atomic.AddInt64(&n, 1) }",
        "import \"sync\"\nvar once sync.Once\nvar mu sync.Mutex\nfunc f() { once.Do(func() {}); g(&mu); var wg sync.WaitGroup; h(&wg) }",
        "import \"context\"\nfunc f(ctx context.Context) { ctx, cancel := context.WithCancel(ctx); defer cancel(); <-ctx.Done() }",
        "import \"runtime\"\nfunc f() int { runtime.Gosched(); return runtime.GOMAXPROCS(0) + runtime.NumCPU() }",
        "import \"runtime/debug\"\nvar s = debug.Stack()",
        "import (\"os\"; \"os/signal\")\nfunc f(ch chan os.Signal) { signal.Notify(ch, os.Interrupt) }",
        "import \"os\"\nfunc f() (string, []string) { f, _ := os.Open(os.Args[1]); defer f.Close(); return \"\", os.Args[1:] }",
        "import \"fmt\"\nimport \"os\"\nfunc f() { fmt.Fprintln(os.Stderr, \"x\"); os.Stdout.WriteString(\"y\") }",
        "func f() { max, len, cap := 1, 2, 3; for new := range max { _ = new + len + cap }; type error string; const nil = 0 }",
        "func f(min, max int, string string) (error error) { return }\ntype T struct { len, error int }",
        "import \"workerpool/internal/queue\"\nimport \"golang.org/x/sync/errgroup\"\nvar q = queue.New()\nvar g errgroup.Group",
        "import \"workerpool\"\nfunc f() { workerpool.Default = nil; p := &workerpool.Default; _ = p }",
        "import _ \"time/tzdata\"\nimport _ \"image/png\"",
        "//go:generate stringer\n//go:noinline\nfunc f() {}",
        "// go:norace\n// +build linux\n//nolint:all\n//TODO\n/*go:norace*/\n//export it\n // line x:1\nfunc f() {}",
        "var p = new(42)\nvar q = new(f(1) + 2)\nfunc f(x int) int { return x }",
        "import \"sort\"\nfunc f(xs []int) { sort.Slice(xs, func(i, j int) bool { return xs[i] < xs[j] }); xs[0]++; g(&xs[1]) }",
        "import \"encoding/json\"\nfunc f() { var v T; json.Unmarshal(nil, &v); json.NewEncoder(nil).Encode(&v) }",
        "import \"iter\"\nfunc f[K comparable, V any](seq iter.Seq2[K, V]) { for k, v := range seq { _, _ = k, v } }",
        "import \"math/bits\"\nfunc f(x uint) uint { return x & bits.UintSize &^ bits.UintSize }",
        "type stack []int\nfunc (s *stack) copy() {}\nfunc (s stack) panic() { s.copy() }\ntype i interface { print(); close() }",
    ] {
        assert_eq!(breaches(&TESTS, source), "", "{source}");
        assert_eq!(breaches(&PROGRAM, source), "", "{source}");
    }
}
