use super::*;

/// Each mutation of a function body: its name, and the body with it.
fn mutated(body: &str) -> Vec<String> {
    let text = format!("package p\n\nfunc (l *L[T]) f(a, b int) (int, error) {{ {body} }}\n");
    let found = mutations(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
    let start = text.find("{ ").expect("a body") + 2;
    found
        .iter()
        .map(|mutation| {
            let target = String::from_utf8(mutation.apply(text.as_bytes())).expect("UTF-8");
            assert_eq!(target.matches('\n').count(), text.matches('\n').count());
            let name = mutation.name.strip_prefix("L.f/").expect("its function");
            format!(
                "{name}: {}",
                target[start..target.len() - 3].replace('\n', "⏎")
            )
        })
        .collect()
}

#[test]
fn conditions() {
    insta::assert_debug_snapshot!(mutated(
        "if a < b && x == nil { return 1, err }; for a >= 2 { a++ }"
    ));
}

#[test]
fn statements() {
    insta::assert_debug_snapshot!(mutated(
        "l.n += f(a)\n\tx, y = g()\n\tl.p = nil\n\tuse(\n\t\ta)\n\tgo run()\n\tch <- 1\n\t<-ch\n\tdefer done()"
    ));
}

#[test]
fn synchronisation() {
    insta::assert_debug_snapshot!(mutated(
        "l.mu.Lock(); defer l.mu.Unlock(); go func() { mu.RLock(); mu.RUnlock() }(); defer cancel(); close(ch); wg.Wait(); x.Unlock()"
    ));
}

#[test]
fn results_and_loops() {
    insta::assert_debug_snapshot!(mutated(
        "for { if a > 0x10 { break }; continue }; _ = func() (p.T, *U) { return x() }; return 0, nil"
    ));
}

#[test]
fn only_functions_are_mutated_and_names_count_within_one() {
    let text = "package p\n\nconst c = 1\nvar f = func() int { return 2 }\nfunc init() { x = 1 }\nfunc init() { x = 2 }\nfunc g() { x = 3; y = 4 }\n";
    let names: Vec<String> = mutations(text.as_bytes())
        .expect("Go")
        .into_iter()
        .map(|mutation| format!("{}:{}", mutation.name, mutation.line))
        .collect();
    assert_eq!(
        names,
        [
            "init/remove-1:5",
            "init/constant-1:5",
            "init#2/remove-1:6",
            "init#2/constant-1:6",
            "g/remove-1:7",
            "g/constant-1:7",
            "g/remove-2:7",
            "g/constant-2:7"
        ]
    );
}
