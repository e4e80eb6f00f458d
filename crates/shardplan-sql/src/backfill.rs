//! The backfill: columns with the paths from which they are filled come in, the objects that fill them go out.
//!
//! One function per table moves a cursor over the table's primary key (or its blocks, where there is none) and fills one
//! batch; one procedure calls them until all are done, and commits after each batch. The cursor stands in a table, so a run
//! that was stopped goes on where it was.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Write};

use shardplan::{Backfill, MAX_NAME_BYTES, Name, Path};

use crate::probe::alias;
use crate::quote::{comment, dollar, list, literal, name_literal};

/// How many rows a batch has unless the caller says otherwise.
pub(crate) const BATCH_ROWS: u32 = 10_000;

/// The name of the pg_cron job.
pub(crate) const JOB: &str = "shardplan_backfill";

/// Writes the statements that make everything that the backfill needs, in order.
pub(crate) fn objects(text: &mut String, backfills: &[&Backfill]) {
    text.push_str("\n-- Everything that the backfill needs lives in a schema of its own.\nCREATE SCHEMA IF NOT EXISTS shardplan;\n");
    text.push_str("\n-- One row per table: where the cursor stands, and what has been done.\n");
    text.push_str(STATE);
    text.push_str("\n-- What every batch ends with: the cursor moves on; at the end of the table a pass is over.\n");
    for [head, body] in ENDS {
        let _ = write!(text, "CREATE OR REPLACE FUNCTION shardplan.{head} AS ");
        dollar(text, |text| text.push_str(body));
        text.push_str(";\n");
    }
    let mut taken = BTreeSet::new();
    for (position, backfill) in backfills.iter().enumerate() {
        let function = function_name(backfill, &mut taken);
        text.push('\n');
        comment(text, format_args!("{}: {} from {}.", backfill.table, backfill.column, backfill.path.end()));
        batch_function(text, backfill, &function);
        let _ = writeln!(
            text,
            "INSERT INTO shardplan.backfill (target, position, batch_function) VALUES ({}, {position}, {}) ON CONFLICT (target) DO NOTHING;",
            name_literal(&backfill.table),
            literal(function.as_str()),
        );
    }
    text.push_str("\n-- Fills batch after batch, one transaction each, until all is done or the time is up.\n");
    driver(text);
    text.push_str("\n-- Where it stands: SELECT * FROM shardplan.progress.\n");
    text.push_str(PROGRESS);
}

const STATE: &str = "\
CREATE TABLE IF NOT EXISTS shardplan.backfill (
  target text PRIMARY KEY,
  position bigint NOT NULL,
  batch_function text NOT NULL,
  next_key text[],
  passes bigint NOT NULL DEFAULT 0,
  batches bigint NOT NULL DEFAULT 0,
  rows_filled bigint NOT NULL DEFAULT 0,
  rows_in_pass bigint NOT NULL DEFAULT 0,
  started_at timestamptz,
  finished_at timestamptz
);
";

/// What every batch ends with, head and body: the cursor moves on, and at the end of the table a pass is over. It is the last
/// one unless rows came in meanwhile that a path gives a key.
const ENDS: [[&str; 2]; 2] = [
    [
        "advance(of_target text, key text[], filled bigint) RETURNS shardplan.backfill LANGUAGE sql",
        "
  UPDATE shardplan.backfill SET next_key = key, started_at = coalesce(started_at, now()),
    batches = batches + 1, rows_filled = rows_filled + filled,
    rows_in_pass = CASE WHEN next_key IS NULL THEN 0 ELSE rows_in_pass END + filled
  WHERE target = of_target
  RETURNING *
",
    ],
    [
        "finish_pass(of_target text, is_last boolean) RETURNS void LANGUAGE sql",
        "
  UPDATE shardplan.backfill SET next_key = NULL, started_at = coalesce(started_at, now()), passes = passes + 1,
    finished_at = CASE WHEN is_last THEN clock_timestamp() END
  WHERE target = of_target
",
    ],
];

const PROGRESS: &str = "\
CREATE OR REPLACE VIEW shardplan.progress AS
SELECT target, rows_filled, greatest(c.reltuples, 0)::bigint AS rows_in_table, batches, passes,
       CASE WHEN finished_at IS NOT NULL THEN 'done' WHEN started_at IS NOT NULL THEN 'running' ELSE 'waiting' END AS state,
       coalesce(finished_at, now()) - started_at AS time_spent
FROM shardplan.backfill LEFT JOIN pg_class AS c ON c.oid = to_regclass(target)
ORDER BY position;
";

/// `fill_` and the table's name, cut to fit and numbered if another schema has the same table.
fn function_name(backfill: &Backfill, taken: &mut BTreeSet<Name>) -> Name {
    let mut number = 0;
    loop {
        let suffix = if number == 0 { String::new() } else { format!("_{number}") };
        let mut end = backfill.table.name.as_str().len().min(MAX_NAME_BYTES - "fill_".len() - suffix.len());
        while !backfill.table.name.as_str().is_char_boundary(end) {
            end -= 1;
        }
        let name = Name::from(format!("fill_{}{suffix}", &backfill.table.name.as_str()[..end]));
        if taken.insert(name.clone()) {
            return name;
        }
        number += 1;
    }
}

fn batch_function(text: &mut String, backfill: &Backfill, function: &Name) {
    let head = "(batch_rows bigint) RETURNS void\nLANGUAGE plpgsql AS ";
    let _ = write!(text, "CREATE OR REPLACE FUNCTION shardplan.{function}{head}");
    let body = if backfill.row_key.is_empty() { by_blocks } else { by_key };
    dollar(text, |text| {
        let _ = body(text, backfill);
    });
    text.push_str(";\n");
}

/// The batch is the next `batch_rows` keys: the index finds both its ends, however much of the table is filled already.
fn by_key(text: &mut String, backfill: &Backfill) -> fmt::Result {
    let (target, table) = (name_literal(&backfill.table), backfill.table.qualified());
    let key = || (1..).zip(&backfill.row_key);
    let order = list(key().map(|(_, (name, _))| fmt::from_fn(move |f| write!(f, "t.{name}"))));
    let descending = list(key().map(|(_, (name, _))| fmt::from_fn(move |f| write!(f, "t.{name} DESC"))));
    let variables =
        |which: &'static str| list(key().map(move |(n, _)| fmt::from_fn(move |f| write!(f, "batch.{which}_{n}"))));
    let (first, last, next) = (variables("first"), variables("last"), variables("next"));
    let next_key = list(key().map(|(n, _)| fmt::from_fn(move |f| write!(f, "next_{n}::text"))));
    // One column needs no parentheses.
    let (open, close) = if backfill.row_key.len() == 1 { ("", "") } else { ("(", ")") };
    let row = |items: &dyn Display| format!("{open}{items}{close}");
    let (row_t, row_first, row_last) = (row(&order), row(&first), row(&last));

    text.push_str("\n<<batch>>\nDECLARE\n  state shardplan.backfill;\n");
    for (n, (_, data_type)) in key() {
        for which in ["first", "last", "next"] {
            writeln!(text, "  {which}_{n} {data_type};")?;
        }
    }
    write!(
        text,
        "  size bigint := batch_rows;
  filled bigint;
BEGIN
  SELECT * INTO STRICT state FROM shardplan.backfill WHERE target = {target} FOR UPDATE;
  IF state.next_key IS NULL THEN
    SELECT {order} INTO {first} FROM {table} AS t ORDER BY {order} LIMIT 1;
    IF NOT FOUND THEN
      PERFORM shardplan.finish_pass({target}, true);
      RETURN;
    END IF;
  ELSE
"
    )?;
    for (n, (_, data_type)) in key() {
        writeln!(text, "    first_{n} := state.next_key[{n}]::{data_type};")?;
    }
    write!(
        text,
        "  END IF;
  SELECT {order} INTO {last}
  FROM (SELECT {order} FROM {table} AS t WHERE {row_t} >= {row_first} ORDER BY {order} LIMIT batch.size) AS t
  ORDER BY {descending} LIMIT 1;
"
    )?;
    update(text, backfill, format_args!("{row_t} >= {row_first} AND {row_t} <= {row_last}"))?;
    writeln!(
        text,
        "  SELECT {order} INTO {next} FROM {table} AS t WHERE {row_t} > {row_last} ORDER BY {order} LIMIT 1;"
    )?;
    advance(text, backfill, format_args!("ARRAY[{next_key}]"))
}

/// Without a primary key the batch is a range of blocks.
fn by_blocks(text: &mut String, backfill: &Backfill) -> fmt::Result {
    let target = name_literal(&backfill.table);
    write!(
        text,
        "
<<batch>>
DECLARE
  state shardplan.backfill;
  blocks bigint := pg_relation_size({target}::regclass) / current_setting('block_size')::bigint;
  step bigint;
  first bigint;
  filled bigint;
BEGIN
  SELECT * INTO STRICT state FROM shardplan.backfill WHERE target = {target} FOR UPDATE;
  first := coalesce(state.next_key[1]::bigint, 0);
  -- As many blocks as hold about that many rows.
  SELECT greatest(1, batch_rows * greatest(c.relpages, 1) / greatest(c.reltuples, 1))::bigint INTO step
  FROM pg_class AS c WHERE c.oid = {target}::regclass;
"
    )?;
    let blocks =
        "t.ctid >= format('(%s,0)', batch.first)::tid AND t.ctid < format('(%s,0)', batch.first + batch.step)::tid";
    update(text, backfill, format_args!("{blocks}"))?;
    let next = "CASE WHEN batch.first + batch.step < batch.blocks THEN ARRAY[(batch.first + batch.step)::text] END";
    advance(text, backfill, format_args!("{next}"))
}

/// Fills the rows of the batch that have no key yet and get one along the path.
fn update(text: &mut String, backfill: &Backfill, batch: fmt::Arguments<'_>) -> fmt::Result {
    let Backfill { table, column, path, .. } = backfill;
    let end = alias("p", path.hops.len());
    write!(text, "  UPDATE {} AS t SET {column} = {end}.{}\n  FROM ", table.qualified(), path.column)?;
    tables_along(text, path)?;
    write!(text, "\n  WHERE {batch}\n    AND t.{column} IS NULL AND {end}.{} IS NOT NULL\n    AND ", path.column)?;
    joined_along(text, path)?;
    text.push_str(";\n  GET DIAGNOSTICS filled = ROW_COUNT;\n");
    Ok(())
}

/// `orders AS p1, customers AS p2`
fn tables_along(text: &mut String, path: &Path) -> fmt::Result {
    for (at, hop) in path.hops.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(text, "{comma}{} AS p{}", hop.to.qualified(), at + 1)?;
    }
    Ok(())
}

/// The conditions that join the tables along the path to `t` and to one another.
fn joined_along(text: &mut String, path: &Path) -> fmt::Result {
    let mut and = "";
    for (at, hop) in path.hops.iter().enumerate() {
        let (here, there) = (alias("p", at), alias("p", at + 1));
        for pair in &hop.columns {
            write!(text, "{and}{here}.{} = {there}.{}", pair.from, pair.to)?;
            and = " AND ";
        }
    }
    Ok(())
}

/// Moves the cursor on; at the end of the table the work is done, unless rows came in meanwhile that a path gives a key.
fn advance(text: &mut String, backfill: &Backfill, next_key: fmt::Arguments<'_>) -> fmt::Result {
    let Backfill { table, column, path, .. } = backfill;
    let (target, end) = (name_literal(table), alias("p", path.hops.len()));
    write!(
        text,
        "  SELECT * INTO state FROM shardplan.advance({target}, {next_key}, filled);
  IF state.next_key IS NULL OR state.next_key[1] IS NULL THEN
    PERFORM shardplan.finish_pass({target}, NOT EXISTS (
      SELECT FROM {} AS t, ",
        table.qualified()
    )?;
    tables_along(text, path)?;
    write!(text, "\n      WHERE t.{column} IS NULL AND {end}.{} IS NOT NULL AND ", path.column)?;
    joined_along(text, path)?;
    text.push_str("\n    ));\n  END IF;\nEND\n");
    Ok(())
}

fn driver(text: &mut String) {
    let _ = write!(
        text,
        "CREATE OR REPLACE PROCEDURE shardplan.run_backfill(batch_rows bigint DEFAULT {BATCH_ROWS}, run_for interval DEFAULT '100 years')
LANGUAGE plpgsql AS "
    );
    dollar(text, |text| {
        let _ = write!(
            text,
            "
DECLARE
  job record;
  started timestamptz := clock_timestamp();
BEGIN
  IF NOT pg_try_advisory_lock(hashtext('{JOB}')) THEN
    RAISE NOTICE 'another backfill is running';
    RETURN;
  END IF;
  LOOP
    SELECT b.batch_function INTO job FROM shardplan.backfill AS b WHERE b.finished_at IS NULL ORDER BY b.position LIMIT 1;
    EXIT WHEN NOT FOUND OR clock_timestamp() > started + run_for;
    EXECUTE format('SELECT shardplan.%I($1)', job.batch_function) USING batch_rows;
    COMMIT;
    -- A pass that filled nothing, with rows left that a path gives a key: no use in going on.
    IF EXISTS (
      SELECT FROM shardplan.backfill AS b
      WHERE b.batch_function = job.batch_function AND b.finished_at IS NULL AND b.next_key IS NULL AND b.rows_in_pass = 0
    ) THEN
      RAISE WARNING '% fills no more rows, and some are left: look for a trigger or row security that stands against it', job.batch_function;
      EXIT;
    END IF;
  END LOOP;
  PERFORM pg_advisory_unlock(hashtext('{JOB}'));
  IF NOT EXISTS (SELECT FROM shardplan.backfill AS b WHERE b.finished_at IS NULL) AND to_regclass('cron.job') IS NOT NULL THEN
    -- The work is done: the job takes itself off the schedule.
    EXECUTE 'SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = $1' USING '{JOB}';
  END IF;
END
"
        );
    });
    text.push_str(";\n");
}
