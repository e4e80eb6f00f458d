//! The schemas in the folder that `SHARDPLAN_SCHEMAS` names (`<name>/schema.sql`, `<name>/facts.json`), with rows made for them,
//! planned with the key that their authors use, and carried out: prepared on PostgreSQL, distributed in each way on the stand-in
//! and on a real cluster. Without the variable there is nothing to try.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use shardplan::{Catalog, DistributionKey, Name, Rules, Strategy, Table, TableKind, TableName, TableRule};
use shardplan_testkit::{psql, shared};

use crate::cases::{Case, each};
use crate::choices::Choices;
use crate::citus::{Sizes, cluster, distribute};
use crate::fill::{Report, Wanted, fill};
use crate::preparation::prepare_in;
use crate::read;
use crate::run::Outcome;
use crate::shadow::{Place, exchange};
use crate::standin_scripts::each_way;

/// The tables that get no rows, by schema, and why.
const EMPTY: &[(&str, &str, &str)] =
    &[("hatchet", "v1_concurrency_slot", "its trigger writes to a table of another schema, which is not in the dump")];

/// A schema of the folder, with rows.
pub(crate) struct Given {
    pub(crate) name: String,
    /// Schema and rows, as `pg_dump` prints them.
    dump: String,
    /// By [`IN_PLACE`], and by shadow tables.
    choices: [Opened; 2],
    report: Report,
}

/// What a person has to decide, or the blockers about which nothing can be decided.
type Opened = Result<Choices, Vec<String>>;

/// All of them; made once. `SHARDPLAN_SCHEMA` names one to try alone.
pub(crate) fn all() -> &'static [Given] {
    static ALL: OnceLock<Vec<Given>> = OnceLock::new();
    ALL.get_or_init(|| {
        let one = std::env::var("SHARDPLAN_SCHEMA").ok();
        let mut folders = folders();
        folders.retain(|folder| one.as_ref().is_none_or(|one| folder.ends_with(one)));
        let mut made = each(folders, |folder| Given::new(&folder));
        made.sort_by(|a, b| a.name.cmp(&b.name));
        made
    })
}

fn folders() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("SHARDPLAN_SCHEMAS") else { return Vec::new() };
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = entries.filter(|folder| folder.join("schema.sql").exists()).collect();
    assert!(!folders.is_empty(), "SHARDPLAN_SCHEMAS is set, and there is no schema in {}", folder.display());
    folders
}

impl Given {
    fn new(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let database = shared().fresh_database();
        let url = database.url();
        database.load(&folder.join("schema.sql")).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        psql(&url, &missing_partitions(&read(&url))).unwrap();
        let catalog = read(&url);
        let facts = Facts::read(folder);
        let (root, columns) = (facts.root(&catalog), facts.key_columns(&catalog));
        let rules = rules(&root, &columns);
        let choices = [&IN_PLACE[..], &[Strategy::Shadow]].map(|of| Choices::until_open(&catalog, rules.clone(), of));
        let mut wanted = Wanted { key: columns, seed: 1, ..Wanted::default() };
        wanted.key.insert((root.table, root.column));
        // Rows without a key are for other tests.
        wanted.filled = choices.iter().flatten().flat_map(|choices| &choices.paths).cloned().collect();
        let report = fill(&url, &catalog, &wanted);
        let dump = database.dump_all().unwrap();
        database.discard();
        Self { name, dump, choices, report }
    }

    /// The schema with what was decided.
    fn case(&self, choices: &Choices) -> Case {
        let text = format!("{}\n{}", self.dump, choices.statements.join("\n"));
        Case::given(&self.name, text, choices.rules.clone())
    }
}

/// Who makes partitions as time goes by has one; a schema alone may have none, and then there is no place for a row.
fn missing_partitions(catalog: &Catalog) -> String {
    let without = |table: &&Table| {
        let is_parent = |one: &Table| one.partition_of.as_ref().is_some_and(|of| of.parent == table.name);
        !catalog.tables.iter().any(is_parent)
    };
    let statement = |table: &Table| {
        let TableKind::Partitioned(by) = &table.kind else { return None };
        let name = Name::from(format!("{}_rest", table.name.name.as_str()));
        let name = TableName::new(table.name.schema.clone(), name);
        let rows = if by.starts_with("HASH") { "FOR VALUES WITH (MODULUS 1, REMAINDER 0)" } else { "DEFAULT" };
        Some(format!("CREATE TABLE {} PARTITION OF {} {rows};\n", name.qualified(), table.name.qualified()))
    };
    catalog.tables.iter().filter(without).filter_map(statement).collect()
}

/// What `facts.json` says of the key.
struct Facts {
    table: String,
    columns: Vec<Name>,
}

impl Facts {
    fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("facts.json")).unwrap();
        let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
        let columns = facts["tenant_key"].as_array().unwrap().iter().map(|name| Name::from(name.as_str().unwrap()));
        Self { table: facts["tenant_table"].as_str().unwrap().to_owned(), columns: columns.collect() }
    }

    /// The table of the tenants, and its column of the key's name, or else its primary key.
    fn root(&self, catalog: &Catalog) -> DistributionKey {
        let parts: Vec<Name> = self.table.split('.').map(Name::from).collect();
        let named = |table: &&Table| match parts.as_slice() {
            [schema, name] => table.name.schema == *schema && table.name.name == *name,
            parts => parts == [table.name.name.clone()],
        };
        let root = catalog.tables.iter().find(named).unwrap_or_else(|| panic!("no table {}", self.table));
        let column = root.columns.iter().map(|column| &column.name).find(|name| self.columns.contains(name));
        let column = column.unwrap_or_else(|| &root.primary_key.as_ref().unwrap().columns[0]);
        DistributionKey { table: root.name.clone(), column: column.clone() }
    }

    /// The columns of the key's name.
    fn key_columns(&self, catalog: &Catalog) -> BTreeSet<(TableName, Name)> {
        let tables = catalog.tables.iter().filter(|table| table.partition_of.is_none());
        let columns = tables.flat_map(|table| table.columns.iter().map(move |column| (&table.name, &column.name)));
        columns
            .filter(|(_, name)| self.columns.contains(name))
            .map(|(table, name)| (table.clone(), name.clone()))
            .collect()
    }
}

/// The rules that say where the key is.
fn rules(root: &DistributionKey, columns: &BTreeSet<(TableName, Name)>) -> Rules {
    let mut rules = Rules { max_hops: 12, ..Rules::new(root.clone()) };
    for (table, column) in columns.iter().filter(|(table, _)| *table != root.table) {
        let reason = Some("it has the name of the key".to_owned());
        let rule = TableRule { column: Some(column.clone()), reason, ..TableRule::default() };
        rules.tables.insert(table.clone(), rule);
    }
    rules
}

/// Rows in every table, but for those of which it is known why they have none.
#[test]
fn every_table_of_a_given_schema_gets_rows() {
    let mut wrong = Vec::new();
    for given in all() {
        let report = &given.report;
        let total: i64 = report.rows.values().sum();
        let given_up: usize = report.given_up.values().map(|(count, _)| count).sum();
        println!("{}: {} tables, {total} rows, {given_up} given up", given.name, report.rows.len());
        let expected: BTreeMap<&str, &str> =
            EMPTY.iter().filter(|(name, ..)| *name == given.name).map(|(_, table, why)| (*table, *why)).collect();
        let found = report.empty();
        for table in found.iter().filter(|table| !expected.contains_key(table.as_str())) {
            let said = report.given_up.iter().find(|(name, _)| name.to_string() == *table).map(|(_, (_, why))| why);
            wrong.push(format!("{}: {table} has no rows: {said:?}", given.name));
        }
        for (table, why) in expected.iter().filter(|(table, _)| !found.contains(**table)) {
            wrong.push(format!("{}: {table} has rows, though {why}", given.name));
        }
    }
    crate::report(&wrong);
}

/// The strategies whose plans have the same blockers, but for few.
const IN_PLACE: [Strategy; 3] = [Strategy::Combined, Strategy::Atomic, Strategy::Online];

/// What came of the schemas, a line for each way; every schema has one for each.
#[derive(Default)]
struct Tally {
    problems: Vec<String>,
}

impl Tally {
    fn note(&mut self, given: &Given, way: &str, choices: &Choices, outcome: &Outcome) {
        let name = &given.name;
        match outcome {
            Outcome::Ran(problems) => {
                println!("{name}, {way}: run, {} problems; {choices}", problems.len());
                self.problems.extend(problems.iter().map(|problem| format!("{name}, {way}: {problem}")));
            }
            Outcome::Same => println!("{name}, {way}: run, with the scripts of another way"),
            Outcome::Blocked(by) => println!("{name}, {way}: blocked by {}; {choices}", by.join(", ")),
        }
    }

    fn blocked(&mut self, given: &Given, way: &str, left: &[String]) {
        println!("{}, {way}: blocked, and nothing can be decided: {}", given.name, left.join("; "));
        self.problems.extend(left.iter().map(|one| format!("{}, {way}: blocked by {one}", given.name)));
    }

    fn add(&mut self, other: Self) {
        self.problems.extend(other.problems);
    }
}

/// With more tables a schema takes longer than every test run can wait: on the stand-in it is tried when `SHARDPLAN_CASES` is set,
/// which asks for a search, or `SHARDPLAN_SCHEMA` names it.
const MOST_TABLES: usize = 30;

fn takes_long(given: &Given, way: &str) -> bool {
    let asked = ["SHARDPLAN_CASES", "SHARDPLAN_SCHEMA"].iter().any(|name| std::env::var_os(name).is_some());
    let long = given.report.rows.len() > MOST_TABLES && !asked;
    if long {
        println!("{}, {way}: left out of this run for its {} tables", given.name, given.report.rows.len());
    }
    long
}

/// Does it with all given schemas, two at a time.
fn try_all(work: impl Fn(&Given, &mut Tally) + Sync) {
    let tallies = each(all().iter().collect(), |given| {
        let mut tally = Tally::default();
        work(given, &mut tally);
        tally
    });
    let mut all = Tally::default();
    tallies.into_iter().for_each(|tally| all.add(tally));
    all.problems.sort();
    crate::report(&all.problems);
}

#[test]
fn given_schemas_are_prepared() {
    try_all(|given, tally| match &given.choices[0] {
        Ok(_) if takes_long(given, "preparation") => {}
        Err(left) => tally.blocked(given, "preparation", left),
        Ok(choices) => {
            let case = given.case(choices);
            let database = case.database();
            let problems = prepare_in(&case, &database.url());
            database.discard();
            tally.note(given, "preparation", choices, &Outcome::Ran(problems));
        }
    });
}

#[test]
fn given_schemas_are_distributed_on_the_stand_in() {
    try_all(|given, tally| match &given.choices[0] {
        Ok(_) if takes_long(given, "in place") => {}
        Err(left) => tally.blocked(given, "in place", left),
        Ok(choices) => {
            for (way, outcome) in each_way(&given.case(choices)) {
                tally.note(given, way, choices, &outcome);
            }
        }
    });
}

#[test]
fn given_schemas_are_exchanged_on_the_stand_in() {
    try_all(|given, tally| {
        if !takes_long(given, "shadow") {
            exchange_given(given, tally, &Place::Standin);
        }
    });
}

fn exchange_given(given: &Given, tally: &mut Tally, place: &Place) {
    match &given.choices[1] {
        Err(left) => tally.blocked(given, "shadow", left),
        Ok(choices) => {
            let loaded = place.load(&given.case(choices));
            let outcome =
                if loaded.plan.is_blocked() { Outcome::blocked(&loaded.plan) } else { Outcome::Ran(exchange(&loaded)) };
            loaded.discard();
            tally.note(given, "shadow", choices, &outcome);
        }
    }
}

/// One after the other: there is one database.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn given_schemas_are_distributed() {
    let cluster = cluster();
    let mut tally = Tally::default();
    for given in all() {
        match &given.choices[0] {
            Err(left) => tally.blocked(given, "in place", left),
            Ok(choices) => {
                for (way, sizes, strategy) in CITUS_WAYS {
                    let outcome = distribute(&cluster, &given.case(choices), sizes, strategy);
                    if let Outcome::Ran(problems) = &outcome {
                        problems.iter().for_each(|problem| println!("{}, {way}: {problem}", given.name));
                    }
                    tally.note(given, way, choices, &outcome);
                }
            }
        }
    }
    crate::report(&tally.problems);
}

const CITUS_WAYS: [(&str, Sizes, Strategy); 3] = [
    ("combined, small", Sizes::Known, Strategy::Combined),
    ("atomic", Sizes::Known, Strategy::Atomic),
    ("online", Sizes::Known, Strategy::Online),
];

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn given_schemas_are_exchanged() {
    let place = Place::Cluster(cluster());
    let mut tally = Tally::default();
    all().iter().for_each(|given| exchange_given(given, &mut tally, &place));
    crate::report(&tally.problems);
}
