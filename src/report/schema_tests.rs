//! The schema of the JSON report and the types that it describes are the same thing said twice: this holds them together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compared_samples::{of_each_kind, predicted};
use super::{Format, Look, for_candidate, render, samples};
use crate::model::{FindingKind, Outcome, Report, Verdict};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap()
}

fn as_json(report: &Report) -> Value {
    let text = render(report, Format::Json, &Look::default());
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    serde_json::from_str(&text).unwrap()
}

/// Every kind of report that the tests know.
fn reports() -> Vec<Report> {
    let mut empty = samples::report(Vec::new());
    empty.go = String::new();
    vec![
        empty,
        samples::batch(),
        samples::hostile(),
        samples::report(vec![samples::output("olga")]),
        samples::report(vec![of_each_kind("olga"), predicted("pat")]),
        for_candidate(samples::batch()),
    ]
}

#[test]
fn reports_are_valid() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema()));
    for report in reports() {
        let json = as_json(&report);
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn what_is_not_a_report_is_not_valid() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let mut json = as_json(&samples::batch());
    json["submissions"][0]["verdict"] = "brilliant".into();
    assert!(!validator.is_valid(&json));
    let mut json = as_json(&samples::batch());
    json["submissions"][0]["grade"] = "A".into();
    assert!(!validator.is_valid(&json));
}

#[test]
fn enums_are_the_same() {
    let names = |definition: &str| -> Vec<String> {
        serde_json::from_value(schema()["$defs"][definition]["enum"].clone()).unwrap()
    };
    assert_eq!(names("verdict"), Verdict::ALL.map(Verdict::name));
    assert_eq!(names("outcome"), Outcome::ALL.map(Outcome::name));
    assert_eq!(
        names("finding_kind"),
        FindingKind::ALL.map(FindingKind::name)
    );
    let serialised = |value: Result<Value, serde_json::Error>| value.unwrap();
    for verdict in Verdict::ALL {
        assert_eq!(serialised(serde_json::to_value(verdict)), verdict.name());
    }
    for outcome in Outcome::ALL {
        assert_eq!(serialised(serde_json::to_value(outcome)), outcome.name());
    }
    for kind in FindingKind::ALL {
        assert_eq!(serialised(serde_json::to_value(kind)), kind.name());
    }
}

/// Walks a report along the schema and notes which properties of which definition it has, and which it lacks somewhere.
fn walk(
    schema: &Value,
    definition: &str,
    value: &Value,
    seen: &mut BTreeSet<String>,
    missing: &mut BTreeSet<String>,
) {
    let properties = schema["$defs"][definition]["properties"].as_object();
    for (name, property) in properties.into_iter().flatten() {
        let path = format!("{definition}.{name}");
        let Some(found) = value.get(name) else {
            missing.insert(path);
            continue;
        };
        seen.insert(path);
        let target = |property: &Value| {
            property["$ref"]
                .as_str()
                .and_then(|path| path.strip_prefix("#/$defs/"))
                .map(str::to_owned)
        };
        if let Some(inner) = target(property) {
            walk(schema, &inner, found, seen, missing);
        }
        if let (Some(inner), Some(items)) = (target(&property["items"]), found.as_array()) {
            for item in items {
                walk(schema, &inner, item, seen, missing);
            }
        }
    }
}

#[test]
fn every_property_is_one_of_the_types_and_required_if_it_is_always_there() {
    let schema = schema();
    let (mut seen, mut missing) = (BTreeSet::new(), BTreeSet::new());
    for report in reports() {
        walk(
            &schema,
            "report",
            &as_json(&report),
            &mut seen,
            &mut missing,
        );
    }
    let mut described = BTreeSet::new();
    let mut required = BTreeSet::new();
    for (definition, said) in schema["$defs"].as_object().unwrap() {
        assert!(
            said["description"].is_string(),
            "{definition} has no description"
        );
        for (name, property) in said["properties"].as_object().into_iter().flatten() {
            described.insert(format!("{definition}.{name}"));
            let is_said = property["description"].is_string() || property["$ref"].is_string();
            assert!(is_said, "{definition}.{name} has no description");
        }
        for name in said["required"].as_array().into_iter().flatten() {
            required.insert(format!("{definition}.{}", name.as_str().unwrap()));
        }
    }
    assert_eq!(described, seen);
    assert_eq!(required, &described - &missing);
}
