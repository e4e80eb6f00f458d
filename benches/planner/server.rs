//! From a live server to a catalog, against `pg_dump`: a catalog comes in, is made on a throwaway server, and the times of both
//! ways to read it back go out.

use std::error::Error;
use std::fmt::Write;
use std::time::{Duration, Instant};

use postgres::Client;
use shardplan::{Catalog, Column, ForeignKey, Key, Table};
use shardplan_testkit::Options;

use crate::median;

/// Statements that go to the server at once, as one transaction.
const BATCH: usize = 500;

/// How often each way is measured.
const RUNS: usize = 3;

/// How long it takes to read the schema back.
pub struct Read {
    pub catalog: Duration,
    pub pg_dump: Duration,
}

/// Makes the schema on a server of its own and reads it back both ways, by turns.
pub fn read_back(catalog: &Catalog) -> Result<Read, Box<dyn Error>> {
    let server = Options::new().set("max_locks_per_transaction", "4096").start()?;
    let database = server.fresh_database();
    let mut client = database.connect()?;
    let start = Instant::now();
    create(&mut client, catalog)?;
    println!("database of {} tables made in {:.1} s", catalog.tables.len(), start.elapsed().as_secs_f64());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let start = Instant::now();
        let found = Catalog::from_database(&mut client)?;
        ours.push(start.elapsed());
        if (found.tables.len(), found.foreign_keys.len()) != (catalog.tables.len(), catalog.foreign_keys.len()) {
            return Err("the server has another schema than it was given".into());
        }
        let start = Instant::now();
        let dump = database.dump()?;
        theirs.push(start.elapsed());
        println!(
            "catalog {:.3} s, pg_dump {:.3} s ({} bytes)",
            ours[ours.len() - 1].as_secs_f64(),
            theirs[theirs.len() - 1].as_secs_f64(),
            dump.len()
        );
    }
    Ok(Read { catalog: median(ours), pg_dump: median(theirs) })
}

fn create(client: &mut Client, catalog: &Catalog) -> Result<(), Box<dyn Error>> {
    let sequences = catalog.sequences.iter().map(|sequence| format!("CREATE SEQUENCE {}", sequence.name.qualified()));
    let statements: Vec<String> = sequences
        .chain(catalog.tables.iter().map(create_table))
        .chain(catalog.tables.iter().flat_map(create_indexes))
        .chain(catalog.foreign_keys.iter().map(add_foreign_key))
        .collect();
    for batch in statements.chunks(BATCH) {
        client.batch_execute(&batch.join(";\n"))?;
    }
    // Autovacuum would have done it on a server that lives longer; without it both ways get poor query plans.
    client.batch_execute(ANALYZE_CATALOG)?;
    Ok(())
}

const ANALYZE_CATALOG: &str = "\
DO $$
DECLARE system_table regclass;
BEGIN
  FOR system_table IN
    SELECT oid FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
  LOOP
    EXECUTE format('ANALYZE %s', system_table);
  END LOOP;
END
$$";

fn create_table(table: &Table) -> String {
    let columns = table.columns.iter().map(column);
    let primary = table.primary_key.iter().map(|key| constraint("PRIMARY KEY", key));
    let unique = table.unique.iter().map(|key| constraint("UNIQUE", key));
    let parts: Vec<String> = columns.chain(primary).chain(unique).collect();
    format!("CREATE TABLE {} ({})", table.name.qualified(), parts.join(", "))
}

fn column(column: &Column) -> String {
    let mut text = format!("{} {}", column.name, column.data_type);
    if column.not_null {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        let _ = write!(text, " DEFAULT {default}");
    }
    text
}

fn constraint(kind: &str, key: &Key) -> String {
    let columns: Vec<String> = key.columns.iter().map(ToString::to_string).collect();
    format!("CONSTRAINT {} {kind} ({})", key.name, columns.join(", "))
}

fn create_indexes(table: &Table) -> impl Iterator<Item = String> {
    table.indexes.iter().map(|index| {
        let parts = index.elements.iter().map(|element| match &element.part {
            shardplan::IndexPart::Column(column) => column.to_string(),
            shardplan::IndexPart::Expression(expression) => expression.clone(),
        });
        let parts: Vec<String> = parts.collect();
        format!("CREATE INDEX {} ON {} ({})", index.name, table.name.qualified(), parts.join(", "))
    })
}

fn add_foreign_key(key: &ForeignKey) -> String {
    let side = |pick: fn(&shardplan::ColumnPair) -> &shardplan::Name| {
        let names: Vec<String> = key.columns.iter().map(|pair| pick(pair).to_string()).collect();
        names.join(", ")
    };
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        key.from.qualified(),
        key.name,
        side(|pair| &pair.from),
        key.to.qualified(),
        side(|pair| &pair.to)
    )
}
