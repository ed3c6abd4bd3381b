//! The command line as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Kind;
use crate::report::Destination;

/// Grades hands-on Go exercises.
#[derive(Debug, Parser)]
#[command(name = "gavel", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all graded and at the pass mark, 1 some below it, 2 wrong usage or unreadable input,\n\
                          3 grading itself failed, 130 interrupted, 143 terminated.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the exercises of a catalog.
    List(List),
    /// Show an exercise: its statement, or what the catalog knows about it.
    Show(Show),
    /// Grade submissions: folders, Go files, archives, or folders of these.
    Grade(Grade),
    /// Prove that exercises are good ones: all of a catalog, or those named.
    Verify(Verify),
    /// Begin an exercise: a small one that is complete, with blanks for what only its author knows.
    New(New),
    /// Explain what a finding means and how it is usually mended: one kind, or a list of all.
    Explain(Explain),
    /// Show what this machine has and lacks for grading.
    Doctor(Doctor),
}

/// Which catalog.
#[derive(Clone, Debug, Args)]
pub struct CatalogChoice {
    /// A folder of exercises, instead of the catalog that is built in.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

/// Which Go.
#[derive(Clone, Debug, Args)]
pub struct GoChoice {
    /// The go command to use, or the root of an installation [default: `GAVEL_GO`, then PATH, then the usual places].
    #[arg(long, value_name = "FILE")]
    pub go: Option<PathBuf>,
}

/// How a listing is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    #[default]
    Text,
    /// An array.
    Json,
}

/// `gavel list`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub catalog: CatalogChoice,
    /// Only exercises that have this word among their topics, or are in the area of this name; may be given several times.
    #[arg(long, value_name = "WORD")]
    pub topic: Vec<String>,
    /// Only exercises of this difficulty; may be given several times.
    #[arg(long, value_enum)]
    pub difficulty: Vec<DifficultyChoice>,
    /// Only exercises of this kind; may be given several times.
    #[arg(long, value_enum)]
    pub kind: Vec<KindChoice>,
    /// Show the questions of the curriculum, each with the exercises that train it.
    #[arg(long)]
    pub coverage: bool,
    /// For people, or an array.
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// How hard an exercise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DifficultyChoice {
    Easy,
    Medium,
    Hard,
}

/// What an exercise asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindChoice {
    /// Fill in a stub.
    Implement,
    /// Find and mend a defect.
    Fix,
    /// Say what a program prints.
    Predict,
    /// Write the tests.
    Test,
    /// Make it faster or leaner.
    Optimise,
    /// Write a program.
    Service,
}

impl KindChoice {
    /// The kind of that name.
    pub fn kind(self) -> Kind {
        match self {
            KindChoice::Implement => Kind::Implement,
            KindChoice::Fix => Kind::Fix,
            KindChoice::Predict => Kind::Predict,
            KindChoice::Test => Kind::Test,
            KindChoice::Optimise => Kind::Optimise,
            KindChoice::Service => Kind::Service,
        }
    }
}

/// `gavel show`
#[derive(Debug, Args)]
pub struct Show {
    /// The exercise: area/slug, or the slug alone.
    pub exercise: String,
    #[command(flatten)]
    pub catalog: CatalogChoice,
    /// For people, or an object.
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// How strongly runs are to be confined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SandboxChoice {
    /// Namespaces, a root of its own, Landlock, a list of allowed system calls.
    Strict,
    /// Landlock and a list of allowed system calls: where namespaces are forbidden.
    Landlock,
    /// Limits and time-outs, and no wall: for code that you would run yourself.
    None,
    /// The strongest that works here.
    #[default]
    Auto,
}

/// A limit that may be weaker than an exercise asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Weaker {
    /// Runs that need a loopback network of their own may reach the machine's.
    Network,
}

/// Who will read the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Audience {
    /// Everything.
    #[default]
    Grader,
    /// Hidden checks show only what they are about and how they ended.
    Candidate,
}

/// `gavel grade`
#[derive(Debug, Args)]
pub struct Grade {
    /// Submissions, or folders of submissions.
    #[arg(required = true, value_name = "SUBMISSION")]
    pub submissions: Vec<PathBuf>,
    /// What they are submissions of [default: what gavel.toml, the folder's name or gavel-task.toml say].
    #[arg(long, value_name = "ID")]
    pub exercise: Option<String>,
    #[command(flatten)]
    pub catalog: CatalogChoice,
    #[command(flatten)]
    pub go: GoChoice,
    /// How many processes may run at a time [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Write a report: terminal, json or junit, to standard output or to FILE. May be given several times.
    #[arg(long = "report", value_name = "FORMAT[=FILE]")]
    pub reports: Vec<Destination>,
    /// Who will read the reports.
    #[arg(long, value_enum, default_value_t)]
    pub audience: Audience,
    /// The share of the points, in percent, from which a submission is good enough for exit code 0.
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub pass_mark: u8,
    /// How strongly builds and runs are to be confined.
    #[arg(long, value_enum, default_value_t)]
    pub sandbox: SandboxChoice,
    /// Grade although this sandbox can't hold a limit.
    #[arg(long, value_name = "LIMIT", value_enum)]
    pub allow_weaker: Vec<Weaker>,
}

/// `gavel verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Exercises: area/slug, or the slug alone; all of the catalog when none is named.
    #[arg(value_name = "EXERCISE")]
    pub exercises: Vec<String>,
    /// First write down what the reference does: answers that transcripts don't expect yet, and golden files. Takes named
    /// exercises of a --catalog.
    #[arg(long, requires = "exercises", requires = "catalog")]
    pub bless: bool,
    /// Run each test N times instead of its check's stress, and each flawed solution's check N times.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: Option<u32>,
    #[command(flatten)]
    pub catalog: CatalogChoice,
    #[command(flatten)]
    pub go: GoChoice,
    /// How many processes may run at a time [default: one for each processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How strongly builds and runs are to be confined.
    #[arg(long, value_enum, default_value_t)]
    pub sandbox: SandboxChoice,
}

/// `gavel new`
#[derive(Debug, Args)]
pub struct New {
    /// Its name: area/slug.
    #[arg(value_name = "AREA/SLUG")]
    pub exercise: String,
    /// What it asks for.
    #[arg(long, value_enum, default_value_t = KindChoice::Implement)]
    pub kind: KindChoice,
    /// The folder of exercises that it is made in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub catalog: PathBuf,
}

/// `gavel explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// The kind of finding, as reports name it; all are listed when none is named.
    pub name: Option<String>,
    /// For people, or an object; an array when all are listed.
    #[arg(long, value_enum, default_value_t)]
    pub format: ListFormat,
}

/// `gavel doctor`
#[derive(Debug, Args)]
pub struct Doctor {
    /// Remove what gavels have left behind that were killed: temporary directories and control groups.
    #[arg(long)]
    pub clean: bool,
    /// Download the modules that the catalog's exercises require, and build what they import, so that grading needs no
    /// network and no patience.
    #[arg(long, conflicts_with = "clean")]
    pub warm: bool,
    #[command(flatten)]
    pub catalog: CatalogChoice,
    #[command(flatten)]
    pub go: GoChoice,
}
