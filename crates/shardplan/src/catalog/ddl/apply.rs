//! Constraints as they were written in, keys, checks and references on the tables out, named as the server would.

use std::collections::BTreeSet;

use super::clone::{self, Shape};
use super::constraint::{Constraint, Demand, KeyKind, name_addition};
use super::cursor::{Outcome, Why, fail};
use super::draft::{Draft, Reference, Scope};
use super::lex::{Kind, Lexer};
use super::literal;
use crate::catalog::{Check, Exclusion, IndexPart, Key, Table};
use crate::name::{Name, QualifiedName, TableName};

/// Adds the constraints of a new table in the order in which the server does: checks, the primary key, other keys, references.
/// A key that repeats another is dropped, as the server does.
pub(super) fn add_all(draft: &mut Draft, table: &TableName, mut constraints: Vec<Constraint>) {
    constraints.sort_by_key(|constraint| match constraint.demand {
        Demand::NotNull(_) | Demand::Check { .. } => 0,
        Demand::Primary(_) | Demand::UsingIndex(KeyKind::Primary, _) => 1,
        Demand::Unique(_) | Demand::UsingIndex(KeyKind::Unique, _) | Demand::Exclude(_) => 2,
        Demand::References(_) => 3,
    });
    for constraint in without_repeated_keys(constraints) {
        if let Err(why) = add(draft, table, constraint, Scope::WithChildren) {
            draft.skip(why);
        }
    }
}

fn without_repeated_keys(constraints: Vec<Constraint>) -> Vec<Constraint> {
    let mut kept: Vec<Constraint> = Vec::new();
    for constraint in constraints {
        let twin = kept.iter_mut().find(|earlier| same_key(earlier, &constraint));
        match twin {
            Some(twin) => twin.name = twin.name.take().or(constraint.name),
            None => kept.push(constraint),
        }
    }
    kept
}

fn same_key(a: &Constraint, b: &Constraint) -> bool {
    let key = |constraint: &Constraint| match &constraint.demand {
        Demand::Primary(key) | Demand::Unique(key) => Some((key.clone(), constraint.timing)),
        _ => None,
    };
    key(a).is_some() && key(a) == key(b)
}

/// Adds one constraint to a table.
pub(super) fn add(draft: &mut Draft, table: &TableName, constraint: Constraint, scope: Scope) -> Outcome {
    draft.table(table)?;
    let Constraint { name, demand, timing, validated } = constraint;
    match demand {
        Demand::NotNull(column) => set_not_null(draft, table, &column, scope),
        Demand::Check { expression, no_inherit } => {
            let check = Check { name: Name::from(""), expression, no_inherit, validated, comment: None };
            add_check(draft, table, name, check, scope)
        }
        Demand::References(mut reference) => {
            (reference.key.timing, reference.key.validated) = (timing, validated);
            add_reference(draft, table, name, *reference)
        }
        Demand::Exclude(exclusion) => add_exclusion(draft, table, name, Exclusion { timing, ..exclusion }),
        Demand::Primary(key) => add_key(draft, table, name, Key { timing, ..key }, KeyKind::Primary, scope),
        Demand::Unique(key) => add_key(draft, table, name, Key { timing, ..key }, KeyKind::Unique, scope),
        Demand::UsingIndex(kind, index) => use_index(draft, table, name, &index, kind, |key| Key { timing, ..key }),
    }
}

fn add_key(
    draft: &mut Draft,
    table: &TableName,
    name: Option<Name>,
    mut key: Key,
    kind: KeyKind,
    scope: Scope,
) -> Outcome {
    check_columns(draft.table(table)?, key.columns.iter().chain(&key.include))?;
    if kind == KeyKind::Primary && draft.table(table)?.primary_key.is_some() {
        return fail(format!("table `{table}` has a primary key already"));
    }
    key.name = match name {
        Some(name) => free_relation_name(draft, table, name)?,
        None if kind == KeyKind::Primary => draft.choose_key_name(table, "", "pkey"),
        None => draft.choose_key_name(table, &name_addition(&Demand::Unique(key.clone())), "key"),
    };
    draft.take_index_name(table, &key.name);
    draft.take_constraint_name(table, &key.name);
    put_key(draft, table, key.clone(), kind, scope)?;
    if scope == Scope::WithChildren {
        let shape = if kind == KeyKind::Primary { Shape::Primary(key) } else { Shape::Unique(key) };
        clone::to_partitions(draft, table, &shape);
    }
    Ok(())
}

fn free_relation_name(draft: &Draft, table: &TableName, name: Name) -> Outcome<Name> {
    let full = QualifiedName { schema: table.schema.clone(), name };
    if draft.relation_exists(&full) { fail(format!("`{full}` exists already")) } else { Ok(full.name) }
}

fn put_key(draft: &mut Draft, table: &TableName, key: Key, kind: KeyKind, scope: Scope) -> Outcome {
    if kind == KeyKind::Unique {
        draft.table(table)?.unique.push(key);
        return Ok(());
    }
    for column in &key.columns {
        set_not_null(draft, table, column, scope)?;
    }
    draft.table(table)?.primary_key = Some(key);
    Ok(())
}

/// Turns an index into a key (`ADD … USING INDEX`); the index takes the name of the constraint.
fn use_index(
    draft: &mut Draft,
    table: &TableName,
    name: Option<Name>,
    index: &Name,
    kind: KeyKind,
    finish: impl Fn(Key) -> Key,
) -> Outcome {
    let found = draft.table(table)?;
    let Some(at) = found.indexes.iter().position(|candidate| candidate.name == *index) else {
        return fail(format!("table `{table}` has no index `{index}`"));
    };
    let taken = found.indexes[at].clone();
    let columns = taken.elements.iter().map(|element| match &element.part {
        IndexPart::Column(column) => Ok(column.clone()),
        IndexPart::Expression(_) => Err(Why(format!("index `{index}` has an expression"))),
    });
    let columns = columns.collect::<Outcome<Vec<_>>>()?;
    found.indexes.remove(at);
    draft.free_index_name(table, index);
    let name = name.unwrap_or_else(|| index.clone());
    draft.take_index_name(table, &name);
    draft.take_constraint_name(table, &name);
    let (timing, comment) = (crate::catalog::Timing::Immediate, taken.comment);
    let (include, nulls_not_distinct, attached_to) = (taken.include, taken.nulls_not_distinct, taken.attached_to);
    let key = finish(Key { name, columns, include, nulls_not_distinct, timing, attached_to, comment });
    put_key(draft, table, key, kind, Scope::WithChildren)
}

fn add_exclusion(draft: &mut Draft, table: &TableName, name: Option<Name>, mut exclusion: Exclusion) -> Outcome {
    exclusion.name = match name {
        Some(name) => free_relation_name(draft, table, name)?,
        None => draft.choose_key_name(table, &name_addition(&Demand::Exclude(exclusion.clone())), "excl"),
    };
    draft.take_index_name(table, &exclusion.name);
    draft.take_constraint_name(table, &exclusion.name);
    draft.table(table)?.exclusions.push(exclusion);
    Ok(())
}

/// A check of a partitioned table is one of its partitions too; what other children inherit is not listed.
fn add_check(draft: &mut Draft, table: &TableName, name: Option<Name>, mut check: Check, scope: Scope) -> Outcome {
    check.name = match name {
        Some(name) => name,
        None => {
            let column = only_column(draft.table(table)?, &check.expression);
            draft.choose_constraint_name(table, &column, "check")
        }
    };
    let scope = if check.no_inherit { Scope::Only } else { scope };
    for member in draft.family(table, scope) {
        let found = draft.table(&member)?;
        let wanted = member == *table || found.partition_of.is_some();
        if wanted && found.checks.iter().all(|existing| existing.name != check.name) {
            found.checks.push(check.clone());
            draft.take_constraint_name(&member, &check.name);
        }
    }
    Ok(())
}

/// The column that a check mentions, when it is the only one; else nothing.
fn only_column(table: &Table, expression: &str) -> String {
    let mut mentioned = BTreeSet::new();
    let tokens: Vec<_> = Lexer::new(expression).collect();
    for (i, token) in tokens.iter().enumerate() {
        let text = |at: usize| tokens.get(at).map_or("", |token| &expression[token.start..token.end]);
        let name = match token.kind {
            Kind::Word => literal::folded(text(i)),
            Kind::Quoted => literal::unquoted(text(i)),
            _ => continue,
        };
        let is_cast = i > 0 && text(i - 1) == "::";
        if !is_cast && !matches!(text(i + 1), "(" | ".") && table.column(&name).is_some() {
            mentioned.insert(name);
        }
    }
    match mentioned.pop_first() {
        Some(only) if mentioned.is_empty() => only.as_str().to_owned(),
        _ => String::new(),
    }
}

fn add_reference(draft: &mut Draft, table: &TableName, name: Option<Name>, mut reference: Reference) -> Outcome {
    check_columns(draft.table(table)?, &reference.columns)?;
    reference.key.name = match name {
        Some(name) => name,
        None => {
            let columns = super::index::join(reference.columns.iter().map(|column| column.as_str().to_owned()));
            draft.choose_constraint_name(table, &columns, "fkey")
        }
    };
    draft.take_constraint_name(table, &reference.key.name);
    draft.references.entry(table.clone()).or_default().push(reference);
    Ok(())
}

/// Marks a column, and that of the tables that inherit it, as NOT NULL.
pub(super) fn set_not_null(draft: &mut Draft, table: &TableName, column: &Name, scope: Scope) -> Outcome {
    check_columns(draft.table(table)?, [column])?;
    for member in draft.family(table, scope) {
        let columns = &mut draft.table(&member)?.columns;
        if let Some(found) = columns.iter_mut().find(|candidate| candidate.name == *column) {
            found.not_null = true;
        }
    }
    Ok(())
}

fn check_columns<'n>(table: &Table, columns: impl IntoIterator<Item = &'n Name>) -> Outcome {
    match columns.into_iter().find(|name| table.column(name).is_none()) {
        Some(missing) => fail(format!("table `{}` has no column `{missing}`", table.name)),
        None => Ok(()),
    }
}
