//! Snippets of Go, and how they are outlined.

use super::*;

fn read(text: &str) -> Outline {
    outline("p.go", text.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The outline of the one function in a text.
fn function(text: &str) -> FunctionOutline {
    let found = read(&format!("package p\n\n{text}\n"));
    let functions = found
        .declarations
        .into_iter()
        .filter_map(|one| match one.kind {
            OutlinedKind::Function(function) => Some(function),
            OutlinedKind::Type(_) | OutlinedKind::Variable(_) | OutlinedKind::Constant => None,
        });
    functions.collect::<Vec<_>>().pop().expect("a function")
}

fn docs(text: &str) -> Vec<(String, Option<String>)> {
    let found = read(text);
    let mut all = vec![("package".to_owned(), found.package_doc)];
    all.extend(
        found
            .declarations
            .into_iter()
            .map(|one| (one.name, one.doc)),
    );
    all
}

#[test]
fn comments_belong_to_what_stands_directly_below() {
    let found = docs(
        "// A licence.

// Package p is one.
// It goes on.
//go:generate x
package p

// A is one.

// B is another.
type B int

/* C is
a third. */
func C() {} // not D

func D() {}

//go:noinline
func E() {}

var (
	// F is kept.
	F = 1
	G = 2 // behind
	H = 3
)
",
    );
    let found: Vec<(&str, Option<&str>)> = found
        .iter()
        .map(|(name, doc)| (name.as_str(), doc.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            ("package", Some("Package p is one.\nIt goes on.")),
            ("B", Some("B is another.")),
            ("C", Some("C is\na third.")),
            ("D", None),
            ("E", None),
            ("F", Some("F is kept.")),
            ("G", Some("behind")),
            ("H", None),
        ]
    );
}

#[test]
fn lines_of_code_are_counted_without_blanks_and_comments() {
    assert_eq!(function("func f() {}").code_lines, 0);
    assert_eq!(function("func f() { a(); b() }").code_lines, 1);
    assert_eq!(
        function("func f() {\n\ta()\n\n\t// x\n\tb(`\n\n`)\n\t/* y\n */\n}").code_lines,
        4
    );
    assert_eq!(function("func f()").code_lines, 0);
}

#[test]
fn each_way_through_a_function_is_counted() {
    for (body, ways) in [
        ("a()", 1),
        ("if a { b() } else { c() }", 2),
        ("if a && b || c { d() } else if e { f() }", 5),
        ("for { a() }", 2),
        ("for range n { if a { continue } }", 3),
        ("switch a { case 1, 2: b(); case 3: c(); default: d() }", 3),
        ("switch a.(type) { case int: b(); case nil: c() }", 3),
        (
            "select { case <-a: b(); case c <- d: e(); default: f() }",
            3,
        ),
        ("go func() { if a { b() } }()", 2),
    ] {
        let found = function(&format!("func f() {{\n{body}\n}}"));
        assert_eq!(found.complexity, ways, "{body}");
    }
}

#[test]
fn signatures_are_told_name_by_name() {
    let found = function(
        "func (s *Store[K]) f(a, b int, c ...*x.T) (n map[string]chan int, err error) { return }",
    );
    let told = |variables: &[Variable]| -> Vec<String> {
        let one = |variable: &Variable| {
            format!(
                "{} {}",
                variable.name.as_deref().unwrap_or("-"),
                variable.of
            )
        };
        variables.iter().map(one).collect()
    };
    let receiver: Vec<Variable> = found.receiver.into_iter().collect();
    assert_eq!(told(&receiver), ["s *Store[K]"]);
    assert_eq!(
        told(&found.signature.parameters),
        ["a int", "b int", "c ...*x.T"]
    );
    assert_eq!(found.signature.results, ["map[string]chan int", "error"]);
    let found = function("func f(int, string) error { return nil }");
    assert_eq!(told(&found.signature.parameters), ["- int", "- string"]);
    assert_eq!(found.signature.results, ["error"]);
}

#[test]
fn results_are_dropped_by_statements_and_by_blanks() {
    let found = function(
        "func f() {
	a.b()
	x, _ := c()
	_ = d.e().f(io.Discard)
	_, err := g()
	defer h()
	go i()
	for _, j := range k() {}
	y := l()
	<-m()
	func() { n() }()
}",
    );
    let told: Vec<(&str, Drop)> = found
        .dropped
        .iter()
        .map(|dropped| (dropped.spelt.as_str(), dropped.how))
        .collect();
    assert_eq!(
        told[..3],
        [
            ("a.b", Drop::Statement),
            ("c", Drop::Blank),
            ("d.e().f", Drop::Blank)
        ]
    );
    assert_eq!(told[told.len() - 1], ("n", Drop::Statement));
    assert_eq!(told.len(), 5, "{told:?}");
}

#[test]
fn what_functions_change_beyond_themselves_is_known() {
    let found = read(
        "package p

var a, b, c, d, e = 0, 0, 0, 0, 0

func f(b int) {
	a++
	b++
	c := 1
	c++
	d.x[1] = 2
	q.E = 3
}

func (t T) g() { e, x := 1, 2; e = x }
",
    );
    let changes: Vec<(&str, Option<&str>, &str)> = found
        .facts
        .changes
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.member.as_deref(),
                one.function.as_str(),
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            ("a", None, "f"),
            ("d", Some("x"), "f"),
            ("q", Some("E"), "f")
        ]
    );
}
