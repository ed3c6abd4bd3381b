//! Tests that candidates write, judged by mutants.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{folder_of, gavel, grade_json, text};

const CATALOG: [&str; 4] = [
    "--catalog",
    "fixtures/catalogs/kinds",
    "--exercise",
    "mutants/limiter",
];

/// A test file of the external package with these imports and this body.
fn tests(imports: &[&str], body: &str) -> String {
    let imports: Vec<String> = imports.iter().map(|path| format!("\t{path:?}\n")).collect();
    format!(
        "package limiter_test\n\nimport (\n{}\t\"testing\"\n)\n\n{body}\n",
        imports.concat()
    )
}

/// Grades submissions of one file each and gives their reports by name.
#[track_caller]
fn graded(submissions: &[(&str, String)], code: i32) -> BTreeMap<String, Value> {
    let files: Vec<(String, &str)> = submissions
        .iter()
        .map(|(name, text)| (format!("{name}/limiter_test.go"), text.as_str()))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let folder = folder_of(&files);
    let arguments = [&[text(folder.path())], &CATALOG[..]].concat();
    let mut report = grade_json(&arguments, code);
    let all = report["submissions"].as_array_mut().expect("submissions");
    all.iter_mut()
        .map(|submission| {
            let name = submission["name"].as_str().expect("a name").to_owned();
            (name, submission.take())
        })
        .collect()
}

fn check<'a>(submission: &'a Value, id: &str) -> &'a Value {
    let checks = submission["checks"].as_array().expect("checks");
    checks
        .iter()
        .find(|check| check["id"] == id)
        .expect("the check")
}

/// Verdict and points.
fn result(submission: &Value) -> (&str, u64) {
    let verdict = submission["verdict"].as_str().expect("a verdict");
    let earned = submission["score"]["earned"].as_u64().expect("points");
    (verdict, earned)
}

/// The runs whose names aren't the correct implementation's.
fn mutants(check: &Value) -> Vec<&Value> {
    let runs = check["runs"].as_array().expect("runs");
    let is_mutant = |run: &&Value| run["name"] != "the correct implementation";
    runs.iter().filter(is_mutant).collect()
}

#[test]
fn the_exercises_are_proven() {
    let all = ["verify", "--catalog", "fixtures/catalogs/kinds"];
    for name in ["mutants/limiter", "mutants/streams"] {
        gavel(&[&all[..], &[name]].concat()).run().ends_with(0);
    }
}

#[test]
fn good_tests_get_everything_and_some_a_part() {
    let folder = "fixtures/catalogs/kinds/mutants/limiter";
    let good = grade_json(
        &[&[&*format!("{folder}/reference")], &CATALOG[..]].concat(),
        0,
    );
    let good = &good["submissions"][0];
    assert_eq!(result(good), ("accepted", 100));
    let derived = check(good, "notices-small-faults");
    assert!(mutants(derived).len() >= 15, "{derived:#}");
    assert_eq!(derived["visible"], true);
    assert_eq!(
        derived["runs"][0]["output"],
        "they run all of the implementation's statements"
    );
    let names: Vec<&Value> = mutants(derived).iter().map(|run| &run["name"]).collect();
    assert!(
        !names.contains(&&json!("Limiter.Allow/remove-5")),
        "excluded"
    );

    let some = grade_json(
        &[&[&*format!("{folder}/flawed/one-path")], &CATALOG[..]].concat(),
        1,
    );
    let some = &some["submissions"][0];
    let derived = check(some, "notices-small-faults");
    let survivors: Vec<&Value> = mutants(derived)
        .into_iter()
        .filter(|run| run["outcome"] == "failed")
        .collect();
    let (all, lost) = (mutants(derived).len(), survivors.len());
    assert!(lost > 0 && lost < all);
    assert_eq!(derived["points"]["earned"], 60 * (all - lost) / all);
    let rationale = derived["rationale"].as_str().expect("why");
    assert!(
        rationale.starts_with(&format!(
            "your tests notice {} of {all} mutants; they run",
            all - lost
        )) && rationale.ends_with("not run: limiter.go:25, 32, 46-48"),
        "{rationale}"
    );
    let shown = survivors[0];
    assert_eq!(shown["name"], "Limiter.Allow/remove-1");
    assert_eq!(
        shown["messages"],
        json!([{
            "test": "Limiter.Allow/remove-1",
            "place": "limiter.go:24",
            "text": "your tests don't notice this change",
        }])
    );
    let got = shown["comparison"]["got"].as_str().expect("the mutant");
    assert!(got.contains("\tif false && (l.limit < 1) {\n"), "{got}");
    let in_full = survivors
        .iter()
        .filter(|run| run.get("comparison").is_some());
    assert_eq!(in_full.count(), 5);
}

#[test]
fn what_fails_on_the_correct_implementation_or_tests_nothing_gets_nothing() {
    let clock = "func TestX(t *testing.T) { if time.Now().UnixMilli()/400%2 == 1 { t.Fatal(\"bad time\") } }";
    let submissions = [
        ("no-tests", tests(&[], "func check(t *testing.T) {}"), "wrong_answer"),
        ("asserts-nothing", tests(&[], "func TestX(t *testing.T) {}"), "wrong_answer"),
        (
            "sleeps",
            tests(&["time"], "func TestX(t *testing.T) { time.Sleep(50 * time.Millisecond) }"),
            "wrong_answer",
        ),
        ("fails", tests(&[], "func TestX(t *testing.T) { t.Fatal(\"never\") }"), "wrong_answer"),
        (
            "races",
            tests(
                &[],
                "func TestX(t *testing.T) { n := 0; done := make(chan bool); go func() { n++; close(done) }(); n++; <-done }",
            ),
            "data_race",
        ),
        ("hangs", tests(&[], "func TestX(t *testing.T) { select {} }"), "deadlock"),
        ("panics", tests(&[], "func TestX(t *testing.T) { panic(1) }"), "runtime_error"),
        ("ends", tests(&["log"], "func TestX(t *testing.T) { log.Fatal(1) }"), "runtime_error"),
        ("skips", tests(&[], "func TestX(t *testing.T) { t.Skip() }"), "wrong_answer"),
        (
            "by-chance",
            tests(
                &["math/rand"],
                "func TestX(t *testing.T) { if rand.Intn(2) == 0 { t.Fatal(\"bad luck\") } }",
            ),
            "wrong_answer",
        ),
        ("by-the-clock", tests(&["time"], clock), "wrong_answer"),
        (
            "by-the-run",
            tests(
                &["os"],
                "func TestX(t *testing.T) { f := os.TempDir() + \"/f\"; if _, err := os.Stat(f); err == nil { t.Fatal() }; os.WriteFile(f, nil, 0o600) }",
            ),
            "wrong_answer",
        ),
        (
            "takes-the-name",
            tests(&[], "var gavelMutants = 0\nfunc TestX(t *testing.T) { if gavelMutants > 0 { t.Fatal() } }")
                .replace("limiter_test", "limiter"),
            "wrong_answer",
        ),
        (
            "asks-the-switch",
            tests(&[], "func TestX(t *testing.T) { if gavelMutants.Number() > 0 { t.Fatal() } }")
                .replace("limiter_test", "limiter"),
            "compile_error",
        ),
        (
            "imports-the-switch",
            tests(
                &["0gavel.invalid/witness/mutants"],
                "func TestX(t *testing.T) { if mutants.Number() > 0 { t.Fatal() } }",
            ),
            "disallowed",
        ),
        (
            "looks-around",
            tests(&["runtime"], "func TestX(t *testing.T) { runtime.Callers(0, nil) }"),
            "disallowed",
        ),
        (
            "runs-itself",
            tests(&[], "func TestMain(m *testing.M) { m.Run() }\nfunc TestX(t *testing.T) {}"),
            "disallowed",
        ),
    ];
    let written: Vec<(&str, String)> = submissions
        .iter()
        .map(|(name, text, _)| (*name, text.clone()))
        .collect();
    let reports = graded(&written, 1);
    for (name, _, verdict) in &submissions {
        let report = &reports[*name];
        assert_eq!(result(report), (*verdict, 0), "{name}: {report:#}");
    }
    let failed = check(&reports["fails"], "notices-small-faults");
    assert_eq!(
        failed["rationale"],
        "on the correct implementation: TestX failed"
    );
    assert_eq!(failed["runs"][0]["messages"][0]["text"], "never");
    // A folder without a test file has none either.
    let empty = check(&reports["no-tests"], "notices-misunderstandings");
    assert_eq!(empty["rationale"], "there is no test in package .");
}

/// Mutants that spin, hang, race, panic; implementations with labels, generics, results with names, literals, recover.
#[test]
fn mutants_end_in_every_way() {
    let arguments = [
        "fixtures/catalogs/kinds/mutants/streams/reference",
        "--catalog",
        "fixtures/catalogs/kinds",
        "--exercise",
        "mutants/streams",
    ];
    let report = grade_json(&arguments, 0);
    let submission = &report["submissions"][0];
    let both = ["synchronisation", "results"].map(|id| mutants(check(submission, id)));
    let runs: BTreeMap<&str, &Value> = both
        .concat()
        .into_iter()
        .map(|run| (run["name"].as_str().expect("a name"), run))
        .collect();
    for (name, ended) in [
        ("spins", "exit 2"),
        ("finds-the-last", "exit 1"),
        ("Merge/close-1", "exit 98"),
        ("Tally.Add/lock-1", "exit 66"),
    ] {
        assert_eq!(runs[name]["ended"], ended, "{name}: {submission:#}");
    }
    let spins = runs["spins"]["seconds"].as_f64().expect("seconds");
    assert!(
        spins < 8.0,
        "a mutant took all the time there is: {spins} s"
    );
}

#[test]
fn a_candidate_sees_derived_mutants_and_none_of_the_authors() {
    let report = |exercise: &str, submission: &str| {
        let folder = format!("fixtures/catalogs/kinds/mutants/{exercise}/flawed/{submission}");
        let exercise = format!("mutants/{exercise}");
        let arguments = [
            &*folder,
            "--catalog",
            "fixtures/catalogs/kinds",
            "--exercise",
            &*exercise,
            "--audience",
            "candidate",
        ];
        grade_json(&arguments, 1)["submissions"][0].take()
    };
    let limiter = report("limiter", "one-path");
    assert_eq!(
        check(&limiter, "notices-misunderstandings")["runs"],
        json!([])
    );
    let derived = check(&limiter, "notices-small-faults");
    assert!(
        mutants(derived)
            .iter()
            .any(|run| run.get("comparison").is_some())
    );
    // Where the check is revealed, the author's mutants have names and no more.
    let streams = report("streams", "never-looks");
    let revealed = mutants(check(&streams, "results"));
    let spins = revealed
        .iter()
        .find(|run| run["name"] == "spins")
        .expect("a name");
    assert!(spins.get("comparison").is_none(), "{spins:#}");
    let close = revealed
        .iter()
        .find(|run| run["name"] == "Merge/zero-return-1")
        .expect("a name");
    assert!(close.get("comparison").is_some(), "{close:#}");
}
