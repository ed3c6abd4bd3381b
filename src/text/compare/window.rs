//! As much of two texts as shows how they differ: what stands around the first difference, with equal lines left out on both
//! sides and long lines cut.

use crate::model::Compare;
use crate::model::Comparison;
use crate::text::layout::boundary;
use crate::text::plural;

/// Equal lines that are kept on each side.
const CONTEXT: usize = 3;
/// What of each text is kept, in bytes.
const BYTES: usize = 64 << 10;
/// What of one line is kept, in bytes.
const LINE: usize = 4 << 10;
/// What of a long line is kept before the place where it differs, in bytes.
const LEAD: usize = 200;
/// How many lines are matched with one another where that isn't simply equality.
const JUDGED: usize = 200;

type Test<'r> = &'r dyn Fn(&str, &str) -> bool;
type Ease<'r> = &'r dyn Fn(&str, &str) -> String;

/// What makes a line that came the one that was expected.
pub(super) enum Relation<'r> {
    /// It is the same.
    Equality,
    /// Something looser.
    Judged {
        /// Whether they agree.
        agree: Test<'r>,
        /// Whether they are of one form, and one is likely to stand for the other.
        akin: Test<'r>,
        /// The line that is wanted, spelt as it came as far as they agree.
        ease: Ease<'r>,
    },
}

impl Relation<'_> {
    fn agree(&self, want: &str, got: &str) -> bool {
        match self {
            Relation::Equality => want == got,
            Relation::Judged { agree, .. } => agree(want, got),
        }
    }

    /// What it is worth to show two lines side by side: of two that agree more than of any number that are merely akin.
    fn weight(&self, want: &str, got: &str) -> u32 {
        match self {
            _ if self.agree(want, got) => 1000,
            Relation::Judged { akin, .. } if akin(want, got) => 1,
            Relation::Equality | Relation::Judged { .. } => 0,
        }
    }

    /// How many lines agree at the start.
    pub(super) fn alike(&self, want: &[&str], got: &[&str]) -> usize {
        let pairs = want.iter().zip(got);
        pairs
            .take_while(|(want, got)| self.agree(want, got))
            .count()
    }

    fn alike_at_the_end(&self, want: &[&str], got: &[&str]) -> usize {
        let pairs = want.iter().rev().zip(got.iter().rev());
        pairs
            .take_while(|(want, got)| self.agree(want, got))
            .count()
    }
}

/// How many lines are equal at the start.
pub(super) fn shown_alike(want: &[&[u8]], got: &[&[u8]]) -> usize {
    let pairs = want.iter().zip(got);
    pairs.take_while(|(want, got)| want == got).count()
}

/// What to show of two texts that differ.
pub(super) fn window(
    compare: Compare,
    want: &[&str],
    got: &[&str],
    relation: &Relation<'_>,
) -> Comparison {
    let same = relation.alike(want, got);
    let first = same.saturating_sub(CONTEXT);
    let tail = relation.alike_at_the_end(&want[same..], &got[same..]);
    let middle_want = &want[same..want.len() - tail];
    let middle_got = &got[same..got.len() - tail];

    let (eased, came) = match relation {
        Relation::Equality => (owned(middle_want), middle_got),
        Relation::Judged { ease, .. } => {
            let want = &middle_want[..middle_want.len().min(JUDGED)];
            let got = &middle_got[..middle_got.len().min(JUDGED)];
            (matched(want, got, relation, ease), got)
        }
    };
    let cuts = Cuts::at_the_first_pair(eased.first(), came.first());
    // Lines that agree are shown as they came, on both sides.
    let before = owned(&got[first..same]);
    let mut want_text = Kept::of(&before);
    let mut got_text = Kept::of(&before);
    want_text.add(&eased, cuts);
    got_text.add(&owned(came), cuts);
    let more_want = middle_want.len() - want_text.lines;
    let more_got = middle_got.len() - got_text.lines;
    if more_want == 0 && more_got == 0 {
        let behind = owned(&got[got.len() - tail..][..tail.min(CONTEXT)]);
        for text in [&mut want_text, &mut got_text] {
            text.add(&behind, Cuts::default());
        }
    }
    Comparison {
        compare,
        first_line: first + 1,
        want: want_text.text,
        got: got_text.text,
        more_want,
        more_got,
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// Lines of a text that were kept.
struct Kept {
    text: String,
    /// Those of them that aren't context.
    lines: usize,
}

impl Kept {
    fn of(context: &[String]) -> Self {
        let mut kept = Self {
            text: String::new(),
            lines: 0,
        };
        kept.add(context, Cuts::default());
        kept.lines = 0;
        kept
    }

    fn add(&mut self, lines: &[String], cuts: Cuts) {
        for (index, line) in lines.iter().enumerate() {
            if self.text.len() + line.len().min(LINE) > BYTES {
                return;
            }
            let lead = if index == 0 { cuts.lead } else { 0 };
            push_cut(&mut self.text, line, lead);
            self.lines += 1;
        }
    }
}

/// Where the lines of the first pair that differs are cut at their start: where they are still equal.
#[derive(Clone, Copy, Default)]
struct Cuts {
    lead: usize,
}

impl Cuts {
    fn at_the_first_pair(want: Option<&String>, got: Option<&&str>) -> Self {
        let (Some(want), Some(got)) = (want, got) else {
            return Self::default();
        };
        if want.len().max(got.len()) <= LINE {
            return Self::default();
        }
        let equal = want.bytes().zip(got.bytes()).take_while(|(a, b)| a == b);
        Self {
            lead: boundary(want, equal.count().saturating_sub(LEAD)),
        }
    }
}

/// Adds a line without its first `lead` bytes, and without its end where it is long.
fn push_cut(text: &mut String, line: &str, lead: usize) {
    if lead > 0 {
        text.push_str(&left_out(lead));
    }
    let rest = &line[lead..];
    let content = rest.strip_suffix('\n').unwrap_or(rest);
    if content.len() <= LINE {
        text.push_str(rest);
        return;
    }
    let end = boundary(content, LINE);
    text.push_str(&content[..end]);
    text.push_str(&left_out(content.len() - end));
    text.push_str(&rest[content.len()..]);
}

fn left_out(bytes: usize) -> String {
    format!("[{} left out]", plural(bytes, "byte"))
}

/// The lines that are wanted: those that agree with one that came as it came, those that are akin to one eased by it.
fn matched(want: &[&str], got: &[&str], relation: &Relation<'_>, ease: Ease<'_>) -> Vec<String> {
    let mut lines = owned(want);
    let (mut next_want, mut next_got) = (0, 0);
    let mut pairs = pairs(want, got, relation);
    pairs.push((want.len(), got.len()));
    for (at_want, at_got) in pairs {
        // As many on both sides in between are likely to stand for one another.
        if at_want - next_want == at_got - next_got {
            for (index, came) in (next_want..at_want).zip(&got[next_got..at_got]) {
                lines[index] = ease(want[index], came);
            }
        }
        if at_want < want.len() {
            lines[at_want] = if relation.agree(want[at_want], got[at_got]) {
                got[at_got].to_owned()
            } else {
                ease(want[at_want], got[at_got])
            };
        }
        (next_want, next_got) = (at_want + 1, at_got + 1);
    }
    lines
}

/// The lines that belong together, by index in both: as many as can be that agree, and then as many that are akin.
fn pairs(want: &[&str], got: &[&str], relation: &Relation<'_>) -> Vec<(usize, usize)> {
    let width = got.len() + 1;
    let mut weights = vec![0_u32; (want.len() + 1) * width];
    let mut best = vec![0_u32; (want.len() + 1) * width];
    for i in (0..want.len()).rev() {
        for j in (0..got.len()).rev() {
            let here = i * width + j;
            weights[here] = relation.weight(want[i], got[j]);
            let together = match weights[here] {
                0 => 0,
                weight => best[here + width + 1] + weight,
            };
            best[here] = together.max(best[here + width]).max(best[here + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < want.len() && j < got.len() {
        let here = i * width + j;
        if weights[here] > 0 && best[here] == best[here + width + 1] + weights[here] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[here] == best[here + width] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
