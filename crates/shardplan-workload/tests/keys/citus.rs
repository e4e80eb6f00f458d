//! Shards against those of a real cluster.

use shardplan::postgres::{Client, NoTls, SimpleQueryMessage};
use shardplan::{Catalog, DataType};
use shardplan_workload::{KeyHash, Shards};

use crate::hash::{TYPES, values};

/// Numbers of shards that a cluster makes tables of: small, odd, powers of two, and the most that the issue asks for.
const COUNTS: &[u32] = &[1, 2, 3, 5, 7, 31, 32, 33, 48, 64, 100, 128, 257, 1000, 4096];

/// Values of each type whose shard a cluster is asked for.
const VALUES: u32 = 200;

fn cluster() -> Client {
    let url = std::env::var("SHARDPLAN_CITUS_URL").expect("SHARDPLAN_CITUS_URL names a coordinator's database");
    let mut client = Client::connect(&url, NoTls).unwrap();
    // One connection per node: thousands of shards would need thousands.
    client.batch_execute("SET citus.multi_shard_modify_mode = 'sequential'; SET TimeZone = 'UTC'").unwrap();
    client
}

fn distribute(client: &mut Client, data_type: &str, count: u32) {
    client
        .batch_execute(&format!(
            "DROP TABLE IF EXISTS keys_probe; CREATE TABLE keys_probe (k {data_type});
             SELECT create_distributed_table('keys_probe', 'k', shard_count => {count}, colocate_with => 'none')"
        ))
        .unwrap();
}

/// First hash, last hash and node of each shard, as the cluster has them.
fn placed(client: &mut Client) -> Vec<(i32, i32, String)> {
    let sql = "SELECT s.shardminvalue::int4, s.shardmaxvalue::int4, n.nodename || ':' || n.nodeport
               FROM pg_dist_shard AS s JOIN pg_dist_placement AS p USING (shardid) JOIN pg_dist_node AS n USING (groupid)
               WHERE s.logicalrelid = 'keys_probe'::regclass ORDER BY 1";
    client.query(sql, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn shards_and_their_nodes_are_those_of_a_cluster() {
    let mut client = cluster();
    for count in COUNTS {
        distribute(&mut client, "bigint", *count);
        let found = placed(&mut client);
        let shards = Shards::new(*count).unwrap();
        let ranges: Vec<(i32, i32)> = shards.ranges().map(|range| (*range.start(), *range.end())).collect();
        assert_eq!(found.iter().map(|(first, last, _)| (*first, *last)).collect::<Vec<_>>(), ranges, "{count}");
        let mut nodes: Vec<&String> = found.iter().map(|(_, _, node)| node).collect();
        nodes.sort();
        nodes.dedup();
        for (shard, (_, _, node)) in (0..).zip(&found) {
            assert_eq!(nodes[shards.node(shard, nodes.len() as u32) as usize], node, "{count} shards, {shard}");
        }
    }
    client.batch_execute("DROP TABLE keys_probe").unwrap();
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn values_go_to_the_shards_of_a_cluster() {
    let mut client = cluster();
    let shards = Shards::new(48).unwrap();
    for (data_type, _, value) in TYPES {
        distribute(&mut client, data_type, 48);
        let hash = KeyHash::new(&Catalog::default(), &DataType::from(*data_type)).unwrap();
        let sql = format!(
            "WITH made AS MATERIALIZED ({}),
                  shard AS (SELECT shardid, row_number() OVER (ORDER BY shardminvalue::int4) - 1 AS at
                            FROM pg_dist_shard WHERE logicalrelid = 'keys_probe'::regclass)
             SELECT v, (SELECT at FROM shard
                        WHERE shardid = get_shard_id_for_distribution_column('keys_probe', v)) FROM made",
            values(data_type, value, VALUES)
        );
        for message in client.simple_query(&sql).unwrap() {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let (text, expected) = (row.get(0).unwrap(), row.get(1).unwrap());
            assert_eq!(shards.of(hash.of(text).unwrap()).to_string(), expected, "{data_type} {text:?}");
        }
    }
    client.batch_execute("DROP TABLE keys_probe").unwrap();
}
