//! Reports for tests in which findings were diagnosed: several places, each with what happens there. The evidence is what Go
//! 1.26 and 1.27 printed for these sources.

use super::sample_parts::{
    Source, check, finding_at, finding_in, related, related_in, related_outside, run, submission,
};
use super::samples::{all_passed, fail};
use crate::model::{Finding, FindingKind, Outcome, SubmissionReport, Verdict};

const WRITE_WRITE: &str = "==================
WARNING: DATA RACE
Write at 0x00c00002a250 by goroutine 9:
  workerpool.Run[go.shape.int,go.shape.int].func1()
      workerpool/workerpool.go:17 +0xc4

Previous write at 0x00c00002a250 by goroutine 12:
  workerpool.Run[go.shape.int,go.shape.int].func1()
      workerpool/workerpool.go:17 +0xc4

Goroutine 9 (running) created at:
  sync.(*WaitGroup).Go()
      sync/waitgroup.go:238 +0x72
  workerpool_test.TestManyFailuresAtOnce()
      workerpool/workerpool_test.go:18 +0xed
  testing.tRunner()
      testing/testing.go:2036 +0x21c
  testing.(*T).Run.gowrap1()
      testing/testing.go:2101 +0x38
==================
";

/// Two goroutines of one loop write on one line; where they were started, the race detector has lost to inlining.
pub(in crate::report) fn data_race(name: &str) -> SubmissionReport {
    let mut checks = all_passed();
    let at = fail(
        &mut checks,
        "many-failures-at-once",
        Outcome::Failed,
        "the race detector found conflicting accesses without synchronisation (in 4 of 8 runs)",
    );
    checks[at].findings.push(Finding {
        label: Some("written here by one goroutine".into()),
        related: vec![
            related(
                "written here by another one, and nothing orders the two",
                17,
                true,
            ),
            related_outside(
                "both goroutines were started here",
                "workerpool_test.go",
                18,
            ),
        ],
        detail: Some(WRITE_WRITE.into()),
        help: Some("Let one goroutine own first, or guard it with a mutex.".into()),
        explanation: Some("data-race".into()),
        ..finding_at(
            FindingKind::Race,
            "two goroutines write first, and nothing orders them",
            17,
            None,
        )
    });
    for number in 0..8 {
        checks[at].runs.push(run(
            "TestManyFailuresAtOnce",
            (number % 2 == 0).then_some(Verdict::DataRace),
        ));
    }
    submission(name, Verdict::DataRace, checks)
}

const STATS: Source = Source {
    file: "stats.go",
    text: "// Package stats counts hits.
package stats

// Stats counts hits by path.
type Stats struct {
\thits  map[string]int
\ttotal int
\tdone  chan struct{}
}

// Start counts what comes in on paths until it is closed.
func Start(paths <-chan string) *Stats {
\ts := &Stats{hits: make(map[string]int), done: make(chan struct{})}
\tgo func() {
\t\tdefer close(s.done)
\t\tfor path := range paths {
\t\t\ts.hits[path]++
\t\t\ts.total++
\t\t}
\t}()
\treturn s
}

// Total is the number of hits so far.
func (s *Stats) Total() int {
\treturn s.total
}
",
};

const READ_WRITE: &str = "==================
WARNING: DATA RACE
Write at 0x00c0000a60c8 by goroutine 9:
  stats.Start.func1()
      stats/stats.go:18 +0x1b7

Previous read at 0x00c0000a60c8 by goroutine 8:
  stats.(*Stats).Total()
      stats/stats.go:26 +0xae
  stats_test.TestTotalWhileCounting()
      stats/stats_test.go:18 +0xb9
  testing.tRunner()
      testing/testing.go:2036 +0x21c

Goroutine 9 (running) created at:
  stats.Start()
      stats/stats.go:14 +0x1a8
  stats_test.TestTotalWhileCounting()
      stats/stats_test.go:11 +0x33
  testing.tRunner()
      testing/testing.go:2036 +0x21c

Goroutine 8 (running) created at:
  testing.(*T).Run()
      testing/testing.go:2101 +0xb12
==================
";

/// One check that failed by one finding.
fn one_fault(
    name: &str,
    slug: &str,
    id: &str,
    about: &str,
    (verdict, rationale): (Verdict, &str),
    finding: Finding,
) -> SubmissionReport {
    let mut failed = check(id, 20, Outcome::Failed, about);
    failed.rationale = rationale.into();
    failed.runs.push(run("TestSomething", Some(verdict)));
    failed.findings.push(finding);
    let passed = check("adds-up", 10, Outcome::Passed, "The sums are right.");
    let mut submission = submission(name, verdict, vec![passed, failed]);
    submission.exercise.id.slug = slug.into();
    submission
}

/// A write and a read, far from each other.
pub(in crate::report) fn race_with_a_reader(name: &str) -> SubmissionReport {
    let finding = Finding {
        label: Some("written here".into()),
        related: vec![
            related_in(&STATS, "read here, by the goroutine of the test", 26),
            related_in(&STATS, "the writing goroutine was started here", 14),
        ],
        detail: Some(READ_WRITE.into()),
        help: Some("Guard every access to total with the same mutex, reads included.".into()),
        explanation: Some("data-race".into()),
        ..finding_in(
            &STATS,
            FindingKind::Race,
            "s.total is written and read at the same time",
            18,
            Some(6),
        )
    };
    let about = "Total may be called while paths come in.";
    let rationale = "the race detector found conflicting accesses without synchronisation";
    one_fault(
        name,
        "lost-update",
        "total-while-counting",
        about,
        (Verdict::DataRace, rationale),
        finding,
    )
}

const FETCH: Source = Source {
    file: "fetch.go",
    text: "package fetch

import (
\t\"context\"
\t\"io\"
\t\"net/http\"
)

// Fetch gets a page, or gives up when ctx ends.
func Fetch(ctx context.Context, client *http.Client, url string) (string, error) {
\tpages := make(chan string)
\tgo func() {
\t\tpages <- get(client, url)
\t}()
\tselect {
\tcase page := <-pages:
\t\treturn page, nil
\tcase <-ctx.Done():
\t\treturn \"\", ctx.Err()
\t}
}
",
};

const LEAKED: &str = "goroutine 25 [chan send (leaked)]:
fetch.Fetch.func1()
\tfetch/fetch.go:13 +0x69
created by fetch.Fetch in goroutine 24
\tfetch/fetch.go:12 +0x16d
";

/// A goroutine that waits for a receiver that has gone.
pub(in crate::report) fn leak(name: &str) -> SubmissionReport {
    let finding = Finding {
        label: Some("waits here for ever: nobody receives from pages any more".into()),
        related: vec![
            related_in(&FETCH, "the goroutine was started here", 12),
            related_outside("Fetch was called here", "fetch_test.go", 25),
        ],
        detail: Some(LEAKED.into()),
        help: Some(
            "Let the send give up too: put it into a select with ctx.Done(). Where exactly one value is ever sent, a \
             buffer of one lets the sender go."
                .into(),
        ),
        explanation: Some("blocked-send".into()),
        ..finding_in(
            &FETCH,
            FindingKind::Leak,
            "a goroutine waits for ever to send",
            13,
            None,
        )
    };
    let about = "After a time-out nothing is left behind.";
    one_fault(
        name,
        "leaky-fetch",
        "nothing-left-behind",
        about,
        (Verdict::GoroutineLeak, "1 goroutine was left behind"),
        finding,
    )
}

const BANK: Source = Source {
    file: "bank.go",
    text: "package bank

import \"sync\"

// Account holds money.
type Account struct {
\tmu      sync.Mutex
\tbalance int
}

// Transfer moves an amount from one account to another.
func Transfer(from, to *Account, amount int) {
\tfrom.mu.Lock()
\tdefer from.mu.Unlock()
\tto.mu.Lock()
\tdefer to.mu.Unlock()
\tfrom.balance -= amount
\tto.balance += amount
}

// Settle makes all transfers side by side.
func Settle(transfers []func()) {
\tvar wg sync.WaitGroup
\tfor _, transfer := range transfers {
\t\twg.Add(1)
\t\tgo func() {
\t\t\tdefer wg.Done()
\t\t\ttransfer()
\t\t}()
\t}
\twg.Wait()
}
",
};

const ASLEEP: &str = "goroutine 174 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0xc00009e180?, 0x0?, 0x0?)
\truntime/sema.go:95 +0x25
internal/sync.(*Mutex).lockSlow(0xc00009e190)
\tinternal/sync/mutex.go:149 +0x1f3
internal/sync.(*Mutex).Lock(0xc00009e190)
\tinternal/sync/mutex.go:70 +0x45
sync.(*Mutex).Lock(0xc00009e180?)
\tsync/mutex.go:46 +0x15
bank.Transfer(0xc00009e180, 0xc00009e190, 0x1)
\tbank/bank.go:15 +0xa5
bank_test.TestOppositeTransfers.func1()
\tbank/bank_test.go:13 +0x3e
bank.Settle.func1()
\tbank/bank.go:28 +0x7c
created by bank.Settle in goroutine 22
\tbank/bank.go:26 +0x65
";

/// Two goroutines that took the same locks in different orders, on the same lines.
pub(in crate::report) fn deadlock(name: &str) -> SubmissionReport {
    let finding = Finding {
        label: Some("goroutine A waits here for to.mu, which goroutine B holds".into()),
        related: vec![
            related_in(&BANK, "goroutine A has locked from.mu here", 13),
            related_in(
                &BANK,
                "goroutine B waits here for to.mu, which goroutine A holds",
                15,
            ),
            related_in(&BANK, "goroutine B has locked from.mu here", 13),
            related_in(&BANK, "both goroutines were started here", 26),
            related_outside("goroutine A came from here", "bank_test.go", 13),
            related_outside("goroutine B came from here", "bank_test.go", 14),
        ],
        detail: Some(ASLEEP.into()),
        help: Some("Take locks in one order everywhere, for instance by an id.".into()),
        explanation: Some("lock-order".into()),
        ..finding_in(
            &BANK,
            FindingKind::Hang,
            "two goroutines wait for each other's lock",
            15,
            None,
        )
    };
    let about = "Opposite transfers at the same time come to an end.";
    let rationale = "every goroutine waits, and none can go on";
    let mut submission = one_fault(
        name,
        "dining",
        "opposite-transfers",
        about,
        (Verdict::Deadlock, rationale),
        finding,
    );
    let run = &mut submission.checks[1].runs[0];
    run.seconds = 2.34;
    run.ended = "signal 9".into();
    submission
}
