//! How evenly rows will lie on shards and nodes: a plan's classification and what is known of the rows come in, the load of each
//! shard, node and tenant goes out. Knows no statements.

mod hash;
mod shards;

pub use hash::{KeyHash, Unpredictable};
pub use shards::Shards;
