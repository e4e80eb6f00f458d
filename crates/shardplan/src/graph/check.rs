//! What a catalog must hold before a graph can be made of it: a sorted catalog comes in, the ends of each foreign key and the
//! place of each partition go out, or the first contradiction by name. Knows nothing of what the graph is for.

use std::fmt::Display;

use foldhash::HashMap;

use super::TableIx;
use crate::catalog::{Catalog, ForeignKey, Index, IndexElement, IndexPart, Table};
use crate::error::Error;
use crate::name::{Name, TableName};

/// The references of a catalog as places in its lists.
pub(super) struct Resolved {
    /// Every table by name.
    pub(super) places: Places,
    /// The referencing and referenced table of each foreign key.
    pub(super) ends: Vec<(TableIx, TableIx)>,
    /// The partitioned table of each partition.
    pub(super) parents: Vec<Option<TableIx>>,
    /// The partitioned table at the top of each partition; any other table itself.
    pub(super) topmost: Vec<TableIx>,
}

/// Where each table stands. Only asked, never listed, so hashing is safe.
pub(super) type Places = HashMap<TableName, TableIx>;

pub(super) fn resolve(catalog: &Catalog) -> Result<Resolved, Error> {
    if catalog.tables.is_empty() {
        return Err(Error::EmptyCatalog);
    }
    let places: Places =
        catalog.tables.iter().enumerate().map(|(at, table)| (table.name.clone(), TableIx::new(at))).collect();
    check_tables(catalog)?;
    let ends = ends(catalog, &places)?;
    check_names(catalog)?;
    let parents = parents(catalog, &places)?;
    let topmost = topmost(&parents).map_err(|table| {
        let object = format!("partition `{}`", catalog.tables[table.at()].name);
        dangling(object, "a partitioned table that is not below itself")
    })?;
    Ok(Resolved { places, ends, parents, topmost })
}

fn check_tables(catalog: &Catalog) -> Result<(), Error> {
    for pair in catalog.tables.windows(2) {
        if pair[0].name == pair[1].name {
            return Err(Error::Duplicate { object: format!("table `{}`", pair[0].name) });
        }
    }
    catalog.tables.iter().try_for_each(check_columns)
}

/// Every key and index of a table must name its columns, and each column only one of them.
fn check_columns(table: &Table) -> Result<(), Error> {
    let mut names: Vec<&Name> = table.columns.iter().map(|column| &column.name).collect();
    refuse_twins(&mut names, "column", &table.name)?;
    let known = |what: &str, name: &Name, column: &Name| {
        if names.binary_search(&column).is_ok() {
            return Ok(());
        }
        Err(dangling(of(what, name, &table.name), &of("column", column, &table.name)))
    };
    for key in table.keys() {
        key.columns.iter().chain(&key.include).try_for_each(|column| known("constraint", &key.name, column))?;
    }
    for index in &table.indexes {
        indexed(index).try_for_each(|column| known("index", &index.name, column))?;
    }
    for exclusion in &table.exclusions {
        let mut columns = exclusion.elements.iter().filter_map(|part| plain_column(&part.element));
        columns.try_for_each(|column| known("constraint", &exclusion.name, column))?;
    }
    Ok(())
}

fn indexed(index: &Index) -> impl Iterator<Item = &Name> {
    index.elements.iter().filter_map(plain_column).chain(&index.include)
}

fn plain_column(element: &IndexElement) -> Option<&Name> {
    match &element.part {
        IndexPart::Column(column) => Some(column),
        IndexPart::Expression(_) => None,
    }
}

fn ends(catalog: &Catalog, places: &Places) -> Result<Vec<(TableIx, TableIx)>, Error> {
    catalog.foreign_keys.iter().map(|key| key_ends(catalog, places, key)).collect()
}

fn key_ends(catalog: &Catalog, places: &Places, key: &ForeignKey) -> Result<(TableIx, TableIx), Error> {
    let object = || of("foreign key", &key.name, &key.from);
    let place =
        |table: &TableName| places.get(table).copied().ok_or_else(|| dangling(object(), &format!("table `{table}`")));
    let (from, to) = (place(&key.from)?, place(&key.to)?);
    let known = |table: TableIx, column: &Name| {
        let table = &catalog.tables[table.at()];
        match table.column(column) {
            Some(_) => Ok(()),
            None => Err(dangling(object(), &of("column", column, &table.name))),
        }
    };
    for pair in &key.columns {
        known(from, &pair.from)?;
        known(to, &pair.to)?;
    }
    key.set_columns.iter().try_for_each(|column| known(from, column))?;
    Ok((from, to))
}

/// A constraint name belongs to one constraint of its table (PostgreSQL's unique index on `pg_constraint`), and an index
/// name to one index, those of constraints included.
fn check_names(catalog: &Catalog) -> Result<(), Error> {
    let mut keys = catalog.foreign_keys.as_slice();
    let mut names = Vec::new();
    for table in &catalog.tables {
        let own = keys.iter().take_while(|key| key.from == table.name).count();
        let (foreign, rest) = keys.split_at(own);
        keys = rest;
        let indexed = || table.keys().map(|key| &key.name).chain(table.exclusions.iter().map(|one| &one.name));
        names.clear();
        names.extend(indexed());
        names.extend(table.checks.iter().map(|check| &check.name));
        names.extend(foreign.iter().map(|key| &key.name));
        refuse_twins(&mut names, "constraint", &table.name)?;
        names.clear();
        names.extend(indexed());
        names.extend(table.indexes.iter().map(|index| &index.name));
        refuse_twins(&mut names, "index", &table.name)?;
    }
    Ok(())
}

/// Sorts the names of one table's objects and refuses one that stands twice.
fn refuse_twins(names: &mut [&Name], what: &str, table: &TableName) -> Result<(), Error> {
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Error::Duplicate { object: of(what, pair[0], table) }),
        None => Ok(()),
    }
}

fn parents(catalog: &Catalog, places: &Places) -> Result<Vec<Option<TableIx>>, Error> {
    let parent = |table: &Table| {
        let place = |what: &str, above: &TableName| {
            let missing = || dangling(format!("{what} `{}`", table.name), &format!("table `{above}`"));
            places.get(above).copied().ok_or_else(missing)
        };
        table.inherits.iter().try_for_each(|above| place("inheriting table", above).map(drop))?;
        table.partition_of.as_ref().map(|part| place("partition", &part.parent)).transpose()
    };
    catalog.tables.iter().map(parent).collect()
}

/// Follows each partition upwards, every table once; a table whose way up never ends is the error.
fn topmost(parents: &[Option<TableIx>]) -> Result<Vec<TableIx>, TableIx> {
    let mut found: Vec<Option<TableIx>> = vec![None; parents.len()];
    let mut chain = Vec::new();
    for start in (0..parents.len()).map(TableIx::new) {
        let mut at = start;
        while let (None, Some(parent)) = (found[at.at()], parents[at.at()]) {
            if chain.len() == parents.len() {
                return Err(start);
            }
            chain.push(at);
            at = parent;
        }
        let top = *found[at.at()].get_or_insert(at);
        chain.drain(..).for_each(|below| found[below.at()] = Some(top));
    }
    Ok(found.into_iter().flatten().collect())
}

fn of(what: &str, name: &dyn Display, table: &TableName) -> String {
    format!("{what} `{name}` of table `{table}`")
}

fn dangling(object: String, missing: &str) -> Error {
    Error::Dangling { object, missing: missing.to_owned() }
}
