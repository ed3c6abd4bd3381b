//! A program that races is ended at its first race, and all its races are shown.

use crate::support::{folder_of, grade_json, text};

/// Two races, the second of which comes only after the first, and a second test with one of them.
const SUBMISSION: &str = r#"package threefunctions

import "sync"

type counter struct{ calls, sum int }

func (c *counter) count() { c.calls++ }

func (c *counter) add(n int) { c.sum += n }

func both(do func()) {
	var workers sync.WaitGroup
	workers.Go(do)
	workers.Go(do)
	workers.Wait()
}

func First() int {
	var c counter
	both(c.count)
	both(func() { c.add(1) })
	return 1
}

func Second() int {
	var c counter
	both(c.count)
	return 2
}

func Third() int { return 3 }
"#;

#[test]
fn all_races_of_a_run_are_shown() {
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
    assert_eq!(submission["verdict"], "data_race");
    assert_eq!(submission["score"]["earned"], 50);
    let races = |check: usize| -> Vec<u64> {
        let findings = submission["checks"][check]["findings"].as_array();
        let findings = findings.expect("findings");
        findings
            .iter()
            .map(|finding| {
                assert_eq!(finding["kind"], "race");
                finding["place"]["line"].as_u64().expect("a line")
            })
            .collect()
    };
    let first = races(0);
    assert!(first.contains(&7) && first.contains(&9), "{first:?}");
    let second = races(1);
    assert!(
        second.iter().all(|line| *line == 7) && !second.is_empty(),
        "{second:?}"
    );
}
