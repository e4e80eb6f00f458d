//! Shows a [`Plan`] to people: a page that needs no network, a picture of the foreign keys, and the same as text for Mermaid.
//!
//! ```
//! use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};
//!
//! let parsed = Catalog::from_ddl(
//!     "CREATE TABLE stores (store_id bigint PRIMARY KEY);
//!      CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);",
//! );
//! let graph = SchemaGraph::new(parsed.catalog)?;
//! let rules = Rules::new("stores.store_id".parse()?);
//! let plan = Plan::new(&Classification::new(&graph, &rules)?);
//! let files: Vec<String> = shardplan_report::render(&plan).into_iter().map(|file| file.path).collect();
//! assert_eq!(files, ["report.html", "graph.svg", "graph.mmd"]);
//! # Ok::<(), shardplan::Error>(())
//! ```

mod difficulty;
mod graph;
mod layout;
mod mermaid;
mod page;
mod picture;
mod rule;
mod section;
pub mod words;

use shardplan::{FindingRule, Plan};
use shardplan_sql::Script;

use graph::Graph;

pub use section::{Part, Section};

/// The page (`report.html`), the picture (`graph.svg`) and its text (`graph.mmd`). Also of a plan that is blocked; the same plan gives
/// the same bytes.
#[must_use]
pub fn render(plan: &Plan) -> Vec<Script> {
    render_with(plan, &[])
}

/// The same, with what an analysis beside the plan has found: the sections come before the tables, and are in the page's contents.
#[must_use]
pub fn render_with(plan: &Plan, sections: &[Section]) -> Vec<Script> {
    let graph = Graph::new(plan);
    let files = [
        ("report.html", page::of(plan, &graph, sections)),
        ("graph.svg", picture::file(&graph)),
        ("graph.mmd", mermaid::of(&graph)),
    ];
    files.into_iter().map(|(path, text)| Script { path: path.to_owned(), text }).collect()
}

/// How hard the move is, and why, in one line.
#[must_use]
pub fn in_short(plan: &Plan) -> String {
    difficulty::line(plan)
}

/// What a rule is about, as Markdown: what it says, why, for which targets it holds, what to do, and where it can be seen.
#[must_use]
pub fn rule_page(rule: &FindingRule) -> String {
    rule::page(rule)
}
