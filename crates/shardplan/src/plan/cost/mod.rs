//! What a plan costs: a plan, the catalog that it was made for and a copy rate come in; for how long writes wait and foreign keys
//! are unenforced, the bytes that are copied and the disk that it takes meanwhile go out. Knows no limit and no other plan.
//!
//! It goes through the steps with a clock. A write waits as long as a lock that blocks writers is held on its table, or one that
//! blocks the check of a foreign key on the table that it references; a transaction holds its locks to its end. A foreign key is
//! unenforced from the end of the step that begins a gap of the [`Simulation`] to the end of the one that closes it. Not counted,
//! because no plan knows them: what a statement itself waits for its lock (the scripts bound that), what the load on the server
//! adds, and the time that passes between two scripts.

mod estimate;
mod ledger;
mod pace;
mod size;

pub use estimate::Estimate;
pub(super) use pace::Pace;
pub(super) use size::Sizes;

use std::time::Duration;

use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use self::ledger::Ledger;
use self::pace::{InPlace, Takes};
use super::change::Change;
use super::lock::{LockMode, locks_of};
use super::simulate::{At, Gap, Simulation};
use super::step::{Step, Transaction};
use super::{ForeignKeyVerdict, Plan};
use crate::catalog::Catalog;
use crate::classify::CopyRate;
use crate::name::{Name, TableName};

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The figures by which plans are compared.
    pub figures: Figures,
    /// For how long writes wait, by table; tables whose writes never wait are left out.
    pub write_waits: Vec<WriteWait>,
    /// For how long foreign keys are not enforced, by table and name; those that always are are left out.
    pub unenforced: Vec<UnenforcedTime>,
}

/// A plan in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The longest time that one write may have to wait, the preparation included.
    pub longest_write_wait: Estimate<Duration>,
    /// The longest time for which one foreign key is not enforced.
    pub longest_unenforced: Estimate<Duration>,
    /// That time of all foreign keys together.
    pub unenforced: Estimate<Duration>,
    /// From the first step of the distribution to the last.
    pub total: Estimate<Duration>,
    /// What is copied, with indexes; a reference table counts once, however many nodes get it.
    pub bytes_copied: Estimate<u64>,
    /// What is stored twice at the worst moment, on all nodes together; a reference table counts as one copy.
    pub extra_disk: Estimate<u64>,
}

/// For how long the writes of a table wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WriteWait {
    /// The table.
    pub table: TableName,
    /// The longest time that one write may have to wait.
    pub longest: Estimate<Duration>,
    /// All of them together.
    pub total: Estimate<Duration>,
}

/// For how long a foreign key is not enforced, altogether or on the referenced side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnenforcedTime {
    /// The referencing table.
    pub table: TableName,
    /// The foreign key.
    pub foreign_key: Name,
    /// For how long.
    pub time: Estimate<Duration>,
}

impl Cost {
    /// Works out what a plan costs. What depends on a table of unknown size is [`Estimate::AtLeast`], and so is the time
    /// without enforcement in a plan that the simulated cluster refuses.
    #[must_use]
    pub fn new(plan: &Plan, catalog: &Catalog, rate: CopyRate) -> Self {
        let simulation = Simulation::new(plan, catalog.clone());
        let mut cost = Course::new(plan, catalog, rate).into_cost(&simulation.gaps);
        if simulation.refusal.is_some() {
            let figures = &mut cost.figures;
            figures.unenforced = figures.unenforced + Estimate::unknown();
            figures.longest_unenforced = figures.longest_unenforced + Estimate::unknown();
        }
        cost
    }
}

/// A moment: the time of all steps before whose sizes are known, and how many there were of the others.
#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    known: Duration,
    unknown: usize,
}

impl Moment {
    fn after(self, step: Estimate<Duration>) -> Self {
        let unknown = self.unknown + usize::from(!step.is_known());
        Self { known: self.known.saturating_add(step.known()), unknown }
    }

    fn since(self, earlier: Self) -> Estimate<Duration> {
        let time = self.known.saturating_sub(earlier.known);
        if self.unknown == earlier.unknown { Estimate::About(time) } else { Estimate::AtLeast(time) }
    }
}

/// When each step of the distribution ends; the preparation before it takes no time here.
#[derive(Default)]
pub(super) struct Timeline {
    ends: HashMap<At, Moment>,
    now: Moment,
}

impl Timeline {
    /// The times of a plan on the catalog that it was made for.
    pub(super) fn new(plan: &Plan, catalog: &Catalog, rate: CopyRate) -> Self {
        Course::new(plan, catalog, rate).timeline
    }

    fn pass(&mut self, at: At, time: Estimate<Duration>) {
        self.now = self.now.after(time);
        self.ends.insert(at, self.now);
    }

    /// From the end of a step, or from the beginning, to the end of another; what nothing ends lasts longer than the plan.
    pub(super) fn between(&self, from: Option<At>, until: Option<At>) -> Estimate<Duration> {
        let end = |at: Option<At>| at.and_then(|at| self.ends.get(&at).copied()).unwrap_or_default();
        match until {
            Some(_) => end(until).since(end(from)),
            None => Estimate::AtLeast(self.now.since(end(from)).known()),
        }
    }
}

/// The time that passes while the steps of a plan run, and who waits meanwhile: all that a plan costs but its gaps.
#[derive(Default)]
pub(super) struct Course<'p> {
    timeline: Timeline,
    waits: HashMap<&'p TableName, (Estimate<Duration>, Estimate<Duration>)>,
    ledger: Ledger,
}

/// A course while it runs. What is needed for one step only is kept, so that the next finds room.
struct Clock<'p, 's> {
    pace: Pace<'s, 's>,
    in_place: InPlace<'p>,
    course: Course<'p>,
    /// The tables whose writes wait for the step's changes, one change after the other.
    waiting: Vec<&'p TableName>,
    /// Of each change how long it takes, and where its tables end.
    seen: Vec<(Takes, usize)>,
    /// For how long which of them waits.
    held: Vec<(&'p TableName, Estimate<Duration>)>,
}

impl<'p> Course<'p> {
    /// Runs all steps of a plan.
    pub(super) fn new(plan: &'p Plan, catalog: &Catalog, rate: CopyRate) -> Self {
        let rows: HashMap<&TableName, Option<u64>> = plan.tables.iter().map(|one| (&one.name, one.rows)).collect();
        let mut sizes = Sizes::new(catalog, |table| rows.get(table).copied().flatten());
        sizes.add_copies(plan);
        let mut clock = Clock::new(plan, Pace { sizes: &sizes, rate });
        for phase in &plan.phases {
            let at_leisure = phase.kind.is_preparation();
            for (number, step) in phase.steps.iter().enumerate() {
                clock.run(step, (phase.kind, number), at_leisure);
            }
        }
        clock.course
    }

    /// What it costs with these gaps, which are in their order: by table and foreign key.
    pub(super) fn into_cost(self, gaps: &[Gap]) -> Cost {
        let of_one_key = |one: &Gap, next: &Gap| one.table == next.table && one.foreign_key == next.foreign_key;
        let unenforced = gaps.chunk_by(of_one_key).map(|gaps| UnenforcedTime {
            table: gaps[0].table.clone(),
            foreign_key: gaps[0].foreign_key.clone(),
            time: gaps.iter().map(|gap| self.timeline.between(Some(gap.from), gap.until)).sum(),
        });
        let unenforced: Vec<UnenforcedTime> = unenforced.collect();
        let mut write_waits: Vec<WriteWait> = self
            .waits
            .into_iter()
            .map(|(table, (longest, total))| WriteWait { table: table.clone(), longest, total })
            .collect();
        write_waits.sort_unstable_by(|one, other| one.table.cmp(&other.table));
        let longest =
            |times: &mut dyn Iterator<Item = Estimate<Duration>>| times.fold(Estimate::none(), Estimate::or_longer);
        let figures = Figures {
            longest_write_wait: longest(&mut write_waits.iter().map(|wait| wait.longest)),
            longest_unenforced: longest(&mut unenforced.iter().map(|one| one.time)),
            unenforced: unenforced.iter().map(|one| one.time).sum(),
            total: self.timeline.now.since(Moment::default()),
            bytes_copied: self.ledger.copied,
            extra_disk: self.ledger.most,
        };
        Cost { figures, write_waits, unenforced }
    }
}

impl<'p, 's> Clock<'p, 's> {
    fn new(plan: &'p Plan, pace: Pace<'s, 's>) -> Self {
        let mut in_place = InPlace::default();
        plan.foreign_keys.iter().filter_map(ForeignKeyVerdict::after).for_each(|key| in_place.add(key));
        let (waiting, seen, held) = (Vec::new(), Vec::new(), Vec::new());
        Self { pace, in_place, course: Course::default(), waiting, seen, held }
    }

    fn run(&mut self, step: &'p Step, at: At, at_leisure: bool) {
        self.waiting.clear();
        self.seen.clear();
        let mut looked_up = HashSet::default();
        for change in &step.changes {
            let takes = self.pace.takes(change, &self.in_place);
            let is_long = step.transaction == Transaction::Required || takes.is_longer_than_a_moment();
            let looked_up = (is_long && !at_leisure).then_some(&mut looked_up);
            self.keep_waiting(change, looked_up);
            self.seen.push((takes, self.waiting.len()));
            if !at_leisure {
                self.note(change);
            }
        }
        let to_the_end = self.hold(step.transaction);
        if !at_leisure {
            self.course.timeline.pass(at, to_the_end);
        }
    }

    /// Lets the tables of a step wait; how long all of it takes.
    fn hold(&mut self, transaction: Transaction) -> Estimate<Duration> {
        self.held.clear();
        let mut to_the_end = Estimate::none();
        let mut tables = &self.waiting[..];
        for (at, (takes, _)) in self.seen.iter().enumerate().rev() {
            to_the_end = to_the_end + takes.all;
            let locked = if transaction == Transaction::Required { to_the_end } else { takes.locked };
            let begin = at.checked_sub(1).map_or(0, |before| self.seen[before].1);
            self.held.extend(tables[begin..].iter().map(|table| (*table, locked)));
            tables = &tables[..begin];
        }
        self.held.sort_unstable_by(|one, other| one.0.cmp(other.0));
        for of_table in self.held.chunk_by(|one, other| one.0 == other.0) {
            let held = of_table.iter().fold(Estimate::none(), |longest, (_, held)| longest.or_longer(*held));
            let wait = self.course.waits.entry(of_table[0].0).or_insert((Estimate::none(), Estimate::none()));
            *wait = (wait.0.or_longer(held), wait.1 + held);
        }
        to_the_end
    }

    /// Adds the tables whose writes wait for the locks of a change: the locked ones, and where a lock keeps a row from being looked
    /// up for a foreign key, those that reference them. The latter are told once in a step, and not at all for a moment: many
    /// foreign keys may lead to one table.
    fn keep_waiting(&mut self, change: &'p Change, mut looked_up: Option<&mut HashSet<&'p TableName>>) {
        let locks = locks_of(change).into_iter().filter(|(table, _)| !self.pace.sizes.is_copy(table));
        for (table, mode) in locks.filter(|(_, mode)| mode.blocks_writers()) {
            self.waiting.push(table);
            let is_first = looked_up.as_mut().is_some_and(|tables| mode >= LockMode::Exclusive && tables.insert(table));
            if is_first {
                self.waiting.extend(self.in_place.referencing(table));
            }
        }
    }

    fn note(&mut self, change: &'p Change) {
        match change {
            Change::DropForeignKey { table, name, references } => self.in_place.remove(table, name, references),
            Change::AddForeignKey { foreign_key } => self.in_place.add(foreign_key),
            _ => self.course.ledger.note(change, self.pace.sizes),
        }
    }
}

#[cfg(test)]
mod tests;
