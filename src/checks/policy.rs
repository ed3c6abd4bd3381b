//! The policy: what the source of a submission may not do, judged before anything is built.
//!
//! The rule that it keeps: all breaches are told at once, each with its place and a way out; and a file that can't be
//! understood completely is never waved through but told apart, since the compiler must say whether it is Go at all.

mod breaches;
mod denials;

use std::collections::BTreeSet;
use std::path::Path;

use crate::gosource::{
    self, DeclarationKind, DirectiveKind, Effect, Import, ImportName, SourceFile, Use,
};
use crate::model::{FileSet, Finding, FindingKind, Kind, Policy};
use crate::text::excerpt_of_lines;
use breaches::Breaches;
use denials::{
    DENIALS, Denial, Denied, POINTER_METHODS, PREDECLARED, constraint_in_name, is_among, is_within,
    path_matches,
};

/// Where a submission is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// By tests that share a process with it: the full list.
    Tests,
    /// As a program, from outside, by every check: the list is shorter.
    Program,
}

/// What is denied to the submissions for one exercise.
#[derive(Clone, Debug)]
pub struct Rules {
    ground: Ground,
    kind: Kind,
    module: String,
    required: Vec<String>,
    deny_imports: Vec<String>,
    allow: BTreeSet<String>,
}

impl Rules {
    /// The default list for a ground, with what the exercise adds and lifts. `module` is the exercise's own module path,
    /// `required` are the paths of the modules that its `go.mod` requires.
    pub fn new(
        policy: &Policy,
        ground: Ground,
        kind: Kind,
        module: &str,
        required: &[String],
    ) -> Self {
        let mut allow: BTreeSet<String> = policy.allow.iter().cloned().collect();
        if kind == Kind::Test {
            // Tests compare what they got, and this makes no pointers.
            allow.insert("reflect.DeepEqual".to_owned());
        }
        Self {
            ground,
            kind,
            module: module.to_owned(),
            required: required.to_vec(),
            deny_imports: policy.deny_imports.clone(),
            allow,
        }
    }

    /// The entries of the default list that concern a package and that the manifest doesn't lift as a whole.
    fn denials(&self, path: &str, is_test_file: bool) -> impl Iterator<Item = &'static Denial> {
        let is_lifted = self.allow.contains(path);
        let is_for_tests = is_test_file && is_within("testing", path);
        let ground = self.ground;
        DENIALS.iter().filter(move |denial| {
            let stands = match denial.what {
                Denied::AllBut(_) | Denied::Only(_) => !is_lifted && !is_for_tests,
                Denied::Always(_) => true,
            };
            stands && denial.concerns(path, ground)
        })
    }

    /// Whether the manifest lifts what is denied of a symbol.
    fn allows(&self, path: &str, symbol: &str) -> bool {
        self.allow.contains(&format!("{path}.{symbol}"))
    }

    /// Whether the manifest lifts what is denied of at least one symbol of a package.
    fn allows_part_of(&self, path: &str) -> bool {
        self.allow.iter().any(|entry| {
            entry
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|symbol| symbol.starts_with(char::is_uppercase))
        })
    }

    fn is_own(&self, path: &str) -> bool {
        is_within(&self.module, path)
    }

    /// Whether a package is neither of the standard library nor of a module that the exercise has. The first element of
    /// a standard path has no dot; what else has none, Go itself refuses.
    fn is_foreign(&self, path: &str) -> bool {
        let first = path.split('/').next().unwrap_or(path);
        first.contains('.')
            && !self.is_own(path)
            && !self.required.iter().any(|module| is_within(module, path))
    }
}

/// What came out of a review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The breaches, by place.
    pub findings: Vec<Finding>,
    /// Files that could not be read, each with the place where that showed. If the compiler accepts such a file, it
    /// breaches the policy too; if it doesn't, its own error is the better word.
    pub unreadable: Vec<Finding>,
}

/// Judge the files that a candidate handed in.
pub fn review(files: &FileSet, rules: &Rules) -> Review {
    let mut review = Review::default();
    let own_folders: BTreeSet<&str> = files
        .keys()
        .filter(|path| is_go_file(path))
        .map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder))
        .collect();
    for (path, file) in files {
        let mut breaches = Breaches::default();
        judge_name(path, rules, &mut breaches);
        let lines: Vec<&[u8]> = file.bytes.split(|&byte| byte == b'\n').collect();
        match is_go_file(path).then(|| gosource::parse(path, &file.bytes)) {
            None => {}
            Some(Ok(source)) => judge(&source, rules, &own_folders, &mut breaches),
            Some(Err(fault)) => review.unreadable.push(Finding {
                place: Some(fault.position.in_file(path)),
                excerpt: excerpt_of_lines(&lines, fault.position.line),
                help: Some(
                    "Everything must be reviewed before it is built; write this place in a plainer way."
                        .to_owned(),
                ),
                ..Finding::new(
                    FindingKind::Policy,
                    format!("This file can't be reviewed: {}.", fault.reason),
                )
            }),
        }
        breaches.tell(path, &lines, &mut review.findings);
    }
    review
        .findings
        .sort_by(|one, other| (&one.place, &one.message).cmp(&(&other.place, &other.message)));
    review
}

/// Go compares the ending to the letter.
fn is_go_file(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "go")
}

fn judge_name(path: &str, rules: &Rules, breaches: &mut Breaches) {
    if !is_go_file(path) {
        breaches.add_for_file(
            "Files other than `.go` are denied: only Go source can be reviewed.".to_owned(),
            "Leave this file out.",
        );
    } else if path.ends_with("_test.go") && rules.kind != Kind::Test {
        breaches.add_for_file(
            "Test files are denied: the exercise brings its own.".to_owned(),
            "Leave this file out.",
        );
    }
    if let Some(part) = constraint_in_name(path) {
        breaches.add_for_file(
            format!(
                "A file name that ends in `_{part}` is denied: Go builds such a file on some machines only, and what \
                 is graded must be what was handed in."
            ),
            "Give the file another name.",
        );
    }
}

fn judge(
    source: &SourceFile,
    rules: &Rules,
    own_folders: &BTreeSet<&str>,
    breaches: &mut Breaches,
) {
    let is_test_file = rules.kind == Kind::Test && source.path.ends_with("_test.go");
    for import in &source.imports {
        judge_import(import, rules, is_test_file, breaches);
    }
    let packages = source.packages_by_name();
    for used in &source.uses {
        for path in packages.get(used.name.as_str()).into_iter().flatten() {
            judge_symbol(used, path, rules, is_test_file, breaches);
            judge_effect(used, path, rules, own_folders, breaches);
        }
    }
    judge_declarations(source, rules, breaches);
    judge_directives(source, breaches);
    if rules.ground == Ground::Tests {
        for member in &source.members {
            if POINTER_METHODS.contains(&member.name.as_str())
                && !rules.allows("reflect", &member.name)
            {
                breaches.add(
                    member.position,
                    format!(
                        "`{}` is denied: as a method of reflect.Value it gives out or takes a raw pointer.",
                        member.name
                    ),
                    "If it is a method of your own, give it another name.",
                );
            }
        }
    }
}

fn judge_import(import: &Import, rules: &Rules, is_test_file: bool, breaches: &mut Breaches) {
    let path = import.path.as_str();
    let shown = path.escape_debug();
    let mut add = |message: String, help: &str| breaches.add(import.position, message, help);
    if import.name == ImportName::Dot {
        add(
            format!(
                "The dot import of `{shown}` is denied: it hides which names are the package's, from readers and from \
                 this review."
            ),
            "Import the package by its name.",
        );
    }
    if rules
        .deny_imports
        .iter()
        .any(|pattern| path_matches(pattern, path))
    {
        add(
            format!("Importing `{shown}` is denied: this exercise is to be solved without it."),
            "Write yourself what you wanted from it.",
        );
        return;
    }
    if rules.is_foreign(path) {
        if !rules.allow.contains(path) {
            add(
                format!(
                    "Importing `{shown}` is denied: it belongs neither to the standard library nor to a module that \
                     this exercise provides."
                ),
                "Use the standard library.",
            );
        }
        return;
    }
    for denial in rules.denials(path, is_test_file) {
        match denial.what {
            Denied::AllBut(open) if open.is_empty() && !rules.allows_part_of(path) => add(
                format!("Importing `{shown}` is denied: {}.", denial.because),
                denial.instead,
            ),
            Denied::AllBut(_) | Denied::Only(_) | Denied::Always(_) => {}
        }
    }
}

fn judge_symbol(
    used: &Use,
    path: &str,
    rules: &Rules,
    is_test_file: bool,
    breaches: &mut Breaches,
) {
    let symbol = used.symbol.as_str();
    if rules.allows(path, symbol) {
        return;
    }
    for denial in rules.denials(path, is_test_file) {
        let is_denied = match denial.what {
            // A package of which nothing is open was told of where it is imported.
            Denied::AllBut(open) => {
                (!open.is_empty() || rules.allows_part_of(path)) && !is_among(symbol, open)
            }
            Denied::Only(denied) | Denied::Always(denied) => is_among(symbol, denied),
        };
        let only_reads =
            path == "runtime" && symbol == "GOMAXPROCS" && used.sole_number.as_deref() == Some("0");
        if is_denied && !only_reads {
            breaches.add(
                used.position,
                format!("`{path}.{symbol}` is denied: {}.", denial.because),
                denial.instead,
            );
        }
    }
    if rules.kind == Kind::Test && tells_what_runs(path, symbol) {
        breaches.add(
            used.position,
            format!(
                "`{path}.{symbol}` is denied: whether a test fails is for what the code does, not for how it is built."
            ),
            "Look at results only.",
        );
    }
    if is_test_file && path == "testing" && is_among(symbol, &["Init", "M", "Main*"]) {
        breaches.add(
            used.position,
            format!(
                "`testing.{symbol}` is denied: how the tests are run is the grader's business."
            ),
            "Prepare and clean up within each test, with t.Cleanup.",
        );
    }
}

/// Whether a symbol tells which code is running: a test that fails by that has found no fault.
fn tells_what_runs(path: &str, symbol: &str) -> bool {
    match path {
        "runtime" => is_among(symbol, &["Caller", "Caller*", "FuncForPC", "Stack"]),
        "runtime/debug" => is_among(symbol, &["Stack", "PrintStack"]),
        "runtime/pprof" | "runtime/trace" => true,
        _ => false,
    }
}

/// Changing another package's variable changes it for the tests and the grader too. Packages of which the candidate
/// handed in files are the candidate's.
fn judge_effect(
    used: &Use,
    path: &str,
    rules: &Rules,
    own_folders: &BTreeSet<&str>,
    breaches: &mut Breaches,
) {
    let is_candidates = path
        .strip_prefix(rules.module.as_str())
        .is_some_and(|rest| {
            rules.is_own(path) && own_folders.contains(rest.trim_start_matches('/'))
        });
    if rules.ground == Ground::Program
        || is_candidates
        || rules.allow.contains(path)
        || rules.allows(path, &used.symbol)
    {
        return;
    }
    let what = match used.effect {
        Effect::None => return,
        Effect::Assigned => "Changing",
        Effect::AddressTaken => "Taking the address of",
    };
    breaches.add(
        used.position,
        format!(
            "{what} `{path}.{}` is denied: a variable of another package is also the tests' and everyone else's.",
            used.symbol
        ),
        "Work on a value of your own.",
    );
}

fn judge_declarations(source: &SourceFile, rules: &Rules, breaches: &mut Breaches) {
    for declaration in &source.declarations {
        let is_method = match &declaration.kind {
            DeclarationKind::Function(function) => {
                if !function.has_body {
                    breaches.add(
                        declaration.position,
                        format!(
                            "The function `{}` without a body is denied: what it does stands outside of the Go source.",
                            declaration.name
                        ),
                        "Write its body.",
                    );
                }
                function.is_method
            }
            DeclarationKind::Variable | DeclarationKind::Constant | DeclarationKind::Type => false,
        };
        if rules.ground == Ground::Tests
            && !is_method
            && PREDECLARED.contains(&declaration.name.as_str())
        {
            breaches.add(
                declaration.position,
                format!(
                    "Declaring `{}` for the whole package is denied: Go declares that name, and tests rely on what it \
                     means.",
                    declaration.name
                ),
                "Choose another name.",
            );
        }
    }
}

fn judge_directives(source: &SourceFile, breaches: &mut Breaches) {
    const LEAVE_IT_OUT: &str = "Leave the comment out.";
    for directive in &source.directives {
        let (shown, because) = match &directive.kind {
            DirectiveKind::Go(word) => match word.as_str() {
                "generate" | "noinline" => continue,
                "build" => (
                    "//go:build".to_owned(),
                    "what is graded must be what was handed in, on every machine",
                ),
                "embed" => (
                    "//go:embed".to_owned(),
                    "it reads files of the build, the hidden ones included",
                ),
                "linkname" => (
                    "//go:linkname".to_owned(),
                    "it reaches what other packages keep to themselves",
                ),
                "norace" => ("//go:norace".to_owned(), "it hides data races"),
                other => (
                    format!("//go:{}", other.escape_debug()),
                    "of all directives only generate and noinline leave the program as it reads",
                ),
            },
            DirectiveKind::Line => (
                "line".to_owned(),
                "it makes reports point to other files and lines than the real ones",
            ),
            DirectiveKind::Build => (
                "// +build".to_owned(),
                "what is graded must be what was handed in, on every machine",
            ),
            DirectiveKind::Export => (
                "//export".to_owned(),
                "it hands functions to C, which is bound neither by Go's rules nor by this policy",
            ),
        };
        breaches.add(
            directive.position,
            format!("The directive `{shown}` is denied: {because}."),
            LEAVE_IT_OUT,
        );
    }
}

#[cfg(test)]
mod tests;
