//! Constraints: rows of `pg_constraint` in, foreign keys and checks out, and what indexes must know of the constraints that
//! own them.

use super::codes::{self, Code, ConstraintKind, known};
use super::comments::Comments;
use super::draft::Draft;
use super::oid::OidMap;
use super::session::{Fields, Query, Session};
use crate::catalog::{Check, ColumnPair, ForeignKey, Timing};
use crate::error::Error;
use crate::name::Name;

const QUERY: Query = Query { what: "constraints", sql: include_str!("constraints.sql") };

/// A row of `constraints.sql`.
pub(super) struct Constraint {
    id: u32,
    table: u32,
    pub(super) name: Name,
    pub(super) kind: ConstraintKind,
    index: u32,
    referenced: u32,
    columns: Option<Vec<i16>>,
    referenced_columns: Option<Vec<i16>>,
    set_columns: Option<Vec<i16>>,
    match_kind: Code,
    on_update: Code,
    on_delete: Code,
    pub(super) timing: Timing,
    validated: bool,
    no_inherit: bool,
    local: bool,
    expression: Option<String>,
    pub(super) operators: Vec<String>,
}

impl Constraint {
    /// Its comment.
    pub(super) fn comment(&self, comments: &Comments) -> Option<String> {
        comments.on_constraint(self.id)
    }
}

/// The constraints that own something which is read later.
#[derive(Default)]
pub(super) struct Owners {
    /// Those that own an index, by its number.
    pub(super) of_indexes: OidMap<Constraint>,
    /// The numbers of those that own a trigger (`CREATE CONSTRAINT TRIGGER`).
    pub(super) of_triggers: Vec<u32>,
}

/// Gives the draft its foreign keys and checks; the other constraints come back.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft, comments: &Comments) -> Result<Owners, Error> {
    let mut owners = Owners::default();
    session.each(&QUERY, |fields| {
        let constraint = decode(fields)?;
        match constraint.kind {
            // On a node of Citus shards are hidden from the list of relations, their constraints are not.
            ConstraintKind::ForeignKey if draft.name(constraint.table).is_none() => {}
            ConstraintKind::ForeignKey => {
                let key = foreign_key(draft, comments, constraint)?;
                draft.catalog.foreign_keys.push(key);
            }
            ConstraintKind::Check => add_check(draft, comments, constraint),
            ConstraintKind::Primary | ConstraintKind::Unique | ConstraintKind::Exclusion => {
                owners.of_indexes.insert(constraint.index, constraint);
            }
            ConstraintKind::Trigger => owners.of_triggers.push(constraint.id),
        }
        Ok(())
    })?;
    Ok(owners)
}

fn decode(mut fields: Fields<'_>) -> Result<Constraint, Error> {
    let id = fields.take()?;
    let table = fields.take()?;
    let name = fields.name()?;
    let kind = known(fields.take()?, codes::constraint_kind, "kind", || format!("constraint `{name}`"))?;
    Ok(Constraint {
        id,
        table,
        name,
        kind,
        index: fields.unless_null(0)?,
        referenced: fields.unless_null(0)?,
        columns: fields.take()?,
        referenced_columns: fields.take()?,
        set_columns: fields.take()?,
        match_kind: fields.unless_null(b's'.cast_signed())?,
        on_update: fields.unless_null(b'a'.cast_signed())?,
        on_delete: fields.unless_null(b'a'.cast_signed())?,
        timing: codes::timing(fields.flag()?, fields.flag()?),
        validated: fields.unless_null(true)?,
        no_inherit: fields.flag()?,
        local: fields.unless_null(true)?,
        expression: fields.expression()?,
        operators: fields.take::<Option<_>>()?.unwrap_or_default(),
    })
}

fn foreign_key(draft: &Draft, comments: &Comments, constraint: Constraint) -> Result<ForeignKey, Error> {
    let object = || format!("foreign key `{}`", constraint.name);
    let names =
        |table, numbers: &Option<Vec<i16>>| draft.column_names(table, numbers.as_deref().unwrap_or_default(), object);
    let from = names(constraint.table, &constraint.columns)?;
    let to = names(constraint.referenced, &constraint.referenced_columns)?;
    Ok(ForeignKey {
        from: draft.referenced(constraint.table, object)?,
        to: draft.referenced(constraint.referenced, object)?,
        columns: from.into_iter().zip(to).map(|(from, to)| ColumnPair { from, to }).collect(),
        match_kind: known(constraint.match_kind, codes::match_kind, "match", object)?,
        on_update: known(constraint.on_update, codes::action, "action", object)?,
        on_delete: known(constraint.on_delete, codes::action, "action", object)?,
        set_columns: names(constraint.table, &constraint.set_columns)?,
        timing: constraint.timing,
        validated: constraint.validated,
        comment: constraint.comment(comments),
        name: constraint.name,
    })
}

/// A partition's checks all count, as `pg_dump` prints them all; of an inheritance child only its own.
fn add_check(draft: &mut Draft, comments: &Comments, constraint: Constraint) {
    let Some(table) = draft.table(constraint.table) else { return };
    if !constraint.local && table.partition_of.is_none() {
        return;
    }
    table.checks.push(Check {
        comment: constraint.comment(comments),
        name: constraint.name,
        expression: constraint.expression.unwrap_or_default(),
        no_inherit: constraint.no_inherit,
        validated: constraint.validated,
    });
}
