//! What explanations show is real Go: it is formatted, it builds, vet objects where it is said to, and to nothing that is
//! shown as right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use gavel::diagnosis::explanations::{self, Explanation};
use serde_json::Value;
use tempfile::TempDir;

/// What the examples import; each import's last part is what they call it by.
const IMPORTS: [&str; 15] = [
    "context",
    "database/sql",
    "encoding/json",
    "errors",
    "fmt",
    "io",
    "io/fs",
    "log",
    "net/http",
    "strconv",
    "sync",
    "sync/atomic",
    "testing",
    "testing/synctest",
    "time",
];

fn go_file(explanation: &Explanation, example: &str) -> String {
    let mut file = String::new();
    // Where every round has a variable of its own, there is nothing to object to.
    if explanation.analyser.as_deref() == Some("loopclosure") {
        file.push_str("//go:build go1.21\n\n");
    }
    file.push_str("package example\n");
    let is_used = |import: &&str| {
        let name = import.rsplit('/').next().unwrap_or(import);
        example
            .split(|c: char| !c.is_alphanumeric() && c != '.')
            .any(|word| word.starts_with(&format!("{name}.")))
    };
    let mut used: Vec<&str> = IMPORTS.into_iter().filter(is_used).collect();
    used.sort_unstable();
    if !used.is_empty() {
        let lines = format!("\t\"{}\"\n", used.join("\"\n\t\""));
        file = file + "\nimport (\n" + &lines + ")\n";
    }
    file + "\n" + example
}

/// Writes both examples of each explanation as a package of its own: `copylocks/wrong`.
fn module_of_examples() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("go.mod", "module example\n\ngo 1.26\n");
    for one in explanations::all() {
        for (side, example) in [("wrong", &one.wrong), ("right", &one.right)] {
            let suffix = if example.contains("*testing.T") {
                "_test"
            } else {
                ""
            };
            let path = format!("{}/{side}/example{suffix}.go", one.name);
            write(&path, &go_file(one, example));
        }
    }
    folder
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// The analysers that object to each package.
fn objections(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let vetted = run(folder, "go", &["vet", "-json", "./..."]);
    let said = [vetted.stdout, vetted.stderr].concat();
    let said = String::from_utf8(said).expect("text");
    let json: String = said
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    let mut objections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for object in serde_json::Deserializer::from_str(&json).into_iter::<Value>() {
        let object = object.unwrap_or_else(|error| panic!("{error}:\n{said}"));
        for (package, analysers) in object.as_object().expect("an object") {
            let package = package.split(' ').next().unwrap_or(package);
            let package = package.strip_prefix("example/").expect("an example");
            for (analyser, found) in analysers.as_object().expect("an object") {
                assert!(found.is_array(), "{package}: {analyser}: {found}");
                objections
                    .entry(package.to_owned())
                    .or_default()
                    .insert(analyser.clone());
            }
        }
    }
    objections
}

#[test]
fn examples_are_formatted_and_vet_objects_to_what_is_wrong_alone() {
    let folder = module_of_examples();
    let unformatted = run(folder.path(), "gofmt", &["-l", "."]);
    let unformatted = String::from_utf8_lossy(&unformatted.stdout).into_owned();
    assert_eq!(unformatted, "", "gofmt would write these differently");

    let objections = objections(folder.path());
    for one in explanations::all() {
        let objections_to = |side: &str| objections.get(&format!("{}/{side}", one.name));
        assert_eq!(objections_to("right"), None, "{}", one.name);
        if let Some(analyser) = &one.analyser {
            let said = objections_to("wrong").is_some_and(|said| said.contains(analyser));
            assert!(said, "{analyser} doesn't object to {}", one.name);
        }
    }
}
