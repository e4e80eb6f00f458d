//! `RENAME` and `SET SCHEMA` in, the new name wherever the old one stood out.

use std::fmt::Write as _;

use super::cursor::{Cursor, Outcome, fail};
use super::draft::{Draft, Scope};
use super::lex::Lexer;
use super::literal;
use super::sequence::nextval;
use crate::catalog::{Generated, Index, IndexElement, IndexPart, ReplicaIdentity, Table};
use crate::name::{Name, QualifiedName, TableName};

/// Reads a `RENAME …` or `SET SCHEMA` of a table; false when something else stands here.
pub(super) fn in_table(at: &mut Cursor<'_>, draft: &mut Draft, table: &TableName) -> Outcome<bool> {
    if at.is_any(&["rename to", "set schema"]) {
        relation(at, draft, table)?;
        return Ok(true);
    }
    if at.eat("rename constraint") {
        let (old, new) = old_and_new(at)?;
        constraint(draft, table, &old, &new)?;
        return Ok(true);
    }
    if at.eat("rename") {
        at.eat("column");
        let (old, new) = old_and_new(at)?;
        column(draft, table, &old, &new)?;
        return Ok(true);
    }
    Ok(false)
}

fn old_and_new(at: &mut Cursor<'_>) -> Outcome<(Name, Name)> {
    let old = at.name()?;
    at.expect("to")?;
    Ok((old, at.name()?))
}

/// Reads a `RENAME TO` or `SET SCHEMA` of a table, view, sequence or index.
pub(super) fn relation(at: &mut Cursor<'_>, draft: &mut Draft, old: &QualifiedName) -> Outcome {
    let new = if at.eat("rename to") {
        QualifiedName { schema: old.schema.clone(), name: at.name()? }
    } else if at.eat("set schema") {
        QualifiedName { schema: at.name()?, name: old.name.clone() }
    } else {
        return fail(at.unexpected("RENAME TO"));
    };
    if draft.relation_exists(&new) {
        return fail(format!("`{new}` exists already"));
    }
    if draft.tables.contains_key(old) {
        table(draft, old, &new);
    } else if let Some(mut view) = draft.views.remove(old) {
        view.indexes.iter().for_each(|index| draft.free_index_name(old, &index.name));
        view.indexes.iter().for_each(|index| draft.take_index_name(&new, &index.name));
        view.name = new.clone();
        draft.views.insert(new.clone(), view);
        read_by_views(draft, old, &new);
    } else if draft.sequences.contains_key(old) {
        sequence(draft, old, &new);
    } else if let Some(owner) = draft.index_owner.get(old).cloned() {
        index(draft, &owner, &old.name, &new.name);
    }
    Ok(())
}

/// A table takes its indexes, sequences and constraints with it into another schema.
fn table(draft: &mut Draft, old: &TableName, new: &TableName) {
    let Some(mut table) = draft.tables.remove(old) else { return };
    let keys: Vec<Name> = table.keys().map(|key| key.name.clone()).collect();
    let exclusions = table.exclusions.iter().map(|exclusion| exclusion.name.clone());
    let indexes = table.indexes.iter().map(|index| index.name.clone()).chain(keys).chain(exclusions);
    for index in indexes.collect::<Vec<_>>() {
        draft.free_index_name(old, &index);
        draft.take_index_name(new, &index);
    }
    table.name = new.clone();
    draft.tables.insert(new.clone(), table);
    if let Some(references) = draft.references.remove(old) {
        draft.references.insert(new.clone(), references);
    }
    for reference in draft.references.values_mut().flatten() {
        replace(&mut reference.key.from, old, new);
        replace(&mut reference.key.to, old, new);
    }
    in_hierarchy(draft, old, new);
    read_by_views(draft, old, new);
    draft.publications.values_mut().flat_map(|publication| &mut publication.tables).for_each(|t| replace(t, old, new));
    owned_sequences(draft, old, new);
}

fn owned_sequences(draft: &mut Draft, old: &TableName, new: &TableName) {
    let mut moved = Vec::new();
    for sequence in draft.sequences.values_mut() {
        if let Some((owner, _)) = &mut sequence.owned_by
            && owner == old
        {
            *owner = new.clone();
            moved.push(sequence.name.clone());
        }
    }
    if old.schema != new.schema {
        for name in moved {
            let there = QualifiedName { schema: new.schema.clone(), name: name.name.clone() };
            sequence(draft, &name, &there);
        }
    }
}

fn in_hierarchy(draft: &mut Draft, old: &TableName, new: &TableName) {
    if let Some(children) = draft.children.remove(old) {
        draft.children.insert(new.clone(), children);
    }
    for children in draft.children.values_mut() {
        if children.remove(old) {
            children.insert(new.clone());
        }
    }
    for table in draft.tables.values_mut() {
        table.partition_of.iter_mut().for_each(|of| replace(&mut of.parent, old, new));
        table.inherits.iter_mut().for_each(|parent| replace(parent, old, new));
    }
}

fn read_by_views(draft: &mut Draft, old: &TableName, new: &TableName) {
    draft.views.values_mut().flat_map(|view| &mut view.reads).for_each(|read| replace(read, old, new));
}

fn replace<T: PartialEq + Clone>(value: &mut T, old: &T, new: &T) {
    if value == old {
        *value = new.clone();
    }
}

/// The defaults that draw from a sequence follow it.
fn sequence(draft: &mut Draft, old: &QualifiedName, new: &QualifiedName) {
    let Some(mut sequence) = draft.sequences.remove(old) else { return };
    sequence.name = new.clone();
    let owner = sequence.owned_by.clone();
    draft.sequences.insert(new.clone(), sequence);
    let Some(table) = owner.and_then(|(table, _)| draft.tables.get_mut(&table)) else { return };
    let (before, after) = (nextval(old), nextval(new));
    table.columns.iter_mut().filter_map(|column| column.default.as_mut()).for_each(|d| replace(d, &before, &after));
}

fn index(draft: &mut Draft, owner: &TableName, old: &Name, new: &Name) {
    draft.free_index_name(owner, old);
    draft.take_index_name(owner, new);
    if let Some(view) = draft.views.get_mut(owner) {
        view.indexes.iter_mut().for_each(|index| replace(&mut index.name, old, new));
    }
    let Some(table) = draft.tables.get_mut(owner) else { return };
    let constraint = table.keys().any(|key| key.name == *old) || table.exclusions.iter().any(|e| e.name == *old);
    table.primary_key.iter_mut().chain(&mut table.unique).for_each(|key| replace(&mut key.name, old, new));
    table.exclusions.iter_mut().for_each(|exclusion| replace(&mut exclusion.name, old, new));
    table.indexes.iter_mut().for_each(|index| replace(&mut index.name, old, new));
    table.clustered_on.iter_mut().for_each(|name| replace(name, old, new));
    if let ReplicaIdentity::Index(name) = &mut table.replica_identity {
        replace(name, old, new);
    }
    for partition in draft.partitions(owner) {
        let Some(table) = draft.tables.get_mut(&partition) else { continue };
        let keys = table.primary_key.iter_mut().chain(&mut table.unique).map(|key| &mut key.attached_to);
        let indexes = table.indexes.iter_mut().map(|index| &mut index.attached_to);
        keys.chain(indexes).flatten().for_each(|above| replace(above, old, new));
    }
    if constraint {
        draft.free_constraint_name(owner, old);
        draft.take_constraint_name(owner, new);
    }
}

fn constraint(draft: &mut Draft, table: &TableName, old: &Name, new: &Name) -> Outcome {
    let found = draft.table(table)?;
    let exclusion = found.exclusions.iter().any(|exclusion| exclusion.name == *old);
    if exclusion || found.keys().any(|key| key.name == *old) {
        index(draft, table, old, new);
        return Ok(());
    }
    for member in draft.family(table, Scope::WithChildren) {
        let checks = &mut draft.table(&member)?.checks;
        checks.iter_mut().for_each(|check| replace(&mut check.name, old, new));
    }
    let references = draft.references.get_mut(table).into_iter().flatten();
    references.for_each(|reference| replace(&mut reference.key.name, old, new));
    draft.free_constraint_name(table, old);
    draft.take_constraint_name(table, new);
    Ok(())
}

/// A column takes its new name in keys, indexes, references and expressions of its table.
fn column(draft: &mut Draft, table: &TableName, old: &Name, new: &Name) -> Outcome {
    if draft.table(table)?.column(old).is_none() {
        return fail(format!("table `{table}` has no column `{old}`"));
    }
    for member in draft.family(table, Scope::WithChildren) {
        column_in_table(draft.table(&member)?, old, new);
        for reference in draft.references.values_mut().flatten() {
            if reference.key.from == member {
                reference.columns.iter_mut().chain(&mut reference.key.set_columns).for_each(|c| replace(c, old, new));
            }
            if reference.key.to == member {
                reference.referenced.iter_mut().for_each(|column| replace(column, old, new));
            }
        }
        let owners = draft.sequences.values_mut().filter_map(|sequence| sequence.owned_by.as_mut());
        owners.filter(|(owner, _)| *owner == member).for_each(|(_, column)| replace(column, old, new));
    }
    Ok(())
}

fn column_in_table(table: &mut Table, old: &Name, new: &Name) {
    for column in &mut table.columns {
        replace(&mut column.name, old, new);
        if let Some(Generated::Stored(text) | Generated::Virtual(text)) = &mut column.generated {
            in_expression(text, old, new);
        }
    }
    for key in table.primary_key.iter_mut().chain(&mut table.unique) {
        key.columns.iter_mut().chain(&mut key.include).for_each(|column| replace(column, old, new));
    }
    table.indexes.iter_mut().for_each(|index| in_index(index, old, new));
    for exclusion in &mut table.exclusions {
        exclusion.elements.iter_mut().for_each(|compared| in_element(&mut compared.element, old, new));
        exclusion.predicate.iter_mut().for_each(|text| in_expression(text, old, new));
    }
    table.checks.iter_mut().for_each(|check| in_expression(&mut check.expression, old, new));
    let conditions = table.policies.iter_mut().flat_map(|policy| [&mut policy.using, &mut policy.with_check]);
    conditions.flatten().for_each(|text| in_expression(text, old, new));
}

fn in_index(index: &mut Index, old: &Name, new: &Name) {
    index.elements.iter_mut().for_each(|element| in_element(element, old, new));
    index.include.iter_mut().for_each(|column| replace(column, old, new));
    index.predicate.iter_mut().for_each(|text| in_expression(text, old, new));
}

fn in_element(element: &mut IndexElement, old: &Name, new: &Name) {
    match &mut element.part {
        IndexPart::Column(name) => replace(name, old, new),
        IndexPart::Expression(text) => in_expression(text, old, new),
    }
}

/// Writes the new name wherever the old one stands as an identifier and not as a type or function.
fn in_expression(text: &mut String, old: &Name, new: &Name) {
    let mut changed = String::new();
    let (mut copied, mut after_cast) = (0, false);
    for token in Lexer::new(text) {
        let written = &text[token.start..token.end];
        let called = text[token.end..].trim_start().starts_with('(');
        if !after_cast && !called && literal::is_name(written, token.kind, old) {
            changed.push_str(&text[copied..token.start]);
            _ = write!(changed, "{new}");
            copied = token.end;
        }
        after_cast = written == "::";
    }
    changed.push_str(&text[copied..]);
    *text = changed;
}
