//! Checks of type `bench`: what is slow or wasteful is told from what isn't, and noise costs nobody points.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::{folder_of, gavel, grade_json, repository, text};

const CATALOG: &str = "fixtures/catalogs/kinds";

/// Grades a solution that the exercise brings along.
#[track_caller]
fn of_the_exercise(exercise: &str, solution: &str, code: i32) -> Value {
    let folder = repository().join(format!("{CATALOG}/bench/{exercise}/{solution}"));
    graded(exercise, text(&folder), CATALOG, code)
}

#[track_caller]
fn graded(exercise: &str, submission: &str, catalog: &str, code: i32) -> Value {
    let arguments = [submission, "--exercise", exercise, "--catalog", catalog];
    grade_json(&arguments, code)["submissions"][0].clone()
}

fn joining(body: &str) -> tempfile::TempDir {
    let source = format!(
        "// Package joinwords joins words.\npackage joinwords\n\nimport (\n\t\"strings\"\n\t\"time\"\n)\n\n\
         var _ = time.Second\n\n\
         // Join joins words and puts separator between them.\n\
         func Join(words []string, separator string) string {{\n{body}\n\treturn strings.Join(words, separator)\n}}\n"
    );
    folder_of(&[("join.go", &source)])
}

fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["id"] == id))
        .unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

#[track_caller]
fn says(check: &Value, words: &[&str]) {
    let rationale = check["rationale"].as_str().expect("a text");
    for word in words {
        assert!(rationale.contains(word), "no {word:?} in: {rationale}");
    }
}

#[test]
fn the_exercises_are_proven() {
    for exercise in ["bench/join-words", "bench/longest-line"] {
        gavel(&["verify", "--catalog", CATALOG, exercise])
            .run()
            .ends_with(0);
    }
}

#[test]
fn as_fast_as_the_reference_passes_and_its_figures_are_told() {
    let report = of_the_exercise("join-words", "alternatives/library", 0);
    assert_eq!(report["verdict"], "accepted");
    let lean = check(&report, "lean");
    assert_eq!(lean["type"], "bench");
    assert_eq!(lean["points"]["earned"], 30);
    says(
        lean,
        &[
            "times as much processor time as the reference",
            "with a budget of 3",
            "its time grows with n to the power of",
        ],
    );
    let names: Vec<_> = lean["runs"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| run["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["BenchmarkJoin", "BenchmarkJoin of the reference"]);
}

#[test]
fn allocating_for_each_word_costs_the_points() {
    let report = of_the_exercise("join-words", "flawed/allocates-per-word", 1);
    assert_eq!(report["verdict"], "memory_limit");
    let lean = check(&report, "lean");
    assert_eq!(lean["outcome"], "failed");
    says(
        lean,
        &["it makes 1014 times as many allocations as the reference"],
    );
    let figures = lean["runs"][0]["messages"][0]["text"].as_str();
    assert!(figures.is_some_and(|text| text.contains("in 1014 allocations an operation")));
}

#[test]
fn a_wrong_answer_is_never_measured() {
    let report = of_the_exercise("join-words", "flawed/leaves-out-the-last", 1);
    assert_eq!(report["verdict"], "wrong_answer");
    assert_eq!(check(&report, "lean")["outcome"], "skipped");
}

/// Keeps processors busy until it is dropped.
struct Load(Arc<AtomicBool>);

impl Load {
    fn of_threads(count: usize) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        for _ in 0..count {
            let goes_on = Arc::clone(&goes_on);
            std::thread::spawn(move || while goes_on.load(Ordering::Relaxed) {});
        }
        Self(goes_on)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[test]
fn quadratic_is_told_from_linear_on_a_busy_machine() {
    let _load = Load::of_threads(2);
    let report = of_the_exercise("join-words", "flawed/quadratic", 1);
    assert_eq!(report["verdict"], "time_limit");
    says(
        check(&report, "lean"),
        &["its time grows with n to the power of 1."],
    );
    let report = of_the_exercise("join-words", "reference", 0);
    assert_eq!(report["verdict"], "accepted");
}

#[test]
fn who_waits_instead_of_working_is_slow() {
    let folder = joining("\ttime.Sleep(time.Millisecond)");
    let report = graded("join-words", text(folder.path()), CATALOG, 1);
    assert_eq!(report["verdict"], "time_limit");
    says(check(&report, "lean"), &["most of it waiting"]);
}

#[test]
fn a_crash_in_the_benchmark_alone_fails_with_its_place() {
    let folder = joining("\tif len(words) > 100 {\n\t\tpanic(\"so many\")\n\t}");
    let report = graded("join-words", text(folder.path()), CATALOG, 1);
    assert_eq!(report["verdict"], "runtime_error");
    let finding = &check(&report, "lean")["findings"][0];
    assert_eq!(finding["kind"], "panic");
    assert_eq!(finding["place"]["file"], "join.go");
}

#[test]
fn printed_results_prove_nothing() {
    let folder = joining(
        "\tprintln(\"BenchmarkJoin 1000000000 0.1 ns/op 0 B/op 0 allocs/op\")\n\tfor len(words) > 100 {\n\t}",
    );
    let report = graded("join-words", text(folder.path()), CATALOG, 1);
    assert_eq!(report["verdict"], "time_limit");
    assert_eq!(check(&report, "lean")["outcome"], "failed");
}

#[test]
fn what_cannot_be_told_in_time_is_undecided() {
    let slow = "package slow\n\n// Work takes its time.\nfunc Work() int {\n\tsum := 0\n\tfor n := range 600_000_000 {\n\t\tsum += n & 7\n\t}\n\treturn sum\n}\n";
    let tests = "package slow_test\n\nimport (\n\t\"testing\"\n\n\t\"slow\"\n)\n\nfunc TestWork(t *testing.T) {}\n\nfunc BenchmarkWork(b *testing.B) {\n\tfor b.Loop() {\n\t\tslow.Work()\n\t}\n}\n";
    let manifest = "schema = 1\ntitle = \"Slow\"\nsummary = \"Slow.\"\nkind = \"optimise\"\ndifficulty = \"easy\"\nminutes = 1\n\n\
        [[check]]\nid = \"right\"\ntype = \"go-test\"\ntests = [\"TestWork\"]\npoints = 1\nabout = \"It is right.\"\n\n\
        [[check]]\nid = \"fast\"\ntype = \"bench\"\nbenchmark = \"BenchmarkWork\"\ntime = 1.5\nlimit = \"1s\"\nrequires = [\"right\"]\npoints = 3\nabout = \"It is fast.\"\n";
    let catalog = folder_of(&[
        ("area/slow/exercise.toml", manifest),
        ("area/slow/README.md", "# Slow\n\n`Work` works.\n"),
        ("area/slow/starter/go.mod", "module slow\n\ngo 1.26\n"),
        ("area/slow/starter/slow.go", slow),
        ("area/slow/starter/slow_test.go", tests),
        ("area/slow/reference/slow.go", slow),
    ]);
    let folder = folder_of(&[("slow.go", slow)]);
    let report = graded("slow", text(folder.path()), text(catalog.path()), 3);
    assert_eq!(report["verdict"], "grader_error");
    assert_eq!(report["score"]["undecided"], 3);
    let fast = check(&report, "fast");
    assert_eq!(fast["outcome"], "errored");
    says(fast, &["it could not be told within 1.00 s of runs"]);
}

#[test]
fn a_candidate_is_told_no_figures_of_a_hidden_benchmark() {
    let folder = repository().join(format!(
        "{CATALOG}/bench/longest-line/flawed/keeps-everything"
    ));
    let arguments = [
        text(&folder),
        "--exercise",
        "longest-line",
        "--catalog",
        CATALOG,
        "--audience",
        "candidate",
    ];
    let report = grade_json(&arguments, 1)["submissions"][0].clone();
    let hidden = check(&report, "constant-memory");
    assert_eq!(hidden["outcome"], "failed");
    assert_eq!(hidden["runs"].as_array().map(Vec::len), Some(0));
    assert!(
        !hidden["rationale"]
            .as_str()
            .is_some_and(|text| text.contains("reference"))
    );
}
