//! The copy rate of a cluster, measured: nothing comes in, a block of the preflight goes out. Knows no plan.
//!
//! What a test on one server says of how fast rows get to the workers is nothing, so it lets a table of its own be distributed,
//! and takes everything back at once.

use crate::helpers;

/// Eight megabytes: a quarter of a second at the rate that is assumed otherwise, two seconds at an eighth of that. An empty
/// table beforehand tells what only the shards take.
const MEASURE: &str = "
DECLARE
  started timestamptz;
  bytes bigint;
  shards interval;
  all_of_it interval;
  rate bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
    INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
    VALUES ('warn', 'copy rate', 'no citus here yet', 'run this script again on the coordinator, and plan with what it says');
    RETURN;
  END IF;
  PERFORM set_config('client_min_messages', 'error', true);
  BEGIN
    CREATE SCHEMA shardplan_copy_rate;
    CREATE TABLE shardplan_copy_rate.empty (tenant bigint, id bigint, note text, PRIMARY KEY (tenant, id));
    CREATE TABLE shardplan_copy_rate.filled (tenant bigint, id bigint, note text, PRIMARY KEY (tenant, id));
    INSERT INTO shardplan_copy_rate.filled SELECT i % 1000, i, repeat(md5(i::text), 2) FROM generate_series(1, 55000) AS i;
    bytes := pg_total_relation_size('shardplan_copy_rate.filled');
    started := clock_timestamp();
    PERFORM create_distributed_table('shardplan_copy_rate.empty', 'tenant', colocate_with => 'none');
    shards := clock_timestamp() - started;
    started := clock_timestamp();
    PERFORM create_distributed_table('shardplan_copy_rate.filled', 'tenant', colocate_with => 'none');
    all_of_it := clock_timestamp() - started;
    RAISE EXCEPTION USING ERRCODE = 'SPBAK', MESSAGE = 'nothing of it stays';
  EXCEPTION
    WHEN SQLSTATE 'SPBAK' THEN
      NULL;
    WHEN OTHERS THEN
      INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
      VALUES ('warn', 'copy rate', 'cannot be measured: ' || SQLERRM, 'the plan assumes what was measured elsewhere: see docs/costs.md');
      RETURN;
  END;
  -- Two digits: more would say more than one run knows.
  rate := bytes / greatest(extract(epoch FROM all_of_it - shards), extract(epoch FROM all_of_it) / 10);
  rate := greatest(1, round(rate, 1 - floor(log(greatest(rate, 1)))::int));
  INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
  VALUES ('pass', 'copy rate', format('%s bytes a second: %s in %s ms, and %s ms for the shards', rate, pg_size_pretty(bytes),
    round(1000 * extract(epoch FROM all_of_it - shards)), round(1000 * extract(epoch FROM shards))),
    format('plan with --copy-rate %s (copy_rate in the rules) while the cluster is as busy as it will be', rate));
END
";

/// Writes what measures it and notes the result.
pub(crate) fn measure(text: &mut String) {
    text.push_str(
        "\n-- How fast rows get to the workers: a table of this script's own is distributed, and goes again at once.\n",
    );
    helpers::block(text, MEASURE);
}
