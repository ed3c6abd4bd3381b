//! Counts, durations and sizes in words.

use std::fmt::Write as _;
use std::time::Duration;

/// A count with its noun: `1 check`, `2 checks`, `3 matches`, `4 retries`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    let stem = noun.strip_suffix('y').filter(|stem| {
        stem.chars()
            .next_back()
            .is_some_and(|c| !"aeiou".contains(c))
    });
    if let Some(stem) = stem {
        return format!("{count} {stem}ies");
    }
    if ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| noun.ends_with(end))
    {
        return format!("{count} {noun}es");
    }
    format!("{count} {noun}s")
}

/// Bytes as lower-case hexadecimal digits, as digests are written.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A duration as people say it: `35 ms`, `1.24 s`, `2 min 5 s`, `1 h 10 min`.
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    let millis = (micros + 500) / 1000;
    let hundredths = (millis + 5) / 10;
    let seconds = (millis + 500) / 1000;
    if micros == 0 {
        "0 s".to_owned()
    } else if micros < 1000 {
        "under 1 ms".to_owned()
    } else if millis < 1000 {
        format!("{millis} ms")
    } else if hundredths < 1000 {
        format!("{}.{:02} s", hundredths / 100, hundredths % 100)
    } else if millis < 59_950 {
        let tenths = (millis + 50) / 100;
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else if seconds < 3600 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {} min", seconds / 3600, seconds % 3600 / 60)
    }
}

/// A number of bytes as people say it: `512 MiB`, `1.5 KiB`, `17 bytes`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return plural(usize::try_from(bytes).unwrap_or(usize::MAX), "byte");
    }
    let mut tenths = (u128::from(bytes) * 10 + 512) / 1024;
    let mut unit = 0;
    while tenths >= 10_235 && unit + 1 < UNITS.len() {
        tenths = (tenths + 512) / 1024;
        unit += 1;
    }
    if tenths % 10 == 0 || tenths >= 1000 {
        format!("{} {}", (tenths + 5) / 10, UNITS[unit])
    } else {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    }
}

/// Words in a row, as a sentence has them: `a, b and c`.
pub fn in_a_row(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_get_their_plural() {
        let table = [
            (0, "check", "0 checks"),
            (1, "check", "1 check"),
            (2, "pass", "2 passes"),
            (3, "match", "3 matches"),
            (4, "retry", "4 retries"),
            (5, "day", "5 days"),
        ];
        for (count, noun, said) in table {
            assert_eq!(plural(count, noun), said);
        }
    }

    #[test]
    fn durations_have_two_or_three_digits() {
        let table = [
            (0, "0 s"),
            (400, "under 1 ms"),
            (35_000, "35 ms"),
            (999_400, "999 ms"),
            (999_600, "1.00 s"),
            (1_240_000, "1.24 s"),
            (9_996_000, "10.0 s"),
            (10_040_000, "10.0 s"),
            (59_960_000, "1 min 0 s"),
            (125_000_000, "2 min 5 s"),
            (4_200_000_000, "1 h 10 min"),
        ];
        for (micros, said) in table {
            assert_eq!(duration(Duration::from_micros(micros)), said);
        }
    }

    #[test]
    fn sizes_go_by_1024() {
        let table = [
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (200_000, "195 KiB"),
            (512 << 20, "512 MiB"),
            ((1 << 30) - 1, "1 GiB"),
            (u64::MAX, "16777216 TiB"),
        ];
        for (bytes, said) in table {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(hexadecimal(&[0, 10, 255]), "000aff");
    }

    #[test]
    fn words_in_a_row_end_with_and() {
        let rows: Vec<String> = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]]
            .map(in_a_row)
            .into();
        assert_eq!(rows, ["", "a", "a and b", "a, b and c"]);
    }
}
