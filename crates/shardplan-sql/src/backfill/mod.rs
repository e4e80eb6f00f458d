//! The backfill: columns with the derivations from which they are filled come in, the objects that fill them go out.
//!
//! One function per table fills one batch: a range of its primary key, or of its blocks where there is none. One procedure calls
//! them until all are done, and commits after each batch. Where each stands is in a table, so a run that was stopped goes on
//! from there.

mod batch;

use std::fmt::Write;

use shardplan::{Backfill, CopyColumn, CopyRows, DataType, Derivation, Name, Path, Shadow, TableName};

use crate::helpers::define;
use crate::quote::{comment, list, literal, name_literal};

/// The name of the pg_cron job.
pub(crate) const JOB: &str = "shardplan_backfill";

/// A column to fill.
#[derive(Clone, Copy)]
pub(crate) struct Job<'p> {
    table: &'p TableName,
    column: &'p Name,
    source: Source<'p>,
    row_key: &'p [(Name, DataType)],
    operators: &'p [Name],
    wave: usize,
    function: &'p Name,
}

/// Where its values come from.
#[derive(Clone, Copy)]
enum Source<'p> {
    /// The end of a path.
    Path(&'p Path),
    /// Another column of the same row.
    Column(&'p Name),
    /// The row itself, for its copy in another table.
    Row(&'p Shadow),
}

impl<'p> Job<'p> {
    pub(crate) fn of_backfill(backfill: &'p Backfill) -> Self {
        let Backfill { from, row_key, wave, function } = backfill;
        let Derivation { table, column, path, operators } = from;
        Self { table, column, source: Source::Path(path), row_key, operators, wave: *wave, function }
    }

    pub(crate) fn of_rows(copy: &'p CopyRows) -> Self {
        let CopyRows { shadow, row_key, function } = copy;
        // Where it stands is noted under the column that every row of a copy must have.
        let column = shadow.key.as_ref().map(|key| &key.column).unwrap_or(&shadow.new_key[0]);
        let (table, operators) = (&shadow.table, &shadow.operators[..]);
        Self { table, column, source: Source::Row(shadow), row_key, operators, wave: 0, function }
    }

    pub(crate) fn of_copy(copy: &'p CopyColumn) -> Self {
        let CopyColumn { table, from, to, row_key, operators, function } = copy;
        Self { table, column: to, source: Source::Column(from), row_key, operators, wave: 0, function }
    }
}

/// Writes everything that the backfill needs.
pub(crate) fn objects(text: &mut String, jobs: &[Job<'_>]) {
    let _ = write!(text, "\n{}", include_str!("state.sql"));
    for job in jobs {
        text.push('\n');
        match job.source {
            Source::Path(path) => comment(text, format_args!("{}: {} from {}.", job.table, job.column, path.end())),
            Source::Row(shadow) => comment(text, format_args!("{}: its rows to {}.", job.table, shadow.shadow)),
            Source::Column(from) => comment(text, format_args!("{}: {} from {from}.", job.table, job.column)),
        }
        // First, because the way back drops the functions that are listed here.
        let _ = writeln!(
            text,
            "INSERT INTO shardplan.backfill (target, column_name, wave, batch_function) VALUES ({}, {}, {}, {}) ON CONFLICT (target) DO NOTHING;",
            name_literal(job.table),
            literal(job.column.as_str()),
            job.wave,
            literal(job.function.as_str()),
        );
        batch::function(text, job);
    }
    for [why, head, body] in FUNCTIONS {
        text.push('\n');
        comment(text, why);
        define(text, head, format!("\n{body}"));
    }
    let _ = write!(text, "\n{}", include_str!("progress.sql"));
}

/// Writes how it is started.
pub(crate) fn start(text: &mut String) {
    let _ = write!(
        text,
        "
-- Run again, the script opens a table again that was done and has rows since that could have a key: a trigger was off, or a
-- person has decided about the rows that they reference.
UPDATE shardplan.backfill AS b SET next_key = NULL, rows_seen = 0, finished_at = NULL, finished_xid = NULL
WHERE b.finished_at IS NOT NULL
  AND EXISTS (SELECT FROM shardplan.undecided_rows(b.target, 'unassigned') AS u WHERE u.reason = 'not filled yet');

-- With pg_cron in this database a job works until all is done and then takes itself off the schedule.
-- To stop it before: SELECT cron.unschedule('{JOB}');
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') AS has_cron \\gset
\\if :has_cron
SELECT cron.schedule('{JOB}', '* * * * *', 'CALL shardplan.run_backfill(interval ''55 seconds'')');
\\else
-- Without it this call does the same, here and now; it can be interrupted and run again.
CALL shardplan.run_backfill();
\\endif
SELECT * FROM shardplan.progress;
"
    );
}

/// Writes a backfill that the script waits for, left out once this condition holds.
pub(crate) fn at_once(text: &mut String, jobs: &[Job<'_>], done: &str) {
    let _ = writeln!(text, "\n-- The rows that were there before.\nSELECT {done} AS done \\gset\n\\if :done\n\\else");
    objects(text, jobs);
    let columns = jobs.iter().map(|job| literal(job.column.as_str()));
    let _ = write!(
        text,
        "
-- It can be interrupted and run again.
CALL shardplan.run_backfill();
SELECT * FROM shardplan.progress;
SELECT pg_temp.require(
  NOT EXISTS (SELECT FROM shardplan.backfill WHERE finished_at IS NULL AND column_name IN ({})),
  'the new columns are not filled', 'another backfill is running: run this script again when it has ended');
\\endif
",
        list(columns)
    );
}

/// What every table's backfill shares: why each function is there, how it is introduced, and its body.
const FUNCTIONS: [[&str; 3]; 3] = [
    [
        "Why the next batch of a table should wait; NULL if nothing is against it.",
        "FUNCTION shardplan.reason_to_pause(of_target text) RETURNS text LANGUAGE plpgsql",
        include_str!("reason_to_pause.sql"),
    ],
    [
        "Fills one batch of a table and notes how far it came; false if something went wrong that trying again does not mend.",
        "FUNCTION shardplan.run_batch(of_target text) RETURNS boolean LANGUAGE plpgsql",
        include_str!("run_batch.sql"),
    ],
    [
        "Fills batch after batch, one transaction each, until all is done or the time is up.",
        "PROCEDURE shardplan.run_backfill(run_for interval DEFAULT NULL) LANGUAGE plpgsql",
        include_str!("run_backfill.sql"),
    ],
];
