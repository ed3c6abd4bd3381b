//! Where a call can be put between two statements without moving anything to another line.

use tree_sitter::Node;

use super::reader::Reader;
use super::{Fault, FaultReason, shape, tokens};

/// The places of one file, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    /// Where another declaration can follow the package clause, after `; `.
    pub after_package_clause: usize,
    /// Where a statement can be put in.
    pub between_statements: Vec<Point>,
}

/// A place where a statement can be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// How many bytes stand before it.
    pub offset: usize,
    /// On which side of another statement it is.
    pub side: Side,
    /// Whether something was looked at just before, a condition or which case applies: what follows relies on that.
    pub follows_a_check: bool,
}

/// On which side of another statement a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `; ` has to follow what is put in.
    Before,
    /// It is the last one of its list; `; ` has to precede what is put in.
    After,
}

/// Find the places: before each statement, and after the last one of a list unless the function may end with it, since
/// the compiler wants to see that it does.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn points(text: &[u8]) -> Result<Points, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    let reader = Reader::new(text, &scanned.tokens, &shape);
    let mut after_package_clause = None;
    let mut between_statements = vec![];
    let mut cursor = shape.tree.walk();
    'walk: loop {
        let node = cursor.node();
        match node.kind() {
            "package_clause" => after_package_clause = Some(end_of(&reader, node)),
            "statement_list" => between_statements.extend(points_of_list(&reader, node)),
            _ => {}
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    between_statements.sort_by_key(|point| point.offset);
    Ok(Points {
        after_package_clause: after_package_clause
            .ok_or_else(|| Fault::at(text, 0, FaultReason::Syntax))?,
        between_statements,
    })
}

fn points_of_list<'a>(reader: &Reader<'a>, list: Node<'a>) -> Vec<Point> {
    let owner = list.parent().filter(|parent| parent.kind() == "block");
    let owner = owner.and_then(|block| block.parent()).or(list.parent());
    // Any other owner is a function.
    let mut follows_a_check = owner.is_some_and(is_check);
    let mut found = vec![];
    let mut cursor = list.walk();
    for statement in list.named_children(&mut cursor) {
        let is_noticed = others_can_notice(reader, statement);
        if is_noticed {
            found.push(Point {
                offset: reader.tokens[reader.token_of(statement)].start,
                side: Side::Before,
                follows_a_check,
            });
        }
        follows_a_check =
            is_check(statement) || follows_a_check && (!is_noticed || unlocks(reader, statement));
        let is_last = statement.next_named_sibling().is_none();
        if is_noticed && is_last && never_ends_a_function(reader, statement) {
            found.push(Point {
                offset: end_of(reader, statement),
                side: Side::After,
                follows_a_check: false,
            });
        }
    }
    found
}

/// Whether a statement goes by what it finds.
fn is_check(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "select_statement"
            | "expression_case"
            | "type_case"
            | "communication_case"
            | "default_case"
    )
}

/// Whether a statement is a call of `Unlock` or `RUnlock`: what was checked before is no longer held after it.
fn unlocks<'a>(reader: &Reader<'a>, statement: Node<'a>) -> bool {
    let method = statement
        .named_child(0)
        .filter(|_| statement.kind() == "expression_statement")
        .and_then(|call| call.child_by_field_name("function"))
        .and_then(|function| function.child_by_field_name("field"));
    method.is_some_and(|method| matches!(reader.word_of(method), "Unlock" | "RUnlock"))
}

/// Whether other goroutines can notice when a statement is executed, apart from what statements within it do: whether
/// it sends, receives, starts a goroutine, or calls what may do such things.
///
/// That a variable is read or written is no such thing: what can be told of it depends on what comes before and after.
fn others_can_notice<'a>(reader: &Reader<'a>, statement: Node<'a>) -> bool {
    let mut open = vec![statement];
    while let Some(node) = open.pop() {
        match node.kind() {
            "go_statement" | "select_statement" | "send_statement" | "range_clause" => return true,
            "call_expression" if !is_quiet(reader, node) => return true,
            "unary_expression" if reader.word_of(node) == "<-" => return true,
            // It is for later, or for the statements within it.
            "defer_statement" | "statement_list" => {}
            _ => {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
            }
        }
    }
    false
}

/// Whether a call is one of those that nobody else can notice, and that are written so often that points at them would
/// take the place of better ones. By name: code that uses the name for something else has a few points less, no more.
fn is_quiet<'a>(reader: &Reader<'a>, call: Node<'a>) -> bool {
    let function = call.child_by_field_name("function");
    let first = reader.word_of(call);
    match function.map(|function| function.kind()) {
        Some("identifier") => QUIET_FUNCTIONS.contains(&first),
        Some("selector_expression") => QUIET_PACKAGES.contains(&first),
        Some(_) | None => false,
    }
}

const QUIET_FUNCTIONS: [&str; 16] = [
    "append", "byte", "cap", "copy", "delete", "float64", "int", "int64", "len", "make", "max",
    "min", "new", "recover", "string", "uint64",
];

const QUIET_PACKAGES: [&str; 11] = [
    "bytes", "cmp", "errors", "fmt", "maps", "math", "slices", "sort", "strconv", "strings", "utf8",
];

/// Whether no function can end with a statement: then another one can follow, and the compiler still sees that a
/// function with results returns.
fn never_ends_a_function<'a>(reader: &Reader<'a>, statement: Node<'a>) -> bool {
    match statement.kind() {
        "assignment_statement"
        | "dec_statement"
        | "go_statement"
        | "inc_statement"
        | "send_statement"
        | "short_var_declaration" => true,
        "expression_statement" => !matches!(reader.word_of(statement), "panic" | "("),
        _ => false,
    }
}

/// Where the last token of a node ends.
pub(super) fn end_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> usize {
    let last = node.end_byte().saturating_sub(1);
    reader.tokens[reader.shape.token_at(last)].end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source with `•` at each point, `?` where it follows a check.
    fn marked(text: &str) -> String {
        let found = points(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
        let mut marked = String::new();
        let mut done = 0;
        for point in &found.between_statements {
            marked.push_str(&text[done..point.offset]);
            marked.push(if point.follows_a_check { '?' } else { '•' });
            done = point.offset;
        }
        marked.push_str(&text[done..]);
        marked
    }

    #[track_caller]
    fn has_points(marked_body: &str) {
        let expected = format!("package p\n\nfunc f() {{ {marked_body} }}\n");
        assert_eq!(marked(&expected.replace(['•', '?'], "")), expected);
    }

    #[test]
    fn points_stand_where_others_can_notice() {
        has_points("•mu.Lock()\n\tdefer mu.Unlock()\n\tn++");
        has_points("•mu.Lock(); n++; •mu.Unlock()•");
        has_points("•ch <- 1•");
        has_points("•v := <-ch; return v");
        has_points("•select {}");
        has_points("•select { case v := <-ch: ?use(v)•; case ch <- 1: n++; default: ?close(ch)• }");
        has_points("•for v := range ch { ?use(v)• }");
        has_points("for i := 0; i < 3; i++ { ?use(i)• }");
        has_points("•for !done.Load() { }");
        has_points("•go func() { •wg.Done()• }()•");
        has_points("defer func() { •mu.Unlock()• }()");
        has_points("x := func() int { •return f() }");
        has_points("•a[<-ch]++•");
        has_points("L: for { ?if use() { continue L } }");
    }

    #[test]
    fn what_nobody_notices_has_no_point() {
        has_points("n++; x := len(s) + cap(s); s = append(s, strings.ToUpper(t)); return");
        has_points("if n > 3 { n = 4 } else { n-- }");
        has_points("•s = append(s, use())•");
        has_points("var wg sync.WaitGroup; const c = 3; type t int; ;");
    }

    #[test]
    fn what_follows_a_check_is_known() {
        has_points("if n > 3 { return }; n++; ?use(); •use()•");
        has_points(
            "•if c, ok := m.get(); ok { ?mu.Unlock(); ?c.wait()• }; ?mu.Unlock(); ?use(); •use()•",
        );
        has_points("•for range ch { }; ?close(done)•");
        has_points("•mu.Lock(); { •mu.Unlock()• }");
        has_points("•go func() { •use()• }()•");
    }

    #[test]
    fn headers_and_clauses_are_left_whole() {
        has_points(
            "•if v, ok := get(); ok { ?use(v)• } else if w := get2(); w { ?use(w)• } else { ?x()• }",
        );
        has_points("•switch v := get().(type) { case int: ?use(v)•; case string: n++; default: }");
        has_points("switch { case n > 1: ?use(1); fallthrough; case n > 2: }");
        has_points("•for i, v := range get() { ?use(i, v)• }");
        has_points("•if x := func() bool { •return get() }; x() { n++ }");
        has_points("t := T{f: func() { •use()• }, g: 1}");
        has_points("•use(func() { •x()• }, func() { })•");
    }

    #[test]
    fn the_compiler_still_sees_where_a_function_ends() {
        has_points("•panic(use())");
        has_points("for { ?use()• }");
        has_points("•use(); return");
        has_points("goto L; •L: use()");
        has_points("•if use() { return 1 } else { return 2 }");
        has_points("•use(); n++");
    }

    #[test]
    fn comments_and_lines_stay_where_they_are() {
        has_points("/* a */ •use() /* b */ // c\n\t// d\n\t•x()• // e\n");
        has_points("•use(`\n`,\n\t1,\n\t)•");
        has_points("•x.\n\t\ty().\n\t\tz()•\n");
    }

    #[test]
    fn the_package_clause_ends_where_its_name_does() {
        let text = "// a\npackage /* b */ p // c\n\nimport \"x\"\n";
        let found = points(text.as_bytes()).expect("Go");
        assert!(text[..found.after_package_clause].ends_with("*/ p"));
    }
}
