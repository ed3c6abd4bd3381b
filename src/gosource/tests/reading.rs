//! How much of Go is read, and that nothing takes for ever.

use super::read;
use crate::gosource::parse;

#[test]
fn current_go_is_read() {
    for snippet in [
        "func f() { for range 3 {}; for i := range 3 { _ = i }; for range ch {} }",
        "func f(seq func(yield func(int) bool)) { for v := range seq { _ = v }; for range seq {} }",
        "type Set[T comparable] = map[T]struct{}",
        "type ( A[T any] = []T; B = int; C string )",
        "var a, b, c, d = new(42), new(\"x\"), new(f(x)), new(a+b)",
        "var a, b, c, d = new(int), new([]int), new(map[string][]int), new(*[]int)",
        "var a, b, c, d = new([]int{1}), new(func() int { return 1 }()), new(func() int), new(func(int) (a, b string))",
        "var a, b, c, d = new(struct{ x int }), new(struct{ x int }{1}), new(interface{ M() }), new(chan<- int)",
        "var a, b, c, d = new(<-chan int), new(<-ch), new(T[int]), new(T[[]int])",
        "var a, b, c, d = new(p.T[map[string]int]), new(-1), new((int)), new(([]int))",
        "var a, b, c, d = new(time.Duration(5)), new(x.y), new(x[i+1]), new(&T{})",
        "var a, b, c, d = new(!ok), new('x'), new(new(new(3))), new(*p)",
        "var a, b = new([n + len(\"]\")]int), new([...]int{1, 2})",
        "var a, b, c = make([]int, 3), make(chan int), make(map[K]V, n)",
        "var a, b = make(T, 1), make(T[int], 1)",
        "func f() { new := func(x int) int { return x }; make := new; new(make(3)) }",
        "func (t *T) new(n int) *T { return t.new(3).make(\"x\") }",
        "type I interface { new(int) T; make() }",
        "func f() { clear(m); _ = min(1, 2.5, x); _ = max(a, b) }",
        "type Number interface { ~int | ~float64 | pkg.Real; comparable; String() string }",
        "func Map[S ~[]E, E, R any](s S, f func(E) R) []R { return nil }",
        "func (l *List[T]) Push(v T) {}\nfunc (l List[_]) Len() int { return 0 }\nfunc (List[K, V]) x() {}",
        "type Tree[T interface{ Less(T) bool }] struct { *Node[T]; left, right *Tree[T]; pkg.Base[T] `json:\"x\"` }",
        "type T[P *C,] struct{}\ntype U[P *T, Q any] struct{}\ntype V [N * 2]int\ntype W [a.b]int",
        "var x = f[int](1) + g[[]int, map[string]T](2)[0]\nvar y = h[*T]\nvar z = k[[]int]",
        "const ( a = iota; b; c = 1 << iota )\nconst ( d = 1 )\nvar ( e = 1 )\nvar ()\nconst ()\nimport ()",
        "const x = 0x1p-2 + 0b1_0 + 0o17 + 017 + 1_000 + .5e3 + 1. + 3i + 0x_1 + 'a' + '\\'' + '\\x00' + '\\u1234'",
        "func f() { L: for { break L }; goto end; end: }",
        "func f() { end: ; x(); M: ; _:\nx() }",
        "func f() { ; x();; y(); { ; } ; }",
        "func f() { for ;; { break }; for i := 0; ; i++ { }; for ; i < 3; { }; for i := 0; i < 3; {} }",
        "func f() { for i := []int{}; ; { _ = i } }",
        "func f() { if ; x { }; switch ; { case true: ; x(); default: }; switch ; x { }; switch y := x; { } }",
        "func f() { select { case v, ok := <-ch: _ = v; case a[0] = <-ch: case ch <- 1: case <-ch: default: } }",
        "func f() { switch x := y.(type) { case nil, int: fallthrough_(); case []T, func(): default: } }",
        "func f() { switch a := b; x := (y).(type) { case *T: _ = x } }",
        "func f() { switch { case x == 1: fallthrough\ncase y: default: } }",
        "func f() (n int, err error) { defer func() { recover() }(); go func(x int) {}(1); return }",
        "func f() { x.a[i].b(c...).d[1:2:3].(T).e = <-ch; ch <- <-other; *p++; (*p).x--; a, b = b, a }",
        "func f() { nil := 1; true, false := nil, 2; iota := true; _ = iota + false; var string, int = 1, 2 }",
        "func f(nil int, len, cap string, iota ...any) (true error) { return }",
        "func größe(世界 string) { ñ := 世界; _ = ñ }",
        "var f = func(int, ...string) (func() chan<- int) { return nil }",
        "var a = []func(){func() {}, nil}\nvar b = map[string][]T{\"x\": {{1, 2}, {a: 1}}, y: nil}\nvar c = [...]string{2: \"x\"}",
        "var a = []byte(\"x\")\nvar b = (*T)(nil)\nvar c = (func())(nil)\nvar d = map[K]V(x)\nvar e = chan int(nil)\nvar g = (<-chan int)(nil)",
        "type F func(a, b int, c ...string) (d, e error)\ntype G func(T, *U, ...V) <-chan chan<- (chan int)",
        "type S struct { a, b int \"tag\"; *T; pkg.U `x`; _ [0]func(); F func() }",
        "type S struct { mu sync.Mutex // comment\n\n /* x */ n int }",
        "func f() { if v, ok := m[T{1}]; ok { }; if x == (T{}) { }; for _, v := range []int{1, 2} { _ = v } }",
        "func f() { for _, v := range [...]T{{1}, {2}} { _ = v }; if f(T{}) { }; switch (T{}) { } }",
        "func f() { if err := g(func() bool { return true }); err != nil { } else if x { } else { } }",
        "func f() { var x, y int = 1, 2; const z = 3; type t struct{}; type u = t; type v[T any] []T }",
        "func f() { a := T.Method; b := (*T).Method; c := T[int].M; d := pkg.T.M; _, _, _, _ = a, b, c, d }",
        "func f() int\nfunc g(x T) (y U)",
        "func f() { x = a &^ b; x &^= b; x <<= 1; y := a<b && c>d || !e; z := ^1 | -x; a<-b }",
        "var s = `raw\n\"string\" \\ // no comment` + \"// \\\" /* no comment\"",
        "func f() { return /* a\n comment */\n}",
        "func f(\n\ta int,\n\tb string,\n) (\n\tc error,\n) {\n\tg(\n\t\ta,\n\t\tb...,\n\t)\n\treturn nil\n}",
        "func f() { _ = struct{ a int }{1}; _ = interface{}(nil); _ = [2]struct{}{}; _ = &[]int{1}; _ = *&x }",
        "func f() { a.b().\n\t\tc().\n\t\td()\n}",
        "import \"a\"; import b \"b\"; import . \"c\"; import _ `d`; import ( \"e\"; f \"f\" )",
    ] {
        read(snippet);
        read(&format!("package p\n{snippet}").replace('\n', "\r\n"));
    }
    let with_mark = parse("p.go", "\u{feff}package p\n".as_bytes()).expect("reads");
    assert_eq!(with_mark.package, "p");
}

/// Sources of about as many tokens as may be, which are as hard to read as we could think of.
fn hostile_sources() -> Vec<(&'static str, String)> {
    let body = |unit: &str, before: &str, after: &str| {
        let count = (1 << 17) / (unit.len() + after.len().min(8)).max(1);
        format!(
            "package p\nfunc f() {{\n{before}{}{after}\n}}\n",
            unit.repeat(count)
        )
    };
    let nested = |open: &str, middle: &str, close: &str| {
        let count = (1 << 17) / (open.len() + close.len());
        format!(
            "package p\nfunc f() {{\nx = {}{middle}{}\n}}\n",
            open.repeat(count),
            close.repeat(count)
        )
    };
    vec![
        ("parentheses", nested("(", "x", ")")),
        ("unclosed parentheses", nested("(", "x", "")),
        ("braces", nested("{", "", "}")),
        ("brackets", nested("[", "x", "]")),
        ("functions", nested("func() {", "", "}")),
        ("address operators", nested("& ", "x", "")),
        ("pointers", nested("*", "x", "")),
        ("negations", nested("!", "x", "")),
        ("slice types", nested("[]", "int{}", "")),
        ("slices of new", nested("new([]", "int", ")")),
        (
            "shallow new",
            format!(
                "package p\nvar x = f({})",
                "new(".repeat(450) + &")".repeat(450)
            ),
        ),
        ("sums", body("x + ", "y = ", "x")),
        ("sums of functions", body("func(){a:=1}() + ", "y = ", "x")),
        ("selectors", body("x.", "", "x = 1")),
        ("selectors whose address is taken", body("x.", "y = &", "x")),
        ("calls", body("x()", "", "")),
        ("indexes", body("[x]", "x", " = 1")),
        ("else ifs", body("if x {} else ", "", "{}")),
        ("names", body("x ", "", "")),
        ("uses", body("os.Args = nil;", "", "")),
        ("declarations", body("x := 1;", "", "")),
        ("wide assignments", body("x, ", "", "x = 1")),
        ("wide definitions", body("x, ", "", "x := 1")),
        ("statements on one line", body("x();", "", "")),
        ("labels", body("x:", "", "")),
        ("semicolons", body(";", "", "")),
        ("types or not", body("x[x](x)*x[x]{x}.x(", "", "")),
        ("less and more", body("x < x > (x) ", "", "")),
        ("literals", body("T{", "x = ", "")),
        ("elements", body("{1, x: 2},", "x = []T{", "}")),
        (
            "keywords",
            body("func if for switch select { case ", "", ""),
        ),
        ("bytes", "\u{e000}\0(]}{".repeat(1 << 17)),
        ("signs", body("<- ... := ++ [ ~ ", "", "")),
        ("quotes", body("\"", "", "")),
        ("comments", body("/**/", "", "")),
        ("directives", body("//go:norace\n", "", "")),
        (
            "parameters",
            format!("package p\nfunc f({}) {{}}", "a, ".repeat(80_000) + "b int"),
        ),
        (
            "constraints",
            format!(
                "package p\ntype T interface {{ {} }}",
                "~int | ".repeat(80_000) + "x"
            ),
        ),
        (
            "imports",
            format!("package p\nimport ({})", "\"os\";".repeat(80_000)),
        ),
        (
            "symbols of a type switch",
            format!(
                "package p\nfunc f() {{ switch {} x := x.(type) {{ {} }} }}",
                "x,".repeat(60_000),
                "case x:".repeat(30_000)
            ),
        ),
        (
            "variables",
            format!("package p\nvar ({})", "x = 1;".repeat(60_000)),
        ),
    ]
}

#[test]
fn hostile_input_ends() {
    for (name, source) in hostile_sources() {
        let started = std::time::Instant::now();
        let result = parse("x.go", source.as_bytes());
        println!(
            "{:>8.3} s  {name}: {}",
            started.elapsed().as_secs_f64(),
            result.map_or_else(|fault| fault.to_string(), |_| "read".to_owned())
        );
    }
}

#[test]
#[ignore = "needs a Go installation; a wide look at how much of real Go is read"]
fn the_standard_library_is_read() {
    fn visit(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "go") {
                found.push(path);
            }
        }
    }
    let root = std::env::var("GAVEL_GO_SOURCES").unwrap_or_else(|_| "/usr/local/go/src".to_owned());
    let mut files = vec![];
    visit(std::path::Path::new(&root), &mut files);
    let mut unread = vec![];
    for file in &files {
        let text = std::fs::read(file).expect("a source file");
        let start = std::time::Instant::now();
        let result = parse("x.go", &text);
        if start.elapsed().as_millis() > 400 {
            println!(
                "slow: {} {:?} {} bytes",
                file.display(),
                start.elapsed(),
                text.len()
            );
        }
        if let Err(fault) = result {
            println!(
                "{}:{}:{}: {}",
                file.display(),
                fault.position.line,
                fault.position.column,
                fault.reason
            );
            unread.push((file, fault));
        }
    }
    println!("{} of {} files are not read", unread.len(), files.len());
}
