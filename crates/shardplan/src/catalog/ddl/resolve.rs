//! The finished draft in, the catalog out: what could only be known at the end is filled in here.

use std::collections::BTreeMap;

use super::Skipped;
use super::draft::{Draft, Reference};
use crate::catalog::{Catalog, ColumnPair, ForeignKey, Table};
use crate::name::{Name, QualifiedName, TableName};

/// Makes the catalog, and completes what was skipped, in the order of the text.
pub(super) fn finish(draft: Draft) -> (Catalog, Vec<Skipped>) {
    let Draft { mut tables, references, sequences, mut skipped, .. } = draft;
    let mut foreign_keys = Vec::new();
    for reference in references.into_values().flatten() {
        let place = reference.place.clone();
        match resolved(reference, &tables) {
            Ok(key) => foreign_keys.push(key),
            Err(why) => skipped.push(Skipped { file: None, line: place.line, statement: place.statement, why }),
        }
    }
    skipped.sort_by_key(|skipped| skipped.line);
    for sequence in sequences.values() {
        own(&mut tables, &sequence.name, sequence.owned_by.as_ref());
    }
    let mut catalog = Catalog {
        tables: tables.into_values().collect(),
        foreign_keys,
        sequences: sequences.into_values().collect(),
        types: draft.types.into_values().collect(),
        views: draft.views.into_values().collect(),
        functions: draft.functions.into_values().collect(),
        publications: draft.publications.into_values().collect(),
        extensions: draft.extensions.into_values().map(|(_, extension)| extension).collect(),
        settings: BTreeMap::new(),
        skipped: Vec::new(),
    };
    catalog.sort();
    (catalog, skipped)
}

/// Pairs the columns of a foreign key; without referenced columns it means the primary key.
fn resolved(reference: Reference, tables: &BTreeMap<TableName, Table>) -> Result<ForeignKey, String> {
    let Reference { mut key, columns, mut referenced, .. } = reference;
    if referenced.is_empty() {
        let Some(table) = tables.get(&key.to) else {
            return Err(format!(
                "foreign key `{}` references table `{}`, which the text does not have",
                key.name, key.to
            ));
        };
        let Some(primary) = &table.primary_key else {
            return Err(format!("foreign key `{}` references table `{}`, which has no primary key", key.name, key.to));
        };
        referenced.clone_from(&primary.columns);
    }
    if columns.len() != referenced.len() {
        let (from, to) = (columns.len(), referenced.len());
        return Err(format!("foreign key `{}` has {from} columns and references {to}", key.name));
    }
    key.columns = columns.into_iter().zip(referenced).map(|(from, to)| ColumnPair { from, to }).collect();
    Ok(key)
}

/// Notes at the column which sequence it owns; the sequences come by name, and the first stays.
fn own(tables: &mut BTreeMap<TableName, Table>, sequence: &QualifiedName, owner: Option<&(TableName, Name)>) {
    let Some((table, column)) = owner else { return };
    let columns = tables.get_mut(table).into_iter().flat_map(|table| &mut table.columns);
    for found in columns.filter(|candidate| candidate.name == *column && candidate.sequence.is_none()) {
        found.sequence = Some(sequence.clone());
    }
}
