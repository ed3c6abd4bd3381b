//! Snippets of Go and the facts about them.

use super::*;

mod reading;

fn read(body: &str) -> SourceFile {
    let text = if body.starts_with("package") {
        body.to_owned()
    } else {
        format!("package p\n\n{body}\n")
    };
    parse("p.go", text.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The uses in a function's body, `=` behind those that are changed and `&` behind those whose address is taken.
fn uses(body: &str) -> String {
    let file = read(&format!("func f() {{\n{body}\n}}"));
    shown_uses(&file)
}

fn shown_uses(file: &SourceFile) -> String {
    let shown: Vec<String> = file
        .uses
        .iter()
        .map(|used| {
            let effect = match used.effect {
                Effect::None => "",
                Effect::Assigned => "=",
                Effect::AddressTaken => "&",
            };
            format!("{}.{}{effect}", used.name, used.symbol)
        })
        .collect();
    shown.join(" ")
}

#[test]
fn every_spelling_of_a_use_is_seen() {
    for (body, expected) in [
        ("os.Exit(1)", "os.Exit"),
        ("os.\n\tExit(1)", "os.Exit"),
        ("os /* a */ . /* b\n c */ // d\n Exit(1)", "os.Exit"),
        ("exit := os.Exit; exit(1)", "os.Exit"),
        ("defer (os.Exit)(1)", "os.Exit"),
        ("(func(int))(os.Exit)(1)", "os.Exit"),
        ("var f func(int) = (((os.Exit)))", "os.Exit"),
        ("m := map[string]func(int){\"x\": os.Exit}", "os.Exit"),
        ("t := T{os: os.Exit, Exit: 1}", "os.Exit"),
        ("t := T{os.O_RDONLY: 1}", "os.O_RDONLY"),
        (
            "f := atomic.LoadPointer; g := atomic.Pointer[T].Load",
            "atomic.LoadPointer atomic.Pointer",
        ),
        ("x := pkg.F[int, other.T](1)", "pkg.F other.T"),
        ("x := (*pkg.T).Method", "pkg.T"),
        (
            "var x struct { pkg.T; *other.U; f func(a.B) c.D }",
            "pkg.T other.U a.B c.D",
        ),
        (
            "var x [pkg.N]other.T = [...]other.T{pkg.A: {}}",
            "pkg.N other.T other.T pkg.A",
        ),
        ("switch x := y.(type) { case os.File: x.Name() }", "os.File"),
        ("go func() { os.Exit(1) }()", "os.Exit"),
        ("L: os.Exit(1)", "os.Exit"),
        ("ch <- os.Exit; x := <-pkg.Ch", "os.Exit pkg.Ch"),
        ("f(xs.ys...); f(os.Args...)", "xs.ys os.Args"),
        ("a.b.os.Exit(1)", "a.b"),
        (
            "_ = new(os.File); _ = new([]os.File); _ = new(os.Args[0]); _ = make(chan os.Signal)",
            "os.File os.File os.Args os.Signal",
        ),
        (
            "const c = os.O_RDONLY; type t = os.File",
            "os.O_RDONLY os.File",
        ),
        (
            "for range os.Args {}; for i := range os.Args {}",
            "os.Args os.Args",
        ),
        (
            "'\"'; os.Exit(1); `\"`; \"`\"; os.Exit('\\'')",
            "os.Exit os.Exit",
        ),
        (
            "s := \"os.Exit(1)\" + `os.Exit(2)` // os.Exit(3)\n/* os.Exit(4) */",
            "",
        ),
    ] {
        assert_eq!(uses(body), expected, "{body}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn scopes_tell_variables_from_packages() {
    for (body, expected) in [
        ("os := T{}; os.Exit(1)", ""),
        ("os.Exit(1); os := T{}", "os.Exit"),
        ("os := os.Args; os.Exit(1)", "os.Args"),
        ("var os = os.Args; os.Exit(1)", "os.Args"),
        ("var os T; os.Exit(1)", ""),
        ("const os = 1; os.Exit(1)", ""),
        ("type os struct{}; os.Exit(1)", ""),
        ("type t struct { os T }; os.Exit(1)", "os.Exit"),
        ("{ os := T{}; os.Exit(1) }; os.Exit(2)", "os.Exit"),
        ("{ os.Exit(1) }; os := T{}", "os.Exit"),
        ("a, os := f(); os.Exit(1)", ""),
        ("os = T{}; os.Exit(1)", "os.Exit"),
        ("os: for { break os }; os.Exit(1)", "os.Exit"),
        (
            "if os := f(); os.x { os.Exit(1) } else if os.y { os.Exit(2) } else { os.Exit(3) }; os.Exit(4)",
            "os.Exit",
        ),
        (
            "if x { os := T{}; os.Exit(1) } else { os.Exit(2) }",
            "os.Exit",
        ),
        (
            "for os := 0; os.x; os.y++ { os.Exit(1) }; os.Exit(2)",
            "os.Exit",
        ),
        (
            "for _, os := range os.Args { os.Exit(1) }; os.Exit(2)",
            "os.Args os.Exit",
        ),
        ("for os.x = range y { os.Exit(1) }", "os.x= os.Exit"),
        (
            "switch os := f(); os.x { case os.y: os.Exit(1) }; os.Exit(2)",
            "os.Exit",
        ),
        (
            "switch { case x: os := 1; os.Exit(1); case y: os.Exit(2); default: os.Exit(3) }",
            "os.Exit os.Exit",
        ),
        (
            "switch os := os.X.(type) { case os.File: os.Exit(1); default: os.Exit(2) }; os.Exit(3)",
            "os.X os.File os.Exit",
        ),
        (
            "switch os := f(); x := os.(type) { case T: os.Exit(1); x.Exit() }; x.Exit()",
            "x.Exit",
        ),
        (
            "select { case os := <-os.Ch: os.Exit(1); case <-x: os.Exit(2) }",
            "os.Ch os.Exit",
        ),
        ("select { case a, os = <-x: os.Exit(1) }", "os.Exit"),
        ("g := func(os T) { os.Exit(1) }; os.Exit(2)", "os.Exit"),
        (
            "g := func() (os T) { os.Exit(1); return }; os.Exit(2)",
            "os.Exit",
        ),
        ("g := func(h func(os T)) { os.Exit(1) }", "os.Exit"),
        ("var i interface { M(os T) (os T) }; os.Exit(1)", "os.Exit"),
        ("os := T{}; func() { os.Exit(1) }()", ""),
        ("func() { os := T{}; os.Exit(1) }(); os.Exit(2)", "os.Exit"),
        ("_ = T{os: 1}; os.Exit(1)", "os.Exit"),
        ("x.os = 1; os.Exit(1)", "x.os= os.Exit"),
        ("goto os; os: ; os.Exit(1)", "os.Exit"),
        ("x, os.y := 1, 2; os.Exit(1)", "os.y os.Exit"),
        ("if T == (os{}) { os := 1; _ = os }; os.Exit(1)", "os.Exit"),
    ] {
        assert_eq!(uses(body), expected, "{body}");
    }
    for (source, expected) in [
        ("func f(os T) { os.Exit(1) }", ""),
        (
            "func f(os T, x os.File) (y os.File) { os.Exit(1); return }",
            "os.File os.File",
        ),
        (
            "func f(a, os, b T) { os.Exit(1) }\nfunc g() { os.Exit(2) }",
            "os.Exit",
        ),
        ("func f(os ...T) { os.Exit(1) }", ""),
        (
            "func f(os.File, os.Signal) { os.Exit(1) }",
            "os.File os.Signal os.Exit",
        ),
        ("func (os *T) f() { os.Exit(1) }", ""),
        ("func f() (os T, err error) { os.Exit(1); return }", ""),
        (
            "func f[os any](x os) { os.Exit(1) }\nfunc g() { os.Exit(2) }",
            "os.Exit",
        ),
        (
            "var f = func(os T) { os.Exit(1) }\nvar g = os.Exit",
            "os.Exit",
        ),
        ("type t[os any] struct { x os.File }", "os.File"),
        ("func (t T) os() { os.Exit(1) }", "os.Exit"),
        (
            "type T struct { os int }\nfunc (t T) f() { os.Exit(1); t.os.Exit(2) }",
            "os.Exit",
        ),
    ] {
        assert_eq!(shown_uses(&read(source)), expected, "{source}");
    }
}

#[test]
fn changes_are_seen_however_they_are_written() {
    for (body, expected) in [
        ("os.Args = append(os.Args, x)", "os.Args= os.Args"),
        ("os.Args[0] = \"\"", "os.Args="),
        ("os.Args[os.X] = os.Y", "os.Args= os.X os.Y"),
        ("x, os.Args = y, z", "os.Args="),
        ("(os.Stdout) = x", "os.Stdout="),
        ("((http.DefaultClient).Timeout) = 5", "http.DefaultClient="),
        ("http.DefaultClient.Timeout += 5", "http.DefaultClient="),
        ("*http.DefaultClient = *c", "http.DefaultClient="),
        ("(*http.DefaultClient).Timeout = 5", "http.DefaultClient="),
        ("*(&os.Args) = nil", "os.Args&"),
        ("(*&os.Args)[0] = x", "os.Args&"),
        (
            "http.DefaultTransport.(*http.Transport).X = 1",
            "http.DefaultTransport= http.Transport",
        ),
        ("os.Args[1:][0] = x", "os.Args="),
        ("pkg.N++; pkg.M--; pkg.A[1]++", "pkg.N= pkg.M= pkg.A="),
        ("for os.Args[0] = range x {}", "os.Args="),
        ("for i, pkg.V = range pkg.W {}", "pkg.V= pkg.W"),
        ("select { case os.Args[0] = <-pkg.Ch: }", "os.Args= pkg.Ch"),
        ("p := &io.EOF", "io.EOF&"),
        ("p := &(io.EOF)", "io.EOF&"),
        ("f(&pkg.A[1].b)", "pkg.A&"),
        ("p := & /* x */ pkg.V.f", "pkg.V&"),
        (
            "clear(pkg.M); delete(pkg.M, k); copy(os.Args[1:], x)",
            "pkg.M= pkg.M= os.Args=",
        ),
        ("x := append(os.Args[:1], y)", "os.Args="),
        // None of these changes anything of another package.
        ("p := &http.Client{}", "http.Client"),
        ("p := &http.Client{Timeout: http.X}", "http.Client http.X"),
        (
            "p := &pkg.T[int]{}; q := &[]pkg.T{}; r := &map[pkg.K]pkg.V{}",
            "pkg.T pkg.T pkg.K pkg.V",
        ),
        (
            "pkg.Func().x = 1; *pkg.Func() = 2; pkg.Func()[0]++",
            "pkg.Func pkg.Func pkg.Func",
        ),
        ("p := &pkg.Func().x", "pkg.Func"),
        ("xs[pkg.I] = 1; p := &xs[pkg.I]", "pkg.I pkg.I"),
        (
            "x := a & pkg.Mask; y = pkg.A &^ pkg.B",
            "pkg.Mask pkg.A pkg.B",
        ),
        ("x = pkg.V; x := pkg.V; x += pkg.V", "pkg.V pkg.V pkg.V"),
        (
            "x := append(os.Args, y); copy(x, os.Args); n := len(pkg.V)",
            "os.Args os.Args pkg.V",
        ),
        (
            "x := append(os.Args[1:], y); z := append(os.Args[:1:1], y)",
            "os.Args os.Args",
        ),
        ("clear := f; clear(pkg.M)", "pkg.M"),
        (
            "x := *pkg.P; y := -pkg.N; z := <-pkg.Ch",
            "pkg.P pkg.N pkg.Ch",
        ),
        ("pkg.Ch <- 1", "pkg.Ch"),
        ("os := T{}; os.Args = nil; p := &os.Args; os.N++", ""),
    ] {
        assert_eq!(uses(body), expected, "{body}");
    }
}

#[test]
fn imports_are_read_in_every_spelling() {
    let file = read(
        "import \"fmt\"\nimport ex \"o\\x73/exec\"\nimport (\n\t. `strings`\n\t_ \"\\u0065mbed\"; \"math/rand/v2\"\n)\n",
    );
    let shown: Vec<String> = file
        .imports
        .iter()
        .map(|import| {
            format!(
                "{} {:?} {}:{}",
                import.path, import.name, import.position.line, import.position.column
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "fmt Own 3:8",
            "os/exec Alias(\"ex\") 4:8",
            "strings Dot 6:2",
            "embed Blank 7:2",
            "math/rand/v2 Own 7:18",
        ]
    );
    let packages = file.packages_by_name();
    assert!(packages["rand"].contains("math/rand/v2"));
    assert!(packages["ex"].contains("os/exec"));
    assert!(!packages.contains_key("exec"));
    assert!(!packages.contains_key("embed"));
    assert_eq!(
        likely_names("gopkg.in/yaml.v3"),
        ["yaml.v3", "yaml", "yaml"]
    );
    assert!(likely_names("example.com/go-bar").contains(&"bar"));
}

#[test]
fn declarations_are_those_of_the_package() {
    let file = read(
        "const a, b = 1, 2\nvar (c int; d, e = 1, 2)\ntype (T struct{ x int }; U = T)\n\
         func f() { var g int; const h = 1; type i int; j := func() {} }\nfunc (t *T) m() {}\nfunc k()\n\
         var l = func() { var n int }",
    );
    let shown: Vec<String> = file
        .declarations
        .iter()
        .map(|declaration| match &declaration.kind {
            DeclarationKind::Constant => format!("const {}", declaration.name),
            DeclarationKind::Variable => format!("var {}", declaration.name),
            DeclarationKind::Type => format!("type {}", declaration.name),
            DeclarationKind::Function(function) => format!(
                "{} {}{}",
                if function.is_method { "method" } else { "func" },
                declaration.name,
                if function.has_body {
                    ""
                } else {
                    " without a body"
                }
            ),
        })
        .collect();
    assert_eq!(
        shown.join(", "),
        "const a, const b, var c, var d, var e, type T, type U, func f, method m, func k without a body, var l"
    );
}

#[test]
fn tests_are_what_go_runs() {
    let source = "package x_test\n\nimport \"testing\"\n\n// é\nfunc TestMain(m *testing.M) { m.Run() }\n\
        func TestA(t *testing.T) {}\nfunc Test(t *testing.T) {}\nfunc Test_b(*T) {}\nfunc Testing(t *testing.T) {}\n\
        func TestC(t *testing.T) int { return 1 }\nfunc TestD(t, u *testing.T) {}\nfunc (T) TestE(t *testing.T) {}\n\
        func BenchmarkF(b *testing.B) {}\nfunc TestG(t testing.TB) {}\nfunc TestH(t *tt.T,) {}\n";
    let file = read(source);
    assert_eq!(file.package, "x_test");
    assert_eq!(file.tests(), ["TestA", "Test", "Test_b", "TestH"]);
    assert_eq!(&source[file.test_main().expect("is there")], "TestMain");
    assert_eq!(read("func TestMain(t *testing.T) {}").test_main(), None);
    assert_eq!(read("func TestMain(t *testing.T) {}").tests(), ["TestMain"]);
    assert_eq!(
        read("func (m T) TestMain(m *testing.M) {}").test_main(),
        None
    );
}

#[test]
fn symbols_of_the_package_under_test_are_found() {
    let file = read(
        "package x_test\nimport x \"ex/pool\"\nimport y \"time\"\nfunc f() { p := x.New(y.Second); p.Submit(x.Job{}) }",
    );
    assert_eq!(
        file.symbols_used_of("ex/pool", "pool"),
        BTreeSet::from(["New", "Job"])
    );
    let members: Vec<&str> = file
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    assert_eq!(members, ["Submit"]);
    let own = read("package x_test\nimport \"ex/worker-pool\"\nfunc f() { pool.New() }");
    assert_eq!(
        own.symbols_used_of("ex/worker-pool", "pool"),
        BTreeSet::from(["New"])
    );
    let dot = read(
        "package x_test\nimport . \"ex/pool\"\nfunc f() { New(); Default.Run(); x := Job{}; x.Run() }",
    );
    assert_eq!(
        dot.symbols_used_of("ex/pool", "pool"),
        BTreeSet::from(["New", "Default", "Job"])
    );
}

#[test]
fn only_real_directives_count() {
    for (source, expected) in [
        ("package p\n//go:norace\nfunc f() {}", "go:norace 2:1"),
        (
            "package p\nfunc f() {} //go:linkname a b",
            "go:linkname 2:13",
        ),
        ("//go:build linux && amd64\n\npackage p", "go:build 1:1"),
        ("// +build linux\n\npackage p", "+build 1:1"),
        ("  //  +build linux\n\npackage p", "+build 1:3"),
        ("//+build linux\r\n\r\npackage p", "+build 1:1"),
        ("package p\n//line x.go:1\n", "line 2:1"),
        ("\u{feff}//line x.go:1\npackage p", "line 1:4"),
        ("package p\nfunc f() { /*line x.go:1*/ }", "line 2:12"),
        (
            "package p\nimport \"C\"\n//export f\nfunc f() {}",
            "export 3:1",
        ),
        ("package p\n//go:\n", "go: 2:1"),
        // Talk about directives.
        ("package p\n// go:norace\n//  go:build\n/*go:norace*/\n", ""),
        (
            "package p\n //line x.go:1\n// line x\n//lines\n/* line x */",
            "",
        ),
        ("package p\n// +build linux\n", ""),
        ("// use +build linux\n/*\n// +build x\n*/\npackage p", ""),
        ("package p\n//export the results\nfunc f() {}", ""),
        (
            "package p\nvar s = `\n//go:norace\n//line x:1\n` + \"//go:norace\"",
            "",
        ),
        ("package p\n// see //go:norace\n///go:norace", ""),
    ] {
        let file = parse("p.go", source.as_bytes()).expect("reads");
        let shown: Vec<String> = file
            .directives
            .iter()
            .map(|directive| {
                let kind = match &directive.kind {
                    DirectiveKind::Go(word) => format!("go:{word}"),
                    DirectiveKind::Line => "line".to_owned(),
                    DirectiveKind::Build => "+build".to_owned(),
                    DirectiveKind::Export => "export".to_owned(),
                };
                format!(
                    "{kind} {}:{}",
                    directive.position.line, directive.position.column
                )
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{source}");
    }
}

#[test]
fn faults_say_where() {
    for (source, expected) in [
        (
            "package p\nfunc f() {\n\tx := := 1\n}\n",
            "line 3, column 7: this is not Go that gavel understands",
        ),
        (
            "package p\nfunc f() {",
            "line 2, column 10: this is not Go that gavel understands",
        ),
        (
            "package p\nvar s = \"x\n",
            "line 2, column 9: a comment, a string or a rune is not closed",
        ),
        (
            "package p\nvar é = 1 §\n",
            "line 2, column 12: this is not Go that gavel understands",
        ),
    ] {
        let fault = parse("p.go", source.as_bytes()).expect_err("is no Go");
        assert_eq!(fault.to_string(), expected, "{source}");
    }
}
