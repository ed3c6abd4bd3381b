//! Which files count as the candidate's: what `[submission] files` matches, less what never counts.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::{Kind, Submission};

/// The rule by which a path counts as the candidate's.
#[derive(Clone, Debug)]
pub struct CountedFiles {
    patterns: GlobSet,
    tests_count: bool,
}

impl CountedFiles {
    /// The rule of an exercise. A pattern that is no pattern matches nothing; reading the manifest has refused it.
    pub fn new(submission: &Submission, kind: Kind) -> Self {
        let mut patterns = GlobSetBuilder::new();
        for pattern in &submission.files {
            if let Ok(glob) = parse_pattern(pattern) {
                patterns.add(glob);
            }
        }
        Self {
            patterns: patterns.build().unwrap_or_default(),
            tests_count: kind == Kind::Test,
        }
    }

    /// Whether the file at this `/`-separated path, relative to the submission's root, counts.
    pub fn counts(&self, path: &str) -> bool {
        self.patterns.is_match(path) && !path.split('/').any(|part| self.never_counts(part))
    }

    /// What belongs to the exercise whatever the manifest says. Letter case is ignored because some file systems do.
    fn never_counts(&self, part: &str) -> bool {
        let part = part.to_lowercase();
        match part.as_str() {
            "go.mod" | "go.sum" | "go.work" | "go.work.sum" | "vendor" | "testdata" => true,
            part => !self.tests_count && part.ends_with("_test.go"),
        }
    }
}

/// Reads one glob pattern, in which `*` stops at `/`.
pub(super) fn parse_pattern(pattern: &str) -> Result<globset::Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(files: &[&str], kind: Kind) -> CountedFiles {
        let files = files.iter().map(ToString::to_string).collect();
        CountedFiles::new(&Submission { files }, kind)
    }

    #[test]
    fn go_files_count_anywhere_but_in_what_belongs_to_the_exercise() {
        let rule = rule(&["**/*.go"], Kind::Implement);
        for path in ["pool.go", "internal/store/store.go", "a/b/c/d.go"] {
            assert!(rule.counts(path), "{path}");
        }
        for path in [
            "pool_test.go",
            "a/b_test.go",
            "go.mod",
            "vendor/x/x.go",
            "testdata/x.go",
            "a/testdata/x.go",
            "Vendor/x.go",
            "README.md",
            "pool.GO",
            "x_test.go/y.go",
        ] {
            assert!(!rule.counts(path), "{path}");
        }
    }

    #[test]
    fn tests_count_where_tests_are_the_task() {
        let rule = rule(&["*_test.go"], Kind::Test);
        assert!(rule.counts("limiter_test.go"));
        assert!(!rule.counts("limiter.go"));
        assert!(
            !rule.counts("deep/limiter_test.go"),
            "a star stops at a slash"
        );
    }

    #[test]
    fn no_pattern_reaches_what_never_counts() {
        let rule = rule(&["**"], Kind::Test);
        assert!(!rule.counts("go.mod") && !rule.counts("a/go.sum") && !rule.counts("go.work"));
        assert!(rule.counts("notes.txt"));
    }
}
