//! What the strategy of shadow tables does comes in, statements and the objects that they call go out.

mod copy;
mod exchange;
mod replay;
mod rows;
mod tables;

pub(crate) use copy::{copied, insert};

use std::fmt::{self, Display, Write};

use shardplan::{QualifiedName, Shadow, ShadowChange};

use self::exchange::filled;
use crate::done::Question;
use crate::quote::{literal, name_literal};
use crate::statement::Definition;

/// Writes the statement of a change, without a final semicolon; nothing for what is written apart.
pub(crate) fn statement(text: &mut String, change: &ShadowChange) -> fmt::Result {
    match change {
        ShadowChange::Create(shadow) => tables::create(text, shadow),
        ShadowChange::Drop { shadow } => write!(text, "DROP TABLE IF EXISTS {}", shadow.qualified()),
        ShadowChange::Disown { sequence } => own(text, sequence, "NONE"),
        ShadowChange::Own { sequence, table, column } => {
            own(text, sequence, format_args!("{}.{column}", table.qualified()))
        }
        ShadowChange::OwnOnWorkers { sequence, table, column } => {
            own_on_workers(text, sequence, format!("{}.{column}", table.qualified()))
        }
        ShadowChange::Capture(shadow) => rows::triggers(text, shadow),
        ShadowChange::MarkBuilt { is_built: true } => text.write_str("CREATE TABLE IF NOT EXISTS shardplan.built ()"),
        ShadowChange::MarkBuilt { is_built: false } => text.write_str("DROP TABLE IF EXISTS shardplan.built"),
        ShadowChange::CatchUp => text.write_str("CALL shardplan.catch_up()"),
        ShadowChange::TryForeignKey(key) => {
            let (table, name) = (key.from.qualified(), &key.name);
            writeln!(text, "ALTER TABLE {table} ADD CONSTRAINT {name} {};", Definition(key))?;
            write!(text, "ALTER TABLE {table} DROP CONSTRAINT {name}")
        }
        ShadowChange::Analyze { table } => write!(text, "ANALYZE {}", table.qualified()),
        ShadowChange::Exchange { .. } => text.write_str("CALL shardplan.exchange()"),
        ShadowChange::DropRetired { tables, schemas } => tables::drop_retired(text, tables, schemas),
        ShadowChange::DefineReplay(_) | ShadowChange::CopyRows(_) => Ok(()),
    }
}

/// On the coordinator alone: once the cluster knows the sequence, Citus refuses to change its owner everywhere.
fn own(text: &mut String, sequence: &QualifiedName, owner: impl Display) -> fmt::Result {
    writeln!(text, "SET LOCAL citus.enable_ddl_propagation = off;")?;
    write!(text, "ALTER SEQUENCE {} OWNED BY {owner}", sequence.qualified())
}

/// In short attempts too, and on one line, for it is a text within a text.
fn own_on_workers(text: &mut String, sequence: &QualifiedName, owner: String) -> fmt::Result {
    let body: Vec<&str> = include_str!("own_on_worker.sql").lines().map(str::trim).collect();
    let sequence = sequence.qualified().to_string();
    let body = filled(&body.join(" "), &[("{sequence}", &sequence), ("{owner}", &owner)]);
    let command = literal(format_args!("DO {}", literal(body))).to_string();
    write!(text, "SELECT nodeport, result FROM run_command_on_workers({command}) WHERE NOT success")
}

/// Writes what a change needs before its statement.
pub(crate) fn first(text: &mut String, change: &ShadowChange) {
    match change {
        ShadowChange::Capture(shadow) => rows::log(text, shadow),
        ShadowChange::DefineReplay(shadows) => replay::functions(text, shadows),
        ShadowChange::Exchange { shadows, locks, views, late, let_go, given_up } => {
            exchange::procedures(text, shadows, (views, locks), (late, let_go, given_up));
        }
        _ => {}
    }
}

/// A condition that is true once a change has been made.
pub(crate) fn done(change: &ShadowChange) -> Option<Question<'_>> {
    match change {
        ShadowChange::Disown { sequence } => Some(Question::of("is_disowned", sequence)),
        ShadowChange::Capture(shadow) => Some(rows::is_captured(shadow)),
        ShadowChange::Exchange { shadows, .. } => {
            let shadow = shadows.first()?;
            let placed = if shadow.key.is_some() { "is_distributed" } else { "is_reference" };
            Some(Question::of(placed, &shadow.table))
        }
        _ => None,
    }
}

pub(crate) use tables::{drop_schemas, empty, shared as shared_by_tables};

/// What all logs share.
pub(crate) use rows::shared as shared_by_logs;

/// A block that stops a script once the exchange is done: the new tables have what was written since, the old ones do not.
pub(crate) fn not_exchanged(shadow: &Shadow) -> String {
    format!(
        "
BEGIN
  IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
    IF EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = to_regclass({})) THEN
      RAISE EXCEPTION USING MESSAGE = 'the exchange is done, and no script takes it back: nothing has been changed',
        HINT = {};
    END IF;
  END IF;
END
",
        name_literal(&shadow.table),
        literal(&format!(
            "until the clean-up, the old tables are in schemas like {}, as they were at the exchange; what was written since is in the new ones only, and would have to be copied to the old ones before somebody puts them back with ALTER TABLE … SET SCHEMA",
            shadow.retired.schema
        )),
    )
}
