//! The variable in which a function has the key: the statements of functions come in, for each function the one variable to which all
//! of them that bind a distribution column bind it, goes out.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::QualifiedName;

use crate::names::Names;
use crate::shape::{Given, Shape, Value, WriteKind, each};
use crate::statement::{Source, Statement};
use crate::verdict::Target;

/// By function; one that has several, or none, is left out.
pub(super) fn of_functions(names: &Names, target: &Target, bodies: &[Statement]) -> BTreeMap<QualifiedName, String> {
    let found = each(bodies, |statement| match &statement.source {
        Source::Function { .. } => Shape::new(names, &statement.text).map(|shape| of_shape(&shape, target)).ok(),
        _ => None,
    });
    let mut variables: BTreeMap<QualifiedName, BTreeSet<String>> = BTreeMap::new();
    for (statement, found) in bodies.iter().zip(found) {
        if let (Source::Function { name, .. }, Some(found)) = (&statement.source, found) {
            variables.entry(name.clone()).or_default().extend(found);
        }
    }
    let only = |(name, variables): (QualifiedName, BTreeSet<String>)| match variables.len() {
        1 => Some((name, variables.into_iter().next()?)),
        _ => None,
    };
    variables.into_iter().filter_map(only).collect()
}

/// The variables to which a statement binds distribution columns.
fn of_shape(shape: &Shape, target: &Target) -> BTreeSet<String> {
    let key = |of: usize| target.placements.key(&shape.uses[of].table);
    let bound = (0..shape.uses.len()).filter_map(|of| shape.reach.bound[shape.column(of, key(of)?)?].as_ref());
    let given = shape.writes.iter().flat_map(|write| {
        let WriteKind::Insert(inserted) = &write.kind else { return Vec::new() };
        let at = key(write.table).and_then(|key| inserted.columns.iter().position(|column| column == key));
        let value = |row: &'_ Vec<Given>| match row.get(at?) {
            Some(Given::Value(value)) => Some(value.clone()),
            _ => None,
        };
        inserted.rows.iter().filter_map(value).collect()
    });
    bound.cloned().chain(given).filter_map(variable).collect()
}

/// A parameter that is written as a plain name.
fn variable(value: Value) -> Option<String> {
    let Value::Parameter(name) = value else { return None };
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
    is_plain.then_some(name)
}
