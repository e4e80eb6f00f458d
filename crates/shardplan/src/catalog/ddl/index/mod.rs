//! `CREATE INDEX` in, an index on a table or materialized view out; and the names of indexes that nobody named.

pub(super) mod elements;
mod naming;

pub(super) use naming::{column_names, join};

use super::clone::{self, Shape};
use super::cursor::{Cursor, Outcome, fail};
use super::draft::{Draft, Scope};
use crate::catalog::Index;
use crate::name::{Name, QualifiedName, TableName};

/// Reads what follows `CREATE INDEX` or `CREATE UNIQUE INDEX`.
pub(super) fn create(at: &mut Cursor<'_>, draft: &mut Draft, unique: bool) -> Outcome {
    at.eat("concurrently");
    let if_not_exists = at.eat("if not exists");
    let name = if at.is("on") { None } else { Some(at.name()?) };
    at.expect("on")?;
    let scope = Scope::read(at);
    let table = draft.relation(at)?;
    let mut index = definition(at, unique)?;
    if let Some(name) = name {
        let full = QualifiedName { schema: table.schema.clone(), name: name.clone() };
        if draft.relation_exists(&full) {
            return if if_not_exists { Ok(()) } else { fail(format!("`{full}` exists already")) };
        }
        index.name = name;
    } else {
        index.name = choose_name(draft, &table, &index);
    }
    add(draft, &table, index, scope)
}

fn definition(at: &mut Cursor<'_>, unique: bool) -> Outcome<Index> {
    let method = if at.eat("using") { at.name()?.as_str().to_owned() } else { "btree".to_owned() };
    let parts = at.parens()?.split_commas();
    let elements = parts.into_iter().map(|mut part| elements::read(&mut part)).collect::<Outcome<Vec<_>>>()?;
    let include = if at.eat("include") { at.names_in_parens()? } else { Vec::new() };
    let nulls_not_distinct = at.eat("nulls not distinct");
    at.eat("nulls distinct");
    if at.eat("with") {
        at.parens()?;
    }
    if at.eat("tablespace") {
        at.name()?;
    }
    let predicate = if at.eat("where") { Some(at.rest_text()) } else { None };
    if predicate.is_none() && !at.done() {
        return fail(at.unexpected("the end of the index"));
    }
    let name = Name::from("");
    let (valid, attached_to, comment) = (true, None, None);
    Ok(Index { name, unique, method, elements, include, predicate, nulls_not_distinct, valid, attached_to, comment })
}

/// The name of an index that nobody named.
pub(super) fn choose_name(draft: &Draft, table: &TableName, index: &Index) -> Name {
    let columns = join(column_names(&index.elements, &index.include));
    draft.choose_relation_name(table, &columns, "idx")
}

/// Puts an index onto a table, and onto its partitions, or onto a materialized view.
pub(super) fn add(draft: &mut Draft, table: &TableName, index: Index, scope: Scope) -> Outcome {
    draft.take_index_name(table, &index.name);
    if let Some(view) = draft.views.get_mut(table) {
        view.indexes.push(index);
        return Ok(());
    }
    match draft.table(table) {
        Ok(found) => found.indexes.push(index.clone()),
        Err(why) => {
            draft.free_index_name(table, &index.name);
            return Err(why);
        }
    }
    if scope == Scope::WithChildren {
        clone::to_partitions(draft, table, &Shape::Index(index));
    }
    Ok(())
}
