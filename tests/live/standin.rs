//! The stand-in beside a real cluster: both get the same statements, and must answer and end alike. And the stand-in beside the
//! table of rules: it prints what that says.

use shardplan::postgres::{Client, SimpleQueryMessage};
use shardplan::{FindingRule, finding_rules};
use shardplan_testkit::standin;

use crate::citus::cluster;
use crate::probes::{PROBES, Probe};
use crate::report;

/// What is left in the schema `s`, a line each: what its tables are to the cluster, and all that could be lost.
const LEFT: &str = "
WITH tables AS (
    SELECT c.oid, relname, relkind, relacl, c.oid::regclass::text AS name, relispopulated, reloftype FROM pg_class AS c
    WHERE relnamespace = 's'::regnamespace AND relname !~ '_[0-9]{6,}$'
)
SELECT concat_ws(' ', name, partmethod, repmodel, column_to_column_name(p.logicalrelid, partkey), autoconverted,
    CASE WHEN partmethod = 'h' THEN (SELECT min(logicalrelid::text) FROM pg_dist_partition AS o WHERE o.colocationid = p.colocationid
        AND o.logicalrelid::regclass::text LIKE 's.%') END)
FROM tables AS t JOIN pg_dist_partition AS p ON p.logicalrelid = t.oid
UNION ALL
SELECT concat_ws(' ', t.name, conname, convalidated, replace(pg_get_constraintdef(k.oid), 's2.', 's.'))
FROM tables AS t JOIN pg_constraint AS k ON k.conrelid = t.oid
UNION ALL
SELECT concat_ws(' ', t.name, objsubid, description) FROM tables AS t JOIN pg_description AS d ON d.objoid = t.oid
UNION ALL
SELECT concat_ws(' ', t.name, conname, description)
FROM tables AS t JOIN pg_constraint AS k ON k.conrelid = t.oid JOIN pg_description AS d ON d.objoid = k.oid
UNION ALL
SELECT concat_ws(' ', sequencename, last_value, data_type) FROM pg_sequences WHERE schemaname = 's'
UNION ALL
SELECT concat_ws(' ', name, relkind, relacl, relispopulated) FROM tables WHERE relkind IN ('v', 'm', 'i')
UNION ALL
SELECT concat_ws(' ', name, rulename) FROM tables AS t JOIN pg_rewrite AS r ON r.ev_class = t.oid
UNION ALL
SELECT concat_ws(' ', name, adnum, 'default') FROM tables AS t JOIN pg_attrdef AS d ON d.adrelid = t.oid
UNION ALL
SELECT concat_ws(' ', oid::regprocedure, 'function') FROM pg_proc WHERE pronamespace = 's'::regnamespace
ORDER BY 1";

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn the_stand_in_answers_as_a_real_cluster() {
    let database = standin().fresh_database();
    let cluster = cluster();
    let mut clients = [&database.url(), &cluster.url].map(|url| shardplan::connect(url).unwrap());
    let one = std::env::var("SHARDPLAN_PROBE").ok();
    let chosen = PROBES.iter().filter(|probe| one.as_ref().is_none_or(|one| probe.name.contains(one.as_str())));
    let mut problems = Vec::new();
    for probe in chosen {
        let [here, there] = clients.each_mut().map(|client| answers(client, probe));
        problems.extend(differences(&here, &there).into_iter().map(|problem| format!("{}: {problem}", probe.name)));
    }
    report(&problems);
}

/// What is answered to each statement, and what is left at the end.
fn answers(client: &mut Client, probe: &Probe) -> Vec<(String, String)> {
    client.batch_execute("ROLLBACK; RESET ALL; SET client_min_messages = error").unwrap();
    client.batch_execute("DROP SCHEMA IF EXISTS s CASCADE").unwrap();
    client.batch_execute("CALL citus_cleanup_orphaned_resources()").unwrap();
    client.batch_execute("CREATE SCHEMA s").unwrap();
    let mut answers: Vec<(String, String)> =
        probe.statements.iter().map(|sql| ((*sql).to_owned(), answer(client, sql))).collect();
    client.batch_execute("ROLLBACK; SET client_min_messages = error").unwrap();
    answers.push(("what is left".to_owned(), rows(client, LEFT).join("\n")));
    for table in rows(client, TABLES) {
        answers.push((format!("rows of {table}"), rows(client, &format!("SELECT count(*) FROM {table}")).join("")));
    }
    answers
}

const TABLES: &str = "SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 's'::regnamespace AND relkind IN ('r', 'p', 'm') AND relname !~ '_[0-9]{6,}$' ORDER BY relname";

fn answer(client: &mut Client, sql: &str) -> String {
    let Err(error) = client.batch_execute(sql) else { return "done".to_owned() };
    let Some(error) = error.as_db_error() else { return error.to_string() };
    let parts = [Some(error.message()), error.detail(), error.hint()].map(Option::unwrap_or_default);
    // Some come over a connection of the cluster's own, which writes their level before them.
    format!("{} {}", error.code().code(), without_numbers(parts.join(" | ").trim_start_matches("ERROR:").trim_start()))
}

/// Without the numbers of shards: they differ, and what PostgreSQL refuses is refused on a shard there and in the table here.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        if part.len() - rest.len() >= 6 { format!("{text}{rest}") } else { format!("{text}_{part}") }
    })
}

fn rows(client: &mut Client, query: &str) -> Vec<String> {
    let answers = client.simple_query(query).unwrap();
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    answers.into_iter().filter_map(row).collect()
}

fn differences(here: &[(String, String)], there: &[(String, String)]) -> Vec<String> {
    let pairs = here.iter().zip(there).filter(|(one, other)| one != other);
    pairs.map(|(one, other)| format!("{}\n  stand-in: {}\n  Citus:    {}", one.0, one.1, other.1)).collect()
}

/// The rules whose message the stand-in does not print: PostgreSQL itself says it, or what Citus says of queries, of rows on other
/// nodes, and of what it sends to them.
const NOT_STOOD_IN_FOR: &[&str] = &[
    "identity-not-bigint",
    "narrow-sequence",
    "concurrent-unidentified",
    "deferred-foreign-key",
    "local-to-reference",
    "partitioned-foreign-key",
    "equal-partitioned-key",
    "invalid-index",
    "circular-view",
    "extension-table",
    "forced-row-security",
    "function-reads-table",
    "row-type-function",
    "view-written",
];

#[test]
fn the_stand_in_prints_what_the_table_of_rules_says() {
    let mut client = standin().fresh_database().connect().unwrap();
    let query = "SELECT regexp_replace(message, '%\\d\\$s', '…', 'g'), sqlstate,
        regexp_replace(detail, '%\\d\\$s', '…', 'g') FROM pg_standin.refusal";
    let printed = client.query(query, &[]).unwrap();
    let prints = |rule: &FindingRule| {
        printed.iter().any(|row| {
            let (message, state, detail): (&str, &str, Option<&str>) = (row.get(0), row.get(1), row.get(2));
            rule.message == Some(message)
                && rule.sqlstate.is_none_or(|expected| expected == state)
                && (rule.detail.is_none() || rule.detail == detail)
        })
    };
    let printing = finding_rules().filter(|rule| rule.message.is_some());
    let missing: Vec<&str> = printing.filter(|rule| !prints(rule)).map(|rule| rule.id).collect();
    assert_eq!(missing, NOT_STOOD_IN_FOR);
}
