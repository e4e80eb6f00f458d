//! What an application meets while a plan runs: a plan, the schema that it was made for and a check of the application's
//! statements come in; which of them fail in which states, and for how long, goes out. Knows no statement.
//!
//! Between two steps, the cluster is in a state that neither the old schema nor the new one has: some tables are distributed and
//! others are not. A step that runs in one transaction has no state in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Plan;
use super::cost::{Estimate, Timeline};
use super::simulate::{At, Cluster};
use super::step::{PhaseKind, Step, Transaction};
use crate::catalog::Catalog;
use crate::classify::CopyRate;

/// Something of the application that fails for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing<S> {
    /// What the check has named.
    pub what: S,
    /// The step after which it fails; `None` if it does before the first.
    pub from: Option<At>,
    /// The step after which it no longer fails; `None` if it does at the end of the plan, and for good.
    pub until: Option<At>,
    /// For how long, without the time that passes between two scripts. The preparation counts as no time: it has no limit. What
    /// nothing ends is [`Estimate::AtLeast`].
    pub time: Estimate<Duration>,
}

impl Plan {
    /// Tries the application against every state that the plan leads through, the first and the last among them: `check` gets
    /// the cluster in that state, and says what fails there, in whatever terms it likes (a statement and the reason, say).
    /// What fails in several states in a row is one entry; they come in the order of what fails, then of time.
    ///
    /// The catalog is the one that the plan was made for. A plan that the simulated cluster refuses ends at the refusal, like
    /// its scripts.
    ///
    /// ```
    /// # use std::collections::BTreeSet;
    /// # use shardplan::{Catalog, Classification, CopyRate, Plan, Rules, SchemaGraph, Standing, Strategy};
    /// # let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
    /// #     CREATE TABLE orders (store_id bigint REFERENCES stores, order_id bigint, PRIMARY KEY (store_id, order_id));";
    /// # let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog)?;
    /// # let rules = Rules { strategy: Some(Strategy::Combined), ..Rules::new("stores.store_id".parse()?) };
    /// # let plan = Plan::new(&Classification::new(&graph, &rules)?);
    /// let (stores, orders) = ("stores".parse()?, "orders".parse()?);
    /// // A query that joins the two is refused while only one of them is distributed.
    /// let failing = plan.failing(graph.catalog().clone(), CopyRate::default(), |cluster| {
    ///     let is_plain = [&stores, &orders].map(|table| *cluster.standing(table) == Standing::Plain);
    ///     if is_plain[0] == is_plain[1] { BTreeSet::new() } else { BTreeSet::from(["the join of stores and orders"]) }
    /// });
    /// assert_eq!(failing.len(), 1);
    /// # Ok::<(), shardplan::Error>(())
    /// ```
    pub fn failing<S: Ord + Clone>(
        &self,
        catalog: Catalog,
        rate: CopyRate,
        mut check: impl FnMut(&Cluster) -> BTreeSet<S>,
    ) -> Vec<Failing<S>> {
        let timeline = Timeline::new(self, &catalog, rate);
        let mut cluster = Cluster::new(catalog);
        let mut record = Record::default();
        record.note(None, check(&cluster));
        self.lead(&mut cluster, |at, cluster| record.note(Some(at), check(cluster)));
        record.into_list(&timeline)
    }

    /// The schema that this one is once all phases have run.
    #[must_use]
    pub fn carried_out(&self, catalog: Catalog) -> Catalog {
        let mut cluster = Cluster::new(catalog);
        self.lead(&mut cluster, |_, _| ());
        cluster.into_catalog()
    }

    /// Carries the steps out up to the first that is refused, and shows the state after each that changes something.
    fn lead(&self, cluster: &mut Cluster, mut show: impl FnMut(At, &Cluster)) {
        for phase in &self.phases {
            cluster.convert_local_tables(phase.kind > PhaseKind::Distribute);
            for (number, step) in phase.steps.iter().enumerate().filter(|(_, step)| !step.changes.is_empty()) {
                if !carried_out(cluster, step) {
                    return;
                }
                show((phase.kind, number), cluster);
            }
        }
    }
}

fn carried_out(cluster: &mut Cluster, step: &Step) -> bool {
    let in_transaction = step.transaction == Transaction::Required;
    step.changes.iter().all(|change| cluster.apply(change, in_transaction).is_ok())
}

/// What fails now, since when, and what has failed before.
struct Record<S> {
    open: BTreeMap<S, Option<At>>,
    closed: Vec<(S, Option<At>, At)>,
}

impl<S> Default for Record<S> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), closed: Vec::new() }
    }
}

impl<S: Ord + Clone> Record<S> {
    /// After this step, these fail.
    fn note(&mut self, at: Option<At>, failing: BTreeSet<S>) {
        let over = self.open.extract_if(.., |what, _| !failing.contains(what));
        self.closed.extend(over.filter_map(|(what, from)| Some((what, from, at?))));
        for what in failing {
            self.open.entry(what).or_insert(at);
        }
    }

    fn into_list(self, timeline: &Timeline) -> Vec<Failing<S>> {
        let closed = self.closed.into_iter().map(|(what, from, until)| (what, from, Some(until)));
        let mut all: Vec<_> = closed.chain(self.open.into_iter().map(|(what, from)| (what, from, None))).collect();
        all.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let failing = |(what, from, until)| Failing { what, from, until, time: timeline.between(from, until) };
        all.into_iter().map(failing).collect()
    }
}

#[cfg(test)]
mod tests;
