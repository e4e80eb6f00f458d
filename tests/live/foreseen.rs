//! What the simulated cluster foresees (`tests/stages/simulation.rs`), and what a real one and the stand-in say.

use shardplan::postgres::Client;
use shardplan_testkit::standin;

use crate::citus::cluster;
use crate::report;
use crate::scenarios::{SCENARIOS, Scenario};

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_real_cluster_answers_as_foreseen() {
    report(&surprises(&cluster().url));
}

#[test]
fn the_stand_in_answers_as_foreseen() {
    report(&surprises(&standin().fresh_database().url()));
}

/// The scenarios in which a cluster answers otherwise than foreseen.
fn surprises(url: &str) -> Vec<String> {
    let mut client = shardplan::connect(url).unwrap();
    client
        .batch_execute(
            "SET citus.enable_local_reference_table_foreign_keys = off; SET citus.multi_shard_modify_mode = 'sequential'",
        )
        .unwrap();
    SCENARIOS.iter().filter_map(|scenario| differs(&mut client, scenario)).collect()
}

fn differs(client: &mut Client, scenario: &Scenario) -> Option<String> {
    client
        .batch_execute("SET citus.enable_local_reference_table_foreign_keys = off; DROP SCHEMA IF EXISTS s CASCADE")
        .unwrap();
    // What a concurrent call that failed has left behind is in the way of the next one.
    client.batch_execute("CALL citus_cleanup_orphaned_resources()").unwrap();
    client.batch_execute(&format!("CREATE SCHEMA s; {}", scenario.ddl)).unwrap();
    let (last, first) = scenario.calls.split_last().expect("a scenario has a call");
    for call in first {
        if let Err(error) = client.batch_execute(&call.sql()) {
            return Some(format!("{}: {}: {error:?}", scenario.name, call.sql()));
        }
    }
    let answer = client.batch_execute(&last.sql()).err();
    let answer =
        answer.map(|error| error.as_db_error().map_or_else(|| error.to_string(), |it| it.message().to_owned()));
    // Some errors come over a connection of the cluster's own, which writes their level before them.
    let said = answer.as_deref().map(|text| text.trim_start_matches("ERROR:").trim_start());
    let as_foreseen = match (said, scenario.refusal) {
        (Some(said), Some(refusal)) => said.starts_with(refusal),
        (None, None) => true,
        _ => false,
    };
    (!as_foreseen).then(|| format!("{}: {said:?}", scenario.name))
}
