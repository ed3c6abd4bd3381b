//! `gavel explain`

use serde::Serialize;

use super::arguments::{self, ListFormat};
use super::failure::{Ending, Failure};
use super::{print_data, terminal_look};
use crate::diagnosis::explanations::{self, Explanation};
use crate::manifest::nearest;
use crate::report::Look;
use crate::text::{expand_tabs, width, wrap};

/// Explains one kind of finding, or lists all that can be explained.
///
/// # Errors
///
/// If there is no explanation of that name.
pub fn run(arguments: &arguments::Explain) -> Result<Ending, Failure> {
    let look = terminal_look();
    let data = match (&arguments.name, arguments.format) {
        (None, ListFormat::Text) => list(explanations::all(), &look),
        (None, ListFormat::Json) => json(&titles())?,
        (Some(name), ListFormat::Text) => text(find(name)?, &look),
        (Some(name), ListFormat::Json) => json(find(name)?)?,
    };
    print_data(&data)?;
    Ok(Ending::Good)
}

fn find(name: &str) -> Result<&'static Explanation, Failure> {
    explanations::by_name(name).ok_or_else(|| {
        let names = explanations::all().iter().map(|known| known.name.as_str());
        let advice = nearest(name, names).map_or_else(
            || "`gavel explain` lists all".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        Failure::Input(format!("there is no explanation {name:?}; {advice}"))
    })
}

/// An explanation in the JSON listing.
#[derive(Serialize)]
struct Title {
    name: &'static str,
    title: &'static str,
}

fn titles() -> Vec<Title> {
    explanations::all()
        .iter()
        .map(|one| Title {
            name: &one.name,
            title: &one.title,
        })
        .collect()
}

fn json(data: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(data)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Machine(format!("can't write the explanation: {error}")))
}

/// Longer lines are hard to read, and narrower terminals are rare.
fn columns(look: &Look) -> usize {
    look.width.clamp(32, 90)
}

fn list(all: &[Explanation], look: &Look) -> String {
    let bold = anstyle::Style::new().bold();
    let widest = all.iter().map(|one| width(&one.name)).max().unwrap_or(0);
    let hang = " ".repeat(widest + 2);
    // A column of titles needs some room, or each goes beneath its name.
    let has_columns = columns(look) >= widest + 30;
    let mut lines = Vec::new();
    for one in all {
        let name = format!("{bold}{}{bold:#}", one.name);
        if has_columns {
            let mut rows = wrap(&one.title, columns(look), &hang, &hang).into_iter();
            let first = rows.next().unwrap_or_default();
            let blanks = " ".repeat(widest - width(&one.name));
            lines.push(format!("{name}{blanks}  {}", first.trim_start()));
            lines.extend(rows);
        } else {
            lines.push(name);
            lines.extend(wrap(&one.title, columns(look), "  ", "  "));
        }
    }
    lines.join("\n") + "\n"
}

fn text(one: &Explanation, look: &Look) -> String {
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::Style::new().dimmed();
    let wrapped = |text: &str| wrap(text, columns(look), "", "").join("\n");
    let code = |code: &str| {
        code.lines()
            .map(|line| format!("    {}", expand_tabs(line)).trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let said: Vec<String> = one
        .patterns
        .iter()
        .map(|pattern| format!("    {}", pattern.replace('*', ellipsis(look))))
        .chain(
            one.analyser
                .iter()
                .map(|name| format!("    go vet -{name}")),
        )
        .collect();
    let mut parts = vec![
        format!("{dim}{}{dim:#}", one.name),
        format!("{bold}{}{bold:#}", wrapped(&one.title)),
        wrapped(&one.meaning),
        wrapped(&one.mend),
        format!("{bold}Wrong{bold:#}\n\n{}", code(&one.wrong)),
        format!("{bold}Right{bold:#}\n\n{}", code(&one.right)),
    ];
    if !said.is_empty() {
        parts.push(format!(
            "{bold}Go's own words{bold:#}\n\n{}",
            said.join("\n")
        ));
    }
    let questions = format!("curriculum: {}", one.curriculum.join(", "));
    parts.push(format!("{dim}{}{dim:#}", wrapped(&questions)));
    parts.join("\n\n") + "\n"
}

fn ellipsis(look: &Look) -> &'static str {
    if look.unicode { "…" } else { "..." }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    const LOOK: Look = Look {
        width: 80,
        unicode: true,
    };

    #[test]
    fn an_explanation_has_both_examples() {
        let one = explanations::by_name("after-test").unwrap();
        insta::assert_snapshot!(plain(&text(one, &LOOK)));
    }

    #[test]
    fn a_list_fits_the_terminal() {
        let some = &explanations::all()[..4];
        insta::assert_snapshot!(plain(&list(some, &LOOK)));
        insta::assert_snapshot!(plain(&list(some, &Look { width: 40, ..LOOK })));
    }

    #[test]
    fn words_fit_the_terminal() {
        for one in explanations::all() {
            let words = plain(&text(one, &Look { width: 40, ..LOOK }));
            let (words, _) = words.split_once("Wrong\n").unwrap();
            let widest = words.lines().map(width).max();
            assert!(widest <= Some(40), "{widest:?}: {words}");
        }
    }
}
