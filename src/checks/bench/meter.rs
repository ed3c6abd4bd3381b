//! Makes the single runs of a benchmark, and keeps account of the time that they take.

use std::time::Duration;

use super::super::errored_run;
use super::super::judge::Judgement;
use super::super::judge::bench::{Pair, Sample, judge_benchmark};
use crate::golang::{Repeat, Rig, TestRun, run_benchmark};
use crate::model::{BenchCheck, Budget, Cost, Limits, Outcome, RunReport, Verdict};
use crate::sandbox::{LimitHit, Usage};
use crate::text::duration;

/// How long the processor is to work for the operations of one run of the reference.
const WORK: Duration = Duration::from_millis(25);
/// The same for a run of the candidate's code on input of one size, of which there are many.
const WORK_FOR_A_SIZE: Duration = Duration::from_millis(10);
/// How long the timer runs in a run that finds out how many operations that makes.
const CALIBRATION: Duration = Duration::from_millis(5);
/// Code that uses so many times its budget of processor time needn't be compared any further: no noise does that.
const HOPELESS: f64 = 8.0;
/// Nor is it ended before it has used so much.
const LEAST_CPU: Duration = Duration::from_millis(500);

/// Why there is nothing, or nothing more, to compare.
pub(super) enum Stop {
    /// A run of the candidate's code didn't go well.
    Candidate {
        judgement: Judgement,
        run: Box<RunReport>,
    },
    /// Something that is ours or the machine's.
    Ours(String),
}

impl Stop {
    /// The candidate's code can't be built.
    pub(super) fn too_much(why: &str) -> Self {
        Self::blame("build", Verdict::CompileError, why)
    }

    /// Adds to what is said of the candidate's code what else there is to say.
    pub(super) fn also(mut self, words: Option<String>) -> Self {
        if let (Stop::Candidate { judgement, .. }, Some(words)) = (&mut self, words) {
            judgement.rationale = format!("{}; {words}", judgement.rationale);
        }
        self
    }

    fn blame(name: &str, cause: Verdict, why: &str) -> Self {
        Stop::Candidate {
            run: Box::new(RunReport {
                outcome: Outcome::Failed,
                cause: Some(cause),
                ..errored_run(name)
            }),
            judgement: Judgement {
                outcome: Outcome::Failed,
                cause: Some(cause),
                rationale: why.to_owned(),
                exhibits: Vec::new(),
            },
        }
    }
}

/// Makes runs.
pub(super) struct Meter<'a> {
    candidate: Rig<'a>,
    test_main: &'a str,
    /// What a run of the candidate's code may use where that is compared with the reference's.
    compared: Limits,
    limit: Duration,
    spent: Duration,
    of_candidate: Vec<Usage>,
    of_reference: Vec<Usage>,
}

impl<'a> Meter<'a> {
    /// One that gives up after `limit`.
    pub(super) fn new(candidate: Rig<'a>, test_main: &'a str, limit: Duration) -> Self {
        Self {
            candidate,
            test_main,
            compared: candidate.limits.clone(),
            limit,
            spent: Duration::ZERO,
            of_candidate: Vec::new(),
            of_reference: Vec::new(),
        }
    }

    /// Whether there is time for more runs.
    pub(super) fn has_time(&self) -> bool {
        self.spent < self.limit
    }

    /// Finds out how many operations of the reference make a run, and when it is hopeless for the candidate's.
    pub(super) async fn calibrate(
        &mut self,
        reference: &Rig<'_>,
        kind: &BenchCheck,
    ) -> Result<Repeat, Stop> {
        let (sample, usage) = self
            .run_reference(reference, &kind.benchmark, Repeat::For(CALIBRATION))
            .await?;
        let repeat = enough_for(WORK, &sample);

        let time = |budget: &&Budget| budget.cost == Cost::Time;
        if let Some(budget) = kind.budgets.iter().find(time) {
            // A long operation is repeated no more than it was here.
            let work = WORK.max(usage.cpu).mul_f64(budget.most.value() * HOPELESS);
            let hopeless = work.max(LEAST_CPU).min(self.compared.cpu());
            self.compared.cpu = Some(hopeless);
        }
        Ok(repeat)
    }

    /// Finds out how many operations of the candidate's code make a run on input of one size.
    pub(super) async fn calibrate_size(&mut self, benchmark: &str) -> Result<Repeat, Stop> {
        let sample = self.of_a_size(benchmark, Repeat::For(CALIBRATION)).await?;
        Ok(enough_for(WORK_FOR_A_SIZE, &sample))
    }

    /// A run of each, the candidate's first or the reference's.
    pub(super) async fn pair(
        &mut self,
        reference: &Rig<'_>,
        benchmark: &str,
        repeat: Repeat,
        is_candidate_first: bool,
    ) -> Result<Pair, Stop> {
        let limits = self.compared.clone();
        let rig = Rig {
            limits: &limits,
            ..self.candidate
        };
        if is_candidate_first {
            let candidate = self.run_candidate(&rig, benchmark, repeat).await?;
            let (of_reference, usage) = self.run_reference(reference, benchmark, repeat).await?;
            self.of_reference.push(usage);
            Ok(Pair {
                candidate,
                reference: of_reference,
            })
        } else {
            let (of_reference, usage) = self.run_reference(reference, benchmark, repeat).await?;
            self.of_reference.push(usage);
            let candidate = self.run_candidate(&rig, benchmark, repeat).await?;
            Ok(Pair {
                candidate,
                reference: of_reference,
            })
        }
    }

    /// A run of the candidate's code on input of one size.
    pub(super) async fn of_a_size(
        &mut self,
        benchmark: &str,
        repeat: Repeat,
    ) -> Result<Sample, Stop> {
        let rig = self.candidate;
        self.run_candidate(&rig, benchmark, repeat).await
    }

    async fn run_candidate(
        &mut self,
        rig: &Rig<'_>,
        benchmark: &str,
        repeat: Repeat,
    ) -> Result<Sample, Stop> {
        let run = match run_benchmark(rig, self.test_main, benchmark, repeat).await {
            Ok(run) => run,
            Err(_) if !rig.workspace.is_intact(&rig.product.stage) => {
                let why = "an earlier run has removed or closed the folders that runs need";
                return Err(Stop::blame(benchmark, Verdict::Tampered, why));
            }
            Err(error) => return Err(Stop::Ours(error.to_string())),
        };
        self.spent += counted(&run.ended.usage);
        self.of_candidate.push(run.ended.usage);
        judge_benchmark(benchmark, &run.ended, &run.chain)
            .map_err(|judgement| self.stopped(rig, &run, judgement))
    }

    fn stopped(&self, rig: &Rig<'_>, run: &TestRun, mut judgement: Judgement) -> Stop {
        if judgement.outcome == Outcome::Errored {
            return Stop::Ours(judgement.rationale);
        }
        let is_hopeless = run.ended.limit == Some(LimitHit::Cpu)
            && judgement.cause == Some(Verdict::TimeLimit)
            && rig.limits.cpu() < self.candidate.limits.cpu();
        if is_hopeless {
            judgement.rationale = format!(
                "it was ended after {} of processor time, many times what the reference takes for as many operations",
                duration(rig.limits.cpu())
            );
        }
        Stop::Candidate {
            run: Box::new(RunReport {
                outcome: judgement.outcome,
                cause: judgement.cause,
                ended: run.ended.exit.to_string(),
                ..usual(&run.test, std::slice::from_ref(&run.ended.usage))
            }),
            judgement,
        }
    }

    async fn run_reference(
        &mut self,
        rig: &Rig<'_>,
        benchmark: &str,
        repeat: Repeat,
    ) -> Result<(Sample, Usage), Stop> {
        let run = run_benchmark(rig, self.test_main, benchmark, repeat)
            .await
            .map_err(|error| Stop::Ours(error.to_string()))?;
        self.spent += counted(&run.ended.usage);
        match judge_benchmark(benchmark, &run.ended, &run.chain) {
            Ok(sample) => Ok((sample, run.ended.usage)),
            Err(judgement) => Err(Stop::Ours(format!(
                "the reference doesn't get through {benchmark}: {}",
                judgement.rationale
            ))),
        }
    }

    /// One report for all runs of the candidate's code, and one for those of the reference.
    pub(super) fn into_reports(self, benchmark: &str) -> Vec<RunReport> {
        let mut reports = vec![usual(benchmark, &self.of_candidate)];
        if !self.of_reference.is_empty() {
            let name = format!("{benchmark} of the reference");
            reports.push(usual(&name, &self.of_reference));
        }
        reports
    }
}

/// What of a run counts as time spent: on a busy machine a run waits for a processor most of its time, and that is no reason to
/// stop before something is known. Whoever waits by himself runs out of time too.
fn counted(usage: &Usage) -> Duration {
    usage.cpu.max(usage.wall / 10)
}

/// As many operations as keep the processor at work for so long.
fn enough_for(work: Duration, sample: &Sample) -> Repeat {
    let wanted = work.as_secs_f64() * 1e9 / sample.work().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between one and some millions"
    )]
    Repeat::Times(wanted.ceil().max(1.0) as u64)
}

/// A run that stands for many: each of its figures is the middle one of theirs.
fn usual(name: &str, usages: &[Usage]) -> RunReport {
    let middle = |of: fn(&Usage) -> Duration| {
        let mut all: Vec<Duration> = usages.iter().map(of).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    let mut memory: Vec<u64> = usages.iter().map(|usage| usage.max_memory).collect();
    memory.sort_unstable();
    RunReport {
        outcome: Outcome::Passed,
        cause: None,
        processors: Some(1),
        seconds: middle(|usage| usage.wall).as_secs_f64(),
        cpu_seconds: middle(|usage| usage.cpu).as_secs_f64(),
        max_memory: memory.get(memory.len() / 2).copied().unwrap_or_default(),
        ended: "exit 0".to_owned(),
        ..errored_run(name)
    }
}
