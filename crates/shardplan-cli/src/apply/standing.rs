//! A plan, what the schema will be in the end and what is found in a database come in; how far each table is goes out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use shardplan::{Catalog, ForeignKey, Name, Placement, Plan, PlannedTable, Table, TableName};
use shardplan_report::words::{counted, shown};

use super::metadata::Metadata;
use super::watch::Filled;

/// Where a table stands on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Nothing can be seen yet.
    ToDo,
    /// It has its new columns, and its rows have no values there.
    Added,
    /// Its rows get their values.
    Filling,
    /// All rows have them.
    Filled,
    /// Its keys are those of a distributed table.
    Keyed,
    /// It is a table of the cluster.
    Placed,
    /// Nothing is left to do.
    Done,
}

/// How far one table is.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TableStanding {
    table: String,
    stage: Stage,
    /// How many percent of its rows have got their values, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    /// What is left to do, in words.
    left: Vec<String>,
}

/// What is known of a database.
pub(crate) struct Seen<'s> {
    pub(crate) live: &'s Catalog,
    pub(crate) filled: &'s BTreeMap<TableName, Filled>,
    pub(crate) metadata: Option<&'s Metadata>,
}

impl TableStanding {
    /// That of each table of a plan, in the plan's order.
    pub(crate) fn of_all(plan: &Plan, before: &Catalog, goal: &Catalog, seen: &Seen<'_>) -> Vec<Self> {
        let [before, goal, live] = [before, goal, seen.live].map(by_name);
        let of = |planned: &PlannedTable| {
            let table = &planned.name;
            let [before, goal, live] = [&before, &goal, &live].map(|all| all.get(table));
            Way { planned, before, goal, live }.standing(seen)
        };
        plan.tables.iter().map(of).collect()
    }

    pub(crate) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The name, where it stands, and what is left, for a terminal.
    pub(crate) fn cells(&self) -> [String; 3] {
        let left = if self.left.is_empty() { String::new() } else { format!("left: {}", self.left.join(", ")) };
        [shown(&self.table), self.to_string(), shown(&left)]
    }
}

impl fmt::Display for TableStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match (self.stage, self.percent) {
            (Stage::ToDo, _) => "to do",
            (Stage::Added, _) => "column added",
            (Stage::Filling, Some(percent)) => return write!(f, "backfilled {percent} %"),
            (Stage::Filling, None) => "backfill under way",
            (Stage::Filled, _) => "backfilled",
            (Stage::Keyed, _) => "keys swapped",
            (Stage::Placed, _) => "distributed",
            (Stage::Done, _) => "done",
        };
        f.write_str(words)
    }
}

/// A table with the foreign keys that it has.
struct Found<'c> {
    table: &'c Table,
    foreign_keys: Vec<&'c ForeignKey>,
}

fn by_name(catalog: &Catalog) -> BTreeMap<&TableName, Found<'_>> {
    let found = |table| Found { table, foreign_keys: Vec::new() };
    let mut all: BTreeMap<&TableName, Found<'_>> =
        catalog.tables.iter().map(|table| (&table.name, found(table))).collect();
    for key in &catalog.foreign_keys {
        if let Some(found) = all.get_mut(&key.from) {
            found.foreign_keys.push(key);
        }
    }
    all
}

/// A table on its way: as it was planned for, as it will be in the end, and as it is.
struct Way<'w> {
    planned: &'w PlannedTable,
    before: Option<&'w Found<'w>>,
    goal: Option<&'w Found<'w>>,
    live: Option<&'w Found<'w>>,
}

impl Way<'_> {
    fn standing(&self, seen: &Seen<'_>) -> TableStanding {
        let is_placed = seen.metadata.is_some_and(|metadata| metadata.has(&self.planned.name));
        let filled = seen.filled.get(&self.planned.name).copied();
        let columns = self.columns();
        let (keys, foreign_keys) = (self.keys().count(), self.foreign_keys());
        let is_local = self.planned.placement == Placement::Local;
        let is_filled = !self.is_filled() || filled == Some(Filled::Wholly) || (columns.is_empty() && keys == 0);
        let mut left: Vec<String> = columns.iter().map(|column| format!("column {column}")).collect();
        left.extend((!is_filled && !is_placed).then(|| "backfill".to_owned()));
        left.extend((keys > 0).then(|| counted(keys, "key")));
        left.extend((!is_local && !is_placed).then(|| "distribution".to_owned()));
        left.extend((foreign_keys > 0).then(|| counted(foreign_keys, "foreign key")));
        let is_changed = self.has_more_columns() || self.keys_change();
        let (stage, percent) = match filled {
            _ if left.is_empty() => (Stage::Done, None),
            _ if is_placed => (Stage::Placed, None),
            Some(Filled::Partly(percent)) if percent != Some(0) => (Stage::Filling, percent),
            _ if !columns.is_empty() && filled != Some(Filled::Wholly) => (Stage::ToDo, None),
            _ if self.is_filled() && !is_filled => (Stage::Added, None),
            _ if self.is_filled() && keys > 0 => (Stage::Filled, None),
            _ if is_changed && keys == 0 => (Stage::Keyed, None),
            _ => (Stage::ToDo, None),
        };
        TableStanding { table: self.planned.name.to_string(), stage, percent, left }
    }

    /// Whether its rows get values.
    fn is_filled(&self) -> bool {
        matches!(self.planned.placement, Placement::Distributed { backfill: Some(_), .. })
    }

    /// The columns that it has not yet.
    fn columns(&self) -> Vec<&Name> {
        let Some(goal) = self.goal else { return Vec::new() };
        let has = |column: &Name| self.live.is_some_and(|live| live.table.column(column).is_some());
        goal.table.columns.iter().map(|column| &column.name).filter(|column| !has(column)).collect()
    }

    fn has_more_columns(&self) -> bool {
        let count = |found: Option<&Found<'_>>| found.map_or(0, |found| found.table.columns.len());
        count(self.goal) > count(self.before)
    }

    /// The keys that it has not yet, by name and columns.
    fn keys(&self) -> impl Iterator<Item = (&Name, &[Name])> {
        let has: Vec<_> = self.live.into_iter().flat_map(|live| keys(live.table)).collect();
        self.goal.into_iter().flat_map(|goal| keys(goal.table)).filter(move |key| !has.contains(key))
    }

    fn keys_change(&self) -> bool {
        let before: Vec<_> = self.before.into_iter().flat_map(|before| keys(before.table)).collect();
        self.goal.into_iter().flat_map(|goal| keys(goal.table)).any(|key| !before.contains(&key))
    }

    /// How many foreign keys are not there as they will be, or not validated.
    fn foreign_keys(&self) -> usize {
        let has = |key: &ForeignKey| {
            let same = |other: &&&ForeignKey| other.name == key.name && other.columns == key.columns && other.validated;
            self.live.is_some_and(|live| live.foreign_keys.iter().find(same).is_some())
        };
        self.goal.map_or(0, |goal| goal.foreign_keys.iter().filter(|key| !has(key)).count())
    }
}

fn keys(table: &Table) -> impl Iterator<Item = (&Name, &[Name])> {
    table.keys().map(|key| (&key.name, key.columns.as_slice()))
}
