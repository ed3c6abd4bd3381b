//! Durations and sizes as people write them: `1m30s`, `500ms`, `512MiB`.

use std::time::Duration;

/// Reads `10s`, `1m30s`, `500ms`, `2h`: whole numbers with units, largest first.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
    let wrong = || {
        format!(
            "{text:?} is not a duration; write whole numbers with units, such as \"10s\", \"1m30s\" or \"500ms\""
        )
    };
    let mut milliseconds: u64 = 0;
    let mut rest = text;
    let mut units = UNITS.as_slice();
    while !rest.is_empty() {
        let (number, unit, after) = split_quantity(rest).ok_or_else(wrong)?;
        let at = units
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(wrong)?;
        milliseconds = number
            .checked_mul(units[at].1)
            .and_then(|more| milliseconds.checked_add(more))
            .ok_or_else(wrong)?;
        units = &units[at + 1..];
        rest = after;
    }
    if milliseconds == 0 {
        return Err(if text.is_empty() {
            wrong()
        } else {
            "must be longer than nothing".to_owned()
        });
    }
    Ok(Duration::from_millis(milliseconds))
}

/// Reads `512MiB`, `64KiB`, `1GiB`, `100B`, into bytes.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 4] = [
        ("B", 1),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    let wrong = || {
        format!(
            "{text:?} is not a size; write a whole number with B, KiB, MiB or GiB, such as \"512MiB\""
        )
    };
    let (number, unit, after) = split_quantity(text).ok_or_else(wrong)?;
    let factor = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wrong)?
        .1;
    let bytes = number.checked_mul(factor).ok_or_else(wrong)?;
    match (after.is_empty(), bytes) {
        (false, _) => Err(wrong()),
        (true, 0) => Err("must be larger than nothing".to_owned()),
        (true, bytes) => Ok(bytes),
    }
}

/// Splits `1m30s` into 1, `m` and `30s`.
fn split_quantity(text: &str) -> Option<(u64, &str, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = text.split_at(digits);
    let letters = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at(letters);
    Some((number.parse().ok()?, unit, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_units() {
        let milliseconds = |text| parse_duration(text).map(|it| it.as_millis());
        assert_eq!(milliseconds("10s"), Ok(10_000));
        assert_eq!(milliseconds("1m30s"), Ok(90_000));
        assert_eq!(milliseconds("500ms"), Ok(500));
        assert_eq!(milliseconds("1h2m3s4ms"), Ok(3_723_004));
        for wrong in [
            "",
            "10",
            "s",
            "1.5s",
            "30s1m",
            "1s1s",
            "-1s",
            "10 s",
            "10sec",
            "0s",
            "99999999999999999999s",
            "9999999999999999999h",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_are_whole_numbers_with_binary_units() {
        assert_eq!(parse_size("512MiB"), Ok(512 << 20));
        assert_eq!(parse_size("64KiB"), Ok(64 << 10));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert_eq!(parse_size("100B"), Ok(100));
        for wrong in [
            "",
            "512",
            "512MB",
            "512 MiB",
            "0MiB",
            "1MiB1KiB",
            "99999999999GiB",
        ] {
            assert!(parse_size(wrong).is_err(), "{wrong:?}");
        }
    }
}
