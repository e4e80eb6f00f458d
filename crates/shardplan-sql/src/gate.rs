//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use shardplan::Gate;

use crate::quote::{dollar, list, literal, name_literal};
use crate::statement::beside;

/// A condition under which the script must stop, and what it says then.
struct Refusal {
    when: String,
    message: String,
    hint: &'static str,
}

/// The statement that stops the script when one of the gates is closed.
pub(crate) fn statement(gates: &[Gate]) -> String {
    stop_when(gates.iter().flat_map(refusals).collect())
}

/// A statement that stops the script in any case.
pub(crate) fn stop(message: &str, hint: &'static str) -> String {
    stop_when(vec![Refusal { when: "true".to_owned(), message: message.to_owned(), hint }])
}

fn stop_when(refusals: Vec<Refusal>) -> String {
    let mut body = "\nBEGIN\n".to_owned();
    for Refusal { when, message, hint } in refusals {
        body.push_str(&format!(
            "  IF {when} THEN\n    RAISE EXCEPTION USING MESSAGE = {}, HINT = {};\n  END IF;\n",
            literal(&message),
            literal(hint)
        ));
    }
    body.push_str("END\n");
    format!("DO {}", dollar(&body))
}

fn refusals(gate: &Gate) -> Vec<Refusal> {
    let one = |when: String, message: String, hint| vec![Refusal { when, message, hint }];
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
            one(
                when,
                format!("{table} is not the table that the plan was made for"),
                "the schema has changed: plan again",
            )
        }
        Gate::NoNulls { table, column } => one(
            format!("EXISTS (SELECT FROM {} WHERE {column} IS NULL)", table.qualified()),
            format!("{table} has rows without {column}"),
            "run the backfill to its end, see to it that the application writes the column, and decide what becomes of rows that no path gives a key",
        ),
        Gate::IndexIsValid { table, index, becomes, positions } => one(
            format!(
                "NOT EXISTS (SELECT FROM pg_index WHERE indisvalid AND (indexrelid = to_regclass({}) OR indexrelid = to_regclass({}) AND indnkeyatts = {positions}))",
                name_literal(&beside(table, index)),
                name_literal(&beside(table, becomes))
            ),
            format!("index {index} of {table} is missing or invalid"),
            "drop it if it is there, and run the script of the unique indexes again",
        ),
        Gate::NoTriggers { table } => one(
            format!(
                "EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass({}) AND NOT tgisinternal)",
                name_literal(table)
            ),
            format!("{table} has a trigger, and Citus refuses tables with triggers"),
            "drop it",
        ),
        Gate::IsNotNull { table, column } => one(
            format!(
                "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({}) AND attname = {} AND attnotnull)",
                name_literal(table),
                literal(column.as_str())
            ),
            format!("{table}.{column} is not there or not NOT NULL"),
            "run the script of the keys first",
        ),
        Gate::CitusIsReady { concurrent } => citus(*concurrent),
        _ => after_distribution(gate),
    }
}

fn citus(concurrent: bool) -> Vec<Refusal> {
    let mut refusals = vec![
        Refusal {
            when: "NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')".to_owned(),
            message: "the extension citus is not installed in this database".to_owned(),
            hint: "install it, add the coordinator and the workers, and run this script on the coordinator",
        },
        Refusal {
            when: "NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)".to_owned(),
            message: "the coordinator is not in the cluster's metadata".to_owned(),
            hint: "run: SELECT citus_set_coordinator_host('<host>', <port>)",
        },
        Refusal {
            when: "NOT EXISTS (SELECT FROM pg_dist_node WHERE shouldhaveshards AND isactive)".to_owned(),
            message: "no active node may hold shards".to_owned(),
            hint: "run: SELECT citus_add_node('<host>', <port>)",
        },
    ];
    if concurrent {
        refusals.push(Refusal {
            when: "current_setting('wal_level') <> 'logical'".to_owned(),
            message: "create_distributed_table_concurrently needs wal_level = logical".to_owned(),
            hint: "set it on the coordinator and restart, or plan with method = \"blocking\"",
        });
    }
    refusals
}

fn after_distribution(gate: &Gate) -> Vec<Refusal> {
    let one = |when: String, message: String, hint| vec![Refusal { when, message, hint }];
    match gate {
        Gate::IsDistributed { table, column } => one(
            format!(
                "NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass({}) AND partmethod = 'h' AND column_to_column_name(logicalrelid, partkey) = {})",
                name_literal(table),
                literal(column.as_str())
            ),
            format!("{table} is not distributed by {column}"),
            "run the script of the distribution to its end",
        ),
        Gate::IsReference { table } => one(
            format!(
                "NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass({}) AND partmethod = 'n' AND repmodel = 't')",
                name_literal(table)
            ),
            format!("{table} is not a reference table"),
            "run the script of the distribution to its end",
        ),
        Gate::AreColocated { tables } if !tables.is_empty() => {
            let names: Vec<String> =
                tables.iter().map(|table| format!("to_regclass({})", name_literal(table))).collect();
            one(
                format!(
                    "(SELECT count(DISTINCT colocationid) FROM pg_dist_partition WHERE logicalrelid IN ({})) <> 1",
                    list(&names)
                ),
                "the distributed tables are not in one colocation group".to_owned(),
                "undistribute those that are not, and distribute them again with colocate_with",
            )
        }
        Gate::IsEnforced { table, foreign_key, validated } => {
            let validated = if *validated { " AND convalidated" } else { "" };
            one(
                format!(
                    "NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({}) AND conname = {} AND contype = 'f'{validated})",
                    name_literal(table),
                    literal(foreign_key.as_str())
                ),
                format!("foreign key {foreign_key} of {table} is not enforced for all rows"),
                "run the script of the foreign keys to its end",
            )
        }
        _ => Vec::new(),
    }
}
