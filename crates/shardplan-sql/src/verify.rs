//! The end: a plan comes in, what counts the rows before and after, and a table of results over all shards, go out.

use std::fmt::Write;

use shardplan::{Phase, PhaseKind, Plan};

use crate::cluster::Check;
use crate::helpers;
use crate::preflight;
use crate::quote::{dollar, list, name_literal};

/// The rows of a table and the sum of their hashes: one scan, so only where somebody asks for it.
const TAKE: &str = "
BEGIN
  CREATE SCHEMA IF NOT EXISTS shardplan;
  CREATE TABLE IF NOT EXISTS shardplan.before (name text PRIMARY KEY, rows bigint, hashes numeric);
  FOR at IN 1 .. cardinality(table_names) LOOP
    CONTINUE WHEN EXISTS (SELECT FROM shardplan.before WHERE name = table_names[at]) OR pg_temp.is_in_metadata(table_names[at]);
    EXECUTE format('INSERT INTO shardplan.before SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM %s AS t', table_names[at], table_names[at]);
  END LOOP;
END
";

const SAME: &str = "
DECLARE
  taken record;
  holds boolean;
BEGIN
  IF to_regclass('shardplan.before') IS NULL THEN
    RETURN;
  END IF;
  FOR taken IN SELECT * FROM shardplan.before LOOP
    EXECUTE format('SELECT (count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)) = ($1, $2) FROM %s AS t', taken.name)
    INTO holds USING taken.rows, taken.hashes;
    PERFORM pg_temp.require(holds, format('%s has other rows than before its distribution', taken.name),
      'if the application has written meanwhile: DROP TABLE shardplan.before; if not, compare the shards with the old copy on the coordinator while it is there');
  END LOOP;
END
";

/// Writes the functions that the script of a phase calls.
pub(crate) fn functions(text: &mut String, phase: &Phase) {
    let mut define = |head: &str, body: &str| {
        helpers::define(text, format_args!("FUNCTION pg_temp.{head} RETURNS void LANGUAGE plpgsql"), body);
    };
    match phase.kind {
        PhaseKind::Distribute if !phase.steps.is_empty() => define("take_rows(table_names text[])", TAKE),
        PhaseKind::CleanUp => define("require_same_rows()", SAME),
        PhaseKind::Verify if !phase.gates.is_empty() => {
            define("compare(table_name text)", COMPARE);
            preflight::results(text);
        }
        _ => {}
    }
}

/// Writes what counts the rows before the distribution, if somebody asks for it.
pub(crate) fn take_rows(text: &mut String, plan: &Plan) {
    let names = list(plan.order.iter().map(|placing| name_literal(&placing.table)));
    text.push_str("\n-- With PGOPTIONS='-c shardplan.checksums=on' rows are counted and hashed here, and compared before the old copies go: a scan of\n-- every table, there and back, that tells something only if nobody writes meanwhile.\n");
    text.push_str("SELECT coalesce(current_setting('shardplan.checksums', true), '') = 'on' AS checksums \\gset\n");
    let _ = writeln!(text, "\\if :checksums\nSELECT pg_temp.take_rows(ARRAY[{names}]::text[]);\n\\endif");
}

/// Writes what compares them.
pub(crate) fn same_rows(text: &mut String) {
    text.push_str("DO ");
    dollar(text, |text| text.push_str("\nBEGIN\n  PERFORM pg_temp.require_same_rows();\nEND\n"));
    text.push_str(";\n");
}

/// A table on the coordinator and on all its placements. What a foreign key onto a partitioned table has for each partition counts as
/// validated: Citus leaves that open on the coordinator.
const COMPARE: &str = "
DECLARE
  own text;
  shards bigint;
  others text;
BEGIN
  SELECT format('%s foreign keys, %s validated; %s indexes valid', count(*), count(*) FILTER (WHERE convalidated OR conparentid <> 0),
    (SELECT count(*) FROM pg_index WHERE indrelid = to_regclass(table_name) AND indisvalid)) INTO own
  FROM pg_constraint WHERE conrelid = to_regclass(table_name) AND contype = 'f';
  SELECT count(*), string_agg(DISTINCT format('on %s:%s shard %s: %s', nodename, nodeport, shardid, result), '; ') FILTER (WHERE NOT success OR result <> own)
  INTO shards, others
  FROM run_command_on_placements(to_regclass(table_name), $command$
    SELECT count(*) || ' foreign keys, ' || count(*) FILTER (WHERE convalidated OR conparentid <> 0) || ' validated; '
      || (SELECT count(*) FROM pg_index WHERE indrelid = $shard$%1$s$shard$::regclass AND indisvalid) || ' indexes valid'
    FROM pg_constraint WHERE conrelid = $shard$%1$s$shard$::regclass AND contype = 'f'$command$);
  INSERT INTO pg_temp.checks (result, about, seen, stops, what_to_do)
  VALUES (CASE WHEN others IS NULL THEN 'pass' ELSE 'fail' END, table_name, coalesce(others, format('%s, on all %s shards and copies', own, shards)),
    CASE WHEN others IS NOT NULL THEN 'the next script' END,
    CASE WHEN others IS NOT NULL THEN 'look at these shards: what was done on the coordinator has not reached them' END);
  INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
  SELECT 'warn', table_name, pg_size_pretty(size) || ' of old rows on the coordinator', 'run the script of the clean-up; it leaves tables that local tables reference'
  FROM pg_relation_size(to_regclass(table_name)) AS size WHERE size > 0;
END
";

/// Writes the table of results: what was promised holds on the coordinator by then.
pub(crate) fn finish(text: &mut String, plan: &Plan, phase: &Phase) {
    if phase.gates.is_empty() {
        return;
    }
    text.push_str("DO ");
    dollar(text, |text| {
        text.push_str("\nBEGIN\n");
        for placing in &plan.order {
            let _ = writeln!(text, "  PERFORM pg_temp.compare({});", name_literal(&placing.table));
        }
        for check in Check::looked_at(false) {
            preflight::look_at(text, check);
        }
        text.push_str("END\n");
    });
    text.push_str(";\n");
    preflight::print(text);
}
