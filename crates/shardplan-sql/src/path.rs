//! A path comes in, the joins along it go out. The table itself is `t`, the tables behind its hops are `p1`, `p2`, …

use std::fmt::Write;

use shardplan::{Hop, Path};

/// The alias of the table after `hops` hops.
pub(crate) fn alias(prefix: &str, hops: usize) -> String {
    if hops == 0 { "t".to_owned() } else { format!("{prefix}{hops}") }
}

/// The alias of the table at the end of the path.
pub(crate) fn end(path: &Path, prefix: &str) -> String {
    alias(prefix, path.hops.len())
}

/// ` JOIN orders AS p1 ON t.order_id = p1.order_id JOIN …`
pub(crate) fn joins(hops: &[Hop], join: &str, prefix: &str) -> String {
    let mut text = String::new();
    for (at, hop) in hops.iter().enumerate() {
        let to = alias(prefix, at + 1);
        let _ = write!(text, " {join} {} AS {to} ON {}", hop.to.qualified(), on(hop, &alias(prefix, at), &to));
    }
    text
}

/// `orders AS p1, customers AS p2`
pub(crate) fn tables(path: &Path) -> String {
    let tables = path.hops.iter().enumerate().map(|(at, hop)| format!("{} AS p{}", hop.to.qualified(), at + 1));
    tables.collect::<Vec<_>>().join(", ")
}

/// `t.order_id = p1.order_id AND p1.customer_id = p2.customer_id`, with another word for the table itself.
pub(crate) fn conditions(path: &Path, start: &str) -> String {
    let hops = path.hops.iter().enumerate().map(|(at, hop)| {
        let from = if at == 0 { start.to_owned() } else { alias("p", at) };
        on(hop, &from, &alias("p", at + 1))
    });
    hops.collect::<Vec<_>>().join(" AND ")
}

fn on(hop: &Hop, from: &str, to: &str) -> String {
    let pairs = hop.columns.iter().map(|pair| format!("{from}.{} = {to}.{}", pair.from, pair.to));
    pairs.collect::<Vec<_>>().join(" AND ")
}
