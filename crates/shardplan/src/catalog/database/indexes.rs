//! Indexes: rows of `pg_index` in, keys, exclusion constraints and other indexes of the draft's tables out.

use super::codes::ConstraintKind;
use super::comments::Comments;
use super::constraints::Constraint;
use super::draft::Draft;
use super::index_definitions::{self, Element};
use super::oid::OidMap;
use super::session::{Fields, Query, Session};
use crate::catalog::{Direction, Exclusion, ExclusionElement, Index, IndexElement, IndexPart, Key, ReplicaIdentity};
use crate::error::Error;
use crate::name::Name;

const QUERY: Query = Query { what: "indexes", sql: include_str!("indexes.sql") };

/// A row of `indexes.sql`.
pub(super) struct Row {
    pub(super) id: u32,
    pub(super) relation: u32,
    pub(super) name: Name,
    bytes: u64,
    pub(super) method: String,
    unique: bool,
    valid: bool,
    clustered: bool,
    replica_identity: bool,
    nulls_not_distinct: bool,
    key_count: usize,
    columns: Vec<i16>,
    pub(super) classes: Vec<u32>,
    pub(super) collations: Vec<u32>,
    options: Vec<i16>,
    predicate: Option<String>,
    attached_to: Option<Name>,
}

impl Row {
    /// The numbers of the columns that are indexed; 0 stands for an expression.
    pub(super) fn keys(&self) -> &[i16] {
        &self.columns[..self.key_count.min(self.columns.len())]
    }

    /// The numbers of the columns that only ride along.
    fn include(&self) -> &[i16] {
        &self.columns[self.keys().len()..]
    }

    pub(super) fn object(&self) -> String {
        format!("index `{}`", self.name)
    }

    fn direction(&self, position: usize) -> Direction {
        let bits = self.options.get(position).copied().unwrap_or(0);
        match (bits & 1 != 0, bits & 2 != 0) {
            (false, false) => Direction::Asc,
            (false, true) => Direction::AscNullsFirst,
            (true, true) => Direction::Desc,
            (true, false) => Direction::DescNullsLast,
        }
    }
}

/// Gives the draft's tables and materialized views their indexes, and the constraints that own one theirs. The bytes of all
/// indexes come back by the number of their table.
pub(super) fn read(
    session: &mut Session<'_>,
    draft: &mut Draft,
    comments: &Comments,
    owners: &OidMap<Constraint>,
) -> Result<OidMap<u64>, Error> {
    let rows = session.read(&QUERY, &[], decode)?;
    let elements = index_definitions::read(session, draft, &rows, owners)?;
    let mut sizes: OidMap<u64> = OidMap::default();
    for row in rows {
        *sizes.entry(row.relation).or_default() += row.bytes;
        mark_table(draft, &row);
        match owners.get(&row.id) {
            Some(owner) if owner.kind == ConstraintKind::Exclusion => {
                let exclusion = exclusion(draft, comments, &row, owner, elements.get(&row.id))?;
                if let Some(table) = draft.table(row.relation) {
                    table.exclusions.push(exclusion);
                }
            }
            Some(owner) => add_key(draft, comments, row, owner)?,
            None => add_index(draft, comments, row, &elements)?,
        }
    }
    Ok(sizes)
}

fn decode(mut fields: Fields<'_>) -> Result<Row, Error> {
    Ok(Row {
        id: fields.take()?,
        relation: fields.take()?,
        name: fields.name()?,
        bytes: fields.take::<i64>()?.unsigned_abs(),
        method: fields.take()?,
        unique: fields.take()?,
        valid: fields.unless_null(true)?,
        clustered: fields.flag()?,
        replica_identity: fields.flag()?,
        nulls_not_distinct: fields.flag()?,
        key_count: usize::from(fields.take::<i16>()?.unsigned_abs()),
        columns: fields.vector()?,
        classes: fields.vector()?,
        collations: fields.vector()?,
        options: fields.vector()?,
        predicate: fields.expression()?,
        attached_to: fields.optional_name()?,
    })
}

fn mark_table(draft: &mut Draft, row: &Row) {
    let Some(table) = draft.table(row.relation) else { return };
    if row.clustered {
        table.clustered_on = Some(row.name.clone());
    }
    if row.replica_identity {
        table.replica_identity = ReplicaIdentity::Index(row.name.clone());
    }
}

fn add_key(draft: &mut Draft, comments: &Comments, row: Row, owner: &Constraint) -> Result<(), Error> {
    let key = Key {
        name: owner.name.clone(),
        columns: draft.column_names(row.relation, row.keys(), || row.object())?,
        include: draft.column_names(row.relation, row.include(), || row.object())?,
        nulls_not_distinct: row.nulls_not_distinct,
        timing: owner.timing,
        attached_to: row.attached_to,
        comment: owner.comment(comments),
    };
    let Some(table) = draft.table(row.relation) else { return Ok(()) };
    match owner.kind {
        ConstraintKind::Primary => table.primary_key = Some(key),
        _ => table.unique.push(key),
    }
    Ok(())
}

fn add_index(draft: &mut Draft, comments: &Comments, row: Row, elements: &OidMap<Vec<Element>>) -> Result<(), Error> {
    if draft.indexes(row.relation).is_none() {
        return Ok(());
    }
    let index = Index {
        elements: index_elements(draft, &row, elements.get(&row.id))?,
        include: draft.column_names(row.relation, row.include(), || row.object())?,
        comment: comments.on_relation(row.id),
        name: row.name,
        unique: row.unique,
        method: row.method,
        predicate: row.predicate,
        nulls_not_distinct: row.nulls_not_distinct,
        valid: row.valid,
        attached_to: row.attached_to,
    };
    if let Some(indexes) = draft.indexes(row.relation) {
        indexes.push(index);
    }
    Ok(())
}

fn exclusion(
    draft: &Draft,
    comments: &Comments,
    row: &Row,
    owner: &Constraint,
    elements: Option<&Vec<Element>>,
) -> Result<Exclusion, Error> {
    let elements = index_elements(draft, row, elements)?;
    let operators = owner.operators.iter().cloned();
    Ok(Exclusion {
        name: owner.name.clone(),
        method: row.method.clone(),
        elements: elements
            .into_iter()
            .zip(operators)
            .map(|(element, operator)| ExclusionElement { element, operator })
            .collect(),
        predicate: row.predicate.clone(),
        timing: owner.timing,
        comment: owner.comment(comments),
    })
}

/// The key positions of an index; `texts` has what numbers do not tell, for the indexes that need it.
fn index_elements(draft: &Draft, row: &Row, texts: Option<&Vec<Element>>) -> Result<Vec<IndexElement>, Error> {
    let element = |(position, &number): (usize, &i16)| {
        let text = texts.and_then(|texts| texts.get(position));
        let part = if number == 0 {
            IndexPart::Expression(text.map(|text| text.expression.clone()).unwrap_or_default())
        } else {
            IndexPart::Column(draft.attribute(row.relation, number, || row.object())?.name.clone())
        };
        let options = text.map(|text| text.options.clone()).unwrap_or_default();
        Ok(IndexElement { part, options, direction: row.direction(position) })
    };
    row.keys().iter().enumerate().map(element).collect()
}
