//! Where tables are while a plan runs: a plan and the schema that it was made for come in; the states that it leads through, and how
//! long each lasts, go out. Knows no statement.

use std::collections::BTreeSet;

use foldhash::HashMap;
use shardplan::{Catalog, Change, Cluster, CopyRate, Estimate, Plan, Shadow, ShadowChange, Standing, TableName};

use crate::placement::{Placements, Spot};

/// The states that differ in where a table is, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// For each table that is ever anywhere else than on the coordinator alone: from which state on it is where.
    spots: HashMap<TableName, Vec<(usize, Spot)>>,
    /// For how many seconds each state lasts, and whether it may be more.
    times: Vec<(f64, bool)>,
}

impl Course {
    pub(super) fn new(plan: &Plan, catalog: &Catalog, rate: CopyRate) -> Self {
        let parts = partitions(catalog);
        let mut course = Self::default();
        let mut state = 0;
        let steps = plan.phases.iter().flat_map(|phase| &phase.steps).filter(|step| !step.changes.is_empty());
        // The first look is at what is there before any step.
        let mut changes = std::iter::once(&[][..]).chain(steps.map(|step| &step.changes[..]));
        let failing = plan.failing(catalog.clone(), rate, |cluster| {
            // After most steps no table is elsewhere: the state before goes on.
            let placed = changes.next().unwrap_or_default().iter().flat_map(placed);
            if course.note(state + 1, with_partitions(placed, &parts), cluster) {
                state += 1;
            }
            BTreeSet::from([state])
        });
        course.times = vec![(0.0, false); state + 1];
        for one in failing.into_iter().filter(|one| one.until.is_some()) {
            let (seconds, at_least) = seconds(one.time);
            let time = &mut course.times[one.what];
            *time = (time.0 + seconds, time.1 | at_least);
        }
        course
    }

    /// Notes where those of these tables are that were elsewhere before, and says whether there are any. Only the tables of the
    /// step are looked at: a plan has about as many steps as tables.
    fn note<'t>(&mut self, state: usize, tables: impl Iterator<Item = &'t TableName>, cluster: &Cluster) -> bool {
        let mut moved = false;
        for table in tables {
            let standing = cluster.standing(table);
            let before = self.spots.get(table).and_then(|spots| spots.last());
            if !is_the_same(before.map_or(&Spot::Local, |(_, spot)| spot), standing) {
                self.spots.entry(table.clone()).or_default().push((state, Spot::from(standing)));
                moved = true;
            }
        }
        moved
    }

    /// The ranges of states in which these tables stay where they are, but for the last one, which does not end.
    pub(super) fn parts(&self, tables: &BTreeSet<&TableName>) -> Vec<(usize, usize)> {
        let moves = tables.iter().filter_map(|table| self.spots.get(*table)).flatten().map(|(state, _)| *state);
        let mut starts: Vec<usize> = std::iter::once(0).chain(moves).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// Where these tables are in a state.
    pub(super) fn placements(&self, tables: &BTreeSet<&TableName>, state: usize) -> Placements {
        let spot = |table: &TableName| {
            let spots = self.spots.get(table)?;
            let next = spots.partition_point(|(from, _)| *from <= state);
            Some((table.clone(), spots[next.checked_sub(1)?].1.clone()))
        };
        Placements(tables.iter().filter_map(|table| spot(table)).collect())
    }

    /// Where these tables are when the plan has ended.
    pub(super) fn end(&self, tables: &BTreeSet<&TableName>) -> Placements {
        self.placements(tables, usize::MAX)
    }

    /// For how long the states from one to before another last.
    pub(super) fn time(&self, from: usize, to: usize) -> (f64, bool) {
        let times = self.times.get(from..to).unwrap_or_default();
        (times.iter().map(|(seconds, _)| seconds).sum(), times.iter().any(|(_, at_least)| *at_least))
    }
}

/// The tables that a change may put elsewhere: those that it makes local tables of the cluster stay on the coordinator.
fn placed(change: &Change) -> Vec<&TableName> {
    match change {
        Change::CreateReferenceTable { table } | Change::Distribute { table, .. } | Change::Undistribute { table } => {
            vec![table]
        }
        Change::Shadow(ShadowChange::Exchange { shadows, .. }) => {
            shadows.iter().flat_map(Shadow::family).flatten().collect()
        }
        Change::Shadow(ShadowChange::Drop { shadow }) => vec![shadow],
        Change::Shadow(ShadowChange::DropRetired { tables, .. }) => tables.iter().collect(),
        _ => Vec::new(),
    }
}

/// By table, its partitions.
fn partitions(catalog: &Catalog) -> HashMap<&TableName, Vec<&TableName>> {
    let mut found: HashMap<&TableName, Vec<&TableName>> = HashMap::default();
    for table in &catalog.tables {
        if let Some(part) = &table.partition_of {
            found.entry(&part.parent).or_default().push(&table.name);
        }
    }
    found
}

/// Tables, and the partitions that go where they go; what has partitions of partitions is not placed.
fn with_partitions<'t>(
    tables: impl Iterator<Item = &'t TableName>,
    parts: &HashMap<&'t TableName, Vec<&'t TableName>>,
) -> impl Iterator<Item = &'t TableName> {
    tables.flat_map(|table| std::iter::once(table).chain(parts.get(table).into_iter().flatten().copied()))
}

fn is_local(standing: &Standing) -> bool {
    matches!(standing, Standing::Plain | Standing::CitusLocal)
}

fn is_the_same(spot: &Spot, standing: &Standing) -> bool {
    match (spot, standing) {
        (Spot::Distributed(one), Standing::Distributed { column, .. }) => one == column,
        (Spot::Reference, Standing::Reference) => true,
        (Spot::Local, standing) => is_local(standing),
        _ => false,
    }
}

fn seconds(time: Estimate<std::time::Duration>) -> (f64, bool) {
    match time {
        Estimate::About(time) => (time.as_secs_f64(), false),
        Estimate::AtLeast(time) => (time.as_secs_f64(), true),
    }
}

#[cfg(test)]
mod tests {
    use shardplan::{Classification, Rules, SchemaGraph, Strategy};

    use super::*;

    const SCHEMA: &str = "
        CREATE TABLE countries (code text PRIMARY KEY);
        CREATE TABLE stores (store_id bigint PRIMARY KEY, country text REFERENCES countries);
        CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
        CREATE TABLE lines (line_id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
        CREATE TABLE visits (store_id bigint NOT NULL REFERENCES stores, day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE alone (id int PRIMARY KEY);";

    #[test]
    fn it_tells_where_every_table_is_after_every_step() {
        let catalog = Catalog::from_ddl(SCHEMA).catalog;
        let tables: BTreeSet<&TableName> = catalog.tables.iter().map(|table| &table.name).collect();
        for strategy in Strategy::ALL {
            let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
            let graph = SchemaGraph::new(catalog.clone()).unwrap();
            let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
            let mut seen: Vec<Vec<Spot>> = Vec::new();
            plan.failing(catalog.clone(), rules.copy_rate, |cluster| {
                let now = tables.iter().map(|table| Spot::from(cluster.standing(table))).collect();
                if seen.last() != Some(&now) {
                    seen.push(now);
                }
                BTreeSet::<()>::new()
            });
            let course = Course::new(&plan, &catalog, rules.copy_rate);
            let mut told: Vec<Vec<Spot>> = Vec::new();
            for state in 0..course.times.len() {
                let placements = course.placements(&tables, state);
                let now = tables.iter().map(|table| placements.spot(table).clone()).collect();
                if told.last() != Some(&now) {
                    told.push(now);
                }
            }
            assert_eq!(told, seen, "{strategy}");
            assert!(seen.len() > 1, "{strategy}");
        }
    }
}
