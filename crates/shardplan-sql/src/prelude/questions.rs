//! The functions of the prelude that look whether something is so.

use super::Function;

/// Those that name Citus's tables are in PL/pgSQL, which looks them up when they run, so that a gate can say that Citus is missing.
pub(super) const QUESTIONS: &[Function] = &[
    Function {
        name: "has_constraint",
        signature: "pg_temp.has_constraint(of_table text, constraint_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND conname = constraint_name)
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
        name: "has_type",
        signature: "pg_temp.has_type(of_table text, column_name text, type_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (
    SELECT FROM pg_attribute
    WHERE attrelid = to_regclass(of_table) AND attname = column_name AND NOT attisdropped
      AND format_type(atttypid, atttypmod) = type_name)
",
    },
    Function {
        name: "has_trigger",
        signature: "pg_temp.has_trigger(of_table text, trigger_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(of_table) AND tgname = trigger_name)
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
        name: "is_distributed",
        signature: "pg_temp.is_distributed(table_name text) RETURNS boolean LANGUAGE plpgsql",
        body: "\
BEGIN
  RETURN EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(table_name) AND partmethod = 'h');
END
",
    },
    Function {
        name: "is_disowned",
        signature: "pg_temp.is_disowned(sequence_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = to_regclass(sequence_name) AND deptype = 'a')
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
        name: "is_in_metadata",
        signature: "pg_temp.is_in_metadata(table_name text) RETURNS boolean LANGUAGE plpgsql",
        body: "\
BEGIN
  RETURN EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(table_name));
END
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
        name: "refuses_null",
        signature: "pg_temp.refuses_null(of_table text, column_name text, check_name text) RETURNS boolean LANGUAGE sql",
        body: "\
  SELECT pg_temp.is_not_null(of_table, column_name) OR pg_temp.has_constraint(of_table, check_name)
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
];
