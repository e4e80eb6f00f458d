//! How changed rows are noted, and how a row of a live table is read with its key: a shadow comes in, SQL goes out.

use std::fmt::{self, Display, Write};

use shardplan::{KeySource, Name, Shadow, TableName};

use crate::done::Question;
use crate::helpers::{define, search_path};
use crate::path::{alias, joins};
use crate::quote::{list, literal, name_literal};

/// What all logs share: which there are, and which tables were truncated.
pub(crate) fn shared(text: &mut String) {
    text.push_str(
        "
-- One row per live table: where its changed rows are noted.
CREATE TABLE IF NOT EXISTS shardplan.shadows (
  target text PRIMARY KEY,
  log text NOT NULL,
  capture text NOT NULL
);
CREATE TABLE IF NOT EXISTS shardplan.truncated (
  target text NOT NULL
);
",
    );
}

/// Writes the log of a table, and the function of the triggers that write to it.
pub(super) fn log(text: &mut String, shadow: &Shadow) {
    let logged = logged(shadow);
    let columns = logged.iter().zip(columns(shadow)).map(|(name, noted)| format!("t.{name} AS {noted}"));
    let _ = writeln!(
        text,
        "INSERT INTO shardplan.shadows VALUES ({}, {}, {}) ON CONFLICT (target) DO NOTHING;",
        name_literal(&shadow.table),
        literal(shadow.log.as_str()),
        literal(shadow.function.as_str())
    );
    let _ = writeln!(
        text,
        "CREATE TABLE IF NOT EXISTS shardplan.{} AS SELECT {} FROM {} AS t WITH NO DATA;",
        shadow.log,
        list(columns.collect::<Vec<_>>()),
        shadow.table.qualified()
    );
    let values = |word: &str| list(logged.iter().map(|name| format!("{word}.{name}"))).to_string();
    let (new, old) = (values("NEW"), values("OLD"));
    let body = format!(
        "
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO shardplan.truncated VALUES ({target});
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO shardplan.{log} VALUES ({old});
  END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND ROW({new}) IS DISTINCT FROM ROW({old}) THEN
    INSERT INTO shardplan.{log} VALUES ({new});
  END IF;
  RETURN NULL;
END
",
        target = name_literal(&shadow.table),
        log = shadow.log,
    );
    let settings = search_path(&shadow.operators);
    let head = format_args!(
        "FUNCTION shardplan.{}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n{settings}",
        shadow.function
    );
    define(text, head, &body);
}

/// Also for changes that replication applies, which set off no ordinary trigger.
pub(super) fn triggers(text: &mut String, shadow: &Shadow) -> fmt::Result {
    let (table, function) = (shadow.table.qualified(), &shadow.function);
    let (change, truncate) = (Name::from(Shadow::ON_CHANGE), Name::from(Shadow::ON_TRUNCATE));
    // Who empties a partition alone sets off no trigger of its table.
    for [part, ..] in shadow.family().skip(1) {
        writeln!(
            text,
            "CREATE TRIGGER {truncate} AFTER TRUNCATE ON {part} FOR EACH STATEMENT EXECUTE FUNCTION shardplan.{function}();
ALTER TABLE {part} ENABLE ALWAYS TRIGGER {truncate};",
            part = part.qualified()
        )?;
    }
    write!(
        text,
        "CREATE TRIGGER {truncate} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION shardplan.{function}();
CREATE TRIGGER {change} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION shardplan.{function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {truncate}, ENABLE ALWAYS TRIGGER {change}"
    )
}

/// The trigger that is made last.
pub(super) fn is_captured(shadow: &Shadow) -> Question<'_> {
    Question::is_watched(&shadow.table, Shadow::ON_CHANGE)
}

/// The columns that a log holds: what names the row, and its key unless that does.
pub(super) fn logged(shadow: &Shadow) -> Vec<&Name> {
    let key = shadow.key.iter().map(|key| &key.column).filter(|column| !shadow.row_key.contains(column));
    shadow.row_key.iter().chain(key).collect()
}

/// What they are called in the log.
pub(super) fn columns(shadow: &Shadow) -> Vec<String> {
    (1..=logged(shadow).len()).map(|at| format!("part_{at}")).collect()
}

/// What the key of a row is called in the log.
pub(super) fn logged_key(shadow: &Shadow) -> Option<String> {
    let key = &shadow.key.as_ref()?.column;
    let at = logged(shadow).into_iter().position(|name| name == key)?;
    Some(format!("part_{}", at + 1))
}

/// `s.id = c.part_1 AND …`: that a row, under this alias, is the one that a row of the log, under that one, names.
pub(super) fn is_named(shadow: &Shadow, row: &str, log: &str) -> String {
    let pairs = shadow.row_key.iter().zip(1..).map(|(name, at)| format!("{row}.{name} = {log}.part_{at}"));
    pairs.collect::<Vec<_>>().join(" AND ")
}

/// The live table `t`, with the tables behind it that may have its key.
pub(super) fn from(shadow: &Shadow) -> String {
    format!("{} AS t{}", shadow.table.qualified(), behind(shadow))
}

/// The tables behind it.
pub(super) fn behind(shadow: &Shadow) -> String {
    shadow.key.as_ref().map(|key| joins(&key.hops, "LEFT JOIN", "p")).map(|joins| joins.to_string()).unwrap_or_default()
}

/// The key of the row: its own, or the nearest one behind it.
pub(super) fn value(key: &KeySource) -> String {
    let holders = key.holders.iter().map(|holder| format!("{}.{}", alias("p", holder.after), holder.column));
    let holders: Vec<String> = holders.collect();
    if holders.len() == 1 { holders.concat() } else { format!("coalesce({})", list(holders)) }
}

/// Writes what stops at a row without a key, of those that meet the condition.
pub(super) fn keyless(text: &mut String, shadow: &Shadow, condition: impl Display) {
    let Some(key) = &shadow.key else { return };
    let (from, value) = (from(shadow), value(key));
    let row = list(shadow.row_key.iter().map(|name| format!("t.{name}")));
    let hint = format!(
        "give it one (UPDATE {} SET {} = … WHERE …), or delete it; then run the script again: it goes on where it stopped",
        shadow.table, key.column
    );
    let _ = write!(
        text,
        "
    IF EXISTS (SELECT FROM {from} WHERE {condition} AND {value} IS NULL) THEN
      RAISE EXCEPTION USING HINT = {}, MESSAGE = (
        SELECT format('row (%s) of %s has no key', concat_ws(', ', {row}), {})
        FROM {from} WHERE {condition} AND {value} IS NULL LIMIT 1);
    END IF;",
        literal(hint),
        literal(display(&shadow.table)),
    );
}

fn display(table: &TableName) -> String {
    table.to_string()
}

/// Writes what copies the rows that meet the condition, up to its end.
pub(super) fn insert(text: &mut String, shadow: &Shadow, condition: impl Display) -> fmt::Result {
    let key = shadow.key.as_ref();
    let values = shadow.columns.iter().map(|name| match key {
        Some(key) if key.column == *name => value(key),
        _ => format!("t.{name}"),
    });
    let overriding = if shadow.identities.is_empty() { "" } else { " OVERRIDING SYSTEM VALUE" };
    write!(
        text,
        "INSERT INTO {} AS s ({}){overriding}
    SELECT {}
    FROM {}
    WHERE {condition}",
        shadow.shadow.qualified(),
        list(&shadow.columns),
        list(values.collect::<Vec<_>>()),
        from(shadow),
    )
}
