//! One table's backfill comes in, the function that fills a batch of it goes out.

use std::fmt::Display;

use shardplan::{DataType, Name};

use super::{Job, Source};
use crate::helpers::{define, search_path};
use crate::path::{alias, conditions, tables};
use crate::put::{Put, Shown};
use crate::quote::{list, name_literal};
use crate::shadow;

/// What keeps the plan of a batch from reading a table as a whole, and its keys the same text in every session.
const BATCH_SETTINGS: &str = "\
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET datestyle = 'ISO, YMD' SET intervalstyle = 'postgres' SET extra_float_digits = 3";

/// Writes the function.
pub(super) fn function(text: &mut String, job: &Job<'_>) {
    let (function, settings) = (job.function, search_path(job.operators));
    let head = format_args!(
        "FUNCTION shardplan.{function}(start_key text[], batch_rows bigint, fill boolean, OUT next_key text[], OUT filled bigint)
LANGUAGE plpgsql {settings}
{BATCH_SETTINGS}"
    );
    if job.row_key.is_empty() { by_blocks(text, job, head) } else { by_key(text, job, head) }
}

/// The columns by which a batch is cut, and the variables that hold a place in their order.
struct Order<'b>(&'b [(Name, DataType)]);

impl Order<'_> {
    fn columns(&self) -> Shown<impl Put> {
        Shown(list(self.0.iter().map(|(name, _)| ("t.", name))))
    }

    fn descending(&self) -> Shown<impl Put> {
        Shown(list(self.0.iter().map(|(name, _)| ("t.", name, " DESC"))))
    }

    fn variables(&self, which: &str) -> Shown<impl Put> {
        Shown(list((1..=self.0.len()).map(move |at| (which, "_", at))))
    }

    /// `t.id >= first_1`, or `(t.a, t.b) >= (first_1, first_2)`.
    fn compare(&self, operator: &str, which: &str) -> Shown<impl Put> {
        let [open, close] = if self.0.len() == 1 { [""; 2] } else { ["(", ")"] };
        let (columns, variables) = (self.columns(), self.variables(which));
        Shown((open, columns, close, " ", operator, " ", open, variables, close))
    }

    fn declarations(&self) -> String {
        let of = |(at, (_, data_type)): (usize, &(Name, DataType))| {
            ["first", "last", "next"].map(|which| format!("  {which}_{} {data_type};\n", at + 1)).concat()
        };
        self.0.iter().enumerate().map(of).collect()
    }

    fn read(&self) -> String {
        let of = |(at, (_, data_type)): (usize, &(Name, DataType))| {
            format!("    first_{n} := start_key[{n}]::{data_type};\n", n = at + 1)
        };
        self.0.iter().enumerate().map(of).collect()
    }

    fn written(&self) -> Shown<impl Put> {
        Shown(list((1..=self.0.len()).map(|at| ("next_", at, "::text"))))
    }
}

/// The batch is the next `batch_rows` keys: the index finds both its ends, however much of the table is filled already.
fn by_key(text: &mut String, job: &Job<'_>, head: impl Display) {
    let order = Order(job.row_key);
    let body = format_args!(
        "
#variable_conflict use_variable
DECLARE
{declarations}BEGIN
  IF start_key IS NULL THEN
    SELECT {columns} INTO {first} FROM {table} AS t ORDER BY {columns} LIMIT 1;
  ELSE
{read}  END IF;
  SELECT {columns} INTO {last} FROM {table} AS t
  WHERE {from_first} ORDER BY {columns} OFFSET batch_rows - 1 LIMIT 1;
  IF NOT FOUND THEN
    SELECT {columns} INTO {last} FROM {table} AS t ORDER BY {descending} LIMIT 1;
  END IF;
  IF fill THEN
{update}
  END IF;
  SELECT {columns} INTO {next} FROM {table} AS t WHERE {after_last} ORDER BY {columns} LIMIT 1;
  IF FOUND THEN
    next_key := ARRAY[{written}];
  END IF;
END
",
        declarations = order.declarations(),
        columns = order.columns(),
        first = order.variables("first"),
        table = job.table.qualified(),
        read = order.read(),
        last = order.variables("last"),
        from_first = order.compare(">=", "first"),
        descending = order.descending(),
        update = update(job, &format!("{} AND {}", order.compare(">=", "first"), order.compare("<=", "last"))),
        next = order.variables("next"),
        after_last = order.compare(">", "last"),
        written = order.written(),
    );
    define(text, head, body);
}

/// Without a primary key the batch is a range of blocks.
fn by_blocks(text: &mut String, job: &Job<'_>, head: impl Display) {
    let body = format_args!(
        "
#variable_conflict use_variable
DECLARE
  blocks bigint := pg_relation_size({target}::regclass) / current_setting('block_size')::bigint;
  first bigint := coalesce(start_key[1]::bigint, 0);
  step bigint;
  places tid[];
BEGIN
  -- As many blocks as hold about that many rows, and every place for a row in them.
  SELECT least(greatest(1, batch_rows * greatest(c.relpages, 1) / greatest(c.reltuples, 1)), 10000)::bigint INTO step
  FROM pg_class AS c WHERE c.oid = {target}::regclass;
  places := ARRAY(SELECT format('(%s,%s)', block, place)::tid
                  FROM generate_series(first, least(first + step, blocks) - 1) AS block,
                       generate_series(1, current_setting('block_size')::bigint / 28) AS place);
  IF fill THEN
{update}
  END IF;
  IF first + step < blocks THEN
    next_key := ARRAY[(first + step)::text];
  END IF;
END
",
        target = name_literal(job.table),
        update = update(job, "t.ctid = ANY (places)"),
    );
    define(text, head, body);
}

/// Also of rows with another key: one that came or moved before all triggers stood. Where the key has changed since the statement
/// began, the trigger that keeps it has the last word.
fn update(job: &Job<'_>, batch: &str) -> String {
    let (table, column) = (job.table.qualified(), job.column);
    let change = match job.source {
        Source::Path(path) => format!(
            "    UPDATE {table} AS t SET {column} = {end}.{source}
    FROM {tables}
    WHERE {batch}
      AND {end}.{source} IS NOT NULL AND t.{column} IS DISTINCT FROM {end}.{source}
      AND {conditions};",
            end = alias("p", path.hops.len()),
            source = path.column,
            tables = tables(path),
            conditions = conditions(path, "t"),
        ),
        Source::Row(shadow) => {
            let mut text = String::new();
            shadow::insert(&mut text, shadow, batch);
            return text;
        }
        Source::Column(source) => format!(
            "    UPDATE {table} AS t SET {column} = t.{source}
    WHERE {batch}
      AND t.{column} IS NULL AND t.{source} IS NOT NULL;"
        ),
    };
    format!("{change}\n    GET DIAGNOSTICS filled = ROW_COUNT;")
}
