//! What a plan by a candidate comes to: a graph and a key come in, the numbers of its tables, keys and tenants go out.

use serde::Serialize;
use shardplan::{Classification, DistributionKey, KeyFate, Loss, Placement, Plan, Rules, SchemaGraph, Severity};

use crate::placement::Placements;
use crate::skew::{Shards, Skew, Spread};

/// What a plan by a candidate comes to. Partitions count for their partitioned table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Tables that hold the key and are distributed.
    pub ready: usize,
    /// Tables that are distributed once they have got the key over foreign keys.
    pub backfilled: usize,
    /// Tables that become reference tables.
    pub reference: usize,
    /// Tables that stay local.
    pub local: usize,
    /// Keys and unique indexes that are unique for each tenant only afterwards, though nothing else keeps their values apart.
    pub uniqueness_lost: usize,
    /// Findings that stop the plan until somebody decides.
    pub blockers: usize,
    /// How many tenants there are, if statistics tell.
    pub tenants: Option<u64>,
    /// How many rows all tables have, as far as that is known.
    #[serde(skip)]
    pub(super) rows: u64,
    /// The share of the largest tenant, if statistics name one.
    pub largest_tenant: Option<f64>,
    /// The fullest of 32 shards in averages of all, if statistics tell.
    pub hottest_shard: Option<f64>,
}

/// What a plan by the key comes to and where it puts the tables, or why there can be none.
pub(super) fn of(graph: &SchemaGraph, key: &DistributionKey) -> Result<(Outcome, Placements), String> {
    let rules = Rules::new(key.clone());
    let classification = Classification::new(graph, &rules).map_err(|error| error.to_string())?;
    let plan = Plan::new(&classification);
    let count = |of: fn(&Placement) -> bool| {
        let whole = classification.tables().iter().filter(|one| one.table.partition_of.is_none());
        whole.filter(|one| of(&one.placement)).count()
    };
    let lost = |fate: &KeyFate| matches!(fate, KeyFate::Widened { loses: Loss::AcrossKeys, .. } | KeyFate::Impossible);
    let shards = Shards::new(32).expect("32 is a number of shards");
    let skew = Skew::new(&classification, &Spread::estimated(&classification), shards, 2);
    let outcome = Outcome {
        ready: count(|placement| matches!(placement, Placement::Distributed { backfill: None, .. })),
        backfilled: count(|placement| matches!(placement, Placement::Distributed { backfill: Some(_), .. })),
        reference: count(|placement| matches!(placement, Placement::Reference)),
        local: count(|placement| matches!(placement, Placement::Local)),
        uniqueness_lost: plan.keys.iter().filter(|key| lost(&key.fate)).count(),
        blockers: plan.findings.iter().filter(|finding| finding.severity == Severity::Blocker).count(),
        tenants: skew.tenants,
        rows: rows(graph),
        largest_tenant: skew.largest.first().map(|tenant| tenant.share),
        hottest_shard: skew.hottest_shard,
    };
    Ok((outcome, Placements::of_plan(&plan, graph.catalog())))
}

fn rows(graph: &SchemaGraph) -> u64 {
    let rows = graph.tables().iter().filter_map(|table| table.statistics?.rows);
    rows.fold(0, u64::saturating_add)
}
