//! What catalogs in `fixtures/catalogs` give, to the word.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::model::{CheckKind, Version};

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
    let CheckKind::Output(check) = &shout.checks[1].kind else {
        panic!("a check of the wrong type");
    };
    assert_eq!(
        (&check.start.stdin[..], &check.expected.stdout[..]),
        (&b"a\nb\n"[..], &b"A\nB\n"[..])
    );
}

/// All faults of a family in the words in which its author reads them.
#[test]
fn faults_are_told_all_at_once() {
    for name in [
        "bad-mutants",
        "bad-golden",
        "bad-output",
        "bad-predict",
        "bad-predict-files",
        "bad-http",
        "bad-transcript",
        "bad-style",
        "bad-values",
        "bad-bench",
        "bad-services",
        "missing-files",
        "stray-files",
        "stray-mutants",
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

#[test]
fn a_check_of_imports_goes_by_layers() {
    let copy = copy_of_good();
    let manifest = copy.path().join("basics/sum/exercise.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let check = "\n[[check]]\nid = \"layers\"\ntype = \"style\"\nrules = [\"todo\", \"imports\"]\npoints = 1\nabout = \"x\"\n";
    let layers = "\n[style]\nmax_lines = 30\nlayers = [{ from = \".\", deny = [\"os\"] }]\n";
    fs::write(&manifest, format!("{text}{check}")).expect("a file");
    let catalog = || Catalog::open(copy.path()).expect("a catalog");
    let fault = load(&catalog(), "sum").expect_err("no layers").to_string();
    assert!(fault.contains("imports goes by layers"), "{fault}");

    // What `[style]` says a check needn't say again, and it decides the verdict then.
    fs::write(&manifest, format!("{text}{check}{layers}")).expect("a file");
    let sum = load(&catalog(), "sum").expect("it is good");
    let CheckKind::Style(style) = &sum.checks.last().expect("a check").kind else {
        panic!("a check of the wrong type");
    };
    assert_eq!(
        (style.measures.max_lines, style.measures.max_complexity),
        (30, 12)
    );
    assert_eq!(style.measures.layers, sum.style.measures.layers);
    assert!(sum.checks.last().is_some_and(|check| check.visible));
    let stricter = layers.replace("30", "20");
    fs::write(&manifest, format!("{text}{check}{stricter}")).expect("a file");
    assert_ne!(
        load(&catalog(), "sum").expect("it is good").version,
        sum.version
    );
}

#[test]
fn a_benchmark_that_is_named_must_be_there_for_each_size() {
    let error = load(&catalog("bad-bench"), "unfound").expect_err("it is broken");
    insta::assert_snapshot!(error.to_string(), @r"
    basics/unfound can't be used, there are 3 problems:
      exercise.toml:24: check[3].benchmark: no `func BenchmarkSum(` stands in the _test.go files of starter/ and hidden/; did you mean BenchmarkSum1000?
      exercise.toml:24: check[3].benchmark: no `func BenchmarkSum8000(` stands in the _test.go files of starter/ and hidden/; did you mean BenchmarkSum1000?
      exercise.toml:24: check[3].benchmark: BenchmarkSum1000 lies in starter/ and BenchmarkSum4000 in hidden/, but a check is either visible or hidden; split it in two
    ");
}

/// A copy of the good catalog, to be spoilt.
fn copy_of_good() -> TempDir {
    let copy = TempDir::new().expect("a temporary directory");
    for entry in walkdir::WalkDir::new(fixture("good")) {
        let entry = entry.expect("an entry");
        let to = copy.path().join(
            entry
                .path()
                .strip_prefix(fixture("good"))
                .expect("it lies within"),
        );
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).expect("a folder");
        } else {
            fs::copy(entry.path(), to).expect("a file");
        }
    }
    copy
}

fn version_of(folder: &TempDir, name: &str) -> Version {
    let catalog = Catalog::open(folder.path()).expect("it is a catalog");
    load(&catalog, name).expect("it is good").version
}

fn replace_in(folder: &TempDir, file: &str, from: &str, to: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(path, text.replace(from, to)).expect("a file");
}

#[test]
fn links_and_large_files_are_faults() {
    let copy = copy_of_good();
    let exercise = copy.path().join("basics/sum");
    std::os::unix::fs::symlink("/etc/passwd", exercise.join("starter/passwd")).expect("a link");
    std::os::unix::fs::symlink("/etc", exercise.join("hidden/etc")).expect("a link");
    nix::unistd::mkfifo(&exercise.join("hidden/pipe"), nix::sys::stat::Mode::S_IRUSR)
        .expect("a FIFO");
    fs::write(exercise.join("reference/sum.go"), vec![b' '; (4 << 20) + 1]).expect("a file");
    let catalog = Catalog::open(copy.path()).expect("it is a catalog");
    let error = load(&catalog, "sum").expect_err("it is broken").to_string();
    insta::assert_snapshot!(error, @r"
    basics/sum can't be used, there are 4 problems:
      hidden/etc: is a symbolic link, which an exercise may not have; put a copy in its place
      hidden/pipe: is not a regular file
      reference/sum.go: is larger than 4 MiB, the most a file may be
      starter/passwd: is a symbolic link, which an exercise may not have; put a copy in its place
    ");

    fs::remove_file(exercise.join("exercise.toml")).expect("a file");
    std::os::unix::fs::symlink("/etc/passwd", exercise.join("exercise.toml")).expect("a link");
    std::os::unix::fs::symlink(&exercise, copy.path().join("basics/linked")).expect("a link");
    let catalog = Catalog::open(copy.path()).expect("it is a catalog");
    let error = load(&catalog, "linked")
        .expect_err("it is broken")
        .to_string();
    insta::assert_snapshot!(error, @r"
    basics/linked can't be used, there is a problem:
      linked/: is a symbolic link, which an exercise may not have; put a copy in its place
    ");
    let listed = catalog.list();
    let problem =
        |index: usize| listed[index].manifest.as_ref().expect_err("it is broken")[0].to_string();
    insta::assert_snapshot!(problem(0), @"linked/: is a symbolic link, which an exercise may not have; put a copy in its place");
    insta::assert_snapshot!(problem(1), @"exercise.toml: is a symbolic link, which an exercise may not have; put a copy in its place");
}

#[test]
fn what_is_no_catalog_is_told() {
    let words = |path: &Path| {
        let error = Catalog::open(path)
            .expect_err("it is no catalog")
            .to_string();
        error.replace(env!("CARGO_MANIFEST_DIR"), "HERE")
    };
    let empty = TempDir::new().expect("a temporary directory");
    insta::assert_snapshot!(words(&fixture("nowhere")), @"the catalog HERE/fixtures/catalogs/nowhere can't be read: No such file or directory (os error 2); pass a folder of exercises with --catalog");
    insta::assert_snapshot!(words(&fixture("good/basics")), @r#"the catalog HERE/fixtures/catalogs/good/basics has exercise.toml in "sum", where no exercise lies: they lie in area/slug folders, so pass the folder above with --catalog"#);
    insta::assert_snapshot!(words(&fixture("good/basics/sum")), @r#"the catalog HERE/fixtures/catalogs/good/basics/sum has exercise.toml in ".", where no exercise lies: they lie in area/slug folders, so pass the folder above with --catalog"#);
    assert!(
        words(empty.path())
            .ends_with("has no exercise: they lie in area/slug folders with an exercise.toml each")
    );
    insta::assert_snapshot!(load(&catalog("good"), "smu").expect_err("there is none"), @r#"there is no exercise "smu"; did you mean basics/sum?"#);
}

#[test]
fn a_listing_tells_good_from_broken() {
    let listed = catalog("missing-files").list();
    let lines: Vec<String> = listed
        .iter()
        .map(|listed| match &listed.manifest {
            Ok(manifest) => format!("{}: {}", listed.id, manifest.title),
            Err(problems) => format!("{}: {}", listed.id, problems[0]),
        })
        .collect();
    assert_eq!(
        lines,
        [
            "basics/empty: exercise.toml: is missing",
            "basics/sum: Add up numbers"
        ]
    );
}

#[test]
fn a_version_changes_with_what_decides_a_verdict_and_nothing_else() {
    let copy = copy_of_good();
    let before = version_of(&copy, "sum");
    assert_eq!(before.0.len(), 64);
    let manifest = "basics/sum/exercise.toml";
    replace_in(
        &copy,
        manifest,
        "minutes = 5\n",
        "# five\nhints = [\"Add.\"]\ntopics = []\n",
    );
    replace_in(&copy, manifest, "kind = ", "minutes = 5\nkind = ");
    replace_in(&copy, manifest, "title = \"Add", "title = \"Sum");
    replace_in(
        &copy,
        manifest,
        "points = 40",
        "stress = 1\nleaks = \"proven\"\npackage = \".\"\npoints = 40",
    );
    replace_in(&copy, "basics/sum/README.md", "Write", "Please write");
    replace_in(&copy, "basics/sum/reference/sum.go", "total", "sum");
    fs::write(copy.path().join("basics/sum/starter/.DS_Store"), "litter").expect("a file");
    assert_eq!(version_of(&copy, "sum"), before);

    for (file, from, to) in [
        (manifest, "stress = 1", "stress = 2"),
        (manifest, "leaks = \"proven\"", "leaks = \"strict\""),
        (manifest, "points = 60", "points = 59"),
        (
            manifest,
            "[[flawed]]",
            "[limits]\nwall = \"11s\"\n[[flawed]]",
        ),
        ("basics/sum/starter/sum.go", "adds", "sums"),
        ("basics/sum/hidden/rules_test.go", "15", "16"),
    ] {
        let before = version_of(&copy, "sum");
        replace_in(&copy, file, from, to);
        assert_ne!(version_of(&copy, "sum"), before, "{file}: {to}");
    }
    let before = version_of(&copy, "shout");
    replace_in(&copy, "programs/shout/expected/lines.out", "B", "C");
    assert_ne!(version_of(&copy, "shout"), before);
}

/// What the binary carries is what lies in the repository.
#[test]
fn the_embedded_catalog_is_the_folder() {
    let embedded = Catalog::embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exercises");
    let Ok(folder) = Catalog::open(&folder) else {
        assert!(embedded.ids().is_empty());
        return;
    };
    let names = |catalog: &Catalog| -> Vec<String> {
        catalog
            .list()
            .into_iter()
            .filter(|listed| listed.manifest.is_ok())
            .map(|listed| listed.id.to_string())
            .collect()
    };
    assert_eq!(names(&embedded), names(&folder));
    for id in embedded.ids() {
        let version = |catalog: &Catalog| catalog.load(id).map(|exercise| exercise.version).ok();
        assert_eq!(version(&embedded), version(&folder), "{id}");
    }
}
