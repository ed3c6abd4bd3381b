//! Elements of an XML document, in which what candidates wrote is made safe.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::text::{Keep, cut, sanitise, sanitise_line};

/// What of an element's text is kept, in bytes.
const BODY: usize = 16 << 10;

pub(super) type Xml = Writer<Vec<u8>>;

/// An attribute's value. Sanitised text has no character that XML forbids.
fn safe(attributes: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    attributes
        .iter()
        .map(|(name, value)| (*name, sanitise_line(value)))
        .collect()
}

pub(super) fn element(
    writer: &mut Xml,
    name: &'static str,
    attributes: &[(&'static str, String)],
    more: &[(&'static str, String)],
    inside: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let attributes = [safe(attributes), safe(more)].concat();
    let attributes = attributes
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    writer
        .create_element(name)
        .with_attributes(attributes)
        .write_inner_content(inside)?;
    Ok(())
}

pub(super) fn empty(
    writer: &mut Xml,
    name: &'static str,
    attributes: &[(&'static str, String)],
) -> io::Result<()> {
    let attributes = safe(attributes);
    let attributes = attributes
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    writer
        .create_element(name)
        .with_attributes(attributes)
        .write_empty()?;
    Ok(())
}

pub(super) fn text(
    writer: &mut Xml,
    name: &'static str,
    attributes: &[(&'static str, String)],
    body: &str,
) -> io::Result<()> {
    let attributes = safe(attributes);
    let attributes = attributes
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let body = sanitise(&cut(body, BODY, Keep::Ends));
    writer
        .create_element(name)
        .with_attributes(attributes)
        .write_text_content(BytesText::new(&body))?;
    Ok(())
}
