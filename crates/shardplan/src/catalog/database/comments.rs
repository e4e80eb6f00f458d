//! Comments: rows of `pg_description` in, a lookup by object number out.

use super::draft::Draft;
use super::oid::OidMap;
use super::session::{Query, Session};
use crate::error::Error;

const QUERY: Query = Query { what: "comments", sql: include_str!("comments.sql") };

/// The comments on relations, their columns (0 for the relation itself) and constraints.
pub(super) struct Comments {
    relations: OidMap<String, (u32, i32)>,
    constraints: OidMap<String>,
}

impl Comments {
    pub(super) fn read(session: &mut Session<'_>) -> Result<Self, Error> {
        let rows = session.read(&QUERY, &[], |mut fields| {
            let on_constraint: bool = fields.take()?;
            Ok((on_constraint, fields.take::<u32>()?, fields.take::<i32>()?, fields.take::<String>()?))
        })?;
        let mut comments = Self { relations: OidMap::default(), constraints: OidMap::default() };
        for (on_constraint, id, column, text) in rows {
            if on_constraint {
                comments.constraints.insert(id, text);
            } else {
                comments.relations.insert((id, column), text);
            }
        }
        Ok(comments)
    }

    pub(super) fn on_constraint(&self, id: u32) -> Option<String> {
        self.constraints.get(&id).cloned()
    }

    pub(super) fn on_relation(&self, id: u32) -> Option<String> {
        self.relations.get(&(id, 0)).cloned()
    }

    /// Gives tables, views and columns theirs.
    pub(super) fn place(&self, draft: &mut Draft) {
        for (&(id, number), text) in &self.relations {
            let position = i16::try_from(number).ok().and_then(|number| draft.column_position(id, number));
            if let Some(view) = draft.view(id).filter(|_| number == 0) {
                view.comment = Some(text.clone());
            }
            let Some(table) = draft.table(id) else { continue };
            if number == 0 {
                table.comment = Some(text.clone());
            } else if let Some(column) = position.and_then(|at| table.columns.get_mut(at)) {
                column.comment = Some(text.clone());
            }
        }
    }
}
