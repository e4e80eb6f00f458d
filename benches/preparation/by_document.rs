//! The documented procedure: a database comes in, its steps are run in the order of the document.

use shardplan_testkit::Database;

use crate::Failure;
use crate::statements::Version;
use crate::steps::Steps;

const BACKFILL: &str = include_str!("documented_backfill.sql");
const KEYS: &str = include_str!("documented_keys.sql");

/// Adds the column, fills it, builds the indexes and exchanges the keys, one table after the other.
pub fn prepare(database: &Database<'_>, steps: &mut Steps<'_>) -> Result<(), Failure> {
    let run = |sql: &str| database.psql(sql).map(|_| ()).map_err(Failure::from);
    steps.step("add the column", || run("ALTER TABLE line_items ADD COLUMN store_id bigint"))?;
    database.psql(BACKFILL)?;
    steps.step_with_deployment("backfill", Version::WritesKey, || run("CALL backfill_all(10000)"))?;
    steps.step("backfill what came meanwhile", || run("CALL backfill_all(10000)"))?;
    steps.deploy(Version::UsesKey);
    for part in KEYS.split("-- step: ").skip(1) {
        let (name, sql) = part.split_once('\n').ok_or("a step without statements")?;
        steps.step(name, || run(sql))?;
    }
    Ok(())
}
