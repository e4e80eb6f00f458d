//! Puts the parts together: holders, ways and references come in, one verdict per table goes out.

use super::agree::agree;
use super::forced::{Choice, refuse};
use super::holders::{Holders, How};
use super::links::LinkIx;
use super::reference::referenced;
use super::scene::Scene;
use super::search::{Search, Ways, distances};
use super::{Classified, Hop, Path, Placement, Reason};
use crate::catalog::{Table, object_name};
use crate::error::Error;
use crate::graph::{KeyIx, TableIx};
use crate::name::Name;

/// The verdicts and what the findings need beside them.
pub(super) struct Placed<'g> {
    pub(super) tables: Vec<Classified<'g>>,
    pub(super) holders: Holders<'g>,
    /// The tables of which not all paths are listed.
    pub(super) cut: Vec<TableIx>,
    /// The tables whose shortest path is longer than the rules allow, with its length.
    pub(super) too_far: Vec<(TableIx, u32)>,
    /// By which foreign key each table that is not distributed is referenced by one that is, or by a reference table.
    pub(super) referenced: Vec<Option<KeyIx>>,
    /// The tables of a kind that stays local although they reach the key.
    pub(super) kept: Vec<TableIx>,
    /// The tables that have a column of the name that their added column would have had.
    pub(super) renamed: Vec<TableIx>,
}

pub(super) fn place<'g>(scene: &Scene<'g>) -> Result<Placed<'g>, Error> {
    let holders = Holders::find(scene);
    let nothing = |table| classified(scene, table, Placement::Local, Reason::Unconnected);
    let tables = scene.graph.indices().map(nothing).collect();
    let referenced = Vec::new();
    let (cut, too_far, kept, renamed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut placed = Placed { tables, holders, cut, too_far, referenced, kept, renamed };
    placed.distribute(scene)?;
    agree(scene, &mut placed);
    placed.refer(scene);
    placed.force(scene)?;
    placed.follow(scene);
    Ok(placed)
}

fn classified<'g>(scene: &Scene<'g>, table: TableIx, placement: Placement, reason: Reason) -> Classified<'g> {
    Classified { table: scene.table(table), placement, reason, other_paths: Vec::new() }
}

impl<'g> Placed<'g> {
    /// Places the holders, and the tables with a path to one.
    fn distribute(&mut self, scene: &Scene<'g>) -> Result<(), Error> {
        let search = Search::new(scene, &self.holders);
        let distances = distances(scene, &self.holders);
        for table in scene.graph.indices() {
            if let Some(holder) = self.holders.get(table) {
                let column = holder.column.clone();
                let placement = Placement::Distributed { column, backfill: None };
                self.tables[table.at()] = classified(scene, table, placement, self.held(scene, table, holder.how));
            } else if let (true, Some(distance)) = (scene.may_reach(table), distances[table.at()]) {
                let Ways { mut ways, cut } = search.ways(table);
                if let Choice::Along(names) = scene.choice(table) {
                    let chosen = self.forced_way(scene, table, names)?;
                    ways.retain(|way| *way != chosen);
                    ways.insert(0, chosen);
                }
                if ways.is_empty() {
                    self.too_far.push((table, distance));
                    continue;
                }
                if cut {
                    self.cut.push(table);
                }
                self.backfill(scene, table, &ways);
            } else if let Choice::Along(names) = scene.choice(table) {
                self.forced_way(scene, table, names)?;
            } else if let (Choice::Stays(_), Some(_)) = (scene.choice(table), distances[table.at()]) {
                self.kept.push(table);
            }
        }
        Ok(())
    }

    fn held(&self, scene: &Scene<'g>, table: TableIx, how: How) -> Reason {
        match (how, self.holders.witness(scene, table)) {
            (How::Root, _) => Reason::Root,
            (How::ForeignKey, Some(link)) => Reason::HoldsKey {
                foreign_key: scene.graph.key_at(link.key).name.clone(),
                references: scene.table(link.to).name.clone(),
            },
            // The user's words replace this reason; nothing else is a holder without a link.
            (How::SameName | How::Forced | How::ForeignKey, _) => Reason::SameColumn,
        }
    }

    fn backfill(&mut self, scene: &Scene<'g>, table: TableIx, ways: &[Vec<LinkIx>]) {
        let mut paths = ways.iter().filter_map(|way| path(scene, &self.holders, way));
        let Some(chosen) = paths.next() else { return };
        let other_paths = paths.collect();
        let (column, renamed) = added_column(scene, table);
        if renamed {
            self.renamed.push(table);
        }
        let placement = Placement::Distributed { column, backfill: Some(chosen) };
        self.tables[table.at()] = Classified { other_paths, ..classified(scene, table, placement, Reason::Reaches) };
    }

    /// Follows the foreign keys that the user names.
    fn forced_way(&self, scene: &Scene<'g>, table: TableIx, names: &[Name]) -> Result<Vec<LinkIx>, Error> {
        let name = &scene.table(table).name;
        let (mut at, mut way) = (table, Vec::new());
        for key in names {
            let named = |link: &&LinkIx| scene.graph.key_at(scene.links.get(**link).key).name == *key;
            let Some(link) = scene.links.out(at).iter().find(named) else {
                let why = format!("its path goes on at `{}`, which has no foreign key `{key}`", scene.table(at).name);
                return Err(scene.rules.at(format_args!("tables.{name}"), refuse(name, why)));
            };
            way.push(*link);
            at = scene.links.get(*link).to;
        }
        if self.holders.get(at).is_none() {
            let end = &scene.table(at).name;
            let why = format!("its path ends at `{end}`, which does not hold the distribution key");
            return Err(scene.rules.at(format_args!("tables.{name}"), refuse(name, why)));
        }
        Ok(way)
    }

    /// Places the tables that distributed tables need on every node.
    fn refer(&mut self, scene: &Scene<'g>) {
        let is_source: Vec<bool> = scene
            .graph
            .indices()
            .map(|table| self.is_distributed(table) || scene.choice(table) == Choice::Reference)
            .collect();
        self.referenced = referenced(scene, &is_source);
        for table in scene.graph.indices() {
            if let (Some(key), Choice::Free) = (self.referenced[table.at()], scene.choice(table)) {
                let key = scene.graph.key_at(key);
                let reason = Reason::ReferencedBy { table: key.from.clone(), foreign_key: key.name.clone() };
                self.tables[table.at()] = classified(scene, table, Placement::Reference, reason);
            }
        }
    }

    pub(super) fn is_distributed(&self, table: TableIx) -> bool {
        matches!(self.tables[table.at()].placement, Placement::Distributed { .. })
    }

    /// Lets the user's words stand as the reason of what the user chose.
    fn force(&mut self, scene: &Scene<'g>) -> Result<(), Error> {
        for (name, rule) in &scene.rules.tables {
            let Some(table) = scene.graph.find(name) else { continue };
            match scene.choice(table) {
                Choice::Free | Choice::Stays(_) => continue,
                Choice::Reference => self.tables[table.at()].placement = Placement::Reference,
                Choice::Local => self.tables[table.at()].placement = Placement::Local,
                Choice::Holds(_) | Choice::Along(_) => {}
                Choice::Distributed => self.check_distributed(scene, table, rule.column.as_ref())?,
            }
            let why = rule.reason.clone().unwrap_or_default();
            self.tables[table.at()].reason = Reason::Forced { why };
        }
        Ok(())
    }

    /// A table that the user wants distributed must get its key from somewhere, into the column that the user names.
    fn check_distributed(&self, scene: &Scene<'g>, table: TableIx, column: Option<&Name>) -> Result<(), Error> {
        let name = &scene.table(table).name;
        let refused = |why| Err(scene.rules.at(format_args!("tables.{name}"), refuse(name, why)));
        match (&self.tables[table.at()].placement, column) {
            (Placement::Distributed { backfill: None, column: held }, Some(column)) => {
                refused(format!("it has no column `{column}`; it holds the distribution key in `{held}`"))
            }
            (Placement::Distributed { .. }, _) => Ok(()),
            (_, column) => {
                let missing = column.map(|column| format!("it has no column `{column}`, and ")).unwrap_or_default();
                let advice = "name an existing `column` that holds the key, add a foreign key, or raise `max_hops`";
                refused(format!("{missing}no foreign keys lead from it to the distribution key; {advice}"))
            }
        }
    }

    /// Places the partitions like their partitioned tables.
    fn follow(&mut self, scene: &Scene<'g>) {
        for table in scene.graph.indices().filter(|table| scene.is_partition(*table)) {
            let top = scene.graph.topmost(table);
            let placement = self.tables[top.at()].placement.clone();
            let reason = Reason::PartitionOf(scene.table(top).name.clone());
            self.tables[table.at()] = classified(scene, table, placement, reason);
        }
    }
}

/// The path of a list of links that ends at a holder.
pub(super) fn path(scene: &Scene<'_>, holders: &Holders<'_>, way: &[LinkIx]) -> Option<Path> {
    let end = scene.links.get(*way.last()?).to;
    let column = holders.get(end)?.column.clone();
    Some(Path { hops: way.iter().map(|link| hop(scene, *link)).collect(), column })
}

pub(super) fn hop(scene: &Scene<'_>, link: LinkIx) -> Hop {
    let link = scene.links.get(link);
    let key = scene.graph.key_at(link.key);
    Hop {
        foreign_key: key.name.clone(),
        from: scene.table(link.from).name.clone(),
        to: scene.table(link.to).name.clone(),
        columns: key.columns.clone(),
        nullable: link.nullable,
        validated: link.validated,
    }
}

/// The name of the column to add, and whether the name that it should have is taken.
fn added_column(scene: &Scene<'_>, table: TableIx) -> (Name, bool) {
    let given = scene.rules.tables.get(&scene.table(table).name).and_then(|rule| rule.column.as_ref());
    if let Some(column) = given {
        return (column.clone(), false);
    }
    let table = scene.table(table);
    let wanted = scene.added_name.clone();
    if table.column(&wanted).is_none() { (wanted, false) } else { (free_column(scene, table), true) }
}

fn free_column(scene: &Scene<'_>, table: &Table) -> Name {
    let (root, key) = (scene.rules.key.table.name.as_str(), scene.rules.key.column.as_str());
    let numbered = (1..).map(|number: u32| object_name(root, key, &number.to_string()));
    let mut candidates = std::iter::once(object_name(root, key, "")).chain(numbered);
    candidates.find(|name| table.column(name).is_none()).unwrap_or_else(|| scene.added_name.clone())
}
