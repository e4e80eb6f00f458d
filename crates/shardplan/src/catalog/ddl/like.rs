//! `LIKE table INCLUDING …` and `OF type` in, copies of columns, constraints and indexes out.

use super::constraint::{Constraint, Demand};
use super::cursor::{Cursor, Outcome, fail};
use super::draft::{Draft, Scope};
use super::index;
use super::sequence::{self, Options};
use crate::catalog::{Column, DataType, Index, Key, Table, Timing};
use crate::name::{Name, TableName};

/// What a `LIKE` copies.
#[derive(Debug)]
pub(super) struct Like {
    pub(super) columns: Vec<Column>,
    pub(super) constraints: Vec<Constraint>,
    indexes: Vec<Index>,
}

/// What may be included.
const PARTS: &[&str] = &[
    "comments",
    "compression",
    "constraints",
    "defaults",
    "generated",
    "identity",
    "indexes",
    "statistics",
    "storage",
];

/// Reads what follows `LIKE`.
pub(super) fn read(at: &mut Cursor<'_>, draft: &mut Draft, new: &TableName) -> Outcome<Like> {
    let source = draft.relation(at)?;
    let Some(source) = draft.tables.get(&source).cloned() else {
        return fail(format!("there is no table `{source}` to copy from at this point of the text"));
    };
    let included = included(at)?;
    let has = |part: &str| included.contains(&part);
    let mut columns: Vec<Column> = source.columns.iter().map(|column| copied_column(column, &has)).collect();
    if has("identity") {
        for column in columns.iter_mut().filter(|column| column.identity.is_some()) {
            let owner = Some((source.name.clone(), column.name.clone()));
            let copied = draft.sequences.values().find(|sequence| sequence.owned_by == owner);
            let options = copied.map_or_else(Options::default, Options::copied);
            // The server forgets the type on this way: the copy counts in bigint.
            sequence::make_owned(draft, new, &column.name, &DataType::from("bigint"), options, true);
        }
    }
    let constraints = copied_constraints(&source, &has);
    let indexes = if has("indexes") { source.indexes } else { Vec::new() };
    Ok(Like { columns, constraints, indexes })
}

fn included(at: &mut Cursor<'_>) -> Outcome<Vec<&'static str>> {
    let mut included: Vec<&'static str> = Vec::new();
    while !at.done() {
        let including = at.eat("including");
        if !including {
            at.expect("excluding")?;
        }
        let all = at.eat("all");
        let named: Vec<&str> = PARTS.iter().copied().filter(|part| all || at.is(part)).collect();
        if named.is_empty() {
            return fail(at.unexpected("what to include"));
        }
        if !all {
            at.skip();
        }
        included.retain(|part| !named.contains(part));
        if including {
            included.extend(named);
        }
    }
    Ok(included)
}

fn copied_column(column: &Column, has: &impl Fn(&str) -> bool) -> Column {
    Column {
        default: column.default.clone().filter(|_| has("defaults")),
        generated: column.generated.clone().filter(|_| has("generated")),
        identity: column.identity.filter(|_| has("identity")),
        comment: column.comment.clone().filter(|_| has("comments")),
        sequence: None,
        ..column.clone()
    }
}

fn copied_constraints(source: &Table, has: &impl Fn(&str) -> bool) -> Vec<Constraint> {
    let mut constraints = Vec::new();
    if has("constraints") {
        constraints.extend(source.checks.iter().map(|check| {
            let demand = Demand::Check { expression: check.expression.clone(), no_inherit: check.no_inherit };
            Constraint { name: Some(check.name.clone()), demand, timing: Timing::Immediate, validated: true }
        }));
    }
    if has("indexes") {
        let unnamed =
            |key: &Key| Key { name: Name::from(""), attached_to: None, timing: Timing::Immediate, ..key.clone() };
        let constraint = |demand, timing| Constraint { name: None, demand, timing, validated: true };
        let primary = source.primary_key.iter();
        constraints.extend(primary.map(|key| constraint(Demand::Primary(unnamed(key)), key.timing)));
        constraints.extend(source.unique.iter().map(|key| constraint(Demand::Unique(unnamed(key)), key.timing)));
        let exclusions = source.exclusions.iter();
        constraints.extend(exclusions.map(|e| constraint(Demand::Exclude(e.clone()), e.timing)));
    }
    constraints
}

/// Copies the indexes, with names of their own, once the table is there.
pub(super) fn finish(draft: &mut Draft, table: &TableName, like: Like) {
    for index in like.indexes {
        let name = index::choose_name(draft, table, &index);
        let copy = Index { name, attached_to: None, ..index };
        if let Err(why) = index::add(draft, table, copy, Scope::WithChildren) {
            draft.skip(why);
        }
    }
}

/// The columns of a typed table.
pub(super) fn typed_columns(attributes: &[(Name, DataType)]) -> Vec<Column> {
    attributes.iter().map(|(name, data_type)| Column::new(name.clone(), data_type.clone())).collect()
}
