//! Snippets of Go, and what each rule says about them.

use std::path::Path;

use super::*;
use crate::catalog::Catalog;
use crate::model::{Exercise, ProjectFile, StyleMeasures};

fn exercise() -> Exercise {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/catalogs/good");
    let catalog = Catalog::open(&root).expect("a catalog");
    let found = catalog.find("sum").expect("an exercise");
    let mut exercise = catalog.load(&found).expect("a good one");
    exercise.starter.clear();
    exercise.hidden.clear();
    exercise
}

fn files(files: &[(&str, &str)]) -> FileSet {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), ProjectFile::new(*text)))
        .collect()
}

/// What a rule says: line and message.
fn said(rule: StyleRule, set: &FileSet) -> Vec<String> {
    let style = Style {
        rules: vec![rule],
        measures: StyleMeasures::default(),
    };
    let found = review(&exercise(), set, &style).expect("Go");
    let told = found.into_values().flatten().map(|finding| {
        let line = finding.place.map_or(0, |place| place.line);
        format!("{line} {}", finding.message)
    });
    told.collect()
}

/// The lines of a file that a rule objects to: those that end with `// !`.
#[track_caller]
fn objects(rule: StyleRule, text: &str) {
    let wanted: Vec<usize> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.ends_with("/* ! */"))
        .map(|(number, _)| number)
        .collect();
    let text = text.replace("/* ! */", "");
    let set = files(&[("p.go", &text)]);
    let told = said(rule, &set);
    let lines: Vec<usize> = told
        .iter()
        .map(|told| {
            told.split(' ')
                .next()
                .unwrap_or_default()
                .parse()
                .expect("a line")
        })
        .collect();
    assert_eq!(lines, wanted, "{told:#?}");
}

#[test]
fn reminders_are_told_from_the_words() {
    objects(
        StyleRule::Todo,
        "package p

// TODO /* ! */
// FIXME(me): this /* ! */
// do it. XXX: that /* ! */
// A TODO list keeps what is to do.
// TODOs are kept, XXX-XXX is a pattern, todo is a package.
var s = \"// TODO: no comment\"
",
    );
}

#[test]
fn texts_of_errors_can_stand_in_sentences() {
    objects(
        StyleRule::ErrorString,
        "package p

import (
	\"errors\"
	f \"fmt\"
)

func Run() {
	_ = errors.New(\"Not good\") /* ! */
	_ = errors.New(\"not good.\") /* ! */
	_ = f.Errorf(\"not good: %w\\n\", nil) /* ! */
	_ = errors.New(\"Run: not good\")
	_ = errors.New(\"Run failed\")
	_ = errors.New(\"HTTP went wrong\")
	_ = errors.New(\"X is unknown\")
	_ = errors.New(\"more to come...\")
	_ = errors.New(\"\")
	_ = other.New(\"Not mine\")
	f.Println(\"A sentence.\")
}
",
    );
}

#[test]
fn dropped_errors_are_found_where_names_lead_to_them() {
    objects(
        StyleRule::IgnoredError,
        "package p

import (
	\"bufio\"
	\"encoding/json\"
	\"fmt\"
	\"hash/fnv\"
	\"io\"
	\"net/http\"
	\"os\"
	\"strconv\"
	\"strings\"
	\"sync\"
)

type store struct {
	inner *inner
	wg    sync.WaitGroup
	out   Sink
	embedded
}

type inner struct{ file *os.File }

type embedded struct{}

type Sink interface{ Put(string) error }

func (e embedded) Deep() error { return nil }

func (i *inner) Save() error { return nil }

func (s *store) Wait() error { return nil }

func open() (*store, error) { return nil, nil }

func closeAll() error { return nil }

func number() int { return 0 }

func use(w http.ResponseWriter, r *http.Request, any io.Writer, sink func() error) {
	s, _ := open() /* ! */
	s.inner.Save() /* ! */
	s.Wait() /* ! */
	s.wg.Wait()
	s.Deep() /* ! */
	s.out.Put(\"x\") /* ! */
	s.inner.file.Sync() /* ! */
	s.inner.file.Close()
	defer s.inner.file.Sync()
	go s.Wait()
	_, _ = strconv.Atoi(\"1\") /* ! */

	// It is always a number.
	n, _ := strconv.Atoi(\"1\")
	m, _ := strconv.Atoi(\"1\") // always
	os.WriteFile(\"x\", nil, 0) // write it /* ! */
	os.WriteFile(\"x\", nil, 0) // best effort
	json.NewDecoder(r.Body).Decode(s) /* ! */
	json.NewEncoder(w).Encode(s)
	io.Copy(io.Discard, r.Body)
	io.Copy(any, r.Body) /* ! */
	fmt.Println(n, m)
	fmt.Fprintln(w, n)
	fmt.Sscan(\"1\", &n) /* ! */
	var b strings.Builder
	b.WriteString(\"x\")
	h := fnv.New32()
	h.Write(nil)
	out := bufio.NewWriter(any)
	out.WriteString(\"x\")
	out.Flush()
	any.Write(nil)
	sink()
	closeAll()
	number()
	func() { open() }() /* ! */
	for _, s := range []string{} {
		s.Save()
	}
}

func shadows(strconv inner, s *inner) {
	strconv.Atoi(\"1\")
	s.Save() /* ! */
	var open func()
	open()
}
",
    );
}

#[test]
fn errors_of_other_packages_of_the_module_are_known() {
    let set = files(&[
        (
            "a.go",
            "package sum\n\nimport (\n\t\"sum/b\"\n\tx \"sum/b\"\n)\n\nfunc f(s *b.Store, t x.Other) {\n\tb.Save()\n\ts.Put()\n\tt.Put()\n\tb.Default.Put()\n}\n",
        ),
        (
            "b/b.go",
            "package b\n\nvar Default = New()\n\ntype Store struct{}\n\ntype Other struct{}\n\nfunc New() *Store { return nil }\n\nfunc Save() error { return nil }\n\nfunc (s *Store) Put() error { return nil }\n\nfunc (o Other) Put() {}\n",
        ),
    ]);
    assert_eq!(
        said(StyleRule::IgnoredError, &set),
        [
            "9 the error of b.Save is ignored",
            "10 the error of s.Put is ignored",
            "12 the error of b.Default.Put is ignored"
        ]
    );
}

#[test]
fn contexts_come_first() {
    objects(
        StyleRule::ContextFirst,
        "package p

import (
	c \"context\"
	\"testing\"
)

type Job struct {
	ctx c.Context /* ! */
}

type job struct{ ctx c.Context }

type wrapped struct{ c.Context }

type doer interface {
	Do(c.Context, int)
	Late(n int, ctx c.Context) /* ! */
}

func (j Job) run(ctx c.Context, n int) {}

func late(n int, ctx c.Context) {} /* ! */

func two(ctx, other c.Context) {}

func helper(t *testing.T, ctx c.Context) {}

func other(n int, ctx x.Context) {}
",
    );
}

#[test]
fn state_is_what_changes() {
    objects(
        StyleRule::GlobalState,
        "package p

import (
	\"errors\"
	\"regexp\"
	\"sync\"
	\"sync/atomic\"
)

var (
	errGone = errors.New(\"gone\")
	pattern = regexp.MustCompile(\"x\")
	table   = map[string]int{\"a\": 1}
	ready   = map[string]int{}
	count   int /* ! */
	cache   = map[string]int{} /* ! */
	list    []int /* ! */
	hits    atomic.Int64 /* ! */
	seen    *sync.Map /* ! */
	slots   = make(chan struct{}, 3) /* ! */
	config  struct{ port int } /* ! */
	mu      sync.Mutex
	once    sync.Once
	size    = len(table)
)

var _ error = errGone

func init() { ready[\"x\"] = 1 }

func f(size int) {
	count++
	cache[\"a\"] = table[\"a\"]
	list = append(list, 1)
	config.port = 1
	size++
	table := map[string]int{}
	table[\"b\"] = 2
}
",
    );
}

#[test]
fn an_export_is_used_outside_or_by_what_is() {
    let set = files(&[
        (
            "a.go",
            "package sum\n\n// Sum adds up.\nfunc Sum(o Options) error { return ErrA }\n\ntype Options struct{ Kind Kind }\n\ntype Kind int\n\nconst (\n\tKindA Kind = iota\n\tKindB\n)\n\nvar ErrA, ErrB = b.ErrA, b.ErrB\n\nfunc Alone() {}\n\nfunc (o Options) Method() {}\n\nfunc alone() { Alone() }\n",
        ),
        ("cmd/main.go", "package main\n\nfunc Exported() {}\n"),
        ("a_test.go", "package sum\n\nvar _ = ErrA\n"),
    ]);
    // The statement names Sum.
    assert_eq!(
        said(StyleRule::UnusedExports, &set),
        [
            "15 ErrB is exported, and nothing outside its package uses it",
            "17 Alone is exported, and nothing outside its package uses it"
        ]
    );
}

#[test]
fn layers_are_folders_and_import_paths() {
    let layer = |from: &str, deny: &[&str]| crate::model::Layer {
        from: from.to_owned(),
        deny: deny.iter().map(ToString::to_string).collect(),
    };
    let style = Style {
        rules: vec![StyleRule::Imports],
        measures: StyleMeasures {
            layers: vec![
                layer("internal/handler", &["internal/repository", "database/sql"]),
                layer(".", &["os"]),
            ],
            ..StyleMeasures::default()
        },
    };
    let set = files(&[
        ("a.go", "package sum\n\nimport \"os\"\n"),
        (
            "internal/a.go",
            "package internal\n\nimport (\n\t\"database/sql\"\n\t\"os\"\n)\n",
        ),
        (
            "internal/handler/a.go",
            "package handler\n\nimport (\n\t_ \"database/sql/driver\"\n\t\"sum/internal/repository\"\n\t\"sum/internal/repository2\"\n\t\"database/sqlite\"\n)\n",
        ),
        (
            "internal/handler/v2/a.go",
            "package v2\n\nimport . \"sum/internal/repository/memory\"\n",
        ),
        (
            "internal/handler/a_test.go",
            "package handler\n\nimport \"database/sql\"\n",
        ),
    ]);
    let found = review(&exercise(), &set, &style).expect("Go");
    let told: Vec<&str> = found
        .values()
        .flatten()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "sum mustn't import os",
            "internal/handler mustn't import database/sql/driver",
            "internal/handler mustn't import internal/repository",
            "internal/handler/v2 mustn't import internal/repository/memory"
        ]
    );
}

/// Every rule that reads source is explained, under its own name.
#[test]
fn rules_are_explained() {
    for rule in StyleRule::ALL {
        let is_tool = matches!(
            rule,
            StyleRule::Gofmt | StyleRule::Vet | StyleRule::Staticcheck
        );
        assert_eq!(
            explanations::by_name(rule.name()).is_none(),
            is_tool,
            "{}",
            rule.name()
        );
    }
}

/// What the catalogs teach breaks no rule that is advice.
#[test]
fn references_and_alternatives_get_no_advice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogs = [
        "exercises",
        "fixtures/catalogs/good",
        "fixtures/catalogs/small",
        "fixtures/catalogs/kinds",
        "fixtures/catalogs/schedules",
    ];
    let mut solutions = 0;
    let mut told = Vec::new();
    for catalog in catalogs {
        let catalog = Catalog::open(&root.join(catalog)).expect("a catalog");
        for id in catalog.ids() {
            let exercise = catalog.load(id).expect("a good exercise");
            let reference = ("reference".to_owned(), exercise.reference.clone());
            for (name, files) in exercise.alternatives.clone().into_iter().chain([reference]) {
                let found = review(&exercise, &files, &Style::default()).expect("Go");
                told.extend(found.values().flatten().map(|one| {
                    let (place, message) = (&one.place, &one.message);
                    format!("{id}/{name}: {place:?}: {message}")
                }));
                solutions += 1;
            }
        }
    }
    assert!(told.is_empty(), "{told:#?}");
    assert!(solutions > 20, "only {solutions}");
}

/// What all rules say about Go code that lies in `GAVEL_STYLE_OF`, a folder: how often each, and the first of them.
#[test]
#[ignore = "a measurement"]
fn measure() {
    let folder = std::env::var("GAVEL_STYLE_OF").expect("a folder");
    let shown: usize = std::env::var("GAVEL_STYLE_SHOW").map_or(3, |n| n.parse().unwrap());
    let only = std::env::var("GAVEL_STYLE_RULE").ok();
    let mut set = FileSet::new();
    for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            set.insert(name, ProjectFile::new(std::fs::read(entry.path()).unwrap()));
        }
    }
    let exercise = exercise();
    let lines: usize = set
        .values()
        .map(|f| f.bytes.iter().filter(|b| **b == b'\n').count())
        .sum();
    println!("{folder}: {} files, {lines} lines", set.len());
    let style = Style {
        rules: StyleRule::ALL.into(),
        measures: StyleMeasures::default(),
    };
    for (rule, findings) in review(&exercise, &set, &style).expect("Go") {
        if only.as_ref().is_some_and(|only| only != rule.name()) || findings.is_empty() {
            continue;
        }
        println!("  {}: {}", rule.name(), findings.len());
        for finding in findings.iter().take(shown) {
            let place = finding.place.as_ref().unwrap();
            let line = &finding
                .excerpt
                .as_ref()
                .map(|e| e.lines[(place.line - e.first_line) as usize].clone());
            println!(
                "    {place}: {} | {}",
                finding.message,
                line.clone().unwrap_or_default().trim()
            );
        }
    }
}
