//! What catalogs in `fixtures/catalogs` give, to the word.

use std::path::{Path, PathBuf};

use super::*;
use crate::model::CheckKind;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/catalogs")
        .join(name)
}

fn catalog(name: &str) -> Catalog {
    Catalog::open(&fixture(name)).expect("the fixture is a catalog")
}

fn load(catalog: &Catalog, name: &str) -> Result<Exercise, CatalogError> {
    catalog.load(&catalog.find(name)?)
}

/// What is wrong with the exercise `basics/sum` of a broken catalog.
fn broken(name: &str) -> String {
    load(&catalog(name), "sum")
        .expect_err("the fixture is broken")
        .to_string()
}

#[test]
fn a_good_exercise_loads_completely() {
    let catalog = catalog("good");
    let names: Vec<String> = catalog.ids().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["basics/sum", "programs/shout"]);

    let sum = load(&catalog, "basics/sum").expect("it is good");
    assert_eq!(sum.module, "sum");
    assert!(sum.statement.starts_with("# Sum"));
    let sides: Vec<_> = sum
        .checks
        .iter()
        .map(|check| (&*check.id, check.visible))
        .collect();
    assert_eq!(sides, [("one", true), ("many", false)]);
    assert_eq!(sum.starter.len(), 3);
    assert_eq!(sum.alternatives["recursive"].len(), 1);
    assert_eq!(sum.flawed_files["counts"].len(), 1);

    let shout = load(&catalog, "shout").expect("it is good");
    assert_eq!(shout.limits.wall.as_secs(), 90);
    assert_eq!(shout.limits.memory, 64 << 20);
    let sides: Vec<_> = shout.checks.iter().map(|check| check.visible).collect();
    assert_eq!(sides, [true, false]);
    let CheckKind::Output {
        stdin, expected, ..
    } = &shout.checks[1].kind
    else {
        panic!("a check of the wrong type");
    };
    assert_eq!(
        (&stdin[..], &expected.stdout[..]),
        (&b"a\nb\n"[..], &b"A\nB\n"[..])
    );
}

/// All faults of a family in the words in which its author reads them.
#[test]
fn faults_are_told_all_at_once() {
    for name in [
        "bad-values",
        "missing-files",
        "stray-files",
        "syntax",
        "three-errors",
        "two-sides",
        "unknown-keys",
        "wrong-caught-by",
        "wrong-types",
    ] {
        insta::assert_snapshot!(name, broken(name));
    }
}
