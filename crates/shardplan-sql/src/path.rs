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
        let _ = write!(text, " {join} {} AS {to} ON ", hop.to.qualified());
        on(&mut text, hop, &alias(prefix, at), &to);
    }
    text
}

/// `orders AS p1, customers AS p2`
pub(crate) fn tables(path: &Path) -> String {
    let mut text = String::new();
    for (at, hop) in path.hops.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{} AS p{}", hop.to.qualified(), at + 1);
    }
    text
}

/// `t.order_id = p1.order_id AND p1.customer_id = p2.customer_id`, with another word for the table itself.
pub(crate) fn conditions(path: &Path, start: &str) -> String {
    let mut text = String::new();
    for (at, hop) in path.hops.iter().enumerate() {
        let from = if at == 0 { start.to_owned() } else { alias("p", at) };
        text.push_str(if at == 0 { "" } else { " AND " });
        on(&mut text, hop, &from, &alias("p", at + 1));
    }
    text
}

fn on(text: &mut String, hop: &Hop, from: &str, to: &str) {
    for (at, pair) in hop.columns.iter().enumerate() {
        let and = if at == 0 { "" } else { " AND " };
        let _ = write!(text, "{and}{from}.{} = {to}.{}", pair.from, pair.to);
    }
}
