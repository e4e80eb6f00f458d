//! What statements are judged against: a plan and the catalog that it leads to come in; where the tables are, and what has changed
//! about their keys, goes out. Knows no statement.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shardplan::{Catalog, Index, IndexPart, KeyFate, Name, Plan, Profile, Table, TableName};

use crate::placement::Placements;
use crate::shape::of_index;

/// Where the tables are, and what has changed about them.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Where the tables are.
    pub placements: Placements,
    /// The columns and expressions of keys that are unique only together with the distribution column from now on.
    pub widened: BTreeMap<TableName, Vec<Vec<IndexPart>>>,
    /// The columns with which an index of a table begins, of those tables that have a key in `widened`.
    pub leading: BTreeMap<TableName, BTreeSet<Name>>,
    /// The tables whose distribution column has a default: a row without a value goes where that leads.
    pub defaulted: BTreeSet<TableName>,
    /// The release of Citus.
    pub profile: Profile,
}

impl Target {
    /// What a plan makes of a catalog: the one that it leads to.
    #[must_use]
    pub fn of_plan(plan: &Plan, catalog: &Catalog) -> Self {
        let tables: HashMap<&TableName, &Table> = catalog.tables.iter().map(|table| (&table.name, table)).collect();
        let mut widened: BTreeMap<TableName, Vec<Vec<IndexPart>>> = BTreeMap::new();
        for key in plan.keys.iter().filter(|key| matches!(key.fate, KeyFate::Widened { .. })) {
            let Some(table) = tables.get(&key.table) else { continue };
            let column = |text: &String| table.columns.iter().find(|column| column.name.to_string() == *text);
            let part = |text: &String| match column(text) {
                Some(column) => Some(IndexPart::Column(column.name.clone())),
                None => of_index(text).map(IndexPart::Expression),
            };
            let parts: Option<Vec<IndexPart>> = key.before.iter().map(part).collect();
            if let Some(parts) = parts {
                widened.entry(key.table.clone()).or_default().push(parts);
            }
        }
        let leading = widened.keys().filter_map(|name| Some((name.clone(), leading(tables.get(name)?)))).collect();
        let placements = Placements::of_plan(plan, catalog);
        let has_default = |table: &&Table| {
            let column = placements.key(&table.name).and_then(|key| table.column(key));
            column.is_some_and(|column| column.identity.is_some() || is_value(column.default.as_deref()))
        };
        let defaulted = catalog.tables.iter().filter(has_default).map(|table| table.name.clone()).collect();
        Self { placements, widened, leading, defaulted, profile: plan.target }
    }
}

/// The columns by which rows can be found in order: those with which a key or an index of all rows begins.
fn leading(table: &Table) -> BTreeSet<Name> {
    let keys = table.keys().filter_map(|key| key.columns.first());
    let ordered = |index: &&Index| index.method == "btree" && index.predicate.is_none();
    let indexes = table.indexes.iter().filter(ordered).filter_map(|index| match &index.elements.first()?.part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    });
    keys.chain(indexes).cloned().collect()
}

/// Whether a default is another than NULL.
fn is_value(default: Option<&str>) -> bool {
    default.is_some_and(|default| !default.to_ascii_lowercase().starts_with("null"))
}
