//! What every part of the classification looks at: the graph, the key, the user's choices and the links between tables.

use std::collections::BTreeMap;

use super::Rules;
use super::forced::{self, Choice};
use super::links::Links;
use super::root;
use crate::catalog::{Column, Table, object_name};
use crate::error::Error;
use crate::graph::{SchemaGraph, TableIx};
use crate::name::Name;

pub(super) struct Scene<'g> {
    pub(super) graph: &'g SchemaGraph,
    pub(super) rules: &'g Rules,
    pub(super) root: TableIx,
    /// The distribution column of the root.
    pub(super) key: &'g Column,
    /// The name that the key has in other tables: its own, or for a name such as `id`, which says nothing elsewhere, the
    /// root's name with it: `organization_id`.
    pub(super) column_name: Name,
    /// The name of the columns that are added: what most foreign keys to a key such as `id` call it (`tenant_id` for
    /// `tenants.id`), else the same.
    pub(super) added_name: Name,
    /// What the user or the kind of table decides, by table.
    pub(super) choices: Vec<Choice<'g>>,
    pub(super) links: Links,
}

impl<'g> Scene<'g> {
    pub(super) fn new(graph: &'g SchemaGraph, rules: &'g Rules) -> Result<Self, Error> {
        let (root, key) = root::find(graph, &rules.key)?;
        let choices = forced::choices(graph, rules, root)?;
        let column_name = column_name(rules);
        let added_name = usual_name(graph, rules, root).unwrap_or(&column_name).clone();
        Ok(Self { graph, rules, root, key, column_name, added_name, choices, links: Links::new(graph) })
    }

    pub(super) fn table(&self, table: TableIx) -> &'g Table {
        self.graph.table_at(table)
    }

    /// The column that by its name may be the key: of the same name or, for a root whose key has a name such as `id`, the
    /// root's name with it in any spelling (`organization_id`, `organizationId`).
    pub(super) fn column_of_key_name(&self, table: TableIx) -> Option<&'g Column> {
        let table = self.table(table);
        table.column(&self.column_name).or_else(|| {
            if !is_generic(&self.key.name) {
                return None;
            }
            table.columns.iter().find(|column| letters(&column.name).eq(letters(&self.column_name)))
        })
    }

    pub(super) fn choice(&self, table: TableIx) -> Choice<'g> {
        self.choices[table.at()]
    }

    pub(super) fn is_partition(&self, table: TableIx) -> bool {
        self.graph.topmost(table) != table
    }

    /// Whether the table's foreign keys and columns decide if it holds the key.
    pub(super) fn may_hold(&self, table: TableIx) -> bool {
        let undecided = matches!(self.choice(table), Choice::Free | Choice::Distributed);
        undecided && table != self.root && !self.is_partition(table)
    }

    /// Whether the table gets the key over foreign keys, if there are any and it does not hold it.
    pub(super) fn may_reach(&self, table: TableIx) -> bool {
        self.may_hold(table) || matches!(self.choice(table), Choice::Along(_))
    }
}

fn column_name(rules: &Rules) -> Name {
    let key = &rules.key;
    if is_generic(&key.column) {
        object_name(key.table.name.as_str(), key.column.as_str(), "")
    } else {
        key.column.clone()
    }
}

/// The name that more than half of the columns with a foreign key to the root's key have, where the key's own says nothing.
fn usual_name<'g>(graph: &'g SchemaGraph, rules: &Rules, root: TableIx) -> Option<&'g Name> {
    let key = Some(&rules.key.column).filter(|name| is_generic(name))?;
    let mut counts: BTreeMap<&Name, usize> = BTreeMap::new();
    let others = graph.incoming(root).map(|key| graph.key_at(key)).filter(|key| key.from != key.to);
    for pair in others.flat_map(|other| &other.columns).filter(|pair| pair.to == *key) {
        *counts.entry(&pair.from).or_default() += 1;
    }
    let all: usize = counts.values().sum();
    counts.into_iter().find(|(_, count)| 2 * count > all).map(|(name, _)| name)
}

/// A name that half of all tables have says nothing about what the column holds.
fn is_generic(name: &Name) -> bool {
    name.as_str().eq_ignore_ascii_case("id")
}

/// The letters and digits of a name in lower case: what all spellings of it have in common.
fn letters(name: &Name) -> impl Iterator<Item = char> + '_ {
    name.as_str().chars().filter(|c| *c != '_').flat_map(char::to_lowercase)
}
