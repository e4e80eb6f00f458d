//! Columns with their types and defaults: rows of `pg_attribute` and `pg_attrdef` in, the columns of the draft's tables out.

use std::collections::HashMap;

use super::codes::{self, GeneratedKind, known};
use super::draft::{Attribute, Draft};
use super::session::{Fields, Query, Session};
use crate::catalog::{Column, DataType, Generated, Identity};
use crate::error::Error;
use crate::name::{Name, QualifiedName};

const COLUMNS: Query = Query { what: "columns", sql: include_str!("columns.sql") };
const TYPES: Query = Query { what: "the types of columns", sql: include_str!("column_types.sql") };
const DEFAULTS: Query = Query { what: "the defaults of columns", sql: include_str!("defaults.sql") };

/// A type and its modifier, as numbers.
type TypeKey = (u32, i32);

/// A row of `columns.sql`.
struct Row {
    relation: u32,
    number: i16,
    name: Name,
    type_key: TypeKey,
    collation_id: u32,
    collation: Option<String>,
    not_null: bool,
    identity: Option<Identity>,
    generated: Option<GeneratedKind>,
}

/// Gives the draft's tables their columns.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    let rows = session.read(&COLUMNS, &[], decode)?;
    let types = type_names(session, &rows)?;
    let mut generated = HashMap::new();
    for row in rows {
        generated.extend(row.generated.map(|kind| ((row.relation, row.number), kind)));
        place(draft, &types, row);
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
        collation_id: fields.take()?,
        collation: qualified(fields.optional_name()?, fields.optional_name()?),
        not_null: fields.take()?,
        identity: known(fields.take()?, codes::identity, "identity", object)?,
        generated: known(fields.take()?, codes::generated, "generation", object)?,
        name,
    })
}

fn qualified(schema: Option<Name>, name: Option<Name>) -> Option<String> {
    let name = QualifiedName { schema: schema?, name: name? };
    Some(name.qualified().to_string())
}

/// The name of each type in use: the server prints each only once, however many columns have it.
fn type_names(session: &mut Session<'_>, rows: &[Row]) -> Result<HashMap<TypeKey, DataType>, Error> {
    let mut keys: Vec<TypeKey> = rows.iter().map(|row| row.type_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let (types, modifiers): (Vec<u32>, Vec<i32>) = keys.iter().copied().unzip();
    let names = session.read(&TYPES, &[&types, &modifiers], |mut fields| fields.take::<&str>().map(DataType::from))?;
    Ok(keys.into_iter().zip(names).collect())
}

fn place(draft: &mut Draft, types: &HashMap<TypeKey, DataType>, row: Row) {
    let attribute =
        Attribute { number: row.number, name: row.name.clone(), type_id: row.type_key.0, collation: row.collation_id };
    draft.add_attribute(row.relation, attribute);
    let Some(table) = draft.table(row.relation) else { return };
    let data_type = types.get(&row.type_key).cloned().expect("every key in use was asked for");
    table.columns.push(Column {
        collation: row.collation,
        not_null: row.not_null,
        identity: row.identity,
        ..Column::new(row.name, data_type)
    });
}

fn read_defaults(
    session: &mut Session<'_>,
    draft: &mut Draft,
    generated: &HashMap<(u32, i16), GeneratedKind>,
) -> Result<(), Error> {
    let rows = session
        .read(&DEFAULTS, &[], |mut fields| Ok((fields.take::<u32>()?, fields.take::<i16>()?, fields.expression()?)))?;
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
