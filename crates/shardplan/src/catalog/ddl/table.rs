//! `CREATE TABLE` and `CREATE FOREIGN TABLE` in, a table with its columns and constraints out.

use super::apply;
use super::clone;
use super::column::{self, ColumnDefinition};
use super::constraint::{self, Constraint};
use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::inherit;
use super::like;
use crate::catalog::{PartitionOf, Persistence, Table, TableKind, TypeKind};
use crate::name::{Name, TableName};

/// The most columns that a table can have (PostgreSQL documentation, appendix K).
const MAX_COLUMNS: usize = 1600;

/// What a statement says about a table beside its columns.
struct Reading {
    table: Table,
    constraints: Vec<Constraint>,
    likes: Vec<like::Like>,
    /// Sequences to make, by the position of their column.
    sequences: Vec<(Name, super::sequence::Options)>,
}

/// Reads what follows `CREATE [persistence] TABLE` or `CREATE FOREIGN TABLE`.
pub(super) fn create(at: &mut Cursor<'_>, draft: &mut Draft, kind: TableKind, persistence: Persistence) -> Outcome {
    let if_not_exists = at.eat("if not exists");
    let name = draft.new_name(at)?;
    if draft.relation_exists(&name) {
        return if if_not_exists { Ok(()) } else { fail(format!("`{name}` exists already")) };
    }
    let mut table = Table::new(name);
    (table.kind, table.persistence) = (kind, persistence);
    let mut reading = Reading { table, constraints: Vec::new(), likes: Vec::new(), sequences: Vec::new() };
    body(at, draft, &mut reading)?;
    options(at, draft, &mut reading)?;
    finish(draft, reading)
}

/// Reads the columns, or whose columns the table has.
fn body(at: &mut Cursor<'_>, draft: &mut Draft, reading: &mut Reading) -> Outcome {
    if at.eat("partition of") {
        let parent = draft.relation(at)?;
        inherit::merge(draft, &mut reading.table, &parent)?;
        typed_elements(at, draft, reading)?;
        reading.table.partition_of = Some(PartitionOf { parent, bound: bound(at)? });
        return Ok(());
    }
    if at.eat("of") {
        let parts = at.path()?;
        let name = draft.find(parts, |name| draft.types.contains_key(name))?;
        reading.table.of_type = Some(name.qualified().to_string());
        match draft.types.get(&name).map(|found| &found.kind) {
            Some(TypeKind::Composite(attributes)) => reading.table.columns = like::typed_columns(attributes),
            _ => return fail(format!("there is no composite type `{name}` at this point of the text")),
        }
        return typed_elements(at, draft, reading);
    }
    let mut after = at.clone();
    after.skip_group();
    if !at.is_symbol("(") || after.is("as") {
        return fail("the columns of a table that is made from a query are not known");
    }
    elements(at, draft, reading)
}

/// Reads `(a WITH OPTIONS …, CONSTRAINT …)`, if it is there.
fn typed_elements(at: &mut Cursor<'_>, draft: &mut Draft, reading: &mut Reading) -> Outcome {
    if !at.is_symbol("(") {
        return Ok(());
    }
    for mut part in at.parens()?.split_commas() {
        let constraints = if constraint::is_table_constraint(&part) {
            vec![constraint::table_constraint(&mut part, draft, &reading.table.name)?]
        } else {
            column::with_options(&mut part, draft, &reading.table.name, &mut reading.table.columns)?
        };
        reading.constraints.extend(constraints);
    }
    Ok(())
}

/// Reads `(column …, CONSTRAINT …, LIKE …)`. One that is not understood costs only itself.
fn elements(at: &mut Cursor<'_>, draft: &mut Draft, reading: &mut Reading) -> Outcome {
    let parts = at.parens()?.split_commas();
    if parts.len() > 2 * MAX_COLUMNS {
        return fail(format!("a table has at most {MAX_COLUMNS} columns"));
    }
    for mut part in parts {
        if let Err(why) = element(&mut part, draft, reading) {
            draft.skip(why);
        }
    }
    Ok(())
}

fn element(part: &mut Cursor<'_>, draft: &mut Draft, reading: &mut Reading) -> Outcome {
    let name = reading.table.name.clone();
    if part.eat("like") {
        let copied = like::read(part, draft, &name)?;
        reading.table.columns.extend(copied.columns.iter().cloned());
        reading.likes.push(copied);
        return Ok(());
    }
    if constraint::is_table_constraint(part) {
        let read = constraint::table_constraint(part, draft, &name)?;
        if !part.done() {
            return fail(part.unexpected("the end of the constraint"));
        }
        reading.constraints.push(read);
        return Ok(());
    }
    let ColumnDefinition { column, constraints, sequence } = column::definition(part, draft, &name)?;
    reading.sequences.extend(sequence.map(|options| (column.name.clone(), options)));
    reading.constraints.extend(constraints);
    inherit::put_column(&mut reading.table.columns, column);
    Ok(())
}

/// Reads `FOR VALUES …` or `DEFAULT` as it was written.
pub(super) fn bound(at: &mut Cursor<'_>) -> Outcome<String> {
    let start = at.mark();
    if at.eat("default") {
        return Ok("DEFAULT".to_owned());
    }
    at.expect("for values")?;
    at.skip_until(|at| {
        at.is_any(&["partition by", "server", "using", "with tablespace", "tablespace", "options"]) || is_with(at)
    });
    Ok(server_words(at.text_since(start)))
}

/// The server prints `FOR VALUES WITH (modulus …, remainder …)`.
fn server_words(bound: String) -> String {
    let lower = bound.to_lowercase();
    if lower.starts_with("for values with") { lower.replacen("for values with", "FOR VALUES WITH", 1) } else { bound }
}

/// `WITH (…)` with options, which for a hash bound (`WITH (modulus …, remainder …)`) is not what stands here.
fn is_with(at: &Cursor<'_>) -> bool {
    at.is("with") && !at.word_at(2, "modulus") && !at.word_at(2, "remainder")
}

/// Reads what follows the columns.
fn options(at: &mut Cursor<'_>, draft: &Draft, reading: &mut Reading) -> Outcome {
    while !at.done() {
        if at.eat("inherits") {
            for mut parent in at.parens()?.split_commas() {
                reading.table.inherits.push(draft.relation(&mut parent)?);
            }
        } else if at.eat("partition by") {
            let start = at.mark();
            at.skip();
            at.parens()?;
            reading.table.kind = TableKind::Partitioned(partition_key(&at.text_since(start)));
        } else if at.eat("using") || at.eat("tablespace") || at.eat("server") {
            at.name()?;
        } else if at.eat("with") || at.eat("options") {
            at.parens()?;
        } else if at.is("as") {
            return fail("the columns of a table that is made from a query are not known");
        } else if !(at.eat("without oids")
            || at.eat("on commit preserve rows")
            || at.eat("on commit delete rows")
            || at.eat("on commit drop"))
        {
            return fail(at.unexpected("the end of the table"));
        }
    }
    Ok(())
}

/// `range(a)` as the server prints it: `RANGE (a)`.
fn partition_key(written: &str) -> String {
    match written.split_once('(') {
        Some((strategy, key)) => format!("{} ({key}", strategy.trim().to_uppercase()),
        None => written.to_owned(),
    }
}

/// Puts the table into the draft, then what hangs on it, in the order in which the server does.
fn finish(draft: &mut Draft, reading: Reading) -> Outcome {
    let Reading { mut table, constraints, likes, sequences } = reading;
    inherit::merge_all(draft, &mut table);
    if table.columns.len() > MAX_COLUMNS {
        return fail(format!("a table has at most {MAX_COLUMNS} columns"));
    }
    let name = table.name.clone();
    for (column, options) in sequences {
        if let Some(found) = table.columns.iter_mut().find(|candidate| candidate.name == column) {
            column::make_sequence(draft, &name, found, options);
        }
    }
    let parents = table.inherits.iter().chain(table.partition_of.as_ref().map(|of| &of.parent)).cloned();
    for parent in parents.collect::<Vec<TableName>>() {
        draft.children.entry(parent).or_default().insert(name.clone());
    }
    let parent = table.partition_of.as_ref().map(|of| of.parent.clone());
    table.checks.iter().for_each(|check| draft.take_constraint_name(&name, &check.name));
    draft.tables.insert(name.clone(), table);
    // NOT VALID means nothing on a table without rows: the server takes the constraint as valid.
    let valid = constraints.into_iter().map(|constraint| Constraint { validated: true, ..constraint });
    let copied = likes.iter().flat_map(|like| like.constraints.iter().cloned());
    let all = valid.chain(copied).collect();
    apply::add_all(draft, &name, all);
    likes.into_iter().for_each(|like| like::finish(draft, &name, like));
    if let Some(parent) = parent {
        clone::from_parent(draft, &parent, &name);
    }
    Ok(())
}
