//! What one test does costs that one.

use crate::support::{folder_of, grade_json, text};

/// One panics, one hangs, one is right.
const SUBMISSION: &str = r#"package threefunctions

func First() int { panic("boom") }

func Second() int { select {} }

func Third() int { return 3 }
"#;

#[test]
fn a_panic_and_a_hang_cost_only_their_own_tests() {
    let folder = folder_of(&[("functions.go", SUBMISSION)]);
    let report = grade_json(
        &[
            "--catalog",
            "fixtures/catalogs/small",
            "--exercise",
            "three-functions",
            text(folder.path()),
        ],
        1,
    );
    let submission = &report["submissions"][0];
    assert_eq!(submission["score"]["earned"], 50, "{submission:#}");
    assert_eq!(submission["score"]["undecided"], 0);
    let outcomes: Vec<_> = ["first", "second", "third"]
        .iter()
        .map(|id| {
            let checks = submission["checks"].as_array().expect("checks");
            let check = checks
                .iter()
                .find(|check| check["id"] == *id)
                .expect("the check");
            (check["outcome"].clone(), check["runs"][0]["cause"].clone())
        })
        .collect();
    assert_eq!(outcomes[0], ("failed".into(), "runtime_error".into()));
    assert_eq!(outcomes[1], ("failed".into(), "deadlock".into()));
    assert_eq!(outcomes[2].0, "passed");
    // The worst that applies.
    assert_eq!(submission["verdict"], "deadlock");
}

#[test]
fn the_panic_is_shown_at_the_candidates_own_line() {
    let folder = folder_of(&[("functions.go", SUBMISSION)]);
    let report = grade_json(
        &[
            "--catalog",
            "fixtures/catalogs/small",
            "--exercise",
            "three-functions",
            text(folder.path()),
        ],
        1,
    );
    let finding = &report["submissions"][0]["checks"][0]["findings"][0];
    assert_eq!(finding["kind"], "panic");
    assert_eq!(finding["place"]["file"], "functions.go");
    assert_eq!(finding["place"]["line"], 3);
}
