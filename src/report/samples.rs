//! Reports for tests: one for each kind of ending.

pub(super) use super::diagnosed_samples::{data_race, deadlock, leak, race_with_a_reader};
pub(super) use super::sample_parts::{check, finding_at, message, related, run, submission};
use crate::model::{
    CheckReport, Compare, Comparison, Excerpt, Finding, FindingKind, Outcome, Place, Refusal,
    Report, SandboxReport, SubmissionReport, Verdict,
};

pub(super) fn report(submissions: Vec<SubmissionReport>) -> Report {
    Report {
        schema: "gavel.report/1".into(),
        gavel: "0.1.0".into(),
        go: "go1.26.8 linux/amd64".into(),
        sandbox: SandboxReport {
            tier: "strict".into(),
            weaker: Vec::new(),
        },
        submissions,
        refused: Vec::new(),
    }
}

/// The checks of the sample exercise, all passed.
pub(super) fn all_passed() -> Vec<CheckReport> {
    [
        ("runs-every-job", 5, "Every job is run, its result is sent, results is closed, and Run returns nil."),
        ("returns-the-error", 5, "When a job fails, Run returns its error, with results closed and the jobs behind it unread."),
        ("needs-a-worker", 5, "With n of 0 or less, Run returns an error, closes results and receives no job."),
        ("first-failure-cancels", 20, "When a job fails, the context that the other jobs hold is cancelled, and Run returns the error of the job that failed."),
        ("first-failure-wins", 5, "The failure that comes first is the one that Run returns, whatever kind of error it is."),
        ("many-failures-at-once", 10, "When many jobs fail at the same time, there is no data race and Run returns one of their errors."),
        ("at-most-n-at-once", 10, "Jobs run side by side, n of them when there are enough, and never more."),
        ("gives-up-sending", 10, "A worker that waits for a reader of results stops waiting when the run ends early."),
        ("waits-for-workers", 15, "When Run returns, however the run ended, no job is running any more."),
        ("closes-results", 15, "However the run ends, results is closed exactly once, after the last job has ended."),
    ]
    .map(|(id, points, about)| {
        let mut check = check(id, points, Outcome::Passed, about);
        check.runs.push(run("TestSomething", None));
        check
    })
    .into()
}

pub(super) fn fail(
    checks: &mut [CheckReport],
    id: &str,
    outcome: Outcome,
    rationale: &str,
) -> usize {
    let at = checks.iter().position(|check| check.id == id).unwrap();
    checks[at].outcome = outcome;
    checks[at].points.earned = 0;
    checks[at].rationale = rationale.into();
    checks[at].runs.clear();
    at
}

pub(super) fn accepted(name: &str) -> SubmissionReport {
    let mut accepted = submission(name, Verdict::Accepted, all_passed());
    accepted.findings.push(Finding {
        help: Some("gofmt -w workerpool.go".into()),
        ..Finding::new(
            FindingKind::Format,
            "workerpool.go isn't formatted as gofmt does it",
        )
    });
    accepted
}

const PANIC: &str = "panic: runtime error: index out of range [3] with length 3

goroutine 24 [running]:
workerpool.Run[...].func1()
\tworkerpool/workerpool.go:20 +0x1d4
created by sync.(*WaitGroup).Go in goroutine 23
\t/usr/local/go/src/sync/waitgroup.go:237 +0x8c
";

/// A wrong answer, a panic, a hang, and a check that was skipped.
pub(super) fn partial(name: &str) -> SubmissionReport {
    let mut checks = all_passed();

    let at = fail(
        &mut checks,
        "returns-the-error",
        Outcome::Failed,
        "TestReturnsTheError failed",
    );
    let mut wrong = run("TestReturnsTheError", Some(Verdict::WrongAnswer));
    wrong.messages = vec![
        message(
            "TestReturnsTheError",
            "workerpool_test.go:91",
            r#"Run(ctx, 1, 5 jobs, …) with job 3 broken: results = ["job 1" "job 2" "job 4" "job 5"], want ["job 1" "job 2"]"#,
        ),
        message(
            "TestReturnsTheError",
            "workerpool_test.go:94",
            "Run(ctx, 1, 5 jobs, …) error = nil, want an error",
        ),
        message(
            "TestReturnsTheError/trace",
            "workerpool_test.go:103",
            "the trace of Run(ctx, 1, 5 jobs, …):\ngot:\nstart 1\ndone 1\nstart 2\ndone 2\nstart 3\nfailed 3: broken\nstart 4\ndone 4\nclosed results  \nwant:\nstart 1\ndone 1\nstart 2\ndone 2\nstart 3\nfailed 3: job is broken\nclosed results",
        ),
    ];
    checks[at].runs.push(wrong);

    let at = fail(
        &mut checks,
        "at-most-n-at-once",
        Outcome::Failed,
        "panic: runtime error: index out of range [3] with length 3",
    );
    checks[at].visible = false;
    checks[at].findings.push(Finding {
        detail: Some(PANIC.into()),
        help: Some("check an index against len before you use it".into()),
        ..finding_at(
            FindingKind::Panic,
            "runtime error: index out of range [3] with length 3",
            20,
            None,
        )
    });
    let mut panicked = run("TestNeverMoreThanN", Some(Verdict::RuntimeError));
    panicked.ended = "exit 2".into();
    checks[at].runs.push(panicked);

    let at = fail(
        &mut checks,
        "gives-up-sending",
        Outcome::Failed,
        "every goroutine waits, and none can go on (in 2 of 8 runs)",
    );
    checks[at].visible = false;
    let dump: Vec<String> = (1..=12)
        .map(|n| format!("goroutine {n} [chan send]:\nworkerpool.Run[...].func1()\n\tworkerpool/workerpool.go:20 +0x{n:x}\n"))
        .collect();
    checks[at].findings.push(Finding {
        detail: Some(dump.join("\n")),
        ..finding_at(
            FindingKind::Hang,
            "what the goroutines were doing when it was ended",
            20,
            Some(13),
        )
    });
    for number in 0..4 {
        for test in [
            "TestGivesUpSendingAtFailure",
            "TestGivesUpSendingWithParent",
        ] {
            let cause = (number % 2 == 1 && test.ends_with("Failure")).then_some(Verdict::Deadlock);
            let mut hung = run(test, cause);
            hung.seconds = 2.34;
            hung.ended = "signal 9".into();
            checks[at].runs.push(hung);
        }
    }
    fail(
        &mut checks,
        "closes-results",
        Outcome::Skipped,
        "skipped, because gives-up-sending failed",
    );

    let mut partial = submission(name, Verdict::Deadlock, checks);
    partial.ignored_files = vec!["go.mod".into(), "workerpool_test.go".into()];
    partial.findings = vec![
        Finding {
            related: vec![related("this return may be reached without it", 18, true)],
            help: Some("Write defer cancel() on the line after the call.".into()),
            explanation: Some("lostcancel".into()),
            ..finding_at(
                FindingKind::Vet,
                "the cancel function is not used on all paths (possible context leak)",
                14,
                Some(4),
            )
        },
        finding_at(FindingKind::Vet, "unreachable code", 25, Some(2)),
    ];
    partial
}

/// A program judged by its output.
pub(super) fn output(name: &str) -> SubmissionReport {
    let want: String = (1..=40)
        .map(|n| format!("GET /item/{n} 200\n"))
        .collect::<Vec<_>>()
        .concat()
        + "total 40\nerrors 0.5 %\n";
    let got = want
        .replace("/item/7 200", "/item/7 404")
        .replace("total 40\n", "total 40 \n")
        .replace("errors 0.5 %\n", "errors 0.5 %");
    let mut wrong = check(
        "routes",
        10,
        Outcome::Failed,
        "Routes go by requests, then path, then method.",
    );
    wrong.kind = "output".into();
    wrong.rationale = "line 7 of its output differs".into();
    let mut failed = run("program -top 7", Some(Verdict::WrongAnswer));
    failed.comparison = Some(Comparison {
        compare: Compare::Exact,
        first_line: 1,
        want,
        got,
        more_want: 0,
        more_got: 0,
    });
    failed.output = Some("2026/03/01 warning: 2 bad lines\nskipped".into());
    wrong.runs.push(failed);
    let mut output = submission(
        name,
        Verdict::WrongAnswer,
        vec![
            wrong,
            check("usage", 5, Outcome::Passed, "Wrong usage exits with 2."),
        ],
    );
    output.exercise.id.area = "programs".into();
    output.exercise.id.slug = "log-report".into();
    output
}

pub(super) fn not_run(reason: &str) -> Vec<CheckReport> {
    let mut checks = all_passed();
    for check in &mut checks {
        check.outcome = Outcome::NotRun;
        check.points.earned = 0;
        check.rationale = reason.into();
        check.runs.clear();
    }
    checks
}

pub(super) fn compile_error(name: &str) -> SubmissionReport {
    let checks = not_run("not run, because the code doesn't compile");
    let mut broken = submission(name, Verdict::CompileError, checks);
    broken.findings = vec![
        finding_at(FindingKind::Compile, "undefined: work", 15, Some(20)),
        finding_at(
            FindingKind::Compile,
            "cannot use result (variable of type R constrained by any) as error value in assignment: R does not implement error (missing method Error)",
            17,
            Some(14),
        ),
        Finding {
            place: Some(Place {
                file: "ending_test.go".into(),
                line: 12,
                column: Some(20),
            }),
            ..Finding::new(
                FindingKind::Compile,
                "not enough arguments in call to workerpool.Run\n\thave (context.Context, number)\n\twant (context.Context, int, <-chan J, chan<- R)",
            )
        },
    ];
    broken
}

pub(super) fn disallowed(name: &str) -> SubmissionReport {
    let checks = not_run("not run, because the source does what this exercise doesn't allow");
    let mut denied = submission(name, Verdict::Disallowed, checks);
    denied.findings = vec![Finding {
        help: Some("write the pool with goroutines and channels of your own: that is what this exercise is about".into()),
        ..finding_at(FindingKind::Policy, "this exercise doesn't allow importing golang.org/x/sync/errgroup", 5, Some(2))
    }];
    denied
}

pub(super) fn grader_error(name: &str) -> SubmissionReport {
    let mut checks = all_passed();
    let at = fail(
        &mut checks,
        "waits-for-workers",
        Outcome::Errored,
        "can't create the workspace: no space left on device",
    );
    checks[at]
        .runs
        .push(run("TestWaitsForWorkers", Some(Verdict::GraderError)));
    submission(name, Verdict::GraderError, checks)
}

pub(super) fn refusal(name: &str) -> Refusal {
    Refusal {
        name: name.into(),
        error: "the entry ../../etc/passwd climbs out of the archive\n  hand in an archive of plain files".into(),
    }
}

/// Names and outputs that try to take over the terminal.
pub(super) fn hostile() -> Report {
    let mut checks = vec![check(
        "looks-fine",
        5,
        Outcome::Failed,
        "It is \u{1b}[32mfine\u{1b}[0m.",
    )];
    checks[0].rationale = "\u{1b}[2J\u{1b}]0;owned\u{7}TestX failed\rTestX passed".into();
    let mut failed = run("TestX/\u{202e}evil", Some(Verdict::WrongAnswer));
    failed.messages = vec![
        message(
            "TestX/👩\u{200d}👩\u{200d}👧/汉字",
            "x_test.go:1\u{1b}[8m",
            &format!(
                "Name() = \"{}é\", want \"{}è\"",
                "汉字".repeat(60),
                "汉字".repeat(60)
            ),
        ),
        message(
            "TestX",
            "x_test.go:2",
            &"very long words without an end ".repeat(100),
        ),
        message(
            "TestX",
            "x_test.go:3",
            "table:\ngot:\n\tname\t\u{1b}[31mred\u{1b}[0m\nend\r\nwant:\n\tname\tred\nend",
        ),
    ];
    failed.output = Some(format!(
        "{}\n\u{9b}31mred\u{8}\u{8}\u{8}ok\n\u{1b}]8;;http://x.invalid\u{1b}\\click\u{1b}]8;;\u{1b}\\\n",
        "=".repeat(3000)
    ));
    failed.messages[1].place = None;
    checks[0].runs.push(failed);
    let mut one = submission(
        "../\u{1b}[31mevil\u{1b}[0m\n/汉字汉字汉字汉字汉字汉字汉字汉字汉字汉字",
        Verdict::WrongAnswer,
        checks,
    );
    one.ignored_files = vec!["a\u{200b}.go".into(), "b\nc.go".into()];
    one.findings = vec![Finding {
        place: Some(Place {
            file: "x\u{1b}[1m.go".into(),
            line: 3,
            column: Some(9),
        }),
        excerpt: Some(Excerpt {
            first_line: 2,
            lines: vec![
                format!("// {}", "long ".repeat(80)),
                "\tx := \"汉字\u{202e}\u{1b}[31m\"".into(),
                "}".into(),
            ],
        }),
        ..Finding::new(
            FindingKind::Tamper,
            "it changed what the tests stand on: io.EOF\u{1b}[K",
        )
    }];
    report(vec![one])
}

/// One of each.
pub(super) fn batch() -> Report {
    let mut report = report(vec![
        accepted("submissions/alice"),
        partial("submissions/bob"),
        compile_error("submissions/carol"),
        data_race("submissions/dan"),
        disallowed("submissions/a-name-that-is-far-too-long-for-a-table/erin"),
        grader_error("submissions/frank"),
    ]);
    report.refused = vec![refusal("submissions/mallory.zip")];
    report
}
