//! What lives beside the tables in: extensions, publications, comments, schemas and the search path. The draft changes.

use super::cursor::{Cursor, Outcome, fail};
use super::draft::Draft;
use super::lex::Kind;
use crate::catalog::{Extension, Publication};
use crate::name::Name;

/// Reads what follows `CREATE EXTENSION`.
pub(super) fn create_extension(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("if not exists");
    let name = at.name()?;
    let (mut schema, mut version) = (draft.creation_schema(), None);
    at.eat("with");
    while !at.done() {
        if at.eat("schema") {
            schema = at.name()?;
        } else if at.eat("version") {
            version =
                Some(if at.kind_at(0) == Some(Kind::Text) { at.string()? } else { at.name()?.as_str().to_owned() });
        } else if !at.eat("cascade") {
            return fail(at.unexpected("an option of the extension"));
        }
    }
    draft.extensions.entry(name.clone()).or_insert((schema, Extension { name, version }));
    Ok(())
}

/// Reads what follows `ALTER EXTENSION`.
pub(super) fn alter_extension(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = at.name()?;
    if at.eat("set schema") {
        let schema = at.name()?;
        draft.extensions.entry(name).and_modify(|(home, _)| *home = schema);
    }
    Ok(())
}

/// Reads what follows `CREATE PUBLICATION`.
pub(super) fn create_publication(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = at.name()?;
    let all_tables = at.eat("for all tables");
    let mut publication = Publication { name: name.clone(), all_tables, tables: Vec::new(), schemas: Vec::new() };
    if at.eat("for") {
        publication_members(at, draft, &mut publication)?;
    }
    draft.publications.insert(name, publication);
    Ok(())
}

/// Reads what follows `ALTER PUBLICATION`.
pub(super) fn alter_publication(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = at.name()?;
    let Some(mut publication) = draft.publications.get(&name).cloned() else {
        return fail(format!("there is no publication `{name}` at this point of the text"));
    };
    if at.eat("rename to") {
        draft.publications.remove(&name);
        publication.name = at.name()?;
    } else if at.eat("add") {
        publication_members(at, draft, &mut publication)?;
    } else if at.is("set table") || at.is("set tables") {
        at.skip();
        (publication.tables, publication.schemas) = (Vec::new(), Vec::new());
        publication_members(at, draft, &mut publication)?;
    } else if at.eat("drop") {
        let nobody = Publication { name, all_tables: false, tables: Vec::new(), schemas: Vec::new() };
        let mut gone = nobody;
        publication_members(at, draft, &mut gone)?;
        publication.tables.retain(|table| !gone.tables.contains(table));
        publication.schemas.retain(|schema| !gone.schemas.contains(schema));
    }
    draft.publications.insert(publication.name.clone(), publication);
    Ok(())
}

/// Reads `TABLE a, ONLY b (columns) WHERE (…), TABLES IN SCHEMA c`.
fn publication_members(at: &mut Cursor<'_>, draft: &Draft, publication: &mut Publication) -> Outcome {
    let mut schemas = false;
    for mut part in at.clone().split_commas() {
        if part.eat("tables in schema") || part.eat("all tables in schema") {
            schemas = true;
        } else if part.eat("table") {
            schemas = false;
        }
        if schemas {
            publication.schemas.push(if part.eat("current_schema") { draft.creation_schema() } else { part.name()? });
        } else {
            part.eat("only");
            publication.tables.push(draft.relation(&mut part)?);
        }
    }
    Ok(())
}

/// Reads what follows `COMMENT ON`.
pub(super) fn comment(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    if at.eat("table") || at.eat("foreign table") || at.eat("view") || at.eat("materialized view") {
        let name = draft.relation(at)?;
        let text = comment_text(at)?;
        match draft.views.get_mut(&name) {
            Some(view) => view.comment = text,
            None => draft.table(&name)?.comment = text,
        }
    } else if at.eat("column") {
        return column_comment(at, draft);
    } else if at.eat("constraint") {
        return constraint_comment(at, draft);
    } else if at.eat("index") {
        return index_comment(at, draft);
    }
    Ok(())
}

/// Reads `IS 'text'`; `NULL` and the empty text are no comment.
fn comment_text(at: &mut Cursor<'_>) -> Outcome<Option<String>> {
    at.expect("is")?;
    if at.eat("null") {
        return Ok(None);
    }
    Ok(Some(at.string()?).filter(|text| !text.is_empty()))
}

fn column_comment(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let mut parts = at.path()?;
    let column = parts.pop().unwrap_or_else(|| Name::from(""));
    let relation = draft.find(parts, |name| draft.relation_exists(name))?;
    let text = comment_text(at)?;
    // Columns of views and composite types are not in the model.
    let Some(table) = draft.tables.get_mut(&relation) else { return Ok(()) };
    match table.columns.iter_mut().find(|candidate| candidate.name == column) {
        Some(found) => found.comment = text,
        None => return fail(format!("table `{relation}` has no column `{column}`")),
    }
    Ok(())
}

fn constraint_comment(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = at.name()?;
    at.expect("on")?;
    if at.eat("domain") {
        return Ok(());
    }
    let table = draft.relation(at)?;
    let text = comment_text(at)?;
    for reference in draft.references.get_mut(&table).into_iter().flatten() {
        if reference.key.name == name {
            reference.key.comment.clone_from(&text);
        }
    }
    let table = draft.table(&table)?;
    let keys = table.primary_key.iter_mut().chain(&mut table.unique).map(|key| (&key.name, &mut key.comment));
    let checks = table.checks.iter_mut().map(|check| (&check.name, &mut check.comment));
    let exclusions = table.exclusions.iter_mut().map(|exclusion| (&exclusion.name, &mut exclusion.comment));
    let all = keys.chain(checks).chain(exclusions);
    all.filter(|(found, _)| **found == name).for_each(|(_, comment)| comment.clone_from(&text));
    Ok(())
}

fn index_comment(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let name = draft.relation(at)?;
    let text = comment_text(at)?;
    let Some(owner) = draft.index_owner.get(&name) else { return Ok(()) };
    let of_table = draft.tables.get_mut(owner).into_iter().flat_map(|table| &mut table.indexes);
    let of_view = draft.views.get_mut(owner).into_iter().flat_map(|view| &mut view.indexes);
    let found = of_table.chain(of_view).filter(|index| index.name == name.name);
    found.for_each(|index| index.comment.clone_from(&text));
    Ok(())
}

/// Reads what follows `CREATE SCHEMA`.
pub(super) fn create_schema(at: &mut Cursor<'_>) -> Outcome {
    at.skip_until(|at| at.is_any(&["create", "grant"]));
    if at.done() { Ok(()) } else { fail("statements within CREATE SCHEMA are not supported; write them after it") }
}

/// Reads `SET [SESSION | LOCAL] search_path = …` after `SET`; other settings say nothing.
pub(super) fn set(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    _ = at.eat("session") || at.eat("local");
    if !at.eat("search_path") && !at.eat("schema") {
        return Ok(());
    }
    if at.eat("default") || at.is("to default") || at.word_at(1, "default") {
        draft.search_path = vec![Name::from("public")];
        return Ok(());
    }
    _ = at.eat_symbol("=") || at.eat("to");
    let mut path = Vec::new();
    for mut part in at.clone().split_commas() {
        let name = if part.kind_at(0) == Some(Kind::Text) { Name::from(part.string()?) } else { part.name()? };
        path.push(name);
    }
    draft.search_path = searchable(path);
    Ok(())
}

/// Reads `pg_catalog.set_config('search_path', …)` after `SELECT`; fails for a query that makes a table.
pub(super) fn select(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let start = at.mark();
    at.skip_until(|at| at.is("into"));
    if !at.done() {
        return fail("the columns of a table that is made from a query are not known");
    }
    at.back(start);
    if !at.eat("pg_catalog") || !at.eat_symbol(".") {
        at.back(start);
    }
    if !at.eat("set_config") {
        return Ok(());
    }
    let mut parts = at.parens()?.split_commas().into_iter();
    let (Some(mut setting), Some(mut value)) = (parts.next(), parts.next()) else { return Ok(()) };
    if setting.string()? == "search_path" {
        let value = value.string()?;
        let names = crate::name::identifiers(&value.replace(',', ".")).unwrap_or_default();
        draft.search_path = searchable(names);
    }
    Ok(())
}

/// Only schemas that can hold what the text creates.
fn searchable(path: Vec<Name>) -> Vec<Name> {
    path.into_iter().filter(|name| !matches!(name.as_str(), "$user" | "pg_catalog" | "pg_temp" | "")).collect()
}
