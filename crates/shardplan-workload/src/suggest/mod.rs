//! Which key suits a schema: a graph comes in; candidates with the evidence for each, the best first, go out. Knows no layout.
//!
//! `docs/suggest.md` says how the ranking is made and how well it does.

mod candidates;
mod facts;
mod outcome;
mod reach;
mod schemas;
mod statements;
#[cfg(test)]
mod tests;

pub use candidates::Standing;
pub use outcome::Outcome;
pub use schemas::SchemaPerTenant;
pub use statements::{Read, SingleShard};

use serde::Serialize;
use shardplan::{DistributionKey, Name, SchemaGraph, Table};

use candidates::Candidate;
use facts::Facts;
use reach::{Discounts, Way};
use statements::Workload;

use crate::statement::Statement;

/// How many candidates are told.
const SHOWN: usize = 5;
/// How many are planned with when statements may change the order.
const PLANNED: usize = 12;
/// Below this score no candidate is what most of the schema is about.
const TENANT: f64 = 0.2;
/// With fewer tenants than this, shards would be empty: Citus makes 32 of a table.
const FEWEST_TENANTS: u64 = 32;
/// With fewer rows in all tables than this, a database is one to try things in: it does not tell how many tenants there will be.
const FEWEST_ROWS: u64 = 10_000;

/// Candidates for the distribution key, the best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestions {
    /// How many tables the schema has, partitions apart.
    pub tables: usize,
    /// The candidates.
    pub candidates: Vec<Suggestion>,
    /// Why the schema seems to have no tenant, if so; the candidates are then only the best of what there is.
    pub none: Option<String>,
    /// The schemas that seem to belong to a tenant each.
    pub schemas: Option<SchemaPerTenant>,
    /// What was made of the statements, if there were any.
    pub statements: Option<Read>,
}

/// A candidate with the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// What to plan with.
    pub key: DistributionKey,
    /// What most other tables call the column.
    pub column: Name,
    /// What its tenants are listed in.
    pub standing: Standing,
    /// How much of the schema is near to it, from 0 to 1: the mean of the kinds of evidence that there are.
    pub score: f64,
    /// The share of the tables that are near, by their foreign keys alone.
    pub near_tables: f64,
    /// The share of the bytes that are near, if sizes are known.
    pub near_bytes: Option<f64>,
    /// The share of the statements that one shard answers, if there are statements.
    pub single_shard: Option<SingleShard>,
    /// How many tables are that many foreign keys away; the first number is of those that hold it.
    pub tables_by_hops: Vec<usize>,
    /// Tables on whose way a column may be NULL.
    pub doubtful: usize,
    /// Tables that hold it and have a key or index of several columns that begins with it.
    pub leading: usize,
    /// What a plan by it comes to.
    pub outcome: Option<Outcome>,
    /// Why there can be no plan by it.
    pub refused: Option<String>,
}

impl Suggestions {
    /// Ranks what could be the key of a schema.
    pub fn new(graph: &SchemaGraph) -> Self {
        Self::of(graph, None)
    }

    /// Ranks what could be the key of a schema, where the statements of its application are evidence as well: how many of them a
    /// single shard would answer, as they are, by calls and by time.
    pub fn with_statements(graph: &SchemaGraph, statements: &[Statement]) -> Self {
        Self::of(graph, Some(&Workload::new(graph.catalog(), statements)))
    }

    fn of(graph: &SchemaGraph, workload: Option<&Workload>) -> Self {
        let facts = Facts::new(graph);
        let mut found = ranked(&facts, Discounts::default());
        found.truncate(if workload.is_some() { PLANNED } else { SHOWN });
        for suggestion in &mut found {
            suggestion.plan(graph, workload);
        }
        rank(&mut found);
        drop_far_behind(&mut found);
        found.truncate(SHOWN);
        Self {
            tables: facts.tables.len(),
            none: none(&facts, found.first()),
            candidates: found,
            schemas: schemas::of(graph.catalog()),
            statements: workload.map(|workload| workload.read),
        }
    }

    /// The JSON form, for other programs.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and text always have a JSON form") + "\n"
    }
}

impl Suggestion {
    /// How many tables hold it.
    pub fn holding(&self) -> usize {
        self.tables_by_hops.first().copied().unwrap_or(0)
    }

    /// How many tables hold it or reach it over foreign keys.
    pub fn reaching(&self) -> usize {
        self.tables_by_hops.iter().sum()
    }

    /// Plans by it, and asks the statements.
    fn plan(&mut self, graph: &SchemaGraph, workload: Option<&Workload>) {
        let planned = outcome::of(graph, &self.key);
        self.single_shard = match &planned {
            Ok((_, placements)) => workload.and_then(|workload| workload.single_shard(placements)),
            Err(_) => None,
        };
        match planned {
            Ok((outcome, _)) => self.outcome = Some(outcome),
            Err(why) => self.refused = Some(why),
        }
        self.score = self.mean();
    }

    /// The mean of the kinds of evidence that there are.
    fn mean(&self) -> f64 {
        let single_shard = self.single_shard.map(SingleShard::mean);
        let all: Vec<f64> = [Some(self.near_tables), self.near_bytes, single_shard].into_iter().flatten().collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    fn is_unfit(&self) -> bool {
        let few = |outcome: &Outcome| {
            outcome.rows >= FEWEST_ROWS && outcome.tenants.is_some_and(|tenants| tenants < FEWEST_TENANTS)
        };
        self.refused.is_some() || self.outcome.as_ref().is_some_and(few)
    }
}

/// All candidates without what a plan comes to, the nearest first, then by name.
fn ranked(facts: &Facts<'_>, discounts: Discounts) -> Vec<Suggestion> {
    let mut found: Vec<Suggestion> =
        candidates::of(facts).iter().map(|candidate| suggestion(facts, candidate, discounts)).collect();
    rank(&mut found);
    found
}

/// Leaves out what is no choice beside the best: less than a third of its score.
fn drop_far_behind(suggestions: &mut Vec<Suggestion>) {
    let best = suggestions.iter().map(|suggestion| suggestion.score).fold(0.0, f64::max);
    suggestions.retain(|suggestion| suggestion.score * 3.0 >= best);
}

/// The best score first, then by name; what cannot be planned, or has too few tenants to share out, comes after what can.
fn rank(suggestions: &mut [Suggestion]) {
    suggestions.sort_by(|one, other| {
        let names = |suggestion: &Suggestion| (suggestion.key.table.clone(), suggestion.column.clone());
        let fitness = one.is_unfit().cmp(&other.is_unfit());
        fitness.then(other.score.total_cmp(&one.score)).then_with(|| names(one).cmp(&names(other)))
    });
}

fn suggestion(facts: &Facts<'_>, candidate: &Candidate<'_>, discounts: Discounts) -> Suggestion {
    let ways = reach::ways(facts, candidate.root, &candidate.holders);
    let near_tables = reach::nearness(&ways, &facts.weights, discounts);
    let near_bytes = bytes(&facts.tables).map(|bytes| reach::nearness(&ways, &bytes, discounts));
    let leading = candidate.holders.iter().filter(|(table, column)| facts.leads(**table, column)).count();
    let mut suggestion = Suggestion {
        key: DistributionKey { table: facts.tables[candidate.root].name.clone(), column: candidate.key.clone() },
        column: candidate.word.clone(),
        standing: candidate.standing,
        score: 0.0,
        near_tables,
        near_bytes,
        single_shard: None,
        tables_by_hops: by_hops(&ways),
        doubtful: ways.iter().flatten().filter(|way| way.nullable).count(),
        leading,
        outcome: None,
        refused: None,
    };
    suggestion.score = suggestion.mean();
    suggestion
}

/// The bytes of each table, if any are known.
fn bytes(tables: &[&Table]) -> Option<Vec<f64>> {
    let bytes = |table: &&Table| table.statistics.and_then(|statistics| statistics.bytes).unwrap_or(0) as f64;
    let all: Vec<f64> = tables.iter().map(bytes).collect();
    all.iter().any(|bytes| *bytes > 0.0).then_some(all)
}

fn by_hops(ways: &[Option<Way>]) -> Vec<usize> {
    let mut counts = Vec::new();
    for way in ways.iter().flatten() {
        if counts.len() <= way.hops {
            counts.resize(way.hops + 1, 0);
        }
        counts[way.hops] += 1;
    }
    counts
}

/// Why there is no tenant, if the best candidate is none.
fn none(facts: &Facts<'_>, best: Option<&Suggestion>) -> Option<String> {
    let Some(best) = best else {
        return Some(
            "no foreign key references a table's key, and no column is in several tables and begins a key of one"
                .to_owned(),
        );
    };
    (best.score < TENANT).then(|| {
        let (reaching, all) = (best.reaching(), facts.tables.len());
        format!(
            "the best candidate is in or near too little: {} of {all} tables hold it, {reaching} reach it",
            best.holding()
        )
    })
}
