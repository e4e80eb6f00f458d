//! Suggested keys against those that the authors of real schemas use (`SHARDPLAN_SCHEMAS`, a folder of `<name>/schema.sql` with
//! `facts.json`), with their own names and with meaningless ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shardplan::{Catalog, ForeignKey, Index, IndexPart, Key, Name, SchemaGraph, Table, TableName};
use shardplan_workload::{Suggestion, Suggestions};

/// A schema and the key that its authors use.
struct Given {
    name: String,
    catalog: Catalog,
    /// What the column is called.
    columns: Vec<String>,
    /// The table of the tenants.
    table: String,
}

fn given() -> Vec<Given> {
    let Some(folder) = std::env::var_os("SHARDPLAN_SCHEMAS") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("facts.json").exists());
    folders.sort();
    assert!(!folders.is_empty(), "SHARDPLAN_SCHEMAS is set, and there is no schema");
    folders.iter().map(|folder| read(folder)).collect()
}

fn read(folder: &Path) -> Given {
    let facts: Value = serde_json::from_str(&fs::read_to_string(folder.join("facts.json")).unwrap()).unwrap();
    let columns = facts["tenant_key"].as_array().unwrap().iter();
    Given {
        name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
        catalog: Catalog::from_ddl(&fs::read_to_string(folder.join("schema.sql")).unwrap()).catalog,
        columns: columns.map(|column| column.as_str().unwrap().to_owned()).collect(),
        table: facts["tenant_table"].as_str().unwrap().to_owned(),
    }
}

/// How names are replaced; each gets one that says nothing and that stands elsewhere in the order of names.
#[derive(Clone, Copy, PartialEq)]
enum Renamed {
    /// Not at all.
    No,
    /// Equal names stay equal.
    Alike,
    /// Every column of every table gets a name of its own.
    Apart,
}

/// New names for tables and columns, and back.
#[derive(Default)]
struct Names {
    new: BTreeMap<(String, String), Name>,
    old: BTreeMap<Name, String>,
}

impl Names {
    /// The new name of an old one within a scope.
    fn get(&mut self, scope: &str, old: &str) -> Name {
        let number = self.new.len();
        let new = self.new.entry((scope.to_owned(), old.to_owned())).or_insert_with(|| {
            // A multiple of a number that has no factor in common with the modulus: all are different, and out of order.
            Name::from(format!("x{}", (number + 1) * 7_919 % 1_000_003))
        });
        self.old.insert(new.clone(), old.to_owned());
        new.clone()
    }

    fn table(&mut self, table: &TableName) -> TableName {
        TableName::new(self.get("schema", table.schema.as_str()), self.get("table", &table.to_string()))
    }
}

/// Tables, columns, keys, indexes and foreign keys under new names; nothing else.
fn rename(catalog: &Catalog, how: Renamed, names: &mut Names) -> Catalog {
    let mut renamed = Catalog { types: catalog.types.clone(), ..Catalog::default() };
    for table in &catalog.tables {
        let mut new = Table { kind: table.kind.clone(), ..Table::new(names.table(&table.name)) };
        new.partition_of.clone_from(&table.partition_of);
        if let Some(part) = &mut new.partition_of {
            part.parent = names.table(&part.parent);
        }
        let mut column = |name: &Name| column(names, how, &table.name, name);
        new.columns.clone_from(&table.columns);
        new.columns.iter_mut().for_each(|own| own.name = column(&own.name));
        let mut key = |key: &Key| Key {
            columns: key.columns.iter().map(&mut column).collect(),
            include: Vec::new(),
            ..key.clone()
        };
        new.primary_key = table.primary_key.as_ref().map(&mut key);
        new.unique = table.unique.iter().map(&mut key).collect();
        new.indexes = table.indexes.iter().map(|index| self::index(index, &mut column)).collect();
        renamed.tables.push(new);
    }
    for key in &catalog.foreign_keys {
        let mut new = ForeignKey { from: names.table(&key.from), to: names.table(&key.to), ..key.clone() };
        for pair in &mut new.columns {
            pair.from = column(names, how, &key.from, &pair.from);
            pair.to = column(names, how, &key.to, &pair.to);
        }
        new.set_columns.clear();
        renamed.foreign_keys.push(new);
    }
    renamed
}

fn column(names: &mut Names, how: Renamed, table: &TableName, column: &Name) -> Name {
    let scope = if how == Renamed::Apart { table.to_string() } else { String::new() };
    names.get(&format!("column {scope}"), column.as_str())
}

fn index(index: &Index, column: &mut impl FnMut(&Name) -> Name) -> Index {
    let mut new =
        Index { include: Vec::new(), predicate: index.predicate.as_ref().map(|_| "true".to_owned()), ..index.clone() };
    for element in &mut new.elements {
        element.part = match &element.part {
            IndexPart::Column(name) => IndexPart::Column(column(name)),
            IndexPart::Expression(_) => IndexPart::Expression("(1)".to_owned()),
        };
    }
    new
}

/// The candidates of a schema under other names, and whether each is what the authors use.
fn suggested(given: &Given, how: Renamed) -> Vec<(Suggestion, bool)> {
    let mut names = Names::default();
    let catalog = if how == Renamed::No { given.catalog.clone() } else { rename(&given.catalog, how, &mut names) };
    let old = |name: &Name| names.old.get(name).cloned().unwrap_or_else(|| name.as_str().to_owned());
    let is_theirs = |suggestion: &Suggestion| {
        let key = &suggestion.key.table;
        let table = if how == Renamed::No { key.to_string() } else { old(&key.name) };
        given.columns.contains(&old(&suggestion.column)) || table.trim_matches('"') == given.table
    };
    let candidates = Suggestions::new(&SchemaGraph::new(catalog).unwrap()).candidates;
    candidates.into_iter().map(|one| (is_theirs(&one), one)).map(|(theirs, one)| (one, theirs)).collect()
}

/// The place of the authors' key among the candidates, from 1.
fn place(candidates: &[(Suggestion, bool)]) -> Option<usize> {
    candidates.iter().position(|(_, theirs)| *theirs).map(|at| at + 1)
}

fn places(schemas: &[Given], how: Renamed) -> BTreeMap<&str, Option<usize>> {
    schemas.iter().map(|given| (given.name.as_str(), place(&suggested(given, how)))).collect()
}

fn among_the_first_two(places: &BTreeMap<&str, Option<usize>>) -> usize {
    places.values().flatten().filter(|place| **place <= 2).count()
}

#[test]
fn the_key_of_the_authors_is_first_or_second_in_eleven_schemas_and_without_names_in_nine() {
    let schemas = given();
    if schemas.is_empty() {
        return;
    }
    for (how, fewest) in [(Renamed::No, 11), (Renamed::Alike, 9), (Renamed::Apart, 9)] {
        let places = places(&schemas, how);
        assert!(among_the_first_two(&places) >= fewest, "{places:?}");
    }
}

#[test]
fn meaningless_names_are_new_and_come_back() {
    let catalog = Catalog::from_ddl(
        "CREATE TABLE stores (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint PRIMARY KEY, store_id bigint REFERENCES stores);",
    );
    let mut names = Names::default();
    let renamed = rename(&catalog.catalog, Renamed::Apart, &mut names);
    let all: Vec<&Name> = renamed.tables.iter().flat_map(|table| &table.columns).map(|column| &column.name).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3, "each column has a name of its own: {all:?}");
    let given = Given {
        name: String::new(),
        catalog: catalog.catalog,
        columns: vec!["store_id".to_owned()],
        table: String::new(),
    };
    for how in [Renamed::No, Renamed::Alike, Renamed::Apart] {
        assert_eq!(place(&suggested(&given, how)), Some(1));
    }
}

#[test]
fn the_keys_of_the_documented_examples_come_first() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    for (name, key) in [("tailspin", "stores.store_id"), ("wide_world_importers", "devices.device_id")] {
        let sql = fs::read_to_string(fixtures.join(name).join("schema.sql")).unwrap();
        let found = Suggestions::new(&SchemaGraph::new(Catalog::from_ddl(&sql).catalog).unwrap());
        assert_eq!(found.candidates[0].key.to_string(), key);
    }
}

/// The table in `docs/suggest.md` is what is measured; `SHARDPLAN_BLESS=1` writes it anew.
#[test]
fn the_document_says_what_is_measured() {
    let schemas = given();
    if schemas.is_empty() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/suggest.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- measured -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let expected = format!("{before}<!-- measured -->\n{}<!-- end -->{after}", table(&schemas));
    if std::env::var_os("SHARDPLAN_BLESS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), expected, "SHARDPLAN_BLESS=1 writes it anew");
}

fn table(schemas: &[Given]) -> String {
    let mut text =
        "| schema | tables | the authors' key | place | its score | first | its score | names alike | names apart |\n"
            .to_owned();
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    let place = |found: Option<usize>| found.map_or_else(|| "–".to_owned(), |place| place.to_string());
    for given in schemas {
        let candidates = suggested(given, Renamed::No);
        let own = candidates
            .iter()
            .find(|(_, theirs)| *theirs)
            .map_or_else(|| "–".to_owned(), |(one, _)| format!("{:.2}", one.score));
        let (first, score) = candidates
            .first()
            .map_or_else(Default::default, |(one, _)| (one.key.to_string(), format!("{:.2}", one.score)));
        let tables = given.catalog.tables.iter().filter(|table| table.partition_of.is_none()).count();
        let _ = writeln!(
            text,
            "| {} | {tables} | `{}` | {} | {own} | `{first}` | {score} | {} | {} |",
            given.name,
            given.columns.join("`, `"),
            place(self::place(&candidates)),
            place(self::place(&suggested(given, Renamed::Alike))),
            place(self::place(&suggested(given, Renamed::Apart))),
        );
    }
    text
}
