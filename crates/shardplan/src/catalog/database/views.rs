//! Views: the queries that the server prints and the dependencies of their rules in, filled views of the draft out.

use super::draft::Draft;
use super::session::{Query, Session, ids};
use super::text;
use crate::error::Error;

const VIEWS: Query = Query { what: "views", sql: include_str!("views.sql") };
const READS: Query = Query { what: "what views read", sql: include_str!("view_reads.sql") };

/// Gives the draft's views their queries and what they read. What lies outside the user's schemas is not listed.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    let asked = draft.view_ids();
    let queries = session.read(&VIEWS, &[ids(&asked)], |mut fields| {
        Ok((fields.take::<u32>()?, fields.take::<Option<&str>>()?.map(text::query).unwrap_or_default()))
    })?;
    for (view, query) in queries {
        if let Some(view) = draft.view(view) {
            view.definition = query;
        }
    }
    let reads = session.read(&READS, &[], |mut fields| Ok((fields.take::<u32>()?, fields.take::<u32>()?)))?;
    for (view, relation) in reads {
        let Some(name) = draft.name(relation).cloned() else { continue };
        if let Some(view) = draft.view(view) {
            view.reads.push(name);
        }
    }
    Ok(())
}
