//! The triggers that keep the key of new and changed rows right come in, their statements go out.

use std::fmt::{self, Write};

use shardplan::{ColumnPair, Derivation, KeepCopy, KeepKey, KeyTrigger, Name, PassKeyOn};

use crate::helpers::{define, search_path};
use crate::path::{alias, conditions, tables};
use crate::put::{Put, Shown};
use crate::quote::{literal, name_literal};

/// What all triggers share: how rows that came without their key are counted.
pub(crate) fn shared(text: &mut String) {
    let _ = write!(text, "\n{COUNTERS}");
    define(text, "FUNCTION shardplan.note_keyless(counter regclass) RETURNS void LANGUAGE plpgsql", NOTE);
    let _ = write!(text, "\n{KEYLESS}");
}

const COUNTERS: &str = "\
-- Rows that came without their key are counted in sequences, which nobody waits for: a counter holds the minute since 1970 in its
-- upper half and the rows of that minute in its lower half.
CREATE TABLE IF NOT EXISTS shardplan.counters (
  counter text PRIMARY KEY,
  target text NOT NULL,
  kind text NOT NULL
);
CREATE TABLE IF NOT EXISTS shardplan.keyless_minutes (
  counter text NOT NULL,
  minute bigint NOT NULL,
  row_count bigint NOT NULL
);
";

const NOTE: &str = "
DECLARE
  minute bigint := floor(extract(epoch FROM clock_timestamp()) / 60);
  value bigint := nextval(counter);
BEGIN
  IF value >> 32 < minute THEN
    -- The first of its minute: what was counted before becomes a row.
    IF value >> 32 > 0 THEN
      INSERT INTO shardplan.keyless_minutes
      SELECT relname, value >> 32, (value & 4294967295) - 1 FROM pg_class WHERE oid = counter;
    END IF;
    PERFORM setval(counter, (minute << 32) + 1);
  END IF;
END
";

const KEYLESS: &str = "\
-- Which statements of the application do not write the key yet: SELECT * FROM shardplan.keyless.
CREATE OR REPLACE VIEW shardplan.keyless AS
SELECT c.target, c.kind, to_timestamp(h.minute * 60)::date AS day, sum(h.row_count)::bigint AS row_count,
       to_timestamp(max(h.minute + 1) * 60) AS last_before
FROM shardplan.counters AS c
JOIN (
  SELECT counter, minute, max(row_count) AS row_count
  FROM (
    SELECT counter, minute, row_count FROM shardplan.keyless_minutes
    UNION ALL
    SELECT counter, value >> 32, value & 4294967295
    FROM (SELECT counter, pg_sequence_last_value(format('shardplan.%I', counter)::regclass) AS value FROM shardplan.counters) AS s
    WHERE value > 0
  ) AS counted
  GROUP BY counter, minute
) AS h ON h.counter = c.counter
GROUP BY c.target, c.kind, to_timestamp(h.minute * 60)::date;
";

/// Writes the function of triggers, and what they count in; all of it can be written again.
pub(crate) fn function(text: &mut String, trigger: &KeyTrigger) {
    match trigger {
        KeyTrigger::Keep(keep) => keep_function(text, keep),
        KeyTrigger::Pass(pass) => pass_function(text, pass),
        KeyTrigger::Copy(keep) => copy_function(text, keep),
    }
}

/// Writes the triggers themselves.
pub(crate) fn triggers(text: &mut String, trigger: &KeyTrigger) -> fmt::Result {
    match trigger {
        KeyTrigger::Keep(keep) => keep_triggers(text, keep),
        KeyTrigger::Pass(pass) => pass_trigger(text, pass),
        KeyTrigger::Copy(keep) => copy_trigger(text, keep),
    }
}

/// The function of the trigger that keeps the key, and its counters.
fn keep_function(text: &mut String, keep: &KeepKey) {
    let from = &keep.from;
    for (counter, kind) in [(&keep.inserts, "insert"), (&keep.updates, "update")] {
        let _ = writeln!(text, "CREATE SEQUENCE IF NOT EXISTS shardplan.{counter} MINVALUE 0;");
        let _ = writeln!(
            text,
            "INSERT INTO shardplan.counters VALUES ({}, {}, '{kind}') ON CONFLICT (counter) DO NOTHING;",
            literal(counter.as_str()),
            name_literal(&from.table)
        );
    }
    let column = &from.column;
    let body = format_args!(
        "
DECLARE
  derived {table}.{column}%TYPE;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    -- This transaction sees what was there at its beginning: a key that has changed since must fail it, so that it tries again.
    PERFORM FROM {tables}
    WHERE {conditions}
    FOR SHARE;
  ELSE
    -- The lock that the check of the foreign key takes as well: a change of the key there waits for this row, or this row for it.
    PERFORM FROM {tables}
    WHERE {conditions}
    FOR KEY SHARE;
  END IF;
  -- A change that was under way has ended by now, and only another statement sees it.
  SELECT {end}.{source} INTO derived FROM {tables}
  WHERE {conditions};
  IF TG_OP = 'INSERT' THEN
    IF NEW.{column} IS NULL OR NEW.{column} <> derived THEN
      PERFORM shardplan.note_keyless({inserts});
    END IF;
  ELSIF OLD.{column} IS NOT NULL AND NEW.{column} <> derived AND current_setting('shardplan.filling', true) IS DISTINCT FROM 'on' THEN
    PERFORM shardplan.note_keyless({updates});
  END IF;
  -- Without a key along the path the row stays as it was written.
  NEW.{column} := coalesce(derived, NEW.{column});
  RETURN NEW;
END
",
        table = from.table.qualified(),
        end = alias("p", from.path.hops.len()),
        source = from.path.column,
        tables = tables(&from.path),
        conditions = conditions(&from.path, "NEW"),
        inserts = counter_literal(&keep.inserts),
        updates = counter_literal(&keep.updates),
    );
    define_trigger(text, &keep.function, from, body);
}

/// The triggers that keep the key. The backfill, which gives a row the key that it derives anyway, does not set them off. Neither
/// does another change of a row that still waits for the backfill: it would wait for the referenced row while it holds its own,
/// the other way round than a change of the key there, and end in a deadlock with it.
fn keep_triggers(text: &mut String, keep: &KeepKey) -> fmt::Result {
    let KeepKey { from, on_insert, on_update, function, .. } = keep;
    let (table, column) = (from.table.qualified(), &from.column);
    let start = from.path.hops.first().into_iter().flat_map(|hop| &hop.columns);
    let moved: Vec<String> =
        start.map(|ColumnPair { from, .. }| format!("OLD.{from} IS DISTINCT FROM NEW.{from}")).collect();
    write!(
        text,
        "CREATE TRIGGER {on_insert} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION shardplan.{function}();
CREATE TRIGGER {on_update} BEFORE UPDATE ON {table} FOR EACH ROW
WHEN (OLD.{column} IS DISTINCT FROM NEW.{column} AND OLD.{column} IS NOT NULL OR {})
EXECUTE FUNCTION shardplan.{function}()",
        moved.join(" OR "),
    )
}

/// The function of the trigger that copies a column.
fn copy_function(text: &mut String, keep: &KeepCopy) {
    let head = format_args!("FUNCTION shardplan.{}() RETURNS trigger LANGUAGE plpgsql", keep.function);
    define(
        text,
        head,
        format_args!("\nBEGIN\n  NEW.{} := NEW.{};\n  RETURN NEW;\nEND\n", keep.copy.to, keep.copy.from),
    );
}

/// The trigger that copies a column.
fn copy_trigger(text: &mut String, KeepCopy { copy, trigger, function }: &KeepCopy) -> fmt::Result {
    write!(
        text,
        "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION shardplan.{function}()",
        copy.table.qualified()
    )
}

/// The function of the trigger that passes a change on.
fn pass_function(text: &mut String, pass: &PassKeyOn) {
    let (from, hop) = (&pass.from, &pass.from.path.hops[pass.hop]);
    let here = alias("p", pass.hop + 1);
    let pairs = hop.columns.iter().map(|pair| format!("{here}.{} = NEW.{}", pair.to, pair.to));
    let locked = pairs.collect::<Vec<_>>().join(" AND ");
    let (column, end) = (&from.column, alias("p", from.path.hops.len()));
    let body = format_args!(
        "
BEGIN
  -- Waits for rows that are just coming in with the old key, and lets no more of them in.
  PERFORM FROM {on} AS {here} WHERE {locked} FOR UPDATE;
  UPDATE {table} AS t SET {column} = {end}.{source}
  FROM {tables}
  WHERE {conditions}
    AND {locked}
    AND {end}.{source} IS NOT NULL AND t.{column} IS DISTINCT FROM {end}.{source};
  RETURN NULL;
END
",
        on = hop.to.qualified(),
        table = from.table.qualified(),
        source = from.path.column,
        tables = tables(&from.path),
        conditions = conditions(&from.path, "t"),
    );
    define_trigger(text, &pass.function, from, body);
}

/// The trigger that passes a change on: not what the backfill fills, because the tables behind it have their own turn.
fn pass_trigger(text: &mut String, pass: &PassKeyOn) -> fmt::Result {
    let watched: Vec<&Name> = match pass.from.path.hops.get(pass.hop + 1) {
        Some(next) => next.columns.iter().map(|pair| &pair.from).collect(),
        None => vec![&pass.from.path.column],
    };
    let changed: Vec<String> =
        watched.iter().map(|column| format!("OLD.{column} IS DISTINCT FROM NEW.{column}")).collect();
    let (on, function) = (pass.on().qualified(), &pass.function);
    if let Some(on_insert) = &pass.on_insert {
        writeln!(
            text,
            "CREATE TRIGGER {on_insert} AFTER INSERT ON {on} FOR EACH ROW EXECUTE FUNCTION shardplan.{function}();"
        )?;
    }
    write!(
        text,
        "CREATE TRIGGER {} AFTER UPDATE ON {on} FOR EACH ROW
WHEN (({}) AND current_setting('shardplan.filling', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION shardplan.{function}()",
        pass.on_update,
        changed.join(" OR "),
    )
}

fn define_trigger(text: &mut String, function: &Name, from: &Derivation, body: impl Put) {
    let settings = search_path(&from.operators);
    let head =
        format_args!("FUNCTION shardplan.{function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n{settings}");
    define(text, head, body);
}

/// A counter as a `regclass`.
fn counter_literal(counter: &Name) -> Shown<impl Put> {
    Shown((literal(("shardplan.", counter)), "::regclass"))
}
