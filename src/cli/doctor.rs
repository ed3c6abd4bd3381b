//! `gavel doctor`

use std::fmt::Write;

use super::arguments;
use super::failure::{Ending, Failure};
use super::scratch::left_folders;
use super::settings::Surroundings;
use super::{open_catalog, print_data, warm};
use crate::doctor::{self, Item, State};
use crate::golang::{self, Named, NoSandbox, Toolchain};
use crate::sandbox::{self, Tier};

/// Shows what this machine has and lacks.
///
/// # Errors
///
/// If not even that can be done.
pub async fn run(arguments: &arguments::Doctor) -> Result<Ending, Failure> {
    let surroundings = Surroundings::read()?;
    if arguments.clean {
        return clean(&surroundings);
    }
    if arguments.warm {
        return warm::run(arguments, &surroundings).await;
    }
    let mut toolchain = None;
    let mut items = vec![
        doctor::examine_temporary_root(&surroundings.temporary_root),
        doctor::examine_cache(&surroundings.cache),
    ];
    if items.iter().all(|item| item.state == State::Good) {
        let mut scratch = surroundings.scratch()?;
        let named = Named {
            argument: arguments.go.go.as_deref(),
            variable: surroundings.named_go.as_deref(),
            path: surroundings.path.as_deref(),
        };
        let found = golang::find_toolchain(&named, &surroundings.cache, scratch.path()).await;
        let announce = || {
            anstream::eprintln!(
                "Building the standard library with the race detector: once, about a minute."
            );
        };
        items.splice(
            0..0,
            doctor::examine_go(&found, scratch.path(), announce).await,
        );
        if let Ok(toolchain) = &found
            && items.iter().all(|item| item.state == State::Good)
        {
            let mut tried = Vec::new();
            for tier in [Tier::Strict, Tier::Landlock] {
                let found = surroundings
                    .workshop(toolchain, &[tier], &mut scratch)
                    .await;
                let result = found
                    .map(|workshop| workshop.weaknesses())
                    .map_err(|refusal| match refusal {
                        NoSandbox::Probe(_) => refusal.to_string(),
                        NoSandbox::Tried(tried) => tried.into_iter().map(|(_, why)| why).collect(),
                    });
                tried.push((tier, result));
            }
            items.extend(doctor::examine_sandboxes(&tried));
        }
        toolchain = found.ok();
    }
    items.extend(doctor::examine_databases(surroundings.path.as_deref()));
    items.extend(examine_catalog(&arguments.catalog, toolchain.as_ref()));
    print_data(&render(&items))?;
    Ok(if items.iter().any(|item| item.state == State::Missing) {
        Ending::GraderFailed
    } else {
        Ending::Good
    })
}

/// Removes what gavels have left that are gone.
fn clean(surroundings: &Surroundings) -> Result<Ending, Failure> {
    let folders = left_folders(&surroundings.temporary_root)
        .into_iter()
        .map(|folder| (sandbox::remove_tree(&folder), folder));
    let groups = sandbox::left_groups()
        .into_iter()
        .map(|group| (sandbox::remove_left_group(&group), group));
    let mut text = String::new();
    let mut ending = Ending::Good;
    for (removed, path) in folders.chain(groups) {
        match removed {
            Ok(()) => text.extend(["removed ", &path.display().to_string(), "\n"]),
            Err(error) => {
                ending = Ending::GraderFailed;
                let _ = writeln!(text, "can't remove {}: {error}", path.display());
            }
        }
    }
    if text.is_empty() {
        text.push_str("nothing was left behind\n");
    }
    print_data(&text)?;
    Ok(ending)
}

fn examine_catalog(choice: &arguments::CatalogChoice, toolchain: Option<&Toolchain>) -> Vec<Item> {
    match open_catalog(choice) {
        Ok(catalog) => {
            let listed = catalog.list();
            let broken = listed
                .iter()
                .filter(|entry| entry.manifest.is_err())
                .count();
            let name = choice
                .catalog
                .as_ref()
                .map_or("built in".to_owned(), |folder| folder.display().to_string());
            let mut items = vec![doctor::examine_catalog(&name, listed.len(), broken)];
            if let Some(toolchain) = toolchain {
                let loaded = catalog.ids().iter().filter_map(|id| catalog.load(id).ok());
                items.extend(doctor::examine_modules(toolchain, loaded));
            }
            items
        }
        Err(error) => vec![Item {
            name: "catalog",
            state: State::Missing,
            found: error.to_string(),
            mend: None,
        }],
    }
}

/// Where what was found begins.
const COLUMN: usize = 26;

fn render(items: &[Item]) -> String {
    use anstyle::{AnsiColor, Style};
    let mut text = format!("gavel {}\n\n", env!("CARGO_PKG_VERSION"));
    let width = textwrap::termwidth().clamp(60, 100);
    for item in items {
        let (word, colour) = match item.state {
            State::Good => ("ok", AnsiColor::Green),
            State::Weak => ("weak", AnsiColor::Yellow),
            State::Missing => ("missing", AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let mend = item.mend.as_ref().map(|mend| format!("to mend it: {mend}"));
        let said: Vec<String> = [Some(&item.found), mend.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|words| textwrap::wrap(words, width - COLUMN))
            .map(std::borrow::Cow::into_owned)
            .collect();
        let indent = format!("\n{}", " ".repeat(COLUMN));
        let _ = writeln!(
            text,
            "{style}{word:<8}{style:#} {:<16} {}",
            item.name,
            said.join(&indent)
        );
    }
    text
}
