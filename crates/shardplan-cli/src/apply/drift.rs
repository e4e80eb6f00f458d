//! The schema that a plan was made for, or all those that it leads through, and one that is found come in; what the found one has besides,
//! or lacks, goes out in words.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{
    Catalog, Cluster, Column, DataType, ForeignKey, Index, IndexPart, Name, PlacedAs, Plan, Table, TableName,
    Transaction,
};

/// What of a table has a name, in words, and how it is found.
type Parts = (&'static str, fn(&Table) -> Vec<&Name>);

/// What a plan hangs on, besides columns.
const PARTS: [Parts; 8] = [
    ("primary key", |table| table.primary_key.iter().map(|key| &key.name).collect()),
    ("unique constraint", |table| table.unique.iter().map(|key| &key.name).collect()),
    ("index", |table| table.indexes.iter().map(|index| &index.name).collect()),
    ("exclusion constraint", |table| table.exclusions.iter().map(|exclusion| &exclusion.name).collect()),
    ("check", |table| table.checks.iter().map(|check| &check.name).collect()),
    ("trigger", |table| table.triggers.iter().map(|trigger| &trigger.name).collect()),
    ("rule", |table| table.rules.iter().map(|rule| &rule.name).collect()),
    ("policy", |table| table.policies.iter().map(|policy| &policy.name).collect()),
];

/// What a schema may have.
#[derive(Default)]
pub(crate) struct Expected {
    /// The types that each column may have.
    columns: BTreeMap<TableName, BTreeMap<Name, BTreeSet<DataType>>>,
    /// The columns that are there in every state.
    lasting: BTreeSet<(TableName, Name)>,
    /// Primary keys, unique constraints and indexes.
    keys: BTreeSet<(TableName, Name)>,
    foreign_keys: BTreeSet<(TableName, Name)>,
    /// By which column a table is distributed in the end.
    distributed_by: BTreeMap<TableName, Name>,
    /// The schema at the end of the way.
    pub(crate) goal: Catalog,
}

impl Expected {
    /// What a schema has itself.
    fn of(catalog: &Catalog) -> Self {
        let mut expected = Self::default();
        for table in theirs(catalog) {
            expected.lasting.extend(table.columns.iter().map(|column| (table.name.clone(), column.name.clone())));
            expected.note(table);
        }
        expected.note_foreign_keys(catalog.foreign_keys.iter());
        expected
    }

    /// All that a plan makes or leaves on its way, from the schema that it was made for to the last phase.
    pub(crate) fn on_the_way(plan: &Plan, catalog: &Catalog) -> Self {
        let mut expected = Self::of(catalog);
        let columns = plan.order.iter().filter_map(|placing| match &placing.as_what {
            PlacedAs::Distributed { column, .. } => Some((placing.table.clone(), column.clone())),
            PlacedAs::Reference => None,
        });
        expected.distributed_by.extend(columns);
        expected.lead(plan, catalog);
        expected
    }

    /// Notes what each step leaves behind. One that the simulated cluster would refuse ends it, as it ends the scripts.
    fn lead(&mut self, plan: &Plan, catalog: &Catalog) {
        let mut cluster = Cluster::new(catalog.clone());
        for step in plan.phases.iter().flat_map(|phase| &phase.steps).filter(|step| !step.changes.is_empty()) {
            let in_transaction = step.transaction == Transaction::Required;
            if step.changes.iter().any(|change| cluster.apply(change, in_transaction).is_err()) {
                break;
            }
            if let Some(table) =
                cluster.tables().find(|table| table.name == step.table).filter(|table| is_theirs(table))
            {
                self.note(table);
                self.lasting.retain(|(of, column)| *of != table.name || table.column(column).is_some());
            }
            self.note_foreign_keys(cluster.foreign_keys().filter(|key| key.from == step.table));
        }
        // Some steps change other tables than their own.
        let last = cluster.into_catalog();
        last.tables.iter().filter(|table| is_theirs(table)).for_each(|table| self.note(table));
        self.note_foreign_keys(last.foreign_keys.iter());
        self.goal = last;
    }

    fn note(&mut self, table: &Table) {
        let columns = self.columns.entry(table.name.clone()).or_default();
        for column in &table.columns {
            columns.entry(column.name.clone()).or_default().insert(column.data_type.clone());
        }
        let keys = table.keys().map(|key| &key.name).chain(table.indexes.iter().map(|index| &index.name));
        self.keys.extend(keys.map(|key| (table.name.clone(), key.clone())));
    }

    fn note_foreign_keys<'k>(&mut self, keys: impl Iterator<Item = &'k ForeignKey>) {
        self.foreign_keys.extend(keys.map(|key| (key.from.clone(), key.name.clone())));
    }

    /// Whether a schema has something that the one before the plan had not, and that the plan makes on its way: some of its scripts
    /// were run, whoever ran them.
    pub(crate) fn is_begun(&self, before: &Catalog, found: &Catalog) -> bool {
        let [before, now] = [before, found].map(Self::of);
        let mut columns = now.columns.iter().flat_map(|(table, columns)| columns.iter().map(move |of| (table, of)));
        let is_made = |table: &TableName, column: &Name, data_type: &DataType| {
            !before.has(table, column, data_type) && self.has(table, column, data_type)
        };
        columns.any(|(table, (column, types))| types.iter().any(|data_type| is_made(table, column, data_type)))
            || now.keys.difference(&before.keys).any(|key| self.keys.contains(key))
            || now.foreign_keys.difference(&before.foreign_keys).any(|key| self.foreign_keys.contains(key))
            || theirs(found).flat_map(|table| &table.triggers).any(|trigger| Catalog::is_own(&trigger.function.schema))
    }

    fn has(&self, table: &TableName, column: &Name, data_type: &DataType) -> bool {
        let types = self.columns.get(table).and_then(|columns| columns.get(column));
        types.is_some_and(|types| types.contains(data_type))
    }

    /// What is new in a schema, and what is gone: tables, columns, foreign keys, and keys that a distributed table cannot have.
    pub(crate) fn differences(&self, found: &Catalog) -> Vec<String> {
        let mut lines = Vec::new();
        let live: BTreeSet<&TableName> = theirs(found).map(|table| &table.name).collect();
        lines.extend(
            live.iter()
                .filter(|table| !self.columns.contains_key(table))
                .map(|table| format!("table `{table}` is new")),
        );
        let gone = self
            .columns
            .keys()
            .filter(|table| !live.contains(table) && self.lasting.iter().any(|(of, _)| of == *table));
        lines.extend(gone.map(|table| format!("table `{table}` is gone")));
        for table in theirs(found) {
            let Some(known) = self.columns.get(&table.name) else { continue };
            self.columns_of(table, known, &mut lines);
            self.keys_of(table, &mut lines);
        }
        self.foreign_keys_of(found, &mut lines);
        lines
    }

    fn columns_of(&self, table: &Table, known: &BTreeMap<Name, BTreeSet<DataType>>, lines: &mut Vec<String>) {
        let name = &table.name;
        for column in &table.columns {
            match known.get(&column.name) {
                None => lines.push(format!("column `{}` of `{name}` is new", column.name)),
                Some(types) if !types.contains(&column.data_type) => {
                    lines.push(format!("column `{}` of `{name}` has another type: {}", column.name, column.data_type));
                }
                Some(_) => {}
            }
        }
        let lasting = self.lasting.iter().filter(|(of, column)| of == name && table.column(column).is_none());
        lines.extend(lasting.map(|(_, column)| format!("column `{column}` of `{name}` is gone")));
    }

    /// A key that came after the plan and does not hold the distribution column.
    fn keys_of(&self, table: &Table, lines: &mut Vec<String>) {
        let name = &table.name;
        let Some(column) = self.distributed_by.get(name) else { return };
        let is_new = |key: &Name| !self.keys.contains(&(name.clone(), key.clone()));
        let mut tell = |what: &str, key: &Name| {
            lines.push(format!("{what} `{key}` of `{name}` is new, and does not hold `{column}`"));
        };
        for key in table.keys().filter(|key| is_new(&key.name) && !key.columns.contains(column)) {
            tell("key", &key.name);
        }
        let unique = table.indexes.iter().filter(|index| index.unique && is_new(&index.name));
        let holds =
            |index: &&Index| index.elements.iter().any(|element| element.part == IndexPart::Column(column.clone()));
        for index in unique.filter(|index| !holds(index)) {
            tell("unique index", &index.name);
        }
    }

    fn foreign_keys_of(&self, found: &Catalog, lines: &mut Vec<String>) {
        let theirs = found.foreign_keys.iter().filter(|key| !Catalog::is_own(&key.from.schema));
        for key in theirs.filter(|key| !self.foreign_keys.contains(&(key.from.clone(), key.name.clone()))) {
            let ends = [&key.from, &key.to].map(|end| self.distributed_by.get(end));
            let without = match ends {
                [Some(from), Some(to)] if !key.columns.iter().any(|pair| pair.from == *from && pair.to == *to) => {
                    format!(", and does not pair `{from}` with `{to}`")
                }
                _ => String::new(),
            };
            lines.push(format!("foreign key `{}` of `{}` is new{without}", key.name, key.from));
        }
    }
}

/// How a schema differs from the one that a plan was made for, in what a plan hangs on; nothing if the fingerprints are the same.
/// Defaults, comments and bodies of functions may differ: a redacted snapshot has none.
pub(crate) fn changes(planned: &Catalog, found: &Catalog) -> Vec<String> {
    if planned.fingerprint() == found.fingerprint() {
        return Vec::new();
    }
    let mut lines = Expected::of(planned).differences(found);
    let before: BTreeMap<&TableName, &Table> = planned.tables.iter().map(|table| (&table.name, table)).collect();
    for table in theirs(found) {
        let Some(before) = before.get(&table.name) else { continue };
        lines.extend(table.columns.iter().filter_map(|column| other_column(before, column)));
        lines.extend(PARTS.iter().flat_map(|part| other_parts(before, table, *part)));
    }
    let live: BTreeSet<(&TableName, &Name)> = found.foreign_keys.iter().map(|key| (&key.from, &key.name)).collect();
    let gone = planned.foreign_keys.iter().filter(|key| !live.contains(&(&key.from, &key.name)));
    lines.extend(gone.map(|key| format!("foreign key `{}` of `{}` is gone", key.name, key.from)));
    lines
}

/// A column that takes other values than before.
fn other_column(before: &Table, column: &Column) -> Option<String> {
    let known = before.column(&column.name)?;
    let is_same =
        (known.not_null, &known.identity, &known.generated) == (column.not_null, &column.identity, &column.generated);
    (!is_same)
        .then(|| format!("column `{}` of `{}` has another NOT NULL, identity or expression", column.name, before.name))
}

fn other_parts(before: &Table, table: &Table, (what, names): Parts) -> Vec<String> {
    let (old, new) = (names(before), names(table));
    let line = |name: &Name, word: &str| format!("{what} `{name}` of `{}` is {word}", table.name);
    let came = new.iter().filter(|name| !old.contains(name)).map(|name| line(name, "new"));
    let gone = old.iter().filter(|name| !new.contains(name)).map(|name| line(name, "gone"));
    came.chain(gone).collect()
}

/// What the plan itself makes is not theirs.
fn theirs(catalog: &Catalog) -> impl Iterator<Item = &Table> {
    catalog.tables.iter().filter(|table| is_theirs(table))
}

fn is_theirs(table: &Table) -> bool {
    !Catalog::is_own(&table.name.schema) && table.extension.is_none()
}
