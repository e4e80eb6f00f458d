//! The sizes of tables: what each was counted to take, its indexes and its TOAST table in, bytes of the draft's tables out.

use super::draft::Draft;
use super::oid::OidMap;
use super::session::{Query, Session};
use crate::error::Error;

const QUERY: Query = Query { what: "the sizes of TOAST tables", sql: include_str!("toast.sql") };

/// An ordinary table whose size is the sum of its parts.
pub(super) struct Counted {
    /// The table's number.
    pub(super) table: u32,
    /// Its bytes alone.
    pub(super) bytes: u64,
    /// The number of its TOAST table, or 0.
    pub(super) toast: u32,
}

/// Gives tables their sizes; `indexes` has the bytes of the indexes, by table.
pub(super) fn read(
    session: &mut Session<'_>,
    draft: &mut Draft,
    counted: Vec<Counted>,
    indexes: &OidMap<u64>,
) -> Result<(), Error> {
    let mut toast: OidMap<u64> = OidMap::default();
    for (id, bytes) in session.read(&QUERY, &[], |mut fields| Ok((fields.take::<u32>()?, fields.take::<i64>()?)))? {
        *toast.entry(id).or_default() += bytes.unsigned_abs();
    }
    for part in counted {
        let others = [indexes.get(&part.table), toast.get(&part.toast)];
        let bytes = others.into_iter().flatten().fold(part.bytes, |sum, bytes| sum.saturating_add(*bytes));
        if let Some(statistics) = draft.table(part.table).and_then(|table| table.statistics.as_mut()) {
            statistics.bytes = Some(bytes);
        }
    }
    Ok(())
}
