//! Which tables hold the distribution key already, and in which column: links and choices come in, holders go out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::forced::Choice;
use super::key_type;
use super::links::{Link, is_nullable};
use super::scene::Scene;
use crate::graph::TableIx;
use crate::name::Name;

/// A table that holds the key, as [`Placement::Distributed`](super::Placement::Distributed) without a backfill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Holder<'g> {
    /// Its distribution column.
    pub(super) column: &'g Name,
    pub(super) how: How,
}

/// What says that the column is the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Root,
    ForeignKey,
    SameName,
    Forced,
}

/// A column of a table that foreign keys pair with the key, whichever of its columns the tables in between take.
#[derive(Debug, Clone, Copy)]
struct Lead<'g> {
    column: &'g Name,
    /// Whether a foreign key pairs it with the root itself.
    direct: bool,
}

/// The holders by table.
pub(super) struct Holders<'g> {
    found: Vec<Option<Holder<'g>>>,
}

impl<'g> Holders<'g> {
    /// The fixpoint: the root holds the key; so does each table with a foreign key that pairs a column with the distribution
    /// column of a holder; so do, by assumption, tables with a column of the key's name, and those that follow from them.
    pub(super) fn find(scene: &Scene<'g>) -> Self {
        let mut known = vec![None; scene.choices.len()];
        known[scene.root.at()] = Some(Holder { column: &scene.key.name, how: How::Root });
        for table in scene.graph.indices() {
            if let Choice::Holds(column) = scene.choice(table) {
                known[table.at()] = Some(Holder { column, how: How::Forced });
            }
        }
        let mut leads = vec![Vec::new(); known.len()];
        let given: Vec<_> = scene.graph.indices().filter(|table| known[table.at()].is_some()).collect();
        spread(scene, &known, &given, &mut leads);
        let assumed: Vec<_> = scene
            .graph
            .indices()
            .filter(|table| leads[table.at()].is_empty() && same_name(scene, *table) == SameName::Assumed)
            .collect();
        for table in &assumed {
            let column = scene.column_of_key_name(*table);
            known[table.at()] = column.map(|column| Holder { column: &column.name, how: How::SameName });
        }
        spread(scene, &known, &assumed, &mut leads);
        Self { found: settle(scene, known, &leads) }
    }

    pub(super) fn get(&self, table: TableIx) -> Option<&Holder<'g>> {
        self.found[table.at()].as_ref()
    }

    /// The links of a table that pair a column with the distribution column of another holder, with that column.
    pub(super) fn pairings<'a>(
        &'a self,
        scene: &'a Scene<'g>,
        table: TableIx,
    ) -> impl Iterator<Item = (&'g Name, &'a Link)> {
        let others = scene.links.out_links(table).filter(move |link| link.to != table);
        others.flat_map(move |link| {
            let column = self.get(link.to).map(|holder| holder.column);
            column.into_iter().flat_map(|column| link.paired(scene.graph, column)).map(move |from| (from, link))
        })
    }

    /// The link that says that a holder's column is the key: to the root rather than to another holder, then by name.
    pub(super) fn witness<'a>(&'a self, scene: &'a Scene<'g>, table: TableIx) -> Option<&'a Link> {
        let column = self.get(table)?.column;
        let links = || self.pairings(scene, table).filter(|(paired, _)| *paired == column).map(|(_, link)| link);
        links().find(|link| link.to == scene.root).or_else(|| links().next())
    }
}

/// Adds to `leads` every column that is paired with a lead of another table, beginning with the columns of `from`.
fn spread<'g>(scene: &Scene<'g>, known: &[Option<Holder<'g>>], from: &[TableIx], leads: &mut [Vec<Lead<'g>>]) {
    let start = |table: &TableIx| known[table.at()].map(|holder| (*table, holder.column));
    let mut queue: VecDeque<(TableIx, &'g Name)> = from.iter().filter_map(start).collect();
    while let Some((to, column)) = queue.pop_front() {
        for link in scene.links.in_links(to).filter(|link| link.from != to) {
            if known[link.from.at()].is_some() || !scene.may_hold(link.from) {
                continue;
            }
            for paired in link.paired(scene.graph, column) {
                let own = &mut leads[link.from.at()];
                let direct = to == scene.root;
                match own.iter_mut().find(|lead| lead.column == paired) {
                    Some(lead) => lead.direct |= direct,
                    None => {
                        own.push(Lead { column: paired, direct });
                        queue.push_back((link.from, paired));
                    }
                }
            }
        }
    }
}

/// Decides one column per table, so that each is paired with a column that was decided. The preferred lead of each table is
/// taken if it gets that far; when nothing moves, the first waiting table by name takes the best of those that did.
fn settle<'g>(
    scene: &Scene<'g>,
    mut known: Vec<Option<Holder<'g>>>,
    leads: &[Vec<Lead<'g>>],
) -> Vec<Option<Holder<'g>>> {
    let mut queue: VecDeque<TableIx> = scene.graph.indices().filter(|table| known[table.at()].is_some()).collect();
    let mut supported: Vec<Vec<&Name>> = vec![Vec::new(); known.len()];
    let mut waiting = BinaryHeap::new();
    loop {
        while let Some(to) = queue.pop_front() {
            let Some(Holder { column, .. }) = known[to.at()] else { continue };
            for link in scene.links.in_links(to) {
                let from = link.from;
                if known[from.at()].is_some() {
                    continue;
                }
                supported[from.at()].extend(link.paired(scene.graph, column));
                let best = best(scene, from, leads[from.at()].iter());
                if best.is_some_and(|best| supported[from.at()].contains(&best)) {
                    known[from.at()] = best.map(|column| Holder { column, how: How::ForeignKey });
                    queue.push_back(from);
                } else if best.is_some() && !supported[from.at()].is_empty() {
                    waiting.push(Reverse(from));
                }
            }
        }
        let Some(Reverse(table)) = waiting.pop() else { return known };
        if known[table.at()].is_none() {
            let usable = leads[table.at()].iter().filter(|lead| supported[table.at()].contains(&lead.column));
            known[table.at()] = best(scene, table, usable).map(|column| Holder { column, how: How::ForeignKey });
            queue.push_back(table);
        }
    }
}

/// The key's name before others, NOT NULL before nullable, direct before indirect, then the first in the table.
fn best<'a, 'g: 'a>(scene: &Scene<'g>, table: TableIx, leads: impl Iterator<Item = &'a Lead<'g>>) -> Option<&'g Name> {
    let table = scene.table(table);
    let rank = |lead: &&Lead<'g>| {
        let place = table.columns.iter().position(|column| column.name == *lead.column);
        (*lead.column != scene.column_name, is_nullable(table, lead.column), !lead.direct, place)
    };
    leads.min_by_key(rank).map(|lead| lead.column)
}

/// What a column of the key's name says, where no foreign key leads to the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SameName {
    /// There is none, or the name says nothing.
    No,
    /// It is taken for the key.
    Assumed,
    /// Its type cannot hold the key.
    OtherType,
    /// It is something else: why.
    Other(&'static str),
}

pub(super) fn same_name(scene: &Scene<'_>, table: TableIx) -> SameName {
    let found = scene.table(table);
    if !scene.may_hold(table) {
        return SameName::No;
    }
    let Some(column) = scene.column_of_key_name(table) else { return SameName::No };
    if !key_type::is_compatible(scene.graph.catalog(), column, scene.key) {
        return SameName::OtherType;
    }
    let own = |name: &Name| *name == column.name;
    let elsewhere =
        |link: &Link| link.to != table && scene.graph.key_at(link.key).columns.iter().any(|pair| own(&pair.from));
    if found.primary_key.as_ref().is_some_and(|key| key.columns.len() == 1 && key.columns.iter().all(own)) {
        SameName::Other("it is the table's own primary key")
    } else if column.identity.is_some() || column.sequence.is_some() {
        SameName::Other("its values come from a sequence of its own")
    } else if column.generated.is_some() {
        SameName::Other("it is generated")
    } else if scene.links.out_links(table).any(elsewhere) {
        SameName::Other("a foreign key says that it comes from another table")
    } else {
        SameName::Assumed
    }
}
