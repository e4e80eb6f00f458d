//! Columns with their types and defaults: rows of `pg_attribute` and `pg_attrdef` in, the columns of the draft's tables out.

use std::collections::{BTreeSet, HashMap};

use super::codes::{self, GeneratedKind, known};
use super::draft::{Attribute, Draft};
use super::session::{Fields, Query, Session};
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
    types: HashMap<TypeKey, NamedType>,
    collations: HashMap<u32, String>,
}

/// Gives the draft's tables their columns.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    let mut rows = session.read(&COLUMNS, &[], decode)?;
    rows.sort_unstable_by_key(|row| (row.relation, row.number));
    let types = types(session, &rows)?;
    let names = Names { collations: collations(session, &rows, &types)?, types };
    let mut generated = HashMap::new();
    for row in rows {
        generated.extend(row.generated.map(|kind| ((row.relation, row.number), kind)));
        place(draft, &names, row);
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
        type_key: (fields.take()?, fields.take()?),
        collation: fields.take()?,
        not_null: fields.take()?,
        identity: known(fields.take()?, codes::identity, "identity", object)?,
        generated: known(fields.take()?, codes::generated, "generation", object)?,
        name,
    })
}

/// The types in use: the server prints each only once, however many columns have it.
fn types(session: &mut Session<'_>, rows: &[Row]) -> Result<HashMap<TypeKey, NamedType>, Error> {
    let keys: BTreeSet<TypeKey> = rows.iter().map(|row| row.type_key).collect();
    let (types, modifiers): (Vec<u32>, Vec<i32>) = keys.iter().copied().unzip();
    let named = session.read(&TYPES, &[&types, &modifiers], |mut fields| {
        Ok(NamedType { name: DataType::from(fields.take::<&str>()?), collation: fields.take()? })
    })?;
    Ok(keys.into_iter().zip(named).collect())
}

/// The names of the collations in use that are not those of the column's type.
fn collations(
    session: &mut Session<'_>,
    rows: &[Row],
    types: &HashMap<TypeKey, NamedType>,
) -> Result<HashMap<u32, String>, Error> {
    let own = |row: &&Row| types.get(&row.type_key).is_some_and(|named| named.collation != row.collation);
    let ids: BTreeSet<u32> = rows.iter().filter(own).map(|row| row.collation).collect();
    let ids: Vec<u32> = ids.into_iter().collect();
    let names = session.read(&COLLATIONS, &[&ids], |mut fields| {
        let id: u32 = fields.take()?;
        let name = QualifiedName { schema: fields.name()?, name: fields.name()? };
        Ok((id, name.qualified().to_string()))
    })?;
    Ok(names.into_iter().collect())
}

fn place(draft: &mut Draft, names: &Names, row: Row) {
    let attribute =
        Attribute { number: row.number, name: row.name.clone(), type_id: row.type_key.0, collation: row.collation };
    draft.add_attribute(row.relation, attribute);
    let Some(table) = draft.table(row.relation) else { return };
    let named = names.types.get(&row.type_key).expect("every key in use was asked for");
    let collation = names.collations.get(&row.collation).filter(|_| named.collation != row.collation);
    table.columns.push(Column {
        collation: collation.cloned(),
        not_null: row.not_null,
        identity: row.identity,
        ..Column::new(row.name, named.name.clone())
    });
}

fn read_defaults(
    session: &mut Session<'_>,
    draft: &mut Draft,
    generated: &HashMap<(u32, i16), GeneratedKind>,
) -> Result<(), Error> {
    let tables: BTreeSet<u32> = generated.keys().map(|&(relation, _)| relation).collect();
    let tables: Vec<u32> = tables.into_iter().collect();
    let rows = session.read(&DEFAULTS, &[&tables], |mut fields| {
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
