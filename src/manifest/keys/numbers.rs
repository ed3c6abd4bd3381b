//! Values that are numbers.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::DeValue;

use super::Keys;
use crate::manifest::problem::Located;
use crate::model::Ratio;

impl Keys<'_> {
    /// A number with or without a fraction.
    pub(in crate::manifest) fn number(&mut self, key: &'static str) -> Option<Located<f64>> {
        let value = self.get(key)?;
        let written = match value.get_ref() {
            DeValue::Float(number) => number.as_str().replace('_', ""),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => String::new(),
        };
        let Ok(number) = written.parse() else {
            self.wrong_type(key, "a number", value);
            return None;
        };
        Some(Located {
            value: number,
            line: self.line_at(&value.span()),
        })
    }

    /// A whole number within a range.
    pub(in crate::manifest) fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = self.get(key)?;
        self.number_of(key, value, range)
    }

    /// The same of a value that lies deeper than a key of this table; `key` is what problems call it.
    pub(in crate::manifest) fn number_of(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, "a whole number", value);
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!(
                "must lie between {} and {}, not at {integer}",
                range.start(),
                range.end()
            );
            self.complain_at(self.line_at(&value.span()), key, message);
        }
        number
    }

    /// A list of whole numbers within a range; empty when the key is absent.
    pub(in crate::manifest) fn integers(
        &mut self,
        key: &'static str,
        range: &RangeInclusive<u32>,
    ) -> Vec<Located<u32>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of whole numbers", value);
            return Vec::new();
        };
        let mut numbers = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let place = format!("{key}[{}]", index + 1);
            let line = self.line_at(&item.span());
            let Some(integer) = item.get_ref().as_integer() else {
                self.wrong_type(&place, "a whole number", item);
                continue;
            };
            match u32::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(value) if range.contains(&value) => numbers.push(Located { value, line }),
                Ok(_) | Err(_) => {
                    let message = format!(
                        "must lie between {} and {}, not at {integer}",
                        range.start(),
                        range.end()
                    );
                    self.complain_at(line, &place, message);
                }
            }
        }
        numbers
    }

    /// A number, with a fraction or without, within a range.
    pub(in crate::manifest) fn ratio(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Ratio>,
    ) -> Option<Ratio> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => {
                self.wrong_type(key, "a number", value);
                return None;
            }
        };
        let ratio = number
            .and_then(Ratio::nearest)
            .filter(|ratio| range.contains(ratio));
        if ratio.is_none() {
            let message = format!(
                "must be a number between {} and {}",
                range.start(),
                range.end()
            );
            self.complain_at(self.line_at(&value.span()), key, message);
        }
        ratio
    }
}
