//! How evenly rows will lie on shards and nodes: a plan's classification and what is known of the rows come in, the load of each
//! shard, node and tenant goes out. Knows no statements.

mod advice;
mod hash;
mod load;
mod notes;
mod picture;
mod scan;
mod shards;
mod spread;
#[cfg(test)]
mod tests;

pub use advice::Advice;
pub use hash::{KeyHash, Unpredictable};
pub use load::Load;
pub use scan::{ScanOptions, scan};
pub use shards::Shards;
pub use spread::{Evidence, Spread};

use serde::Serialize;
use shardplan::{Classification, Column, DataType, DistributionKey, TableName};

use load::Tenants;

/// How many of the largest tenants are told.
const SHOWN: usize = 20;

/// How evenly the tables of a colocation group lie on their shards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skew {
    /// The distribution key.
    pub key: DistributionKey,
    /// The type of its column.
    pub data_type: DataType,
    /// The distributed tables, by name.
    pub tables: Vec<TableLoad>,
    /// How many tenants there are, as far as that is known.
    pub tenants: Option<u64>,
    /// Those with the most bytes (or rows), the largest first.
    pub largest: Vec<Tenant>,
    /// The shards, in the order of their hashes; none when the type's hash is not known.
    pub shards: Vec<ShardLoad>,
    /// The nodes, in the order of their names.
    pub nodes: Vec<NodeLoad>,
    /// The fullest shard in averages of all: 1.0 when all are alike.
    pub hottest_shard: Option<f64>,
    /// The fullest node in averages of all.
    pub hottest_node: Option<f64>,
    /// How many shards to make.
    pub advice: Advice,
    /// The tenants that have more than an average shard, and the SQL that gives each a shard of its own.
    pub isolate: Vec<Isolation>,
    /// What is assumed, and what is not known.
    pub notes: Vec<String>,
}

/// A distributed table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableLoad {
    /// The table.
    pub table: TableName,
    /// Its rows and bytes.
    #[serde(flatten)]
    pub load: Load,
    /// Rows that have no tenant.
    pub keyless: f64,
    /// Where its spread is known from.
    pub evidence: Evidence,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tenant {
    /// The value of the key.
    pub value: String,
    /// Its rows and bytes in all tables.
    #[serde(flatten)]
    pub load: Load,
    /// Its share of all, from 0 to 1.
    pub share: f64,
    /// The shard that it will be on, from 0.
    pub shard: Option<u32>,
}

/// A shard of each table of the group: they lie together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShardLoad {
    /// Its place in the order of hashes, from 0.
    pub shard: u32,
    /// Its first hash.
    pub first: i32,
    /// Its last hash.
    pub last: i32,
    /// Its node, from 0.
    pub node: u32,
    /// Rows and bytes.
    #[serde(flatten)]
    pub load: Load,
    /// How many tenants on it are known by name.
    pub named: usize,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeLoad {
    /// Its place in the order of names and ports, from 0.
    pub node: u32,
    /// How many shards it has of each table.
    pub shards: u32,
    /// Rows and bytes.
    #[serde(flatten)]
    pub load: Load,
}

/// A tenant that should have a shard of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Isolation {
    /// The value of the key.
    pub value: String,
    /// Its share of all, from 0 to 1.
    pub share: f64,
    /// What gives it a shard of its own, once the tables are distributed.
    pub sql: String,
}

impl Skew {
    /// The load of that many shards on that many nodes. The spreads come from [`Spread::estimated`] or [`scan`].
    pub fn new(classification: &Classification<'_>, spreads: &[Spread], shards: Shards, nodes: u32) -> Self {
        let nodes = nodes.max(1);
        let tenants = Tenants::new(spreads);
        let column = key_column(classification);
        let data_type = column.data_type.clone();
        let hash = KeyHash::new(classification.graph().catalog(), &data_type);
        let count = Some((tenants.named.len() as f64 + tenants.others) as u64).filter(|count| *count > 0);
        let shard_loads = hash.as_ref().map_or_else(|_| Vec::new(), |hash| shard_loads(&tenants, *hash, shards, nodes));
        let node_loads = node_loads(&shard_loads, nodes);
        let largest = largest(&tenants, hash.as_ref().ok().copied(), shards);
        Self {
            key: classification.rules().key.clone(),
            tables: spreads.iter().map(table_load).collect(),
            tenants: count,
            hottest_shard: hottest(shard_loads.iter().map(|shard| shard.load)),
            hottest_node: hottest(node_loads.iter().map(|node| node.load)),
            advice: advice::of(&tenants, count, nodes),
            isolate: isolations(classification, &largest, shards, &data_type),
            notes: notes::of(spreads, &tenants, hash.as_ref().err(), shards, column.collation.as_deref()),
            data_type,
            largest,
            shards: shard_loads,
            nodes: node_loads,
        }
    }

    /// The JSON form, for other programs.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and text always have a JSON form") + "\n"
    }

    /// A bar for each shard, as an SVG document that can also stand in a page.
    pub fn to_svg(&self) -> String {
        picture::of(self)
    }
}

/// The root's column.
fn key_column<'g>(classification: &Classification<'g>) -> &'g Column {
    let column = classification.root().column(&classification.rules().key.column);
    column.expect("a classification has found the column of its key")
}

fn table_load(spread: &Spread) -> TableLoad {
    let known = spread.named.iter().map(|(_, rows)| rows).sum();
    let load = Load { rows: spread.rows, bytes: spread.bytes.unwrap_or(0.0), known_rows: known };
    TableLoad { table: spread.table.clone(), load, keyless: spread.keyless, evidence: spread.evidence.clone() }
}

fn shard_loads(tenants: &Tenants, hash: KeyHash, shards: Shards, nodes: u32) -> Vec<ShardLoad> {
    let placed = tenants.placed(hash, shards);
    let all = (0..).zip(shards.ranges()).zip(placed);
    all.map(|((shard, range), (load, named))| ShardLoad {
        shard,
        first: *range.start(),
        last: *range.end(),
        node: shards.node(shard, nodes),
        load,
        named,
    })
    .collect()
}

fn node_loads(shards: &[ShardLoad], nodes: u32) -> Vec<NodeLoad> {
    if shards.is_empty() {
        return Vec::new();
    }
    let mut loads: Vec<NodeLoad> = (0..nodes).map(|node| NodeLoad { node, shards: 0, load: Load::default() }).collect();
    for shard in shards {
        let node = &mut loads[shard.node as usize];
        node.shards += 1;
        node.load.merge(shard.load);
    }
    loads
}

fn largest(tenants: &Tenants, hash: Option<KeyHash>, shards: Shards) -> Vec<Tenant> {
    let total = tenants.total().weight();
    let shard = |value: &str| hash.and_then(|hash| hash.of(value).ok()).map(|hash| shards.of(hash));
    let tenant = |(value, load): &(String, Load)| Tenant {
        value: value.clone(),
        load: *load,
        share: if total > 0.0 { load.weight() / total } else { 0.0 },
        shard: shard(value),
    };
    tenants.named.iter().take(SHOWN).map(tenant).collect()
}

/// The fullest of all in averages.
fn hottest(loads: impl Iterator<Item = Load> + Clone) -> Option<f64> {
    let sum: f64 = loads.clone().map(|load| load.weight()).sum();
    let most = loads.clone().map(|load| load.weight()).fold(0.0, f64::max);
    (sum > 0.0).then(|| most * loads.count() as f64 / sum)
}

fn isolations(
    classification: &Classification<'_>,
    largest: &[Tenant],
    shards: Shards,
    data_type: &DataType,
) -> Vec<Isolation> {
    let alone = |tenant: &&Tenant| tenant.share * f64::from(shards.count()) > 1.0 && shards.count() > 1;
    let root = &classification.root().name;
    let isolation = |tenant: &Tenant| Isolation {
        value: tenant.value.clone(),
        share: tenant.share,
        sql: shardplan_sql::isolate_tenant(root, data_type, &tenant.value),
    };
    largest.iter().filter(alone).map(isolation).collect()
}
