//! The tables to copy come in, what copies a batch and what waits for the end go out. The batches themselves are those of the
//! backfill.

use std::fmt::Display;

use shardplan::Shadow;

use super::rows;
use crate::backfill::{self, Job};

/// Writes what copies the rows of a batch, and counts them.
pub(crate) fn insert(text: &mut String, shadow: &Shadow, batch: impl Display) {
    rows::keyless(text, shadow, &batch);
    text.push_str("\n    ");
    let _ = rows::insert(text, shadow, &batch);
    text.push_str(";\n    GET DIAGNOSTICS filled = ROW_COUNT;");
}

/// Writes the copy of all tables, up to its end.
pub(crate) fn copied(text: &mut String, jobs: &[Job<'_>]) {
    backfill::objects(text, jobs);
    text.push_str(
        "
-- A batch holds nobody up, so it may take longer than one that changes live rows; and none may be left out.
UPDATE shardplan.settings SET batch_time = '1 s' WHERE batch_time = '50 ms';
UPDATE shardplan.backfill SET attempts = 0, may_skip = false WHERE finished_at IS NULL;
-- It can be interrupted and run again: it goes on where it stopped. Watch it in another session: SELECT * FROM shardplan.progress.
CALL shardplan.run_backfill();
SELECT * FROM shardplan.progress;
",
    );
}
