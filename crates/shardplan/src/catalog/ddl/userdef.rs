//! `CREATE TYPE`, `ALTER TYPE` and `CREATE DOMAIN` in, types out.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::types;
use crate::catalog::{Type, TypeKind};
use crate::name::QualifiedName;

/// Reads what follows `CREATE TYPE`.
pub(super) fn create_type(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = draft.new_name(at)?;
    let kind = if at.eat("as enum") {
        let labels = at.parens()?.split_commas();
        TypeKind::Enum(labels.into_iter().map(|mut label| label.string()).collect::<Outcome<_>>()?)
    } else if at.eat("as range") {
        range(at, draft)?
    } else if at.eat("as") {
        let attributes = at.parens()?.split_commas().into_iter();
        let read = attributes.map(|mut part| Ok((part.name()?, types::data_type(&mut part, draft)?)));
        TypeKind::Composite(read.collect::<Outcome<_>>()?)
    } else {
        return fail("base types are not in the model");
    };
    put(draft, name, kind)
}

/// Reads what follows `CREATE DOMAIN`.
pub(super) fn create_domain(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = draft.new_name(at)?;
    at.eat("as");
    let base = types::data_type(at, draft)?;
    put(draft, name, TypeKind::Domain(base))
}

fn put(draft: &mut Draft, name: QualifiedName, kind: TypeKind) -> Outcome {
    if draft.type_exists(&name) {
        return fail(format!("type `{name}` exists already"));
    }
    draft.types.insert(name.clone(), Type { name, kind });
    Ok(())
}

fn range(at: &mut Cursor<'_>, draft: &Draft) -> Outcome<TypeKind> {
    for mut part in at.parens()?.split_commas() {
        if part.eat("subtype") {
            part.eat_symbol("=");
            return Ok(TypeKind::Range(types::bare_type(&mut part, draft)?));
        }
    }
    fail("the range has no subtype")
}

/// Reads what follows `ALTER TYPE` or `ALTER DOMAIN`.
pub(super) fn alter(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let parts = at.path()?;
    let name = draft.find(parts, |name| draft.types.contains_key(name))?;
    if at.eat("add value") {
        return add_value(at, draft, &name);
    }
    if at.eat("rename value") {
        let old = at.string()?;
        at.expect("to")?;
        let new = at.string()?;
        enum_labels(draft, &name)?.iter_mut().filter(|label| **label == old).for_each(|label| *label = new.clone());
        return Ok(());
    }
    if at.is("rename to") || at.is("set schema") {
        return fail("renaming a type is not supported: columns keep the old name");
    }
    // Owners, defaults and checks of types are not in the model.
    if at.is_any(&["owner", "set", "drop not null", "drop default", "drop constraint", "add constraint", "add check"])
        || at.is_any(&["rename constraint", "validate"])
    {
        return Ok(());
    }
    attribute(at, draft, &name)
}

fn add_value(at: &mut Cursor<'_>, draft: &mut Draft, name: &QualifiedName) -> Outcome {
    at.eat("if not exists");
    let label = at.string()?;
    let before = at.eat("before");
    let neighbour = if before || at.eat("after") { Some(at.string()?) } else { None };
    let labels = enum_labels(draft, name)?;
    if labels.contains(&label) {
        return Ok(());
    }
    let position = neighbour.and_then(|neighbour| labels.iter().position(|label| *label == neighbour));
    labels.insert(position.map_or(labels.len(), |position| position + usize::from(!before)), label);
    Ok(())
}

fn enum_labels<'d>(draft: &'d mut Draft, name: &QualifiedName) -> Outcome<&'d mut Vec<String>> {
    match draft.types.get_mut(name).map(|found| &mut found.kind) {
        Some(TypeKind::Enum(labels)) => Ok(labels),
        _ => fail(format!("there is no enum `{name}` at this point of the text")),
    }
}

/// Reads changes of a composite type's attributes.
fn attribute(at: &mut Cursor<'_>, draft: &mut Draft, name: &QualifiedName) -> Outcome {
    for mut part in at.clone().split_commas() {
        let add = part.eat("add attribute");
        if !add && !part.eat("drop attribute") {
            return fail(part.unexpected("a change of a type that is known"));
        }
        part.eat("if exists");
        let attribute = part.name()?;
        let data_type = if add { Some(types::data_type(&mut part, draft)?) } else { None };
        let Some(TypeKind::Composite(attributes)) = draft.types.get_mut(name).map(|found| &mut found.kind) else {
            return fail(format!("there is no composite type `{name}` at this point of the text"));
        };
        attributes.retain(|(existing, _)| *existing != attribute);
        attributes.extend(data_type.map(|data_type| (attribute, data_type)));
    }
    Ok(())
}
