//! Catalogs that are expected and one that is found come in; what the found one has besides, or lacks, goes out in words.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{Catalog, Column, Name, Table, TableName};

/// What is new in a schema, and what is gone, compared with the states that it may be in: tables, columns and foreign keys.
pub(crate) fn differences(expected: &[&Catalog], found: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    let tables = |catalog: &'_ Catalog| -> BTreeSet<TableName> {
        catalog.tables.iter().filter(|table| is_theirs(table)).map(|table| table.name.clone()).collect()
    };
    let (known, live): (BTreeSet<TableName>, _) =
        (expected.iter().flat_map(|one| tables(one)).collect(), tables(found));
    lines.extend(live.difference(&known).map(|table| format!("table `{table}` is new")));
    lines.extend(known.difference(&live).map(|table| format!("table `{table}` is gone")));
    for table in found.tables.iter().filter(|table| known.contains(&table.name)) {
        columns(expected, table, &mut lines);
    }
    foreign_keys(expected, found, &mut lines);
    lines
}

/// What the plan itself makes is not theirs.
fn is_theirs(table: &Table) -> bool {
    !is_ours(&table.name.schema) && table.extension.is_none()
}

fn is_ours(schema: &Name) -> bool {
    schema.as_str().starts_with("shardplan")
}

fn columns(expected: &[&Catalog], table: &Table, lines: &mut Vec<String>) {
    let name = &table.name;
    let before: Vec<&Table> =
        expected.iter().flat_map(|one| one.tables.iter().filter(|table| table.name == *name)).collect();
    let found: BTreeMap<&Name, &Column> = table.columns.iter().map(|column| (&column.name, column)).collect();
    for column in &table.columns {
        let mut known = before.iter().filter_map(|table| table.column(&column.name)).peekable();
        if known.peek().is_none() {
            lines.push(format!("column `{}` of `{name}` is new", column.name));
        } else if !known.any(|known| known.data_type == column.data_type) {
            lines.push(format!("column `{}` of `{name}` has another type: {}", column.name, column.data_type));
        }
    }
    let all = |column: &&Name| before.iter().all(|table| table.column(column).is_some());
    let kept: BTreeSet<&Name> =
        before.iter().flat_map(|table| &table.columns).map(|column| &column.name).filter(all).collect();
    lines.extend(
        kept.into_iter()
            .filter(|column| !found.contains_key(column))
            .map(|column| format!("column `{column}` of `{name}` is gone")),
    );
}

fn foreign_keys(expected: &[&Catalog], found: &Catalog, lines: &mut Vec<String>) {
    let keys = |catalog: &'_ Catalog| -> BTreeSet<(TableName, Name)> {
        let theirs = catalog.foreign_keys.iter().filter(|key| !is_ours(&key.from.schema));
        theirs.map(|key| (key.from.clone(), key.name.clone())).collect()
    };
    let known: BTreeSet<(TableName, Name)> = expected.iter().flat_map(|one| keys(one)).collect();
    let new = keys(found).into_iter().filter(|key| !known.contains(key));
    lines.extend(new.map(|(table, name)| format!("foreign key `{name}` of `{table}` is new")));
}
