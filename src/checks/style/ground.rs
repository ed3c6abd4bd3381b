//! What rules of style look at: the candidate's files, and what the exercise has beside them.

use std::collections::BTreeSet;

use crate::gosource::{self, Expression, Outline, OutlinedKind, Position};
use crate::model::{Exercise, FileSet, StyleRule};

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) rule: StyleRule,
    pub(super) file: String,
    pub(super) position: Position,
    pub(super) message: String,
    /// Another place that belongs to it: what happens there, the file, where.
    pub(super) other: Option<(String, String, Position)>,
}

/// A Go file that was understood.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: String,
    /// The folder that it lies in, `.` for the module's own.
    pub(super) folder: String,
    pub(super) is_test: bool,
    pub(super) outline: Outline,
}

impl Source {
    fn read(path: &str, text: &[u8]) -> Result<Self, String> {
        let outline = gosource::outline(path, text).map_err(|fault| format!("{path}: {fault}"))?;
        Ok(Self {
            path: path.to_owned(),
            folder: folder_of(path).to_owned(),
            is_test: path.ends_with("_test.go"),
            outline,
        })
    }

    pub(super) fn remark(&self, rule: StyleRule, position: Position, message: String) -> Remark {
        Remark {
            rule,
            file: self.path.clone(),
            position,
            message,
            other: None,
        }
    }

    pub(super) fn package(&self) -> &str {
        &self.outline.facts.package
    }

    /// The import path that a name before a dot stands for, if that is clear.
    pub(super) fn import_called(&self, name: &str) -> Option<&str> {
        let packages = self.outline.facts.packages_by_name();
        let paths = packages.get(name)?;
        let exact = paths
            .iter()
            .find(|path| path.rsplit('/').next() == Some(name));
        exact.or_else(|| paths.iter().next()).copied()
    }

    /// `("errors", "New")` of `errors.New`: the import path and the symbol.
    pub(super) fn symbol<'s>(&'s self, expression: &'s Expression) -> Option<(&'s str, &'s str)> {
        match expression {
            Expression::Member(package, symbol) => match &**package {
                Expression::Name(name) => Some((self.import_called(name)?, symbol)),
                Expression::Member(..)
                | Expression::Call(_)
                | Expression::Literal(_)
                | Expression::Other => None,
            },
            Expression::Name(_)
            | Expression::Call(_)
            | Expression::Literal(_)
            | Expression::Other => None,
        }
    }
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// All that rules look at.
pub(super) struct Ground<'a> {
    /// The module's path.
    pub(super) module: &'a str,
    /// The exercise's text for the candidate.
    pub(super) statement: &'a str,
    /// The candidate's files.
    pub(super) own: Vec<Source>,
    /// The exercise's files beside them, hidden ones included.
    pub(super) others: Vec<Source>,
    /// What the starter declares in files that were replaced, by folder and name.
    pub(super) given: BTreeSet<(String, String)>,
}

impl<'a> Ground<'a> {
    /// Reads the candidate's files, all of which must be readable, and the exercise's.
    pub(super) fn read(exercise: &'a Exercise, submission: &FileSet) -> Result<Self, String> {
        let is_go = |path: &str| path.ends_with(".go");
        let own = submission
            .iter()
            .filter(|(path, _)| is_go(path))
            .map(|(path, file)| Source::read(path, &file.bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let mut others = Vec::new();
        let mut given = BTreeSet::new();
        // What the exercise has that can't be read says nothing about the candidate's code.
        let exercises_own = exercise.starter.iter().chain(&exercise.hidden);
        for (path, file) in exercises_own.filter(|(path, _)| is_go(path)) {
            let Ok(source) = Source::read(path, &file.bytes) else {
                continue;
            };
            if submission.contains_key(path) {
                let names = source.outline.declarations.into_iter().map(|one| one.name);
                given.extend(names.map(|name| (source.folder.clone(), name)));
            } else {
                others.push(source);
            }
        }
        Ok(Self {
            module: &exercise.module,
            statement: &exercise.statement,
            own,
            others,
            given,
        })
    }

    /// The candidate's files that are no tests.
    pub(super) fn code(&self) -> impl Iterator<Item = &Source> {
        self.own.iter().filter(|source| !source.is_test)
    }

    /// All files that are no tests, the candidate's first.
    pub(super) fn all_code(&self) -> impl Iterator<Item = &Source> {
        self.code()
            .chain(self.others.iter().filter(|source| !source.is_test))
    }

    /// The import path of the package in a folder.
    pub(super) fn import_path(&self, folder: &str) -> String {
        if folder == "." {
            self.module.to_owned()
        } else {
            format!("{}/{folder}", self.module)
        }
    }

    /// The folder of one of the module's own packages.
    pub(super) fn folder_at<'p>(&self, import_path: &'p str) -> Option<&'p str> {
        match import_path.strip_prefix(self.module)? {
            "" => Some("."),
            rest => rest.strip_prefix('/'),
        }
    }
}

/// Whether a name is exported.
pub(super) fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// The name of the type that a method is declared on, without pointer and type parameters.
pub(super) fn receiver_of(kind: &OutlinedKind) -> Option<&str> {
    match kind {
        OutlinedKind::Function(function) => {
            let of = &function.receiver.as_ref()?.of;
            let of = of.trim_start_matches(['*', '(']).trim_end_matches(')');
            Some(of.split('[').next().unwrap_or(of))
        }
        OutlinedKind::Type(_) | OutlinedKind::Variable(_) | OutlinedKind::Constant => None,
    }
}
