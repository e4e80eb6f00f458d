//! What is not part of a table: sequences, types, functions, publications, extensions and settings, each a row in and a value
//! of the catalog out.

use super::codes::{self, Code, TypeCode, known};
use super::draft::Draft;
use super::session::{Fields, Query, Session};
use super::text::fold;
use crate::catalog::{DataType, Extension, Function, Publication, Sequence, Type, TypeKind};
use crate::error::Error;
use crate::name::{Name, QualifiedName};

const SEQUENCES: Query = Query { what: "sequences", sql: include_str!("sequences.sql") };
const TYPES: Query = Query { what: "types", sql: include_str!("types.sql") };
const FUNCTIONS: Query = Query { what: "functions", sql: include_str!("functions.sql") };
const PUBLICATIONS: Query = Query { what: "publications", sql: include_str!("publications.sql") };
const EXTENSIONS: Query = Query { what: "extensions", sql: include_str!("extensions.sql") };
const SETTINGS: Query = Query { what: "settings", sql: include_str!("settings.sql") };

/// Gives the draft all of them.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    read_sequences(session, draft)?;
    draft.catalog.types = session.read(&TYPES, &[], user_type)?;
    draft.catalog.functions = session.read(&FUNCTIONS, &[], function)?;
    draft.catalog.publications = session.read(&PUBLICATIONS, &[], |fields| publication(draft, fields))?;
    draft.catalog.extensions =
        session.read(&EXTENSIONS, &[], |mut fields| Ok(Extension { name: fields.name()?, version: fields.take()? }))?;
    let settings = session.read(&SETTINGS, &[], |mut fields| Ok((fields.take()?, fields.take()?)))?;
    draft.catalog.settings = settings.into_iter().collect();
    Ok(())
}

fn read_sequences(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    for (owner, mut sequence) in session.read(&SEQUENCES, &[], sequence)? {
        if let Some((relation, number)) = owner
            && let Some(at) = draft.column_position(relation, number)
            && let Some(table) = draft.table(relation)
            && let Some(column) = table.columns.get_mut(at)
        {
            // Of several sequences that a column owns, the first by name counts.
            if column.sequence.as_ref().is_none_or(|first| sequence.name < *first) {
                column.sequence = Some(sequence.name.clone());
            }
            sequence.owned_by = Some((table.name.clone(), column.name.clone()));
        }
        draft.catalog.sequences.push(sequence);
    }
    Ok(())
}

/// A sequence, and the number of the table and of the column that own it.
fn sequence(mut fields: Fields<'_>) -> Result<(Option<(u32, i16)>, Sequence), Error> {
    let name = qualified_name(&mut fields)?;
    let data_type = data_type(&mut fields)?;
    let increment = fields.take()?;
    let relation: Option<u32> = fields.take()?;
    let column: Option<i32> = fields.take()?;
    let identity = match fields.take::<Option<Code>>()? {
        Some(code) => known(code, codes::owned_by_identity, "ownership", || format!("sequence `{name}`"))?,
        None => false,
    };
    let owner = relation.zip(column.and_then(|column| i16::try_from(column).ok()));
    Ok((owner, Sequence { name, data_type, increment, owned_by: None, identity }))
}

fn user_type(mut fields: Fields<'_>) -> Result<Type, Error> {
    let name = qualified_name(&mut fields)?;
    let code = known(fields.take()?, codes::type_kind, "kind", || format!("type `{name}`"))?;
    let base = DataType::from(fields.take::<Option<&str>>()?.unwrap_or_default());
    let labels = fields.take()?;
    let attributes = fields.names()?.into_iter().zip(data_types(&mut fields)?);
    let kind = match code {
        TypeCode::Enum => TypeKind::Enum(labels),
        TypeCode::Domain => TypeKind::Domain(base),
        TypeCode::Composite => TypeKind::Composite(attributes.collect()),
        TypeCode::Range => TypeKind::Range(base),
    };
    Ok(Type { name, kind })
}

fn function(mut fields: Fields<'_>) -> Result<Function, Error> {
    let name = qualified_name(&mut fields)?;
    let arguments = data_types(&mut fields)?;
    let language = fields.name()?;
    let quoted: String = fields.take()?;
    let parsed: Option<&str> = fields.take()?;
    let body = parsed.map_or(quoted, fold);
    Ok(Function { name, arguments, language, body, returns: fields.take()? })
}

fn publication(draft: &Draft, mut fields: Fields<'_>) -> Result<Publication, Error> {
    let name = fields.name()?;
    let all_tables = fields.take()?;
    let ids: Vec<u32> = fields.take()?;
    let object = || format!("publication `{name}`");
    let tables = ids.into_iter().map(|id| draft.referenced(id, object)).collect::<Result<_, _>>()?;
    let schemas: Vec<Name> = fields.names()?;
    Ok(Publication { name, all_tables, tables, schemas })
}

fn qualified_name(fields: &mut Fields<'_>) -> Result<QualifiedName, Error> {
    Ok(QualifiedName { schema: fields.schema()?, name: fields.name()? })
}

fn data_type(fields: &mut Fields<'_>) -> Result<DataType, Error> {
    fields.take::<&str>().map(DataType::from)
}

fn data_types(fields: &mut Fields<'_>) -> Result<Vec<DataType>, Error> {
    Ok(fields.take::<Vec<&str>>()?.into_iter().map(DataType::from).collect())
}
