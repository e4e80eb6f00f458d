//! The cases on a real cluster: whether Citus refuses them, with which words, and how many shards it asks.
//!
//! `SHARDPLAN_CITUS_URL` names a database on a coordinator that the test may empty.

use shardplan::connect;
use shardplan::postgres::{Client, SimpleQueryMessage};
use shardplan_workload::{StatementRule, Verdict, statement_rules};

use crate::cases::{SCHEMA, cases};

const PLACE: &str = include_str!("place.sql");

/// What a statement of a case is with values in place of its parameters.
fn with_values(text: &str) -> String {
    let special = [
        ("= ANY($1)", "= ANY('{5,6}'::bigint[])"),
        ("IN ($1, $2, $3)", "IN (5, 6, 7)"),
        ("($1, $2), ($3, $4)", "(5, 1000), (6, 1001)"),
        ("ordered_at < $1", "ordered_at < '2000-01-01'"),
        ("VALUES ($1, $2, $3)", "VALUES (5, 1000, 'x')"),
        ("(?, ?, ?)", "(5, 1, 'x')"),
        ("details ? 'a'", "details @? '$.a'"),
    ];
    let mut sql = special.iter().fold(text.to_owned(), |sql, (from, to)| sql.replace(from, to));
    for name in ["$1", "$2", "$3", ":store_id", ":order", ":store", ":id"] {
        sql = sql.replace(name, "5");
    }
    sql.replace(" ?", " 5").replace("(?", "(5")
}

/// The most shards that a plan asks in one go, and how many plans it has.
fn tasks(client: &mut Client, sql: &str) -> Result<Vec<usize>, String> {
    let sql = if sql.starts_with("EXPLAIN") { sql.to_owned() } else { format!("EXPLAIN (COSTS OFF) {sql}") };
    let rows = simple(client, &sql)?;
    Ok(rows.iter().filter_map(|row| row.trim().strip_prefix("Task Count: ")?.parse().ok()).collect())
}

/// Runs a statement and takes it back.
fn simple(client: &mut Client, sql: &str) -> Result<Vec<String>, String> {
    client.batch_execute("BEGIN").unwrap();
    let found = client.simple_query(sql);
    client.batch_execute("ROLLBACK").unwrap();
    let text = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    match found {
        Ok(messages) => Ok(messages.into_iter().filter_map(text).collect()),
        Err(error) => Err(error
            .as_db_error()
            .map_or_else(|| error.to_string(), |error| format!("{}: {}", error.code().code(), error.message()))),
    }
}

/// Whether a message is one that the rule names; `…` stands for anything.
fn is_said(rule: &StatementRule, message: &str) -> bool {
    let matches = |pattern: &str| {
        let mut rest = message;
        pattern.split('…').all(|part| match rest.find(part.trim()) {
            Some(at) => {
                rest = &rest[at + part.trim().len()..];
                true
            }
            None => false,
        })
    };
    rule.message.iter().chain(rule.also).any(|pattern| matches(pattern))
}

fn prepare(client: &mut Client) {
    for table in ["stores", "products", "orders", "line_items", "\"Order Notes\"", "visits", "countries", "settings"] {
        client.batch_execute(&format!("DROP TABLE IF EXISTS {table} CASCADE")).unwrap();
    }
    client.batch_execute(SCHEMA).unwrap();
    for sql in PLACE.lines() {
        client.batch_execute(sql).unwrap();
    }
}

#[test]
#[ignore = "needs a Citus cluster: SHARDPLAN_CITUS_URL"]
fn citus_says_the_same() {
    let mut client = connect(&std::env::var("SHARDPLAN_CITUS_URL").unwrap()).unwrap();
    prepare(&mut client);
    let mut wrong = Vec::new();
    // COPY has no plan, and its rows come by another way.
    for (id, text) in cases().into_iter().filter(|(_, text)| !text.starts_with("COPY")) {
        let rule = statement_rules().find(|rule| rule.id == id).unwrap();
        if rule.verdict == Verdict::Unknown {
            continue;
        }
        let sql = with_values(text);
        let planned = tasks(&mut client, &sql);
        let run = simple(&mut client, &sql);
        let agrees = match (&planned, &run, rule.message) {
            // A command has no plan.
            (Err(syntax), Ok(_), None) if syntax.starts_with("42601") => true,
            (Err(syntax), Err(message), Some(_)) if syntax.starts_with("42601") => is_said(rule, message),
            (Ok(tasks), Ok(_), None) => match rule.verdict {
                Verdict::SingleShard => tasks.is_empty() || tasks[..] == [1],
                _ => tasks.len() > 1 || tasks.iter().any(|count| *count > 1),
            },
            (Err(message), _, Some(_)) | (_, Err(message), Some(_)) => is_said(rule, message),
            _ => false,
        };
        if !agrees {
            wrong.push(format!("{id}: {sql}\n    {planned:?} {:?}", run.err()));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
