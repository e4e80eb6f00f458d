//! The preflight: gates, findings with questions and the checks of the cluster come in, a script goes out that prints one table of
//! results, and stops when something of the schema is not as it was planned for.

use std::fmt::Write;

use shardplan::{Change, Placement, Plan};

use crate::cluster::{Check, Weight};
use crate::put::Put;
use crate::quote::{comment, dollar, list, literal, name_literal};
use crate::{helpers, probe, rate};

/// Where the results are gathered. What stops only the distribution is no reason to put the preparation off.
const TABLE: &str = "
-- One row for each check, printed at the end. What `stops` names a script stops that one.
CREATE TEMP TABLE checks (
  place int GENERATED ALWAYS AS IDENTITY,
  result text,
  about text,
  seen text,
  stops text,
  what_to_do text);
";

/// In this script a gate that is closed is noted, and looked at when all have been.
const REQUIRE: &str = "
BEGIN
  IF holds IS NOT TRUE THEN
    INSERT INTO pg_temp.checks (result, about, seen, stops, what_to_do) VALUES ('fail', 'schema', message, 'the next script', hint);
  END IF;
END
";

const LOOK: &str = "
DECLARE
  holds boolean;
  seen text;
BEGIN
  IF about <> 'extension' AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
    INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
    VALUES ('warn', about, 'no citus here yet', 'run this script again on the coordinator, before the distribution');
    RETURN;
  END IF;
  EXECUTE format('SELECT %s, %s', condition, present) INTO holds, seen;
  INSERT INTO pg_temp.checks (result, about, seen, stops, what_to_do)
  VALUES (CASE WHEN holds THEN 'pass' ELSE otherwise END, about, seen,
    CASE WHEN holds IS NOT TRUE AND otherwise = 'fail' THEN '50_distribute.sql' END,
    CASE WHEN holds IS NOT TRUE THEN message || ': ' || hint END);
EXCEPTION WHEN OTHERS THEN
  INSERT INTO pg_temp.checks (result, about, seen, what_to_do) VALUES ('warn', about, 'cannot be seen: ' || SQLERRM, hint);
END
";

const STOP: &str = "
DECLARE
  messages text;
  hints text;
BEGIN
  SELECT string_agg(seen, '; '), string_agg(DISTINCT what_to_do, '; ') INTO messages, hints
  FROM (SELECT * FROM pg_temp.checks WHERE result = 'fail' AND stops = 'the next script' ORDER BY place LIMIT 10) AS failed;
  IF messages IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = messages, HINT = hints;
  END IF;
END
";

/// Those of this database and, prepared, of anybody: what needs a lock that they hold, waits for them.
const LONG_TRANSACTIONS: &str = "
INSERT INTO pg_temp.checks (result, about, seen, what_to_do)
SELECT 'warn', 'long transaction', format('%s of %s, open for %s, with %s locks on tables: %s', name, owner, age, locks, query),
  'what needs a lock that it holds, waits for it: end it before the next scripts'
FROM (
  SELECT 'pid ' || pid AS name, usename AS owner, date_trunc('second', now() - xact_start) AS age,
    (SELECT count(*) FROM pg_locks AS l WHERE l.pid = a.pid AND locktype = 'relation') AS locks, left(query, 60) AS query
  FROM pg_stat_activity AS a
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 minute'
  UNION ALL
  SELECT 'prepared ' || gid, owner, date_trunc('second', now() - prepared),
    (SELECT count(*) FROM pg_locks WHERE virtualtransaction = '-1/' || transaction AND locktype = 'relation'), ''
  FROM pg_prepared_xacts WHERE database = current_database() AND prepared < now() - interval '1 minute') AS long;
INSERT INTO pg_temp.checks (result, about, seen)
SELECT 'pass', 'long transaction', 'none' WHERE NOT EXISTS (SELECT FROM pg_temp.checks WHERE about = 'long transaction');
";

/// Where results are gathered, and what looks at the cluster.
pub(crate) fn results(text: &mut String) {
    text.push_str(TABLE);
    let head = "FUNCTION pg_temp.look(about text, condition text, present text, message text, hint text, otherwise text) RETURNS void LANGUAGE plpgsql";
    helpers::define(text, head, LOOK);
}

/// Looks at one thing of the cluster.
pub(crate) fn look_at(text: &mut String, check: &Check) {
    look(text, [check.about, check.holds, check.found, check.message, check.hint], check.weight);
}

/// Prints the results, and stops if one of them says so.
pub(crate) fn print(text: &mut String) {
    text.push_str("\nSELECT result, about, seen, stops, what_to_do FROM pg_temp.checks ORDER BY place;\nDO ");
    dollar(text, |text| text.push_str(STOP));
    text.push_str(";\n");
}

/// What comes before the functions that the gates call.
pub(crate) fn begin(text: &mut String) {
    results(text);
    helpers::define(
        text,
        "FUNCTION pg_temp.require(holds boolean, message text, hint text) RETURNS void LANGUAGE plpgsql",
        REQUIRE,
    );
}

/// What comes after the gates: the server, the cluster, and unless the schema has changed the questions to the data.
pub(crate) fn finish(text: &mut String, plan: &Plan) {
    text.push_str("INSERT INTO pg_temp.checks (result, about, seen) SELECT 'pass', 'schema', 'as it was planned for' WHERE NOT EXISTS (SELECT FROM pg_temp.checks);\n");
    text.push_str("\n-- The server and the cluster.\n");
    version(text, plan);
    text.push_str(LONG_TRANSACTIONS.trim_start());
    let mut distributed = plan.phases.iter().flat_map(|phase| &phase.steps).flat_map(|step| &step.changes);
    let concurrent = distributed.any(Change::is_concurrent);
    text.push_str("DO ");
    dollar(text, |text| {
        text.push_str("\nBEGIN\n");
        for check in Check::looked_at(concurrent) {
            look_at(text, check);
        }
        room(text, plan);
        text.push_str("END\n");
    });
    text.push_str(";\n");
    rate::measure(text);
    text.push_str("\nSELECT EXISTS (SELECT FROM pg_temp.checks WHERE result = 'fail' AND stops = 'the next script') AS failed \\gset\n\\if :failed\n\\else\n");
    questions(text, plan);
    text.push_str("\\endif\n");
    print(text);
}

fn look(text: &mut String, arguments: [&str; 5], weight: Weight) {
    let otherwise = if weight == Weight::Fail { "fail" } else { "warn" };
    let arguments: Vec<String> = arguments.iter().chain([&otherwise]).map(|text| literal(text).to_string()).collect();
    let _ = writeln!(text, "  PERFORM pg_temp.look({});", list(&arguments));
}

/// The version of PostgreSQL, which also a server without the extension has.
fn version(text: &mut String, plan: &Plan) {
    let known = list(plan.target.postgres());
    let advice =
        format!("the target {} runs on PostgreSQL {known}: upgrade, or name another target in the rules", plan.target);
    let advice = literal(advice);
    let _ = writeln!(
        text,
        "INSERT INTO pg_temp.checks (result, about, seen, what_to_do)\nSELECT CASE WHEN known THEN 'pass' ELSE 'warn' END, 'version of PostgreSQL', current_setting('server_version'), CASE WHEN NOT known THEN {advice} END\nFROM (SELECT current_setting('server_version_num')::int / 10000 IN ({known}) AS known) AS version;"
    );
}

/// The tables that move, and the disks of the nodes: the workers get a copy, and while it is made the coordinator has its own.
fn room(text: &mut String, plan: &Plan) {
    let moving = plan.tables.iter().filter(|table| table.placement != Placement::Local);
    let names = list(moving.map(|table| name_literal(&table.name)));
    let bytes = format!(
        "(SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM unnest(ARRAY[{names}]::text[]) AS name)"
    );
    let free = "run_command_on_all_nodes($$SELECT available_disk_size FROM citus_local_disk_space_stats()$$)";
    let holds = format!(
        "(SELECT min(result::bigint) FROM {free} JOIN pg_dist_node USING (nodeid) WHERE groupid = 0) > {bytes} AND (SELECT sum(result::bigint) FROM {free} JOIN pg_dist_node USING (nodeid) WHERE shouldhaveshards) > 2 * {bytes}"
    );
    let found = format!(
        "pg_size_pretty({bytes}) || ' to move; free: ' || (SELECT string_agg(nodename || ':' || nodeport || ' ' || pg_size_pretty(result::bigint), ', ') FROM {free} JOIN pg_dist_node USING (nodeid))"
    );
    let message = "the coordinator needs room for another copy, of the indexes and of what is written meanwhile, and the workers together for two";
    look(text, ["free disk", &holds, &found, message, "enlarge the disks first"], Weight::Warn);
}

/// The counting queries of the findings.
fn questions(text: &mut String, plan: &Plan) {
    for finding in &plan.findings {
        let Some(query) = &finding.query else { continue };
        text.push('\n');
        comment(text, &finding.message);
        let accepted = finding.accepted.as_deref().map(|reason| format!("accepted: {reason}"));
        let result = if accepted.is_some() { "'pass'" } else { "CASE rows WHEN 0 THEN 'pass' ELSE 'warn' END" };
        let (message, advice) = ((" rows: ", &*finding.message), accepted.as_deref().unwrap_or(&finding.advice));
        let _ = ("INSERT INTO pg_temp.checks (result, about, seen, what_to_do)\nSELECT ", result, ", ").put(text);
        let _ = (literal(&*finding.rule), ", rows || ", literal(message), ", CASE WHEN rows > 0 THEN ").put(text);
        let _ = (literal(advice), " END FROM (", probe::query(query), ") AS counted (rows);\n").put(text);
    }
}
