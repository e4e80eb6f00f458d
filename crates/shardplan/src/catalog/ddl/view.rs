//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW` in, views with what they read out.

use super::cursor::{Cursor, Outcome, fail, fold_blanks};
use super::draft::Draft;
use super::reads;
use crate::catalog::View;
use crate::name::TableName;

/// What kind of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Computed,
    Materialized,
}

/// What to do when the name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Fail,
    Replace,
}

/// Reads what follows `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
pub(super) fn create(at: &mut Cursor<'_>, draft: &mut Draft, rows: Rows, taken: Taken) -> Outcome {
    let if_not_exists = at.eat("if not exists");
    let name = draft.new_name(at)?;
    if draft.relation_exists(&name) && !(taken == Taken::Replace && draft.views.contains_key(&name)) {
        return if if_not_exists { Ok(()) } else { fail(format!("`{name}` exists already")) };
    }
    at.skip_until(|at| at.is("as"));
    at.expect("as")?;
    let query = query(at);
    let definition = fold_blanks(&query.all_text());
    if definition.is_empty() {
        return fail("the view has no query");
    }
    let reads = resolved_reads(draft, query, &name);
    let before = draft.views.remove(&name);
    let (indexes, comment) = before.map(|view| (view.indexes, view.comment)).unwrap_or_default();
    let materialized = rows == Rows::Materialized;
    draft.views.insert(name.clone(), View { name, materialized, definition, reads, indexes, comment });
    Ok(())
}

/// The query without `WITH [NO] DATA` and `WITH CHECK OPTION`.
fn query<'a>(at: &mut Cursor<'a>) -> Cursor<'a> {
    const ENDS: &[&str] =
        &["with data", "with no data", "with check option", "with local check option", "with cascaded check option"];
    let start = at.mark();
    at.skip_until(|at| at.is_any(ENDS));
    at.part_since(start)
}

fn resolved_reads(draft: &Draft, query: Cursor<'_>, view: &TableName) -> Vec<TableName> {
    let found = reads::relations(query).into_iter().filter_map(|parts| {
        let qualified = parts.len() > 1;
        let name = draft.find(parts, |name| draft.relation_exists(name)).ok()?;
        // Without a schema and unknown, a name is one of the system's views.
        let system = name.schema == "pg_catalog" || name.schema == "information_schema";
        let known = draft.relation_exists(&name) || qualified || !name.name.as_str().starts_with("pg_");
        (!system && known && name != *view).then_some(name)
    });
    found.collect()
}
