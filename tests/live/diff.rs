//! Two catalogs come in, what differs between them goes out, one line per place.

use std::collections::BTreeMap;

use serde_json::Value;
use shardplan::Catalog;

/// The differences, each as `place: expected …, found …`.
pub(crate) fn differences(expected: &Catalog, found: &Catalog) -> Vec<String> {
    let json = |catalog: &Catalog| serde_json::to_value(catalog).unwrap();
    let mut lines = Vec::new();
    compare("", &json(expected), &json(found), &mut lines);
    lines
}

fn compare(place: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    if expected == found {
        return;
    }
    let (Some(left), Some(right)) = (parts(expected), parts(found)) else {
        lines.push(format!("{place}: expected {expected}, found {found}"));
        return;
    };
    let before = lines.len();
    for (name, part) in &left {
        match right.get(name) {
            Some(other) => compare(&format!("{place}/{name}"), part, other, lines),
            None => lines.push(format!("{place}/{name}: missing; expected {part}")),
        }
    }
    let extra = right.iter().filter(|(name, _)| !left.contains_key(*name));
    lines.extend(extra.map(|(name, part)| format!("{place}/{name}: not expected; found {part}")));
    if lines.len() == before {
        lines.push(format!("{place}: expected in the order {:?}, found {:?}", labels(expected), labels(found)));
    }
}

/// What can be compared one by one: the fields of an object, the named items of a list.
fn parts(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(name, field)| (name.clone(), field)).collect()),
        Value::Array(items) => items.iter().map(|item| Some((label(item)?, item))).collect(),
        _ => None,
    }
}

fn labels(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(label).collect()
}

/// The name of an object, with that of the table that it belongs to if it has one.
fn label(item: &Value) -> Option<String> {
    let name = text(item.get("name")?)?;
    Some(match item.get("from").and_then(text) {
        Some(table) => format!("{table}.{name}"),
        None => name,
    })
}

fn text(name: &Value) -> Option<String> {
    match name {
        Value::String(text) => Some(text.clone()),
        Value::Object(parts) => Some(format!("{}.{}", parts.get("schema")?.as_str()?, parts.get("name")?.as_str()?)),
        _ => None,
    }
}
