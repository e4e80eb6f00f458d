//! A plan comes in, the graph of its foreign keys goes out: tables with their classes, edges with what becomes of them. Knows no
//! place and no markup.

use std::collections::{BTreeSet, HashMap};

use shardplan::{ForeignKeyFate, ForeignKeyVerdict, Name, Placement, Plan, PlannedTable, Reason, TableName};

use crate::words::{Class, shown};

/// What becomes of a foreign key, as far as a picture tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It stays as it is.
    Kept,
    /// Another one takes its place.
    Changed,
    /// The plan adds it.
    Added,
    /// It is given up, or cannot be kept.
    Gone,
}

impl Fate {
    /// Every fate, with the words for it.
    pub(crate) const ALL: [(Self, &str); 4] = [
        (Self::Kept, "foreign key stays"),
        (Self::Changed, "foreign key changes"),
        (Self::Added, "foreign key is added"),
        (Self::Gone, "foreign key goes"),
    ];

    fn of(fate: &ForeignKeyFate) -> Self {
        match fate {
            ForeignKeyFate::Kept => Self::Kept,
            ForeignKeyFate::Replaced { .. } => Self::Changed,
            ForeignKeyFate::Added => Self::Added,
            ForeignKeyFate::Impossible { .. } | ForeignKeyFate::GivenUp => Self::Gone,
        }
    }

    /// As one word, for the class of an element.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Gone => "gone",
        }
    }
}

/// A foreign key between two tables of the plan.
#[derive(Debug)]
pub(crate) struct Edge<'p> {
    /// The place of the referencing table.
    pub(crate) from: usize,
    /// The place of the referenced table.
    pub(crate) to: usize,
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// Whether rows get their key over it.
    pub(crate) is_path: bool,
    /// The whole verdict.
    pub(crate) verdict: &'p ForeignKeyVerdict,
}

impl Edge<'_> {
    /// Its columns in the referencing table; those that it gets after a plus.
    pub(crate) fn label(&self) -> String {
        let mut label = list(self.verdict.foreign_key.columns.iter().map(|pair| &pair.from));
        if let ForeignKeyFate::Replaced { added: Some(pair), .. } = &self.verdict.fate {
            label.push_str(" + ");
            label.push_str(&shown(&pair.from));
        }
        label
    }
}

/// Names separated by commas.
pub(crate) fn list<'n>(names: impl Iterator<Item = &'n Name>) -> String {
    names.map(shown).collect::<Vec<_>>().join(", ")
}

/// The foreign keys of a plan between its tables.
#[derive(Debug)]
pub(crate) struct Graph<'p> {
    /// The tables, in the plan's order.
    pub(crate) tables: &'p [PlannedTable],
    /// The edges, in the plan's order; a foreign key to a table that the plan does not have is left out.
    pub(crate) edges: Vec<Edge<'p>>,
    places: HashMap<&'p TableName, usize>,
    connected: BTreeSet<usize>,
    on_path: BTreeSet<usize>,
}

impl<'p> Graph<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        let places: HashMap<&TableName, usize> =
            plan.tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
        let paths = on_paths(plan);
        let edge = |verdict: &'p ForeignKeyVerdict| {
            let key = &verdict.foreign_key;
            Some(Edge {
                from: *places.get(&key.from)?,
                to: *places.get(&key.to)?,
                fate: Fate::of(&verdict.fate),
                is_path: paths.contains(&(&key.from, &key.name)),
                verdict,
            })
        };
        let edges: Vec<Edge<'p>> = plan.foreign_keys.iter().filter_map(edge).collect();
        let ends = |wanted: fn(&Edge<'p>) -> bool| {
            edges.iter().filter(move |edge| wanted(edge)).flat_map(|edge| [edge.from, edge.to])
        };
        let (connected, on_path) = (ends(|_| true).collect(), ends(|edge| edge.is_path).collect());
        Self { tables: &plan.tables, edges, places, connected, on_path }
    }

    /// Whether a foreign key leads from or to a table.
    pub(crate) fn is_connected(&self, at: usize) -> bool {
        self.connected.contains(&at)
    }

    /// Whether a row gets its key from this table, or over it.
    pub(crate) fn is_on_path(&self, at: usize) -> bool {
        self.on_path.contains(&at)
    }

    /// The place of a table.
    pub(crate) fn place(&self, table: &TableName) -> Option<usize> {
        self.places.get(table).copied()
    }
}

/// The foreign keys over which rows get their key.
fn on_paths(plan: &Plan) -> BTreeSet<(&TableName, &Name)> {
    let paths = plan.tables.iter().filter_map(|table| match &table.placement {
        Placement::Distributed { backfill, .. } => backfill.as_ref(),
        Placement::Reference | Placement::Local => None,
    });
    paths.flat_map(|path| &path.hops).map(|hop| (&hop.from, &hop.foreign_key)).collect()
}

/// What a picture says of a table below its name.
pub(crate) fn note(table: &PlannedTable) -> String {
    match &table.placement {
        Placement::Distributed { column, .. } if table.reason == Reason::Root => format!("{}, the root", shown(column)),
        Placement::Distributed { column, backfill: None } => shown(column),
        Placement::Distributed { column, backfill: Some(_) } => format!("gets {}", shown(column)),
        Placement::Reference | Placement::Local => Class::of(&table.placement).to_string(),
    }
}
