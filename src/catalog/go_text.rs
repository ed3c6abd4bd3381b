//! The few facts about Go text that a catalog needs of its own exercises. The author is trusted here, so plain text
//! is read; a candidate's source is parsed for real elsewhere.

/// The module path that a `go.mod` declares.
pub(super) fn module_path(go_mod: &str) -> Option<&str> {
    let argument = go_mod.lines().find_map(|line| {
        let line = line.split("//").next().unwrap_or(line).trim();
        let rest = line.strip_prefix("module")?;
        rest.starts_with([' ', '\t', '"', '`']).then(|| rest.trim())
    })?;
    let path = argument.trim_matches(['"', '`']);
    (!path.is_empty()).then_some(path)
}

/// The name in the package clause, after any comments.
pub(super) fn package_name(source: &str) -> Option<&str> {
    let mut rest = source.trim_start_matches('\u{feff}').trim_start();
    loop {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n')?.1.trim_start();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1.trim_start();
        } else {
            break;
        }
    }
    let name = rest.strip_prefix("package")?.trim_start();
    let end = name
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

/// The names of the top-level tests and benchmarks, in the order in which they stand.
pub(super) fn test_names(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let name = line.strip_prefix("func ")?.split_once('(')?.0;
        (name.starts_with("Test") || name.starts_with("Benchmark")).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_path_is_found_however_it_is_written() {
        assert_eq!(
            module_path("module workerpool\n\ngo 1.26\n"),
            Some("workerpool")
        );
        assert_eq!(
            module_path("// module a\n\tmodule \"b/c\" // x\n"),
            Some("b/c")
        );
        assert_eq!(module_path("go 1.26\nmodules x\n"), None);
        assert_eq!(module_path("module\n"), None);
    }

    #[test]
    fn the_package_clause_may_follow_comments() {
        assert_eq!(package_name("package a\n"), Some("a"));
        assert_eq!(
            package_name("// package b\n\n/* package c\n*/ package d_test // e\n"),
            Some("d_test")
        );
        assert_eq!(package_name("import \"x\"\n"), None);
        assert_eq!(package_name("// only a comment"), None);
    }

    #[test]
    fn tests_and_benchmarks_are_top_level_functions() {
        let source = "func TestA(t *testing.T) {\n\tfunc TestB(\n}\nfunc helper() {}\nfunc BenchmarkC(b *testing.B) {}\n";
        let names: Vec<_> = test_names(source).collect();
        assert_eq!(names, ["TestA", "BenchmarkC"]);
    }
}
