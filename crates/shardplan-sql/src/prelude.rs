//! The questions that a script asks the server, as functions that live as long as its session: a phase comes in, their
//! definitions go out.

use std::fmt::Write;

use shardplan::PhaseKind;

use crate::quote::dollar;

/// A function in `pg_temp`.
struct Function {
    name: &'static str,
    /// What follows `CREATE OR REPLACE FUNCTION`, up to its language.
    signature: &'static str,
    body: &'static str,
}

/// Every function, those that others call first. Those that name Citus's tables are in PL/pgSQL, which looks them up when
/// they run, so that a gate can say that Citus is missing.
const FUNCTIONS: &[Function] = &[
    Function {
        name: "require",
        signature: "pg_temp.require(holds boolean, message text, hint text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = message, HINT = hint;
  END IF;
END
",
    },
    Function {
        name: "has_constraint",
        signature: "pg_temp.has_constraint(of_table text, constraint_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND conname = constraint_name)
",
    },
    Function {
        name: "lacks_constraint",
        signature: "pg_temp.lacks_constraint(of_table text, constraint_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND conname = constraint_name)
",
    },
    Function {
        name: "is_valid",
        signature: "pg_temp.is_valid(of_table text, constraint_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT NOT EXISTS (
    SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND conname = constraint_name AND NOT convalidated)
",
    },
    Function {
        name: "is_not_null",
        signature: "pg_temp.is_not_null(of_table text, column_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass(of_table) AND attname = column_name AND attnotnull)
",
    },
    Function {
        name: "refuses_null",
        signature: "pg_temp.refuses_null(of_table text, column_name text, check_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT pg_temp.is_not_null(of_table, column_name) OR pg_temp.has_constraint(of_table, check_name)
",
    },
    Function {
        name: "is_attached",
        signature: "pg_temp.is_attached(index_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(index_name))
",
    },
    Function {
        name: "is_key",
        signature: "pg_temp.is_key(index_name text, positions int) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (
    SELECT FROM pg_index WHERE indexrelid = to_regclass(index_name) AND indisvalid AND indnkeyatts = positions)
",
    },
    Function {
        name: "is_gone",
        signature: "pg_temp.is_gone(index_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT to_regclass(index_name) IS NULL
",
    },
    Function {
        name: "is_no_key",
        signature: "pg_temp.is_no_key(index_name text, positions int) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT NOT pg_temp.is_key(index_name, positions)
",
    },
    Function {
        name: "drop_leftover",
        signature: "pg_temp.drop_leftover(index_name text) RETURNS SETOF text LANGUAGE sql",
        body: "\
  SELECT 'DROP INDEX CONCURRENTLY ' || index_name FROM pg_index WHERE indexrelid = to_regclass(index_name) AND NOT indisvalid
",
    },
    Function {
        name: "is_distributed",
        signature: "pg_temp.is_distributed(table_name text) RETURNS boolean LANGUAGE plpgsql",
        body: "\
BEGIN
  RETURN EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(table_name) AND partmethod = 'h');
END
",
    },
    Function {
        name: "is_reference",
        signature: "pg_temp.is_reference(table_name text) RETURNS boolean LANGUAGE plpgsql",
        body: "\
BEGIN
  RETURN EXISTS (
    SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(table_name) AND partmethod = 'n' AND repmodel = 't');
END
",
    },
    Function {
        name: "require_columns",
        signature: "pg_temp.require_columns(of_table text, names text[], types text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    to_regclass(of_table) IS NOT NULL AND NOT EXISTS (
      SELECT FROM unnest(names, types) AS wanted (name, type) WHERE NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass(of_table) AND attname = wanted.name AND attnum > 0 AND NOT attisdropped
          AND format_type(atttypid, atttypmod) = wanted.type)),
    of_table || ' is not the table that the plan was made for', 'the schema has changed: plan again')
",
    },
    Function {
        name: "require_no_view_on",
        signature: "pg_temp.require_no_view_on(of_table text, constraint_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    NOT EXISTS (
      SELECT FROM pg_constraint AS c JOIN pg_depend AS d ON d.refclassid = 'pg_constraint'::regclass AND d.refobjid = c.oid
      WHERE c.conrelid = to_regclass(of_table) AND c.conname = constraint_name AND d.classid = 'pg_rewrite'::regclass),
    format('a view needs the constraint %I of %s, because it groups by its columns alone', constraint_name, of_table),
    'drop the view, and make it anew afterwards with all its columns in GROUP BY')
",
    },
    Function {
        name: "require_no_nulls",
        signature: "pg_temp.require_no_nulls(of_table text, column_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  holds boolean;
BEGIN
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s WHERE %I IS NULL)', of_table, column_name) INTO holds;
  PERFORM pg_temp.require(holds, format('%s has rows without %I', of_table, column_name),
    'run the backfill to its end, see to it that the application writes the column, and decide what becomes of rows that no path gives a key');
END
",
    },
    Function {
        name: "require_index",
        signature: "pg_temp.require_index(index_name text, key_name text, positions int) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(index_name) AND indisvalid)
      OR pg_temp.is_key(key_name, positions),
    'index ' || index_name || ' is missing or invalid', 'run the script of the unique indexes again')
",
    },
    Function {
        name: "require_no_triggers",
        signature: "pg_temp.require_no_triggers(of_table text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(of_table) AND NOT tgisinternal),
    of_table || ' has a trigger, and Citus refuses tables with triggers', 'drop it')
",
    },
    Function {
        name: "require_not_null",
        signature: "pg_temp.require_not_null(of_table text, column_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    pg_temp.is_not_null(of_table, column_name),
    format('%s.%I is not there or not NOT NULL', of_table, column_name), 'run the script of the keys first')
",
    },
    Function {
        name: "require_distributed",
        signature: "pg_temp.require_distributed(table_name text, column_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    EXISTS (
      SELECT FROM pg_dist_partition
      WHERE logicalrelid = to_regclass(table_name) AND partmethod = 'h'
        AND column_to_column_name(logicalrelid, partkey) = column_name),
    format('%s is not distributed by %I', table_name, column_name), 'run the script of the distribution to its end');
END
",
    },
    Function {
        name: "require_reference",
        signature: "pg_temp.require_reference(table_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    pg_temp.is_reference(table_name),
    table_name || ' is not a reference table', 'run the script of the distribution to its end');
END
",
    },
    Function {
        name: "require_colocated",
        signature: "pg_temp.require_colocated(table_names text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    (SELECT count(DISTINCT colocationid) FROM pg_dist_partition
     WHERE logicalrelid IN (SELECT to_regclass(name) FROM unnest(table_names) AS name)) = 1,
    'the distributed tables are not in one colocation group',
    'undistribute those that are not, and distribute them again with colocate_with');
END
",
    },
    Function {
        name: "require_enforced",
        signature: "pg_temp.require_enforced(of_table text, foreign_key text, validated boolean) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (
      SELECT FROM pg_constraint
      WHERE conrelid = to_regclass(of_table) AND conname = foreign_key AND contype = 'f' AND convalidated >= validated),
    format('foreign key %I of %s is not enforced for all rows', foreign_key, of_table),
    'run the script of the foreign keys to its end')
",
    },
];

/// The functions that the script of a phase calls.
fn called(kind: PhaseKind) -> &'static [&'static str] {
    match kind {
        PhaseKind::Preflight => &["require", "require_columns", "require_no_view_on"],
        PhaseKind::AddColumns | PhaseKind::Backfill => &[],
        PhaseKind::UniqueIndexes => &["require", "is_attached", "is_key", "drop_leftover", "require_no_nulls"],
        PhaseKind::Keys => &[
            "require",
            "has_constraint",
            "lacks_constraint",
            "is_valid",
            "is_not_null",
            "refuses_null",
            "is_key",
            "is_gone",
            "require_index",
        ],
        PhaseKind::Distribute => &[
            "require",
            "has_constraint",
            "is_not_null",
            "is_distributed",
            "is_reference",
            "require_no_triggers",
            "require_not_null",
        ],
        PhaseKind::ForeignKeys => &["has_constraint", "is_valid"],
        PhaseKind::CleanUp => &["require", "is_reference", "require_distributed", "require_reference"],
        PhaseKind::Verify => &[
            "require",
            "is_reference",
            "require_distributed",
            "require_reference",
            "require_colocated",
            "require_enforced",
        ],
    }
}

/// Writes the functions that the script of a phase calls.
pub(crate) fn write(text: &mut String, kind: PhaseKind) {
    let called = called(kind);
    if called.is_empty() {
        return;
    }
    text.push_str("\n-- What the script asks the server; these functions go with the session.\n");
    for function in FUNCTIONS.iter().filter(|function| called.contains(&function.name)) {
        define(text, function);
    }
}

/// Writes the functions that a script which takes a phase back calls.
pub(crate) fn write_for_undo(text: &mut String) {
    const CALLED: [&str; 5] = ["has_constraint", "is_valid", "is_key", "is_no_key", "drop_leftover"];
    FUNCTIONS.iter().filter(|function| CALLED.contains(&function.name)).for_each(|function| define(text, function));
}

/// Writes the function that stops a script.
pub(crate) fn write_require(text: &mut String) {
    FUNCTIONS.iter().filter(|function| function.name == "require").for_each(|function| define(text, function));
}

fn define(text: &mut String, function: &Function) {
    let _ = write!(text, "CREATE OR REPLACE FUNCTION {} AS ", function.signature);
    dollar(text, |text| {
        text.push('\n');
        text.push_str(function.body);
    });
    text.push_str(";\n");
}
