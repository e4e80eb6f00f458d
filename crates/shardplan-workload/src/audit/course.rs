//! Where tables are while a plan runs: a plan and the schema that it was made for come in; the states that it leads through, and how
//! long each lasts, go out. Knows no statement.

use std::collections::BTreeSet;

use foldhash::HashMap;
use shardplan::{Catalog, Change, Cluster, CopyRate, Estimate, Plan, Standing, TableName};

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
        let mut course = Self::default();
        let mut state = 0;
        // After most steps no table is elsewhere: the state before goes on.
        let mut steps = std::iter::once(false).chain(steps(plan));
        let failing = plan.failing(catalog.clone(), rate, |cluster| {
            if steps.next().unwrap_or(true) && course.note(state + 1, cluster) {
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

    /// Notes where tables are that were elsewhere before, and says whether there are any.
    fn note(&mut self, state: usize, cluster: &Cluster) -> bool {
        let mut moved: Vec<(TableName, Spot)> = Vec::new();
        let mut placed = 0;
        for table in cluster.tables() {
            let standing = cluster.standing(&table.name);
            placed += usize::from(!is_local(standing));
            let before = self.spots.get(&table.name).and_then(|spots| spots.last());
            if !is_the_same(before.map_or(&Spot::Local, |(_, spot)| spot), standing) {
                moved.push((table.name.clone(), Spot::from(standing)));
            }
        }
        for (table, spot) in moved.iter().cloned() {
            self.spots.entry(table).or_default().push((state, spot));
        }
        let is_placed = |spots: &&Vec<(usize, Spot)>| spots.last().is_some_and(|(_, spot)| *spot != Spot::Local);
        let known = self.spots.values().filter(is_placed).count();
        known != placed && self.let_go(state, cluster) || !moved.is_empty()
    }

    /// Notes that tables are no longer there under their names.
    fn let_go(&mut self, state: usize, cluster: &Cluster) -> bool {
        let there: BTreeSet<&TableName> = cluster.tables().map(|table| &table.name).collect();
        let mut changed = false;
        for (table, spots) in &mut self.spots {
            if !there.contains(table) && spots.last().is_some_and(|(_, spot)| *spot != Spot::Local) {
                spots.push((state, Spot::Local));
                changed = true;
            }
        }
        changed
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

/// For each step that changes anything, whether tables may be elsewhere after it.
fn steps(plan: &Plan) -> impl Iterator<Item = bool> {
    let steps = plan.phases.iter().flat_map(|phase| &phase.steps);
    steps.filter(|step| !step.changes.is_empty()).map(|step| step.changes.iter().any(moves))
}

fn moves(change: &Change) -> bool {
    use Change::{CreateReferenceTable, Distribute, Shadow, Undistribute};
    matches!(change, CreateReferenceTable { .. } | Distribute { .. } | Shadow(_) | Undistribute { .. })
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
