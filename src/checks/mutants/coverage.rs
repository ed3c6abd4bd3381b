//! Which statements of the implementation a candidate's tests execute, in words. It decides nothing.

use std::collections::BTreeMap;

use crate::golang::Counted;

/// How many stretches of lines are named.
const STRETCHES: usize = 8;

/// `they run 83 % of the implementation's statements; not run: limiter.go:40-44, 51`.
///
/// `covered` has one character for each statement up to the last that was executed: `1` if it was.
pub(super) fn told(statements: &[Counted], covered: &str) -> String {
    let was_run = |number: usize| covered.as_bytes().get(number) == Some(&b'1');
    let run = (0..statements.len())
        .filter(|number| was_run(*number))
        .count();
    let percent = run * 100 / statements.len().max(1);
    let mut missing: BTreeMap<&str, Vec<(u32, u32)>> = BTreeMap::new();
    for (number, statement) in statements.iter().enumerate() {
        if was_run(number) {
            continue;
        }
        let (first, last) = statement.lines;
        let stretches = missing.entry(&statement.file).or_default();
        match stretches.last_mut() {
            // A statement that follows at once, or that is part of the one before.
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            Some(_) | None => stretches.push((first, last)),
        }
    }
    let lines = |(first, last): (u32, u32)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let mut named: Vec<String> = Vec::new();
    for (file, stretches) in missing {
        for (index, stretch) in stretches.into_iter().enumerate() {
            let lines = lines(stretch);
            named.push(if index == 0 {
                format!("{file}:{lines}")
            } else {
                lines
            });
        }
    }
    let left_out = named.len().saturating_sub(STRETCHES);
    named.truncate(STRETCHES);
    if left_out > 0 {
        named.push(format!("and {left_out} more"));
    }
    if named.is_empty() {
        return "they run all of the implementation's statements".to_owned();
    }
    let named = named.join(", ");
    format!("they run {percent} % of the implementation's statements; not run: {named}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(covered: &str) -> String {
        let statements: Vec<Counted> = [
            ("a.go", 3, 3),
            ("a.go", 4, 5),
            ("a.go", 9, 9),
            ("b.go", 1, 1),
        ]
        .map(|(file, first, last)| Counted {
            file: file.to_owned(),
            lines: (first, last),
        })
        .into();
        told(&statements, covered)
    }

    #[test]
    fn lines_that_are_not_run_are_named_in_stretches() {
        assert_eq!(
            told_of("1111"),
            "they run all of the implementation's statements"
        );
        assert_eq!(
            told_of("0011"),
            "they run 50 % of the implementation's statements; not run: a.go:3-5"
        );
        assert_eq!(
            told_of("01"),
            "they run 25 % of the implementation's statements; not run: a.go:3, 9, b.go:1"
        );
    }
}
