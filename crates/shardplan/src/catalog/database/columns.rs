//! Columns with their types and defaults: rows of `pg_attribute` and `pg_attrdef` in, the columns of the draft's tables out.

use std::collections::BTreeSet;

use postgres::types::Type;

use super::codes::{self, GeneratedKind, known};
use super::draft::{Attribute, Draft};
use super::oid::OidMap;
use super::session::{self, Fields, Query, Session, ids};
use crate::catalog::{Column, DataType, Generated, Identity};
use crate::error::Error;
use crate::name::{Name, QualifiedName};

const COLUMNS: Query = Query { what: "columns", sql: include_str!("columns.sql") };
const TYPES: Query = Query { what: "the types of columns", sql: include_str!("column_types.sql") };
const COLLATIONS: Query = Query { what: "collations", sql: include_str!("collations.sql") };
const DEFAULTS: Query = Query { what: "the defaults of columns", sql: include_str!("defaults.sql") };

/// A type and its modifier, as numbers.
type TypeKey = (u32, i32);

/// A row of `columns.sql`.
struct Row {
    relation: u32,
    number: i16,
    name: Name,
    type_key: TypeKey,
    collation: u32,
    not_null: bool,
    identity: Option<Identity>,
    generated: Option<GeneratedKind>,
}

/// What a type's number and modifier stand for.
struct NamedType {
    name: DataType,
    /// The collation of columns that name none.
    collation: u32,
}

/// The names behind the numbers in rows.
struct Names {
    types: OidMap<NamedType, TypeKey>,
    collations: OidMap<String>,
}

/// Gives the draft's tables their columns.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    let mut rows = session.read(&COLUMNS, &[], decode)?;
    rows.sort_unstable_by_key(|row| (row.relation, row.number));
    let types = types(session, &rows)?;
    let names = Names { collations: collations(session, &rows, &types)?, types };
    let generated = rows.iter().filter_map(|row| Some(((row.relation, row.number), row.generated?))).collect();
    for rows in rows.chunk_by(|a, b| a.relation == b.relation) {
        place(draft, &names, rows);
    }
    read_defaults(session, draft, &generated)
}

fn decode(mut fields: Fields<'_>) -> Result<Row, Error> {
    let relation = fields.take()?;
    let number = fields.take()?;
    let name = fields.name()?;
    let object = || format!("column `{name}`");
    Ok(Row {
        relation,
        number,
        type_key: (fields.take()?, fields.unless_null(-1)?),
        collation: fields.unless_null(0)?,
        not_null: fields.flag()?,
        identity: known(fields.unless_null(0)?, codes::identity, "identity", object)?,
        generated: known(fields.unless_null(0)?, codes::generated, "generation", object)?,
        name,
    })
}

/// The types in use: the server prints each only once, however many columns have it.
fn types(session: &mut Session<'_>, rows: &[Row]) -> Result<OidMap<NamedType, TypeKey>, Error> {
    let keys: BTreeSet<TypeKey> = rows.iter().map(|row| row.type_key).collect();
    let (types, modifiers): (Vec<u32>, Vec<i32>) = keys.iter().copied().unzip();
    let named = session.read(&TYPES, &[ids(&types), (&modifiers, Type::INT4_ARRAY)], |mut fields| {
        Ok(NamedType { name: DataType::from(fields.take::<&str>()?), collation: fields.take()? })
    })?;
    Ok(keys.into_iter().zip(named).collect())
}

/// The names of the collations in use that are not those of the column's type.
fn collations(
    session: &mut Session<'_>,
    rows: &[Row],
    types: &OidMap<NamedType, TypeKey>,
) -> Result<OidMap<String>, Error> {
    let own = |row: &&Row| types.get(&row.type_key).is_some_and(|named| named.collation != row.collation);
    let ids: BTreeSet<u32> = rows.iter().filter(own).map(|row| row.collation).collect();
    let ids: Vec<u32> = ids.into_iter().collect();
    let names = session.read(&COLLATIONS, &[session::ids(&ids)], |mut fields| {
        let id: u32 = fields.take()?;
        let name = QualifiedName { schema: fields.name()?, name: fields.name()? };
        Ok((id, name.qualified().to_string()))
    })?;
    Ok(names.into_iter().collect())
}

/// Gives one relation its columns; there is at least one.
fn place(draft: &mut Draft, names: &Names, rows: &[Row]) {
    draft.add_attributes(rows[0].relation, rows.iter().map(attribute).collect());
    if let Some(table) = draft.table(rows[0].relation) {
        table.columns = rows.iter().map(|row| column(names, row)).collect();
    }
}

fn attribute(row: &Row) -> Attribute {
    Attribute { number: row.number, name: row.name.clone(), type_id: row.type_key.0, collation: row.collation }
}

fn column(names: &Names, row: &Row) -> Column {
    let named = names.types.get(&row.type_key).expect("every key in use was asked for");
    let collation = names.collations.get(&row.collation).filter(|_| named.collation != row.collation);
    Column {
        collation: collation.cloned(),
        not_null: row.not_null,
        identity: row.identity,
        ..Column::new(row.name.clone(), named.name.clone())
    }
}

fn read_defaults(
    session: &mut Session<'_>,
    draft: &mut Draft,
    generated: &OidMap<GeneratedKind, (u32, i16)>,
) -> Result<(), Error> {
    let tables: BTreeSet<u32> = generated.keys().map(|&(relation, _)| relation).collect();
    let tables: Vec<u32> = tables.into_iter().collect();
    let rows = session.read(&DEFAULTS, &[ids(&tables)], |mut fields| {
        Ok((fields.take::<u32>()?, fields.take::<i16>()?, fields.expression()?))
    })?;
    for (relation, number, expression) in rows {
        let Some(at) = draft.column_position(relation, number) else { continue };
        let Some(column) = draft.table(relation).and_then(|table| table.columns.get_mut(at)) else { continue };
        match generated.get(&(relation, number)) {
            Some(GeneratedKind::Stored) => column.generated = expression.map(Generated::Stored),
            Some(GeneratedKind::Virtual) => column.generated = expression.map(Generated::Virtual),
            None => column.default = expression,
        }
    }
    Ok(())
}
