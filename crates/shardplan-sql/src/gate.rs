//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use std::fmt::{Display, Write};

use shardplan::Gate;

use crate::quote::{dollar, list, literal, name_literal};
use crate::statement::beside;

/// Writes the statement that stops the script when one of the gates is closed.
pub(crate) fn statement(text: &mut String, gates: &[Gate]) {
    stop_when(text, |body| gates.iter().for_each(|gate| refusals(body, gate)));
}

/// Writes a statement that stops the script in any case.
pub(crate) fn stop(text: &mut String, message: &str, hint: &str) {
    stop_when(text, |body| body.refuse("true", message, hint));
}

fn stop_when(text: &mut String, refusals: impl FnOnce(&mut Body)) {
    let mut body = Body("\nBEGIN\n".to_owned());
    refusals(&mut body);
    body.0.push_str("END\n");
    let _ = writeln!(text, "DO {};", dollar(&body.0));
}

/// The body of the statement, as far as it has been written.
struct Body(String);

impl Body {
    /// Adds a condition under which the script must stop, and what it says then.
    fn refuse(&mut self, when: impl Display, message: impl Display, hint: &str) {
        let _ = writeln!(
            self.0,
            "  IF {when} THEN\n    RAISE EXCEPTION USING MESSAGE = {}, HINT = {};\n  END IF;",
            literal(message),
            literal(hint)
        );
    }
}

fn refusals(body: &mut Body, gate: &Gate) {
    match gate {
        Gate::TableIs { table, columns } => {
            let pairs = columns
                .iter()
                .map(|(name, data_type)| format!("({}, {})", literal(name.as_str()), literal(data_type.as_str())));
            let pairs: Vec<String> = pairs.collect();
            let found = format!(
                "(SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped AND (attname::text, format_type(atttypid, atttypmod)) IN ({})) <> {}",
                name_literal(table),
                list(&pairs),
                pairs.len()
            );
            let missing = format!("to_regclass({}) IS NULL", name_literal(table));
            let when = if pairs.is_empty() { missing } else { found };
            body.refuse(
                when,
                format_args!("{table} is not the table that the plan was made for"),
                "the schema has changed: plan again",
            )
        }
        Gate::NoNulls { table, column } => body.refuse(
            format_args!("EXISTS (SELECT FROM {} WHERE {column} IS NULL)", table.qualified()),
            format_args!("{table} has rows without {column}"),
            "run the backfill to its end, see to it that the application writes the column, and decide what becomes of rows that no path gives a key",
        ),
        Gate::IndexIsValid { table, index, becomes, positions } => body.refuse(
            format_args!(
                "NOT EXISTS (SELECT FROM pg_index WHERE indisvalid AND (indexrelid = to_regclass({}) OR indexrelid = to_regclass({}) AND indnkeyatts = {positions}))",
                name_literal(&beside(table, index)),
                name_literal(&beside(table, becomes))
            ),
            format_args!("index {index} of {table} is missing or invalid"),
            "drop it if it is there, and run the script of the unique indexes again",
        ),
        Gate::NoTriggers { table } => body.refuse(
            format_args!(
                "EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass({}) AND NOT tgisinternal)",
                name_literal(table)
            ),
            format_args!("{table} has a trigger, and Citus refuses tables with triggers"),
            "drop it",
        ),
        Gate::IsNotNull { table, column } => body.refuse(
            format_args!(
                "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({}) AND attname = {} AND attnotnull)",
                name_literal(table),
                literal(column.as_str())
            ),
            format_args!("{table}.{column} is not there or not NOT NULL"),
            "run the script of the keys first",
        ),
        Gate::CitusIsReady { concurrent } => citus(body, *concurrent),
        _ => after_distribution(body, gate),
    }
}

fn citus(body: &mut Body, concurrent: bool) {
    body.refuse(
        "NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')",
        "the extension citus is not installed in this database",
        "install it, add the coordinator and the workers, and run this script on the coordinator",
    );
    body.refuse(
        "NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)",
        "the coordinator is not in the cluster's metadata",
        "run: SELECT citus_set_coordinator_host('<host>', <port>)",
    );
    body.refuse(
        "NOT EXISTS (SELECT FROM pg_dist_node WHERE shouldhaveshards AND isactive)",
        "no active node may hold shards",
        "run: SELECT citus_add_node('<host>', <port>)",
    );
    if concurrent {
        body.refuse(
            "current_setting('wal_level') <> 'logical'",
            "create_distributed_table_concurrently needs wal_level = logical",
            "set it on the coordinator and restart, or plan with method = \"blocking\"",
        );
    }
}

fn after_distribution(body: &mut Body, gate: &Gate) {
    match gate {
        Gate::IsDistributed { table, column } => body.refuse(
            format_args!(
                "NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass({}) AND partmethod = 'h' AND column_to_column_name(logicalrelid, partkey) = {})",
                name_literal(table),
                literal(column.as_str())
            ),
            format_args!("{table} is not distributed by {column}"),
            "run the script of the distribution to its end",
        ),
        Gate::IsReference { table } => body.refuse(
            format_args!(
                "NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass({}) AND partmethod = 'n' AND repmodel = 't')",
                name_literal(table)
            ),
            format_args!("{table} is not a reference table"),
            "run the script of the distribution to its end",
        ),
        Gate::AreColocated { tables } if !tables.is_empty() => {
            let names: Vec<String> =
                tables.iter().map(|table| format!("to_regclass({})", name_literal(table))).collect();
            body.refuse(
                format_args!(
                    "(SELECT count(DISTINCT colocationid) FROM pg_dist_partition WHERE logicalrelid IN ({})) <> 1",
                    list(&names)
                ),
                "the distributed tables are not in one colocation group",
                "undistribute those that are not, and distribute them again with colocate_with",
            )
        }
        Gate::IsEnforced { table, foreign_key, validated } => {
            let validated = if *validated { " AND convalidated" } else { "" };
            body.refuse(
                format_args!(
                    "NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({}) AND conname = {} AND contype = 'f'{validated})",
                    name_literal(table),
                    literal(foreign_key.as_str())
                ),
                format_args!("foreign key {foreign_key} of {table} is not enforced for all rows"),
                "run the script of the foreign keys to its end",
            )
        }
        _ => {}
    }
}
