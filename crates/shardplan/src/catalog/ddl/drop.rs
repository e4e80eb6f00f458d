//! `DROP …` in, less of the draft out, with all that hung on it: a text that ran once needed CASCADE where there was need.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::{Draft, Scope};
use super::lex::Lexer;
use super::literal;
use super::routine;
use super::sequence;
use crate::catalog::{Index, IndexElement, IndexPart, Table};
use crate::name::{Name, QualifiedName, TableName};

/// Reads what follows `DROP TABLE`, `DROP VIEW`, `DROP SEQUENCE` and the like: a list of relations.
pub(super) fn relations(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("concurrently");
    at.eat("if exists");
    for mut part in at.clone().split_commas() {
        let name = draft.relation(&mut part)?;
        relation(draft, &name);
    }
    Ok(())
}

fn relation(draft: &mut Draft, name: &QualifiedName) {
    if draft.tables.contains_key(name) {
        table(draft, name);
    } else if let Some(view) = draft.views.remove(name) {
        view.indexes.iter().for_each(|index| draft.free_index_name(name, &index.name));
    } else if draft.sequences.remove(name).is_none()
        && let Some(owner) = draft.index_owner.get(name).cloned()
    {
        index(draft, &owner, &name.name);
    }
}

/// Drops a table with its partitions, its sequences, and the foreign keys from it and to it.
fn table(draft: &mut Draft, name: &TableName) {
    for member in draft.family(name, Scope::WithChildren) {
        let Some(gone) = draft.tables.remove(&member) else { continue };
        let indexes = gone.indexes.iter().map(|index| &index.name);
        let keys: Vec<&Name> =
            gone.keys().map(|key| &key.name).chain(gone.exclusions.iter().map(|e| &e.name)).collect();
        indexes.chain(keys.iter().copied()).for_each(|index| draft.free_index_name(&member, index));
        let constraints = keys.into_iter().chain(gone.checks.iter().map(|check| &check.name));
        constraints.for_each(|constraint| draft.free_constraint_name(&member, constraint));
        for reference in draft.references.remove(&member).unwrap_or_default() {
            draft.free_constraint_name(&member, &reference.key.name);
        }
        draft.children.remove(&member);
        draft.children.values_mut().for_each(|children| _ = children.remove(&member));
        sequence::drop_owned(draft, &member, None);
        references_where(draft, |reference| reference.key.to == member);
    }
}

/// Drops the foreign keys of which `goes` is true.
fn references_where(draft: &mut Draft, goes: impl Fn(&super::draft::Reference) -> bool) {
    let mut gone = Vec::new();
    for references in draft.references.values_mut() {
        references.retain(|reference| {
            let goes = goes(reference);
            if goes {
                gone.push((reference.key.from.clone(), reference.key.name.clone()));
            }
            !goes
        });
    }
    gone.iter().for_each(|(table, name)| draft.free_constraint_name(table, name));
}

/// Drops an index, and those of partitions that are attached to it.
fn index(draft: &mut Draft, owner: &TableName, name: &Name) {
    draft.free_index_name(owner, name);
    if let Some(view) = draft.views.get_mut(owner) {
        view.indexes.retain(|index| index.name != *name);
    }
    let mut work = vec![(owner.clone(), name.clone())];
    while let Some((table, name)) = work.pop() {
        draft.free_index_name(&table, &name);
        if let Some(found) = draft.tables.get_mut(&table) {
            found.indexes.retain(|index| index.name != name);
        }
        for partition in draft.partitions(&table) {
            let indexes = draft.tables.get(&partition).into_iter().flat_map(|table| &table.indexes);
            let attached = indexes.filter(|index| index.attached_to.as_ref() == Some(&name));
            work.extend(attached.map(|index| (partition.clone(), index.name.clone())));
        }
    }
}

/// `DROP CONSTRAINT`, on partitions too.
pub(super) fn constraint(draft: &mut Draft, table: &TableName, name: &Name, if_exists: bool) -> Outcome {
    let mut found = false;
    let mut work = vec![(table.clone(), name.clone())];
    while let Some((member, name)) = work.pop() {
        for partition in draft.partitions(&member) {
            let Some(below) = draft.tables.get(&partition) else { continue };
            let keys = below.keys().filter(|key| key.attached_to.as_ref() == Some(&name)).map(|key| &key.name);
            let checks = below.checks.iter().map(|check| &check.name).filter(|check| **check == name);
            work.extend(keys.chain(checks).map(|name| (partition.clone(), name.clone())));
        }
        found |= own_constraint(draft, &member, &name)?;
    }
    // Before PostgreSQL 18 a NOT NULL had no name, so one with a name cannot be told from a mistake.
    if found || if_exists { Ok(()) } else { fail(format!("table `{table}` has no constraint `{name}`")) }
}

fn own_constraint(draft: &mut Draft, table: &TableName, name: &Name) -> Outcome<bool> {
    let found = draft.table(table)?;
    let before = (found.keys().count(), found.exclusions.len(), found.checks.len());
    found.primary_key.take_if(|key| key.name == *name);
    found.unique.retain(|key| key.name != *name);
    found.exclusions.retain(|exclusion| exclusion.name != *name);
    found.checks.retain(|check| check.name != *name);
    let after = (found.keys().count(), found.exclusions.len(), found.checks.len());
    if (before.0, before.1) != (after.0, after.1) {
        draft.free_index_name(table, name);
    }
    let references = draft.references.get_mut(table);
    let dropped = references.is_some_and(|references| {
        let count = references.len();
        references.retain(|reference| reference.key.name != *name);
        count != references.len()
    });
    if before != after || dropped {
        draft.free_constraint_name(table, name);
    }
    Ok(before != after || dropped)
}

/// `DROP COLUMN`, with all that mentions it.
pub(super) fn column(draft: &mut Draft, table: &TableName, column: &Name, scope: Scope, if_exists: bool) -> Outcome {
    if draft.table(table)?.column(column).is_none() {
        return if if_exists { Ok(()) } else { fail(format!("table `{table}` has no column `{column}`")) };
    }
    for member in draft.family(table, scope) {
        sequence::drop_owned(draft, &member, Some(column));
        let found = draft.table(&member)?;
        found.columns.retain(|existing| existing.name != *column);
        let (indexes, constraints) = dependents(found, column);
        for name in indexes {
            index(draft, &member, &name);
        }
        for name in constraints {
            own_constraint(draft, &member, &name)?;
        }
        references_where(draft, |reference| {
            reference.key.from == member && reference.columns.contains(column)
                || reference.key.to == member && reference.referenced.contains(column)
        });
    }
    Ok(())
}

/// The indexes and constraints of a table that mention a column.
fn dependents(table: &Table, column: &Name) -> (Vec<Name>, Vec<Name>) {
    let indexes = table.indexes.iter().filter(|index| index_mentions(index, column)).map(|index| index.name.clone());
    let keys = table.keys().filter(|key| key.columns.contains(column) || key.include.contains(column));
    let checks =
        table.checks.iter().filter(|check| mentions(&check.expression, column)).map(|check| check.name.clone());
    let compared = |exclusion: &crate::catalog::Exclusion| {
        exclusion.elements.iter().any(|compared| element_mentions(&compared.element, column))
    };
    let exclusions = table.exclusions.iter().filter(|exclusion| compared(exclusion)).map(|e| e.name.clone());
    (indexes.collect(), keys.map(|key| key.name.clone()).chain(checks).chain(exclusions).collect())
}

fn index_mentions(index: &Index, column: &Name) -> bool {
    index.elements.iter().any(|element| element_mentions(element, column))
        || index.include.contains(column)
        || index.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
}

fn element_mentions(element: &IndexElement, column: &Name) -> bool {
    match &element.part {
        IndexPart::Column(name) => name == column,
        IndexPart::Expression(text) => mentions(text, column),
    }
}

/// Whether a name stands in an expression or statement.
pub(crate) fn mentions(expression: &str, column: &Name) -> bool {
    Lexer::new(expression).any(|token| literal::is_name(&expression[token.start..token.end], token.kind, column))
}

/// Reads `DROP TYPE` or `DROP DOMAIN` after these words.
pub(super) fn types(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("if exists");
    for mut part in at.clone().split_commas() {
        let parts = part.path()?;
        let name = draft.find(parts, |name| draft.types.contains_key(name))?;
        draft.types.remove(&name);
    }
    Ok(())
}

/// Reads `DROP FUNCTION`, `DROP PROCEDURE` or `DROP ROUTINE` after these words.
pub(super) fn routines(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("if exists");
    for mut part in at.clone().split_commas() {
        let parts = part.path()?;
        let name = draft.find(parts, |name| draft.functions.keys().any(|(known, _)| known == name))?;
        let arguments = if part.is_symbol("(") { Some(routine::argument_types(&mut part, draft)?) } else { None };
        draft.functions.retain(|(known, types), _| *known != name || arguments.as_ref().is_some_and(|a| a != types));
    }
    Ok(())
}

/// Reads `DROP SCHEMA` after these words: all that lives in it goes.
pub(super) fn schemas(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("if exists");
    for mut part in at.clone().split_commas() {
        let schema = part.name()?;
        let lives_there = |name: &&QualifiedName| name.schema == schema;
        let tables: Vec<_> = draft.tables.keys().filter(lives_there).cloned().collect();
        tables.iter().for_each(|name| table(draft, name));
        let views: Vec<_> = draft.views.keys().filter(lives_there).cloned().collect();
        views.iter().for_each(|name| relation(draft, name));
        draft.sequences.retain(|name, _| name.schema != schema);
        draft.types.retain(|name, _| name.schema != schema);
        draft.functions.retain(|(name, _), _| name.schema != schema);
        draft.extensions.retain(|_, (home, _)| *home != schema);
    }
    Ok(())
}

/// Reads `DROP EXTENSION` or `DROP PUBLICATION` after these words.
pub(super) fn global(at: &mut Cursor<'_>, draft: &mut Draft, remove: fn(&mut Draft, &Name)) -> Outcome {
    at.eat("if exists");
    for mut part in at.clone().split_commas() {
        let name = part.name()?;
        remove(draft, &name);
    }
    Ok(())
}

/// Reads `DROP TRIGGER`, `DROP RULE` or `DROP POLICY` after these words: a name and the table that it hangs on.
pub(super) fn of_table(at: &mut Cursor<'_>, draft: &mut Draft, remove: fn(&mut Table, &Name)) -> Outcome {
    at.eat("if exists");
    let name = at.name()?;
    at.expect("on")?;
    let table = draft.relation(at)?;
    if let Some(table) = draft.tables.get_mut(&table) {
        remove(table, &name);
    }
    Ok(())
}
