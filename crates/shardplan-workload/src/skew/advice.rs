//! The load of a group comes in; how many shards suit it, with the reason, goes out. Knows no tables.

use serde::Serialize;

use super::load::{Load, Tenants};

/// Bytes from which on more shards are worth their cost, and how many then: the ranges that Citus's documentation gives for
/// applications with many tenants (its chapter on the number of shards).
const BY_SIZE: [(f64, u32, &str); 3] =
    [(0.0, 32, "less than 100 GB"), (100e9, 64, "more than 100 GB"), (1000e9, 128, "more than 1 TB")];

/// How many shards to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The number for `create_distributed_table(…, shard_count => …)`.
    pub shard_count: u32,
    /// Why.
    pub reason: String,
}

/// How many shards for these tenants on that many nodes.
pub(super) fn of(tenants: &Tenants, count: Option<u64>, nodes: u32) -> Advice {
    let total = tenants.total();
    let (_, by_size, size) = BY_SIZE.iter().rfind(|(from, ..)| total.bytes >= *from).unwrap_or(&BY_SIZE[0]);
    let mut reason = format!("the distributed tables take {size}");
    if total.bytes == 0.0 {
        "the size of the tables is not known".clone_into(&mut reason);
    }
    let mut shards = *by_size;
    if let Some(count) = count.filter(|count| (1..u64::from(shards)).contains(count)) {
        shards = power_of_two_up_to(count).max(nodes);
        let tenants = if count == 1 { "is only 1 tenant".to_owned() } else { format!("are only {count} tenants") };
        reason = format!("there {tenants}, and a shard without a tenant is of no use");
    }
    if !shards.is_multiple_of(nodes) {
        shards = shards.next_multiple_of(nodes);
        reason.push_str(&format!("; so that each of the {nodes} nodes gets as many"));
    }
    if let Some(share) = dominating(tenants, total, shards) {
        reason.push_str(&format!("; more would not help: the largest tenant alone has {:.0} % of all", share * 100.0));
    }
    Advice { shard_count: shards, reason }
}

fn power_of_two_up_to(count: u64) -> u32 {
    1 << count.ilog2().min(31)
}

/// The share of the largest tenant, if it has more than an average shard.
fn dominating(tenants: &Tenants, total: Load, shards: u32) -> Option<f64> {
    let (_, largest) = tenants.named.first()?;
    let share = largest.weight() / total.weight();
    (share * f64::from(shards) > 1.0).then_some(share)
}
