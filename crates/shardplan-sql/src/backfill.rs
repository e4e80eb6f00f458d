//! The backfill: columns with the paths from which they are filled come in, the objects that fill them go out.
//!
//! One function per table moves a cursor over the table's primary key (or its blocks, where there is none) and fills one
//! batch; one procedure calls them until all are done, and commits after each batch. The cursor stands in a table, so a run
//! that was stopped goes on where it was.

use std::collections::BTreeSet;
use std::fmt::Write;

use shardplan::{Backfill, MAX_NAME_BYTES, Name};

use crate::probe::alias;
use crate::quote::{dollar, literal, name_literal};

/// How many rows a batch has unless the caller says otherwise.
pub(crate) const BATCH_ROWS: u32 = 10_000;

/// The name of the pg_cron job.
pub(crate) const JOB: &str = "shardplan_backfill";

/// The statements that make everything that the backfill needs, in order.
pub(crate) fn objects(backfills: &[&Backfill]) -> Vec<(String, String)> {
    let mut statements = vec![
        (
            "Everything that the backfill needs lives in a schema of its own.".to_owned(),
            "CREATE SCHEMA IF NOT EXISTS shardplan".to_owned(),
        ),
        ("One row per table: where the cursor stands, and what has been done.".to_owned(), STATE.to_owned()),
    ];
    let mut taken = BTreeSet::new();
    for (position, backfill) in backfills.iter().enumerate() {
        let function = function_name(backfill, &mut taken);
        let register = format!(
            "INSERT INTO shardplan.backfill (target, position, batch_function) VALUES ({}, {position}, {}) ON CONFLICT (target) DO NOTHING",
            name_literal(&backfill.table),
            literal(function.as_str()),
        );
        statements.push((
            format!("{}: {} from {}.", backfill.table, backfill.column, backfill.path.end()),
            batch_function(backfill, &function),
        ));
        statements.push((String::new(), register));
    }
    statements.push((
        "Fills batch after batch, one transaction each, until all is done or the time is up.".to_owned(),
        driver(),
    ));
    statements.push(("Where it stands: SELECT * FROM shardplan.progress.".to_owned(), PROGRESS.to_owned()));
    statements
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
)";

const PROGRESS: &str = "\
CREATE OR REPLACE VIEW shardplan.progress AS
SELECT target, rows_filled, greatest(c.reltuples, 0)::bigint AS rows_in_table, batches, passes,
       CASE WHEN finished_at IS NOT NULL THEN 'done' WHEN started_at IS NOT NULL THEN 'running' ELSE 'waiting' END AS state,
       coalesce(finished_at, now()) - started_at AS time_spent
FROM shardplan.backfill LEFT JOIN pg_class AS c ON c.oid = to_regclass(target)
ORDER BY position";

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

fn batch_function(backfill: &Backfill, function: &Name) -> String {
    let body = if backfill.row_key.is_empty() { by_blocks(backfill) } else { by_key(backfill) };
    format!(
        "CREATE OR REPLACE FUNCTION shardplan.{function}(batch_rows bigint) RETURNS void\nLANGUAGE plpgsql AS {}",
        dollar(&body)
    )
}

/// The batch is the next `batch_rows` keys: the index finds both its ends, however much of the table is filled already.
fn by_key(backfill: &Backfill) -> String {
    let table = backfill.table.qualified();
    let names: Vec<String> = backfill.row_key.iter().map(|(name, _)| format!("t.{name}")).collect();
    let order = names.join(", ");
    let row = |items: String| if backfill.row_key.len() == 1 { items } else { format!("({items})") };
    let variables = |which: &str| {
        let names: Vec<String> = (1..=backfill.row_key.len()).map(|at| format!("batch.{which}_{at}")).collect();
        names.join(", ")
    };
    let declarations: String = (backfill.row_key.iter().enumerate())
        .flat_map(|(at, (_, data_type))| {
            ["first", "last", "next"].map(|which| format!("  {which}_{} {data_type};\n", at + 1))
        })
        .collect();
    let reads: String = (backfill.row_key.iter().enumerate())
        .map(|(at, (_, data_type))| format!("    first_{n} := state.next_key[{n}]::{data_type};\n", n = at + 1))
        .collect();
    let next_key: Vec<String> = (1..=backfill.row_key.len()).map(|at| format!("next_{at}::text")).collect();
    let descending: Vec<String> = names.iter().map(|name| format!("{name} DESC")).collect();
    let (row_t, row_first, row_last) = (row(order.clone()), row(variables("first")), row(variables("last")));
    format!(
        "
<<batch>>
DECLARE
  state shardplan.backfill;
{declarations}  size bigint := batch_rows;
  filled bigint;
BEGIN
  SELECT * INTO STRICT state FROM shardplan.backfill WHERE target = {target} FOR UPDATE;
  IF state.next_key IS NULL THEN
    SELECT {order} INTO {first} FROM {table} AS t ORDER BY {order} LIMIT 1;
    IF NOT FOUND THEN
      UPDATE shardplan.backfill SET started_at = coalesce(started_at, now()), finished_at = now() WHERE target = {target};
      RETURN;
    END IF;
  ELSE
{reads}  END IF;
  SELECT {order} INTO {last}
  FROM (SELECT {order} FROM {table} AS t WHERE {row_t} >= {row_first} ORDER BY {order} LIMIT batch.size) AS t
  ORDER BY {descending} LIMIT 1;
{update}
  SELECT {order} INTO {next} FROM {table} AS t WHERE {row_t} > {row_last} ORDER BY {order} LIMIT 1;
{advance}END
",
        target = name_literal(&backfill.table),
        first = variables("first"),
        last = variables("last"),
        next = variables("next"),
        descending = descending.join(", "),
        update = update(backfill, &format!("{row_t} >= {row_first} AND {row_t} <= {row_last}")),
        advance = advance(backfill, &format!("ARRAY[{}]", next_key.join(", "))),
    )
}

/// Without a primary key the batch is a range of blocks.
fn by_blocks(backfill: &Backfill) -> String {
    let target = name_literal(&backfill.table).to_string();
    format!(
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
{update}
{advance}END
",
        update = update(
            backfill,
            "t.ctid >= format('(%s,0)', batch.first)::tid AND t.ctid < format('(%s,0)', batch.first + batch.step)::tid"
        ),
        advance = advance(
            backfill,
            "CASE WHEN batch.first + batch.step < batch.blocks THEN ARRAY[(batch.first + batch.step)::text] END"
        ),
    )
}

/// Fills the rows of the batch that have no key yet and get one along the path.
fn update(backfill: &Backfill, batch: &str) -> String {
    let Backfill { table, column, path, .. } = backfill;
    let (from, on) = path_clauses(backfill);
    let end = alias("p", path.hops.len());
    format!(
        "  UPDATE {} AS t SET {column} = {end}.{}\n  FROM {from}\n  WHERE {batch}\n    AND t.{column} IS NULL AND {end}.{} IS NOT NULL\n    AND {on};\n  GET DIAGNOSTICS filled = ROW_COUNT;",
        table.qualified(),
        path.column,
        path.column,
    )
}

/// `orders AS p1, customers AS p2` and the conditions that join them to `t` and to one another.
fn path_clauses(backfill: &Backfill) -> (String, String) {
    let (mut from, mut on) = (Vec::new(), Vec::new());
    for (at, hop) in backfill.path.hops.iter().enumerate() {
        let (here, there) = (alias("p", at), alias("p", at + 1));
        from.push(format!("{} AS {there}", hop.to.qualified()));
        on.extend(hop.columns.iter().map(|pair| format!("{here}.{} = {there}.{}", pair.from, pair.to)));
    }
    (from.join(", "), on.join(" AND "))
}

/// Moves the cursor on; at the end of the table the work is done, unless rows came in meanwhile that a path gives a key.
fn advance(backfill: &Backfill, next_key: &str) -> String {
    let (from, on) = path_clauses(backfill);
    let end = alias("p", backfill.path.hops.len());
    let mut text = String::new();
    let _ = write!(
        text,
        "  UPDATE shardplan.backfill SET next_key = {next_key}, started_at = coalesce(started_at, now()),
    batches = batches + 1, rows_filled = rows_filled + batch.filled,
    rows_in_pass = CASE WHEN next_key IS NULL THEN 0 ELSE rows_in_pass END + batch.filled
  WHERE target = {target}
  RETURNING * INTO state;
  IF state.next_key IS NULL OR state.next_key[1] IS NULL THEN
    UPDATE shardplan.backfill SET next_key = NULL, passes = passes + 1, finished_at = CASE WHEN NOT EXISTS (
      SELECT FROM {table} AS t, {from}
      WHERE t.{column} IS NULL AND {end}.{source} IS NOT NULL AND {on}
    ) THEN clock_timestamp() END
    WHERE target = {target};
  END IF;
",
        target = name_literal(&backfill.table),
        table = backfill.table.qualified(),
        column = backfill.column,
        source = backfill.path.column,
    );
    text
}

fn driver() -> String {
    let body = format!(
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
    format!(
        "CREATE OR REPLACE PROCEDURE shardplan.run_backfill(batch_rows bigint DEFAULT {BATCH_ROWS}, run_for interval DEFAULT '100 years')\nLANGUAGE plpgsql AS {}",
        dollar(&body)
    )
}
