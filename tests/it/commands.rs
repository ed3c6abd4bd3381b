//! What commands print, and the README's commands.

use std::process::Command;

use crate::support::{gavel, repository};

#[test]
fn list_names_every_exercise() {
    let ran = gavel(&["list"]).run().ends_with(0);
    for slug in [
        "worker-pool",
        "fetch-with-timeout",
        "users-crud",
        "log-report",
    ] {
        assert!(ran.stdout.contains(slug), "{}", ran.stdout);
    }
}

#[test]
fn list_needs_no_go() {
    let ran = gavel(&["list"])
        .environment("PATH", "/nowhere")
        .environment("HOME", "/nowhere")
        .run();
    ran.ends_with(0);
}

#[test]
fn list_as_json_is_an_array() {
    let listed = gavel(&["list", "--format", "json"])
        .run()
        .ends_with(0)
        .json();
    let listed = listed.as_array().expect("an array");
    let one = listed
        .iter()
        .find(|one| one["id"] == "concurrency/worker-pool")
        .expect("the worker pool");
    assert_eq!(one["difficulty"], "medium");
    assert_eq!(one["minutes"], 45);
    assert!(
        one["trains"]
            .as_array()
            .is_some_and(|ids| ids.iter().any(|id| id == "D2"))
    );
}

/// The ids of what `gavel list` with these arguments names.
fn listed(arguments: &[&str]) -> Vec<String> {
    let arguments = [&["list", "--format", "json"], arguments].concat();
    let listed = gavel(&arguments).run().ends_with(0).json();
    let listed = listed.as_array().expect("an array").iter();
    listed
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn list_takes_filters() {
    let all = listed(&[]);
    let concurrent = listed(&["--topic", "concurrency"]);
    assert!(concurrent.contains(&"concurrency/worker-pool".to_owned()));
    assert!(concurrent.len() < all.len());
    // A topic of its manifest, whatever its case; each filter must fit.
    assert!(listed(&["--topic", "Goroutines"]).contains(&"concurrency/worker-pool".to_owned()));
    assert!(listed(&["--topic", "goroutines", "--kind", "service"]).is_empty());
    let services = listed(&[
        "--kind",
        "service",
        "--difficulty",
        "medium",
        "--difficulty",
        "hard",
    ]);
    assert!(
        services.contains(&"programs/log-report".to_owned()),
        "{services:?}"
    );
    let none = gavel(&["list", "--topic", "knitting"]).run().ends_with(0);
    none.complains_of(&["no exercise fits", "goroutines"]);
}

#[test]
fn coverage_shows_which_exercises_train_a_question() {
    let questions = gavel(&["list", "--coverage", "--format", "json"])
        .run()
        .ends_with(0)
        .json();
    let of = |id: &str| {
        let all = questions.as_array().expect("an array").iter();
        let mut found = all.filter(|question| question["id"] == id);
        found.next().expect("a question of the curriculum").clone()
    };
    let trained_by = of("D2")["exercises"].clone();
    assert!(
        trained_by
            .as_array()
            .is_some_and(|ids| ids.iter().any(|id| id == "concurrency/worker-pool")),
        "{trained_by}"
    );
    let page = gavel(&["list", "--coverage"]).run().ends_with(0).stdout;
    assert!(
        page.contains("  + D2   ") && page.contains("questions have an exercise"),
        "{page}"
    );
    let other = gavel(&["list", "--coverage", "--catalog", "fixtures/catalogs/small"]).run();
    other.ends_with(2).complains_of(&["curriculum.toml"]);
}

#[test]
fn show_prints_the_statement_and_what_is_graded() {
    let ran = gavel(&["show", "worker-pool"]).run().ends_with(0);
    let statement =
        std::fs::read_to_string(repository().join("exercises/concurrency/worker-pool/README.md"))
            .expect("the statement");
    assert!(ran.stdout.contains(statement.trim_end()), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("first-failure-cancels"),
        "{}",
        ran.stdout
    );
    let shown = gavel(&["show", "concurrency/worker-pool", "--format", "json"])
        .run()
        .ends_with(0)
        .json();
    assert_eq!(shown["id"], "concurrency/worker-pool");
    assert_eq!(shown["version"].as_str().map(str::len), Some(64));
}

#[test]
fn show_gives_no_solution_and_no_hidden_test_away() {
    let shown = gavel(&["show", "worker-pool", "--format", "json"])
        .run()
        .ends_with(0)
        .stdout;
    let folder = repository().join("exercises/concurrency/worker-pool");
    let mut looked_at = 0;
    for hidden in ["reference", "hidden", "flawed/loses-the-error"] {
        for entry in std::fs::read_dir(folder.join(hidden)).expect("a folder") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a source");
            // A line of code that is long enough to be found nowhere by chance; the stub shares the signature.
            let lines = text
                .lines()
                .map(str::trim)
                .filter(|line| line.len() > 30 && line.ends_with('{'));
            for line in lines.filter(|line| !line.contains("work func(")) {
                assert!(!shown.contains(line), "{line} is shown");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "only {looked_at} lines were looked at");
}

#[test]
fn explain_lists_and_explains() {
    let names = gavel(&["explain", "--format", "json"])
        .run()
        .ends_with(0)
        .json();
    let names: Vec<&str> = names
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    let list = gavel(&["explain"]).run().ends_with(0).stdout;
    for name in &names {
        assert!(list.contains(name), "{list}");
    }
    let one = gavel(&["explain", "data-race", "--format", "json"])
        .run()
        .ends_with(0)
        .json();
    let shown = gavel(&["explain", "data-race"]).run().ends_with(0).stdout;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for key in ["title", "meaning", "mend", "wrong", "right"] {
        let told = words(one[key].as_str().expect("a text"));
        assert!(words(&shown).contains(&told), "{key}: {shown}");
    }
}

#[test]
fn a_wrong_name_to_explain_gets_a_suggestion() {
    gavel(&["explain", "datarace"])
        .run()
        .ends_with(2)
        .complains_of(&["\"datarace\"", "did you mean data-race?"]);
    gavel(&["explain", "quicksort"])
        .run()
        .ends_with(2)
        .complains_of(&["\"quicksort\"", "`gavel explain` lists all"]);
}

/// The lines of the README's `sh` blocks that begin with `$ `.
fn readme_commands() -> Vec<String> {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    let mut commands = Vec::new();
    let mut is_shell = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            is_shell = line == "```sh";
        } else if is_shell && !line.trim().is_empty() && !line.starts_with('#') {
            commands.push(line.to_owned());
        }
    }
    assert!(commands.len() >= 5, "{commands:?}");
    commands
}

#[test]
fn the_readmes_commands_work() {
    let mut run = 0;
    for line in readme_commands() {
        let (line, code) = match line.split_once("  # exit ") {
            Some((line, code)) => (
                line.trim_end().to_owned(),
                code.trim().parse().expect("an exit code"),
            ),
            None => (line, 0),
        };
        // `cargo test` is what is running now; the others go by the binary that is under test.
        let Some(arguments) = line
            .strip_prefix("cargo run --release -- ")
            .or_else(|| line.strip_prefix("gavel "))
        else {
            assert!(
                line == "cargo test" || line.starts_with("cargo install "),
                "the README has a command that no test runs: {line}"
            );
            continue;
        };
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let folder = tempfile::TempDir::new().expect("a folder");
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| match argument.split_once('=') {
                // Reports go where the test can throw them away.
                Some((format, file)) if file.contains('.') => {
                    format!("{format}={}", folder.path().join(file).display())
                }
                Some(_) | None => (*argument).to_owned(),
            })
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        gavel(&arguments).run().ends_with(code);
        run += 1;
    }
    assert!(run >= 4, "only {run} of the README's commands were run");
}

/// Versions differ from machine to machine and from day to day.
fn without_versions(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("gavel "))
        .map(|line| line.split('@').next().unwrap_or(line).trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_readmes_report_is_a_real_one() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("the README");
    let (_, block) = readme.split_once("```text\n$ gavel ").expect("a report");
    let (block, _) = block.split_once("\n```").expect("its end");
    let (command, shown) = block.split_once('\n').expect("its command");
    let arguments: Vec<&str> = command.split_whitespace().collect();
    let ran = gavel(&arguments)
        .environment("LANG", "C.UTF-8")
        .environment("COLUMNS", "100")
        .run()
        .ends_with(1);
    assert_eq!(without_versions(shown), without_versions(&ran.stdout));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let status = Command::new("sh")
        .args(["-c", "\"$0\" list | head -n 1"])
        .arg(env!("CARGO_BIN_EXE_gavel"))
        .status()
        .expect("a shell");
    assert!(status.success());
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let plain = gavel(&["list"]).run().stdout;
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let coloured = gavel(&["list"])
        .environment("CLICOLOR_FORCE", "1")
        .run()
        .stdout;
    assert!(coloured.contains('\u{1b}'), "{coloured:?}");
    let refused = gavel(&["list"])
        .environment("CLICOLOR_FORCE", "1")
        .environment("NO_COLOR", "1")
        .run()
        .stdout;
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
}
