//! Shadows come in, the function that brings them up to date goes out.
//!
//! It reads which rows have changed and copies their current state, whatever became of them in between. In a transaction that
//! sees one moment, the shadows are afterwards what the live tables were at that moment.

use std::collections::BTreeSet;
use std::fmt::Write;

use shardplan::{DataType, Name, Shadow};

use super::rows::{behind, columns, insert, is_named, keyless, logged, logged_key, value};
use crate::helpers::{define, search_path};
use crate::quote::{list, name_literal};

/// Writes the function and the procedure that calls it until next to nothing is left.
pub(super) fn functions(text: &mut String, shadows: &[Shadow]) {
    text.push_str("-- How many changed rows wait to be copied.\n");
    let counts = shadows.iter().map(|shadow| format!("(SELECT count(*) FROM shardplan.{})", shadow.log));
    let counts = counts.collect::<Vec<_>>().join("\n    + ");
    define(text, "FUNCTION shardplan.waiting() RETURNS bigint LANGUAGE sql", format!("\n  SELECT {counts}\n"));
    text.push_str(
        "-- Copies the changed rows as they are now: new and changed ones after those that they reference, deleted ones before. With
-- `careful` the foreign keys are away meanwhile, for changes that no order of statements can follow.\n",
    );
    let operators: BTreeSet<&Name> = shadows.iter().flat_map(|shadow| &shadow.operators).collect();
    let operators: Vec<Name> = operators.into_iter().cloned().collect();
    let head = format_args!(
        "FUNCTION shardplan.replay(careful boolean, OUT changes bigint) LANGUAGE plpgsql\n{}",
        search_path(&operators)
    );
    define(text, head, body(shadows));
    text.push_str("-- Brings the copies up to date until that takes no longer than this.\n");
    let head = "PROCEDURE shardplan.catch_up(until_within interval DEFAULT '200 ms') LANGUAGE plpgsql";
    define(text, head, concat!("\n", include_str!("catch_up.sql")));
}

fn body(shadows: &[Shadow]) -> String {
    let mut body = String::from("\n#variable_conflict use_column\n<<here>>\nDECLARE\n");
    for (at, shadow) in shadows.iter().enumerate() {
        let _ = writeln!(body, "  any_{at} boolean;");
        if let Some(key) = shadow.key.as_ref().filter(|key| is_plain(&key.data_type)) {
            let _ = writeln!(body, "  keys_{at} {}[];", key.data_type);
        }
    }
    body.push_str("  taken_out text[];\n  statement text;\nBEGIN\n  replay.changes := shardplan.waiting();\n");
    truncated(&mut body, shadows);
    for (at, shadow) in shadows.iter().enumerate() {
        changed(&mut body, at, shadow);
    }
    take_out(&mut body, shadows);
    for (at, shadow) in shadows.iter().enumerate().rev() {
        deleted(&mut body, at, shadow, if shadow.is_referenced { "replay.careful" } else { "true" });
    }
    for (at, shadow) in shadows.iter().enumerate() {
        merged(&mut body, at, shadow);
    }
    for (at, shadow) in shadows.iter().enumerate().rev().filter(|(_, shadow)| shadow.is_referenced) {
        deleted(&mut body, at, shadow, "NOT replay.careful");
    }
    for (at, shadow) in shadows.iter().enumerate() {
        let _ = writeln!(body, "  IF here.any_{at} THEN\n    DELETE FROM shardplan.{};\n  END IF;", shadow.log);
    }
    body.push_str(
        "  -- The foreign keys look at all rows.
  FOREACH statement IN ARRAY coalesce(here.taken_out, '{}') LOOP
    EXECUTE statement;
  END LOOP;
END
",
    );
    body
}

/// A truncated table is copied anew.
fn truncated(body: &mut String, shadows: &[Shadow]) {
    body.push_str("  IF replay.careful THEN\n");
    for shadow in shadows {
        let logged = list(logged(shadow).into_iter().map(|name| format!("t.{name}")));
        let _ = writeln!(
            body,
            "    IF EXISTS (SELECT FROM shardplan.truncated AS c WHERE c.target = {}) THEN
      INSERT INTO shardplan.{log} SELECT {logged} FROM {live} AS t;
      INSERT INTO shardplan.{log} SELECT {logged} FROM {copy} AS t;
    END IF;",
            name_literal(&shadow.table),
            log = shadow.log,
            live = shadow.table.qualified(),
            copy = shadow.shadow.qualified(),
        );
    }
    body.push_str("    DELETE FROM shardplan.truncated;\n  END IF;\n");
}

/// Whether Citus finds the shards of a list of such values: it knows no parameters of types that somebody has made, and arrays of
/// arrays are none.
fn is_plain(data_type: &DataType) -> bool {
    let name = data_type.as_str().split('(').next().unwrap_or_default();
    ["smallint", "integer", "bigint", "text", "character varying", "uuid", "numeric", "date"].contains(&name)
}

/// Which rows have changed, and which nodes hold them: where the key is known, only their shards are asked.
fn changed(body: &mut String, at: usize, shadow: &Shadow) {
    let log = &shadow.log;
    let _ = writeln!(body, "  here.any_{at} := EXISTS (SELECT FROM shardplan.{log});");
    let is_plain = shadow.key.as_ref().is_some_and(|key| is_plain(&key.data_type));
    let Some(key) = logged_key(shadow).filter(|_| is_plain) else { return };
    let _ = writeln!(
        body,
        "  IF here.any_{at} THEN
    here.keys_{at} := (SELECT array_agg(DISTINCT c.{key}) FROM shardplan.{log} AS c HAVING count(*) = count(c.{key}) AND count(DISTINCT c.{key}) <= 100);
  END IF;"
    );
}

/// Rows that are gone, or have moved to another tenant.
fn deleted(body: &mut String, at: usize, shadow: &Shadow, when: &str) {
    let copy = shadow.shadow.qualified();
    let first = shadow.row_key.first().map(ToString::to_string).unwrap_or_default();
    let (log, from) = (&shadow.log, from_log(shadow));
    let names = columns(shadow);
    let parts = list(names.iter().take(shadow.row_key.len()).map(|name| format!("c.{name}"))).to_string();
    let named = is_named(shadow, "s", "g");
    let rows = |more: &str, gone: &str| {
        format!(
            "DELETE FROM {copy} AS s USING (SELECT {parts}{more} FROM shardplan.{log} AS c {from} WHERE {gone}) AS g"
        )
    };
    let (gone, deletion) = match &shadow.key {
        None => {
            let gone = format!("replay.careful OR t.{first} IS NULL");
            let deletion = format!("{}\n      WHERE {named}", rows("", &gone));
            (gone, format!("      {deletion};\n"))
        }
        Some(key) => {
            let (column, value) = (&key.column, value(key));
            let noted = logged_key(shadow).unwrap_or_default();
            let gone = format!("replay.careful OR t.{first} IS NULL OR c.{noted} IS DISTINCT FROM {value}");
            let delete = rows(&format!(", {value} AS key"), &gone);
            let delete =
                format!("{delete}\n        WHERE {named} AND (replay.careful OR s.{column} IS DISTINCT FROM g.key)");
            let keys = is_plain(&key.data_type).then(|| format!("here.keys_{at}"));
            (gone, on_shards(&delete, column, keys))
        }
    };
    let _ = writeln!(
        body,
        "  IF here.any_{at} AND {when} THEN
    IF EXISTS (SELECT FROM shardplan.{log} AS c {from} WHERE {gone}) THEN\n{deletion}    END IF;\n  END IF;"
    );
}

/// A deletion on the shards of these keys, or on all when they are not known.
fn on_shards(delete: &str, column: &Name, keys: Option<String>) -> String {
    match keys {
        None => format!("      {delete};\n"),
        Some(keys) => format!(
            "      IF {keys} IS NULL THEN
        {delete};
      ELSE
        {delete} AND s.{column} = ANY ({keys});
      END IF;\n"
        ),
    }
}

/// The live rows that the log names, as far as they are still there.
fn from_log(shadow: &Shadow) -> String {
    let on = is_named(shadow, "t", "c");
    format!("LEFT JOIN {} AS t ON {on}{}", shadow.table.qualified(), behind(shadow))
}

/// Rows that are new or changed.
fn merged(body: &mut String, at: usize, shadow: &Shadow) {
    let row = list(shadow.row_key.iter().map(|name| format!("t.{name}"))).to_string();
    let parts =
        list(columns(shadow).into_iter().take(shadow.row_key.len()).map(|name| format!("c.{name}"))).to_string();
    let named = format!("({row}) IN (SELECT {parts} FROM shardplan.{} AS c)", shadow.log);
    let _ = write!(body, "  IF here.any_{at} THEN");
    keyless(body, shadow, &named);
    body.push_str("\n    ");
    let _ = insert(body, shadow, &named);
    let sets = shadow.updated.iter().map(|name| format!("{name} = excluded.{name}"));
    let sets = list(sets.collect::<Vec<_>>()).to_string();
    let action = if sets.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {sets}") };
    let _ = writeln!(body, "\n    ON CONFLICT ({}) DO {action};\n  END IF;", list(&shadow.new_key));
}

/// The foreign keys of the copies, while no order of statements would keep them.
fn take_out(body: &mut String, shadows: &[Shadow]) {
    let copies = list(shadows.iter().map(|shadow| format!("{}::regclass", name_literal(&shadow.shadow)))).to_string();
    let _ = writeln!(
        body,
        "  IF replay.careful THEN
    here.taken_out := ARRAY(
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', f.conrelid::regclass, f.conname, pg_get_constraintdef(f.oid))
      FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN ({copies}) ORDER BY f.oid)
    || ARRAY(
      SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', f.conname, f.conrelid::regclass, obj_description(f.oid, 'pg_constraint'))
      FROM pg_constraint AS f
      WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN ({copies}) AND obj_description(f.oid, 'pg_constraint') IS NOT NULL ORDER BY f.oid);
    FOR statement IN
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname)
      FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid IN ({copies}) ORDER BY f.oid
    LOOP
      EXECUTE statement;
    END LOOP;
  END IF;"
    );
}
