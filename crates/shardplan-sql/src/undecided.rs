//! The rows about which a person must decide come in; queries that list them, and procedures that carry a decision out, go out.

use std::fmt;

use shardplan::{Disagreeing, Name, Path, TableName, Unassigned, Undecided};

use crate::helpers::define;
use crate::path::{alias, end, joins};
use crate::put::{Put, qualified};
use crate::quote::{dollar, list, literal, name_literal};

/// Writes the queries into a table of the helpers, and what reads them.
pub(crate) fn objects(text: &mut String, undecided: &Undecided) {
    text.push_str(WATCHED);
    for unassigned in &undecided.unassigned {
        watch(text, (&unassigned.table, literal("unassigned"), &unassigned.column), UnassignedQuery(unassigned));
    }
    for disagreeing in &undecided.disagreeing {
        let kind = literal(kind(&disagreeing.foreign_key));
        watch(text, (&disagreeing.table, kind, &disagreeing.key.from), DisagreeingQuery(disagreeing));
    }
    text.push_str("\n-- Lists them: of one table and kind, or all.\n");
    define(text, LIST_HEAD, LIST);
    text.push_str(VIEW);
    text.push_str("\n-- One decision: the rows go. CALL shardplan.delete_undecided('public.orders', 'unassigned').\n");
    define(text, "PROCEDURE shardplan.delete_undecided(of_target text, of_kind text) LANGUAGE plpgsql", DELETE);
    text.push_str("\n-- The other: rows without a key get this one. CALL shardplan.assign_undecided('public.orders', '42'). A row whose row in\n");
    text.push_str("-- another table has no key waits for a decision there.\n");
    define(text, "PROCEDURE shardplan.assign_undecided(of_target text, key text) LANGUAGE plpgsql", ASSIGN);
}

const WATCHED: &str = "
-- Rows without a key (kind 'unassigned'), and rows that a foreign key ties to a row of another tenant (kind: 'foreign key' and its name).
CREATE TABLE IF NOT EXISTS shardplan.watched (
  target text NOT NULL,
  kind text NOT NULL,
  column_name text NOT NULL,
  query text NOT NULL,
  PRIMARY KEY (target, kind)
);
";

fn watch(text: &mut String, (table, kind, column): (&TableName, impl Put, &Name), query: impl Put) {
    let (table, column) = (name_literal(table), literal(column.as_str()));
    let _ = ("INSERT INTO shardplan.watched VALUES (", table, ", ", kind, ", ", column, ", ").put(text);
    dollar(text, |text| {
        let _ = query.put(text);
    });
    text.push_str(") ON CONFLICT (target, kind) DO NOTHING;\n");
}

/// What the rows are called that a foreign key ties to another tenant.
pub(crate) fn kind(foreign_key: &Name) -> impl Put + '_ {
    ("foreign key ", foreign_key.as_str())
}

/// `jsonb_build_object('order_id', t.order_id)`: what names a row to a person.
struct RowKey<'u>(&'u [Name]);

impl Put for RowKey<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        if self.0.is_empty() {
            return "jsonb_build_object('ctid', t.ctid::text)".put(to);
        }
        let pairs = self.0.iter().map(|column| (literal(column.as_str()), ", t.", column));
        ("jsonb_build_object(", list(pairs), ")").put(to)
    }
}

struct UnassignedQuery<'u>(&'u Unassigned);

impl Put for UnassignedQuery<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let Unassigned { table, column, path, row_key } = self.0;
        ("\nSELECT ", RowKey(row_key), ", t.ctid, ").put(to)?;
        match path {
            None => literal((column, " is NULL")).put(to)?,
            Some(path) => Reasons(path).put(to)?,
        }
        ("\nFROM ", qualified(table), " AS t").put(to)?;
        match path {
            None => (" WHERE t.", column, " IS NULL\n").put(to),
            Some(path) => (joins(&path.hops, "LEFT JOIN", "p"), "\nWHERE t.", column, " IS NULL\n").put(to),
        }
    }
}

/// Why a row has no key: where on its path the way ends.
struct Reasons<'p>(&'p Path);

impl Put for Reasons<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let path = self.0;
        "CASE".put(to)?;
        for (at, hop) in path.hops.iter().enumerate() {
            let (here, there) = (alias("p", at), alias("p", at + 1));
            for pair in &hop.columns {
                let missing = literal((&hop.from, ".", &pair.from, " is NULL"));
                (" WHEN ", &here, ".", &pair.from, " IS NULL THEN ", missing).put(to)?;
            }
            if let Some(pair) = hop.columns.first() {
                let orphan = literal(("no such row in ", &hop.to));
                (" WHEN ", &there, ".", &pair.to, " IS NULL THEN ", orphan).put(to)?;
            }
        }
        let waits = literal(("its row in ", path.end(), " has no ", &path.column));
        (" WHEN ", end(path, "p"), ".", &path.column, " IS NULL THEN ", waits, " ELSE 'not filled yet' END").put(to)
    }
}

struct DisagreeingQuery<'u>(&'u Disagreeing);

impl Put for DisagreeingQuery<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let Disagreeing { table, to: other, columns, key, row_key, .. } = self.0;
        let reason = ("%s, but its row in ", other.to_string().replace('%', "%%"), " belongs to %s");
        ("\nSELECT ", RowKey(row_key), ", t.ctid, format(", literal(reason), ", t.", &key.from, ", r.", &key.to, ")")
            .put(to)?;
        ("\nFROM ", qualified(table), " AS t JOIN ", qualified(other), " AS r ON ").put(to)?;
        for (at, pair) in columns.iter().enumerate() {
            let and = if at == 0 { "" } else { " AND " };
            (and, "t.", &pair.from, " = r.", &pair.to).put(to)?;
        }
        ("\nWHERE t.", &key.from, " <> r.", &key.to, "\n").put(to)
    }
}

const LIST_HEAD: &str = "\
FUNCTION shardplan.undecided_rows(of_target text DEFAULT NULL, of_kind text DEFAULT NULL)
RETURNS TABLE (target text, kind text, row_key jsonb, row_id tid, reason text) LANGUAGE plpgsql";

const LIST: &str = "
#variable_conflict use_column
DECLARE
  watched record;
BEGIN
  FOR watched IN
    SELECT w.target, w.kind, w.query FROM shardplan.watched AS w
    WHERE w.target = coalesce(of_target, w.target) AND w.kind = coalesce(of_kind, w.kind) ORDER BY w.target, w.kind
  LOOP
    RETURN QUERY EXECUTE format('SELECT %L::text, %L::text, q.* FROM (%s) AS q (row_key, row_id, reason)', watched.target, watched.kind, watched.query);
  END LOOP;
END
";

const VIEW: &str = "
CREATE OR REPLACE VIEW shardplan.undecided AS
SELECT target, kind, row_key, reason FROM shardplan.undecided_rows() WHERE reason <> 'not filled yet';
";

const DELETE: &str = "
DECLARE
  query text;
  gone bigint;
  total bigint := 0;
BEGIN
  SELECT w.query INTO query FROM shardplan.watched AS w WHERE w.target = of_target AND w.kind = of_kind;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no rows of kind % are watched in %', of_kind, of_target USING HINT = 'SELECT DISTINCT target, kind FROM shardplan.undecided';
  END IF;
  LOOP
    EXECUTE format(
      'DELETE FROM %s AS d USING (SELECT row_id FROM (%s) AS q (row_key, row_id, reason) WHERE reason <> ''not filled yet'' LIMIT 10000) AS u WHERE d.ctid = u.row_id',
      of_target, query);
    GET DIAGNOSTICS gone = ROW_COUNT;
    COMMIT;
    EXIT WHEN gone = 0;
    total := total + gone;
  END LOOP;
  RAISE NOTICE '% rows of % deleted', total, of_target;
END
";

const ASSIGN: &str = "
DECLARE
  watched record;
  given bigint;
  total bigint := 0;
BEGIN
  SELECT w.query, w.column_name, format_type(a.atttypid, a.atttypmod) AS data_type INTO watched
  FROM shardplan.watched AS w JOIN pg_attribute AS a ON a.attrelid = to_regclass(w.target) AND a.attname = w.column_name
  WHERE w.target = of_target AND w.kind = 'unassigned';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no rows without a key are watched in %', of_target USING HINT = 'SELECT DISTINCT target, kind FROM shardplan.undecided';
  END IF;
  LOOP
    EXECUTE format(
      'UPDATE %s AS d SET %I = $1::%s FROM (SELECT row_id FROM (%s) AS q (row_key, row_id, reason)
       WHERE reason <> ''not filled yet'' AND reason NOT LIKE ''its row in %%'' LIMIT 10000) AS u WHERE d.ctid = u.row_id AND d.%I IS NULL',
      of_target, watched.column_name, watched.data_type, watched.query, watched.column_name) USING key;
    GET DIAGNOSTICS given = ROW_COUNT;
    COMMIT;
    EXIT WHEN given = 0;
    total := total + given;
  END LOOP;
  RAISE NOTICE '% rows of % have the key %', total, of_target, key;
END
";
